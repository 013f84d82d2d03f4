// Streams of event XML: Event elements, alone or in Events, one after the other.
#include <fmt/format.h>

#include <algorithm>

#include "source/event_json/event_json.hpp"
#include "source/event_json/event_reader.hpp"
#include "source/event_json/text_blocks.hpp"

namespace npg {
namespace {

/// Where the next Event element begins; npos when there is none.
std::size_t next_event(std::string_view text, std::size_t from) {
  constexpr std::string_view start = "<Event";
  for (std::size_t at = text.find(start, from); at != std::string_view::npos;
       at = text.find(start, at + 1)) {
    const std::size_t behind = at + start.size();
    if (behind < text.size() &&
        (text[behind] == '>' || static_cast<unsigned char>(text[behind]) <= 0x20)) {
      return at;
    }
  }
  return std::string_view::npos;
}

class XmlStream {
 public:
  XmlStream(TextBlocks& blocks, std::uint32_t evidence, const StreamLimits& limits,
            EventReader& reader, Diagnostics& diagnostics)
      : blocks_(blocks),
        evidence_(evidence),
        limits_(limits),
        reader_(reader),
        diagnostics_(diagnostics) {}

  Result<void> run() {
    std::size_t used = 0;
    do {
      NPG_TRY_VOID(blocks_.advance(used));
      used = take_block();
    } while (!blocks_.at_end() || used < blocks_.text().size());
    return {};
  }

 private:
  /// Takes every whole element; gives how much of the block is done with.
  std::size_t take_block() {
    const std::string_view text = blocks_.text();
    constexpr std::string_view end = "</Event>";
    std::size_t done = 0;
    for (;;) {
      const std::size_t start = next_event(text, done);
      look_for_document_type(text.substr(done, std::min(start, text.size()) - done), done);
      if (start == std::string_view::npos) {
        // A start that the block cuts.
        return blocks_.at_end() || text.size() < done + 8 ? text.size() : text.size() - 7;
      }
      const std::size_t close = text.find(end, start);
      const std::size_t other = next_event(text.substr(0, std::min(close, text.size())), start + 1);
      if (other != std::string_view::npos) {
        lose(start, other - start, "the element has no end");
        done = other;
        continue;
      }
      if (close != std::string_view::npos) {
        take(text.substr(start, close + end.size() - start), start);
        done = close + end.size();
        continue;
      }
      if (!blocks_.at_end() && text.size() - start <= limits_.event_xml_bytes_max) {
        return start;
      }
      const std::size_t rest = text.size() - start;
      lose(start, rest, blocks_.at_end() ? "the element is cut off" : "the element is too large");
      return text.size();
    }
  }

  [[nodiscard]] Origin origin_of(std::size_t start, std::size_t length) {
    const std::uint64_t offset = blocks_.offset_of(start);
    return {.evidence = evidence_,
            .offset = offset,
            .length = blocks_.offset_of(start + length) - offset};
  }

  void take(std::string_view element, std::size_t start) {
    const Origin origin = origin_of(start, element.size());
    if (const auto taken = reader_.take_xml(element, Dialect::event_xml, origin); !taken) {
      reader_.add_failed(origin.length);
      diagnostics_.add(DiagnosticCode::export_line_damaged, Severity::data_loss, origin.offset,
                       origin.length,
                       fmt::format("{}; the event is left out", describe(taken.error())));
    }
  }

  void lose(std::size_t start, std::size_t length, std::string_view why) {
    const Origin origin = origin_of(start, length);
    reader_.add_failed(origin.length);
    diagnostics_.add(DiagnosticCode::export_line_damaged, Severity::data_loss, origin.offset,
                     origin.length, fmt::format("{}; the event is left out", why));
  }

  /// What one declares is not read, so its entities cannot be resolved, or grow.
  void look_for_document_type(std::string_view between, std::size_t start) {
    const std::size_t at = between.find("<!DOCTYPE");
    if (at != std::string_view::npos) {
      diagnostics_.add(DiagnosticCode::export_line_damaged, Severity::notice,
                       blocks_.offset_of(start + at), 0,
                       "a document type declaration, which event XML has not: its entities are "
                       "refused");
    }
  }

  TextBlocks& blocks_;
  std::uint32_t evidence_;
  const StreamLimits& limits_;
  EventReader& reader_;
  Diagnostics& diagnostics_;
};

}  // namespace

Result<EventStreamSummary> read_event_xml(const FileView& file, std::uint32_t evidence,
                                          std::span<const EventInterest> interests,
                                          const StreamLimits& limits, const EventSink& sink,
                                          Diagnostics& diagnostics) {
  TextBlocks blocks(file);
  EventReader reader(interests, limits, sink);
  NPG_TRY_VOID(XmlStream(blocks, evidence, limits, reader, diagnostics).run());
  return reader.finish(diagnostics);
}

}  // namespace npg
