#include "extract/text_parts.hpp"

#include <algorithm>
#include <string>

namespace npg {

EvidenceText joined(const EvidenceText& first, std::string_view between,
                    const EvidenceText& second) {
  std::string both(first.raw());
  both.append(between).append(second.raw());
  return EvidenceText::from_utf8(both);
}

std::string_view without_spaces(std::string_view text) {
  constexpr std::string_view spaces("\0 \t\r\n", 5);
  const std::size_t first = text.find_first_not_of(spaces);
  if (first == std::string_view::npos) {
    return {};
  }
  return text.substr(first, text.find_last_not_of(spaces) - first + 1);
}

std::string without_empty_names(std::string_view path) {
  std::string out;
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('\\'), path.size());
    if (end != 0) {
      out.append(out.empty() ? "" : "\\").append(path.substr(0, end));
    }
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return out;
}

bool ends_with_name(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && equal_names(text.substr(text.size() - end.size()), end);
}

}  // namespace npg
