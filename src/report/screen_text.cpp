#include "report/screen_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "base/check.hpp"

namespace npg::screen {
namespace {

constexpr std::size_t gutter = 2;
constexpr std::size_t shrunk_min = 12;
constexpr std::size_t column_min = 4;

struct Range {
  char32_t first;
  char32_t last;
};

template <std::size_t N>
bool is_in(const std::array<Range, N>& ranges, char32_t c) {
  return std::ranges::any_of(ranges, [c](Range r) { return c >= r.first && c <= r.last; });
}

bool is_combining(char32_t c) {
  constexpr std::array<Range, 12> ranges = {{{0x300, 0x36f},
                                             {0x483, 0x489},
                                             {0x591, 0x5bd},
                                             {0x610, 0x61a},
                                             {0x64b, 0x65f},
                                             {0xe31, 0xe31},
                                             {0xe34, 0xe3a},
                                             {0xe47, 0xe4e},
                                             {0x1ab0, 0x1aff},
                                             {0x1dc0, 0x1dff},
                                             {0x20d0, 0x20ff},
                                             {0xfe20, 0xfe2f}}};
  return is_in(ranges, c);
}

bool is_wide(char32_t c) {
  constexpr std::array<Range, 10> ranges = {{{0x1100, 0x115f},
                                             {0x2e80, 0x303e},
                                             {0x3041, 0x4dbf},
                                             {0x4e00, 0xa4cf},
                                             {0xa960, 0xa97f},
                                             {0xac00, 0xd7a3},
                                             {0xf900, 0xfaff},
                                             {0xfe30, 0xfe6f},
                                             {0xff00, 0xff60},
                                             {0x1f300, 0x3fffd}}};
  return is_in(ranges, c) || (c >= 0xffe0 && c <= 0xffe6);
}

/// Walks safe UTF-8 a character at a time.
class Walk {
 public:
  explicit Walk(std::string_view text) : rest_(text) {}
  [[nodiscard]] bool done() const { return rest_.empty(); }
  /// Moves on by one character and gives the cells it takes.
  std::size_t step() {
    const auto lead = static_cast<unsigned char>(rest_.front());
    const std::size_t wanted = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    const std::size_t length = std::min(wanted, rest_.size());
    char32_t c = length == 1 ? lead : lead & (0xffU >> (length + 1));
    for (const char next : rest_.substr(1, length - 1)) {
      c = (c << 6) | (static_cast<unsigned char>(next) & 0x3fU);
    }
    rest_.remove_prefix(length);
    position_ += length;
    marks_ = is_combining(c) ? marks_ + 1 : 0;
    return marks_ > 0 && marks_ <= 2 ? 0 : is_wide(c) ? 2 : 1;
  }
  [[nodiscard]] std::size_t position() const { return position_; }

 private:
  std::string_view rest_;
  std::size_t position_ = 0;
  std::size_t marks_ = 0;
};

/// How many bytes of text make the next line of at most width cells; all of them when they fit.
std::size_t line_length(std::string_view text, std::size_t width) {
  std::size_t used = 0;
  std::size_t at_space = 0;
  std::size_t at_mark = 0;
  Walk walk(text);
  while (!walk.done()) {
    const std::size_t before = walk.position();
    const char c = text[before];
    used += walk.step();
    if (used > width) {
      // A space in the first third would leave a ragged line; a path then breaks at its own marks.
      const bool space_is_good = at_space > 0 && (at_mark == 0 || at_space * 3 > width);
      return c == ' ' && before > 0 ? before
             : space_is_good        ? at_space
             : at_mark > 0          ? at_mark
             : before > 0           ? before
                                    : walk.position();
    }
    if (c == ' ') {
      at_space = before;
    } else if (c == '\\' || c == '/' || c == ',' || c == ';') {
      at_mark = walk.position();
    }
  }
  return text.size();
}

/// The text cut so that "…" still fits in width.
std::string with_ellipsis(std::string_view text, std::size_t width) {
  Walk walk(text);
  std::size_t used = 0;
  std::size_t end = 0;
  while (!walk.done()) {
    used += walk.step();
    if (used + 1 > width) {
      break;
    }
    end = walk.position();
  }
  return std::string(text.substr(0, end)) + "…";
}

/// The gate to the terminal.
std::string safe(std::string_view text) {
  return escape_for_terminal(EvidenceText::from_utf8(text));
}

std::string padded(std::string text, std::size_t width, Align align) {
  const std::size_t used = cells(text);
  const std::string space(width > used ? width - used : 0, ' ');
  return align == Align::left ? text + space : space + text;
}

}  // namespace

std::string name(std::string_view text) {
  const bool is_spaced = text.empty() || text.front() == ' ' || text.back() == ' ';
  return is_spaced ? fmt::format("\"{}\"", text) : std::string(text);
}

std::string name(const SharedText& text) {
  return name(text.raw());
}

std::string spaced(std::string_view word) {
  std::string out(word);
  std::ranges::replace(out, '_', ' ');
  return out;
}

std::string time(FileTime time) {
  return time.given() ? to_screen_time(time) : "unknown";
}

std::string counted(std::uint64_t count, std::string_view singular, std::string_view plural) {
  return fmt::format("{} {}", count, count == 1 ? singular : plural);
}

std::string joined(const std::vector<std::string>& items) {
  std::string out;
  for (std::size_t i = 0; i < items.size(); ++i) {
    out += i == 0 ? "" : i + 1 == items.size() ? " and " : ", ";
    out += items[i];
  }
  return out;
}

std::size_t cells(std::string_view text) {
  std::size_t used = 0;
  Walk walk(text);
  while (!walk.done()) {
    used += walk.step();
  }
  return used;
}

std::vector<std::string> wrap(std::string_view text, std::size_t width, std::size_t lines_max) {
  std::vector<std::string> lines;
  do {
    const std::size_t length = line_length(text, width);
    if (lines.size() + 1 == lines_max && length < text.size()) {
      lines.push_back(with_ellipsis(text, width));
      return lines;
    }
    lines.emplace_back(text.substr(0, length));
    text.remove_prefix(length);
    // The space at which the line broke is not carried over; any other belongs to the text.
    if (!text.empty() && text.front() == ' ') {
      text.remove_prefix(1);
    }
  } while (!text.empty());
  return lines;
}

void Page::verbatim(std::size_t indent, std::string_view text) {
  line(std::string(indent, ' ') + escape_for_terminal(EvidenceText::from_utf8(text)));
}

void Page::blank() {
  if (!out_.empty()) {
    out_ += '\n';
  }
}

void Page::section(std::string_view title) {
  blank();
  line(painted(safe(title), Paint::heading));
}

void Page::paragraph(std::size_t indent, std::string_view first_raw, std::string_view text,
                     Paint first_paint) {
  const std::string first = safe(first_raw);
  const std::size_t hang = indent + cells(first);
  if (hang * 2 > options_.width) {
    // Too long to hang the text behind it: both run on as one.
    run_on(indent, first + safe(text));
    return;
  }
  bool is_first = true;
  for (const std::string& each : wrap(safe(text), options_.width - hang, options_.cell_lines_max)) {
    line(is_first ? std::string(indent, ' ') + painted(first, first_paint) + each
                  : std::string(hang, ' ') + each);
    is_first = false;
  }
}

void Page::run_on(std::size_t indent, std::string_view text) {
  for (const std::string& each : wrap(text, options_.width - indent, options_.cell_lines_max)) {
    line(std::string(indent, ' ') + each);
  }
}

void Page::table(std::size_t indent, const Table& unsafe) {
  Table table = unsafe;
  for (std::vector<Cell>& each : table.rows) {
    for (Cell& cell : each) {
      cell.text = safe(cell.text);
    }
  }
  const std::vector<std::size_t> widths = fit(indent, table);
  const bool has_titles = std::ranges::any_of(
      table.columns, [](const Column& column) { return !column.title.empty(); });
  if (has_titles) {
    std::vector<Cell> titles;
    for (const Column& column : table.columns) {
      titles.push_back({column.title, Paint::quiet});
    }
    row(indent, table.columns, widths, titles);
  }
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    row(indent, table.columns, widths, table.rows[i]);
    if (i < table.notes.size() && !table.notes[i].empty()) {
      paragraph(indent + gutter, "", table.notes[i]);
    }
  }
}

