// Tables of events as CSV (RFC 4180): each row becomes an object with the first row's names.
#include <fmt/format.h>

#include <algorithm>

#include "source/event_json/event_json.hpp"
#include "source/event_json/event_reader.hpp"
#include "source/event_json/text_blocks.hpp"

namespace npg {
namespace {

/// The cells of one row, and where the next one begins; nothing when the text ends before the row
/// does.
struct Row {
  std::vector<std::string> cells;
  std::size_t end = 0;
};
std::optional<Row> take_row(std::string_view text, bool is_last_text, std::size_t cells_max) {
  Row row;
  std::string cell;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      const bool doubled = c == '"' && i + 1 < text.size() && text[i + 1] == '"';
      if (c == '"' && i + 1 == text.size() && !is_last_text) {
        return std::nullopt;
      }
      if (c == '"' && !doubled) {
        quoted = false;
      } else {
        cell.push_back(c);
        i += doubled ? 1 : 0;
      }
    } else if (c == '"') {
      quoted = true;
    } else if (c == ',' || c == '\n') {
      if (c == '\n' && cell.ends_with('\r')) {
        cell.pop_back();
      }
      if (row.cells.size() < cells_max) {
        row.cells.push_back(std::exchange(cell, {}));
      }
      if (c == '\n') {
        row.end = i + 1;
        return row;
      }
    } else {
      cell.push_back(c);
    }
  }
  if (!is_last_text) {
    return std::nullopt;
  }
  row.cells.push_back(std::move(cell));
  row.end = text.size();
  return row;
}

/// Tables of Kibana and its like have "-" where the event has nothing of a name.
bool is_blank(std::string_view name, std::string_view cell) {
  return cell == "-" && name.contains('.');
}

class CsvStream {
 public:
  CsvStream(TextBlocks& blocks, std::uint32_t evidence, const StreamLimits& limits,
            EventReader& reader, Diagnostics& diagnostics)
      : blocks_(blocks),
        evidence_(evidence),
        limits_(limits),
        reader_(reader),
        diagnostics_(diagnostics) {}

  Result<void> run() {
    return blocks_.for_each([this] { return take_block(); });
  }

 private:
  std::size_t take_block() {
    const std::string_view text = blocks_.text();
    std::size_t done = 0;
    while (done < text.size()) {
      const auto row = take_row(text.substr(done), blocks_.at_end(), limits_.event_fields_max);
      if (!row && text.size() - done <= limits_.event_json_bytes_max) {
        return done;
      }
      if (!row) {
        // A quote that is never closed: its line is left out.
        const std::size_t newline = text.find('\n', done);
        const std::size_t next = newline == std::string_view::npos ? text.size() : newline + 1;
        lose(done, next - done, "a quote is not closed");
        done = next;
        continue;
      }
      take(*row, done);
      done += row->end;
    }
    return done;
  }

  void take(const Row& row, std::size_t start) {
    if (row.cells.size() == 1 && row.cells[0].empty()) {
      return;
    }
    if (names_.empty()) {
      names_ = row.cells;
      return;
    }
    if (row.cells.size() != names_.size()) {
      lose(start, row.end, "the row has not as many cells as the first one");
      return;
    }
    std::string text = "{";
    for (std::size_t i = 0; i < row.cells.size(); ++i) {
      if (!row.cells[i].empty() && !is_blank(names_[i], row.cells[i])) {
        text += fmt::format("{}\"{}\":\"{}\"", text.size() == 1 ? "" : ",",
                            escape_for_json(names_[i]), escape_for_json(row.cells[i]));
      }
    }
    text += '}';
    JsonCopy copy;
    const auto object = copy.open(std::move(text), limits_.event_json_depth_max);
    if (object) {
      const std::uint64_t offset = blocks_.offset_of(start);
      const Origin origin{.evidence = evidence_,
                          .offset = offset,
                          .length = blocks_.offset_of(start + row.end) - offset};
      reader_.take(*object, [&](const Json&) { return origin; });
    }
  }

  void lose(std::size_t start, std::size_t length, std::string_view why) {
    const std::uint64_t offset = blocks_.offset_of(start);
    const std::uint64_t bytes = blocks_.offset_of(start + length) - offset;
    reader_.add_failed(bytes);
    diagnostics_.add(DiagnosticCode::export_line_damaged, Severity::data_loss, offset, bytes,
                     fmt::format("{}; it is left out", why));
  }

  TextBlocks& blocks_;
  std::uint32_t evidence_;
  const StreamLimits& limits_;
  EventReader& reader_;
  Diagnostics& diagnostics_;
  std::vector<std::string> names_;
};

}  // namespace

Result<EventStreamSummary> read_event_csv(const FileView& file, std::uint32_t evidence,
                                          std::span<const EventInterest> interests,
                                          const StreamLimits& limits, const EventSink& sink,
                                          Diagnostics& diagnostics) {
  TextBlocks blocks(file);
  EventReader reader(interests, limits, sink);
  NPG_TRY_VOID(CsvStream(blocks, evidence, limits, reader, diagnostics).run());
  return reader.finish(diagnostics);
}

}  // namespace npg
