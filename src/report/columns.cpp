#include "report/columns.hpp"

#include <algorithm>

#include "report/screen_text.hpp"

namespace npg {
namespace {

/// True when the line, without its indent, is not a paragraph's.
bool is_entry(std::string_view line) {
  const std::string_view first = line.substr(0, line.find(' '));
  if (first == "-" || first == "+" || (first.front() == '[' && first.back() == ']') ||
      (first.front() != '[' && first.find_first_of("0123456789") != std::string_view::npos)) {
    return true;
  }
  for (int word = 0; word < 3; ++word) {
    const std::size_t end = std::min(line.find(' '), line.size());
    if (line.substr(0, end).ends_with(':')) {
      return true;
    }
    line.remove_prefix(std::min(end + 1, line.size()));
  }
  return false;
}

void fit_line(std::string& out, std::string_view line, std::size_t width) {
  const std::size_t last = line.find_last_not_of(' ');
  if (last == std::string_view::npos) {
    out += '\n';
    return;
  }
  line = line.substr(0, last + 1);
  // No character takes more cells than bytes.
  if (line.size() <= width || screen::cells(line) <= width) {
    out += line;
    out += '\n';
    return;
  }
  const std::size_t first = line.find_first_not_of(' ');
  const std::size_t more = first > 0 && is_entry(line.substr(first)) ? 2 : 0;
  // Limit: text that starts beyond the middle has no room to go on below itself.
  const std::size_t indent = std::min(first + more, width / 2);
  out += line.substr(0, first);
  line.remove_prefix(first);
  std::size_t used = first;
  bool at_start = true;
  while (!line.empty()) {
    const std::size_t blanks = std::min(line.find_first_not_of(' '), line.size());
    const std::size_t end = std::min(line.find(' ', blanks), line.size());
    const std::string_view word = line.substr(blanks, end - blanks);
    const std::size_t needed = screen::cells(word);
    if (!at_start && used + blanks + needed > width) {
      out += '\n' + std::string(indent, ' ');
      used = indent;
    } else {
      out.append(blanks, ' ');
      used += blanks;
    }
    out += word;
    used += needed;
    at_start = false;
    line.remove_prefix(end);
  }
  out += '\n';
}

}  // namespace

std::string fit_columns(std::string_view text, std::size_t width) {
  std::string out;
  out.reserve(text.size() + text.size() / 16);
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    fit_line(out, text.substr(0, end), width);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

}  // namespace npg