std::vector<std::size_t> Page::fit(std::size_t indent, const Table& table) const {
  std::vector<std::size_t> widths;
  std::size_t total = indent + (table.columns.size() - 1) * gutter;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    std::size_t widest = cells(table.columns[i].title);
    for (const std::vector<Cell>& each : table.rows) {
      NPG_CHECK(each.size() == table.columns.size());
      widest = std::max(widest, cells(each[i].text));
    }
    // Wider than the page is no use, and bounds the steps of the shrinking below.
    widths.push_back(std::min(widest, options_.width));
    total += widths.back();
  }
  // First the columns that may shrink give way, the widest first, then any.
  for (const bool any : {false, true}) {
    while (total > options_.width) {
      std::size_t widest = widths.size();
      for (std::size_t i = 0; i < widths.size(); ++i) {
        const std::size_t least = any ? column_min : shrunk_min;
        if ((any || table.columns[i].may_shrink) && widths[i] > least &&
            (widest == widths.size() || widths[i] > widths[widest])) {
          widest = i;
        }
      }
      if (widest == widths.size()) {
        break;
      }
      --widths[widest];
      --total;
    }
  }
  return widths;
}

void Page::row(std::size_t indent, const std::vector<Column>& columns,
               const std::vector<std::size_t>& widths, const std::vector<Cell>& row) {
  std::vector<std::vector<std::string>> lines;
  std::size_t height = 1;
  for (std::size_t i = 0; i < row.size(); ++i) {
    lines.push_back(
        wrap(row[i].text, std::max<std::size_t>(widths[i], 1), options_.cell_lines_max));
    height = std::max(height, lines.back().size());
  }
  for (std::size_t y = 0; y < height; ++y) {
    std::string text(indent, ' ');
    std::size_t pending = 0;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string cell = y < lines[i].size() ? lines[i][y] : std::string();
      if (cell.empty()) {
        pending += widths[i] + gutter;
        continue;
      }
      text.append(pending, ' ');
      pending = gutter;
      text += columns[i].align == Align::left
                  ? painted(cell, row[i].paint)
                  : painted(padded(cell, widths[i], Align::right), row[i].paint);
      const std::size_t used = cells(cell);
      if (columns[i].align == Align::left && widths[i] > used) {
        pending += widths[i] - used;
      }
    }
    line(std::move(text));
  }
}

void Page::line(std::string text) {
  text.erase(text.find_last_not_of(' ') + 1);
  out_ += text;
  out_ += '\n';
}

std::string Page::painted(std::string_view text, Paint paint) const {
  if (!options_.color || paint == Paint::plain) {
    return std::string(text);
  }
  constexpr std::array<std::string_view, 6> codes = {"", "1", "1;31", "33", "32", "2"};
  return fmt::format("\x1b[{}m{}\x1b[0m", codes[static_cast<std::size_t>(paint)], text);
}

}  // namespace npg::screen
