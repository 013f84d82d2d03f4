// Layout for a terminal: text made safe, its width in cells, wrapping, and tables. It knows nothing
// of hosts and providers. Not for use outside src/report.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/evidence_text.hpp"
#include "base/filetime.hpp"
#include "fact/shared_text.hpp"

namespace npg::screen {

/// The name, in quotes where it is empty or starts or ends with a space, so that "RDPNP " is not
/// taken for "RDPNP". Not escaped: Page does that.
[[nodiscard]] std::string name(std::string_view text);
[[nodiscard]] std::string name(const SharedText& text);
/// "value_set" as "value set".
[[nodiscard]] std::string spaced(std::string_view word);
/// "2026-11-22 18:20:00Z", or "unknown" when no time is given.
[[nodiscard]] std::string time(FileTime time);
/// "1 account", "2 accounts", "2 entries": the number and the word in the right form.
[[nodiscard]] std::string counted(std::uint64_t count, std::string_view singular,
                                  std::string_view plural);
/// "a, b and c".
[[nodiscard]] std::string joined(const std::vector<std::string>& items);

/// Terminal cells that escaped text takes: 2 for wide East Asian characters, 0 for the first two
/// combining marks after a character (more are counted, so that a pile of marks cannot be endless).
[[nodiscard]] std::size_t cells(std::string_view text);
/// Escaped text in lines of at most `width` cells, broken at spaces, else behind \ / , or ;, else
/// anywhere. Never empty. Past `lines_max` lines the rest is cut and the last line ends in "…".
[[nodiscard]] std::vector<std::string> wrap(std::string_view text, std::size_t width,
                                            std::size_t lines_max);

enum class Paint : std::uint8_t { plain, heading, bad, warning, good, quiet };

struct Cell {
  std::string text;
  Paint paint = Paint::plain;
};
enum class Align : std::uint8_t { left, right };
struct Column {
  std::string title;  ///< no heading line when all titles are empty
  Align align = Align::left;
  bool may_shrink = false;  ///< gives way first when the table is too wide
};
struct Table {
  std::vector<Column> columns;
  std::vector<std::vector<Cell>> rows;  ///< as many cells as columns
  std::vector<std::string> notes = {};  ///< one a row, or fewer: a line below it where not empty
};

/// Collects the lines of a report. Every text that it is given is escaped for a terminal here, in
/// one place, so that no caller can forget it; text that is escaped already stays as it is.
class Page {
 public:
  struct Options {
    std::size_t width = 100;
    bool color = false;
    std::size_t cell_lines_max = 6;  ///< Limit: one hostile name must not fill the screen.
  };
  explicit Page(const Options& options) : options_(options) {}

  void blank();
  /// An empty line and a section's heading.
  void section(std::string_view title);
  /// A paragraph behind `first`, whose further lines hang below its start; `indent` is less than
  /// half of the width.
  void paragraph(std::size_t indent, std::string_view first, std::string_view text,
                 Paint first_paint = Paint::plain);
  void table(std::size_t indent, const Table& table);
  /// A line whose spaces stay as they are.
  void verbatim(std::size_t indent, std::string_view text);
  [[nodiscard]] std::string take() { return std::move(out_); }

 private:
  [[nodiscard]] std::vector<std::size_t> fit(std::size_t indent, const Table& table) const;
  void row(std::size_t indent, const std::vector<Column>& columns,
           const std::vector<std::size_t>& widths, const std::vector<Cell>& row);
  void run_on(std::size_t indent, std::string_view text);
  void line(std::string text);
  [[nodiscard]] std::string painted(std::string_view text, Paint paint) const;
  Options options_;
  std::string out_;
};

}  // namespace npg::screen
