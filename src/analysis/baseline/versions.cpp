#include "analysis/baseline/versions.hpp"

#include <charconv>

namespace npg {

std::vector<std::uint64_t> version_numbers(std::string_view text) {
  std::vector<std::uint64_t> numbers;
  while (true) {
    std::uint64_t number = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
    if (read.ec != std::errc{}) {
      return numbers;
    }
    numbers.push_back(number);
    text.remove_prefix(static_cast<std::size_t>(read.ptr - text.data()));
    if (text.empty() || text.front() != '.') {
      return numbers;
    }
    text.remove_prefix(1);
  }
}

}  // namespace npg
