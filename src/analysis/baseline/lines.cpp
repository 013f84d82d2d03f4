#include "analysis/baseline/lines.hpp"

#include <algorithm>
#include <charconv>

namespace npg::lines {

std::vector<std::string_view> take_line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  std::vector<std::string_view> cells;
  for (std::size_t tab = line.find('\t'); tab != std::string_view::npos; tab = line.find('\t')) {
    cells.push_back(line.substr(0, tab));
    line.remove_prefix(tab + 1);
  }
  cells.push_back(line);
  return cells;
}

std::optional<std::uint64_t> number_of(std::string_view text) {
  std::uint64_t number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  return read.ec == std::errc{} && read.ptr == text.data() + text.size() && !text.empty()
             ? std::optional(number)
             : std::nullopt;
}

std::string time_text(FileTime time) {
  // Nobody wrote anything after the year 9999; RFC 3339 has no form for it.
  const std::string text = time.given() ? to_rfc3339(time) : "-";
  return text.starts_with("filetime:") ? "-" : text;
}

std::optional<FileTime> time_of(std::string_view text) {
  return text == "-" ? FileTime{} : parse_time(text);
}

}  // namespace npg::lines
