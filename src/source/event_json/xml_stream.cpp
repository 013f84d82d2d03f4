// Streams of event XML: Event elements, alone or in Events, one after the other; JSON on lines
// between them.
#include <fmt/format.h>

#include <algorithm>

#include "source/event_json/event_json.hpp"
#include "source/event_json/event_reader.hpp"
#include "source/event_json/text_blocks.hpp"

namespace npg {
namespace {

/// Where the next element begins whose tag begins with `start`; npos when there is none.
std::size_t next_element(std::string_view text, std::string_view start, std::size_t from) {
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
    return blocks_.for_each([this] { return take_block(); });
  }

 private:
  /// Takes every whole element; gives how much of the block is done with.
  std::size_t take_block() {
    const std::string_view text = blocks_.text();
    if (!is_begun_) {
      is_begun_ = true;
      const std::string prefix = event_prefix_of(text);
      start_tag_ = "<" + prefix + "Event";
      end_tag_ = "</" + prefix + "Event>";
    }
    std::size_t done = 0;
    std::size_t close = 0;  // the first end behind the element, looked for once
    for (;;) {
      const std::size_t start = next_element(text, start_tag_, done);
      const std::size_t rest = take_between(text, done, std::min(start, text.size()));
      if (start == std::string_view::npos) {
        return rest;
      }
      if (close != std::string_view::npos && close <= start) {
        close = text.find(end_tag_, start);
      }
      const std::size_t other =
          next_element(text.substr(0, std::min(close, text.size())), start_tag_, start + 1);
      if (other != std::string_view::npos) {
        lose(start, other - start, "the element has no end");
        done = other;
        continue;
      }
      if (close != std::string_view::npos) {
        take(text.substr(start, close + end_tag_.size() - start), start);
        done = close + end_tag_.size();
        continue;
      }
      if (!blocks_.at_end() && text.size() - start <= limits_.event_xml_bytes_max) {
        return start;
      }
      lose(start, text.size() - start,
           blocks_.at_end() ? "the element is cut off" : "the element is too large");
      return text.size();
    }
  }

  /// Takes the JSON objects that stand on lines of their own between elements. Gives where reading
  /// goes on when this is the end of the block.
  std::size_t take_between(std::string_view text, std::size_t begin, std::size_t end) {
    look_for_document_type(text.substr(begin, end - begin), begin);
    const bool is_last = end == text.size() && blocks_.at_end();
    for (std::size_t at = text.substr(0, end).find('{', begin); at != std::string_view::npos;
         at = text.substr(0, end).find('{', at)) {
      const std::size_t newline = std::min(text.find('\n', at), text.size());
      if (newline >= end && end == text.size() && !is_last &&
          text.size() - at <= limits_.event_json_bytes_max) {
        return at;  // The line goes on.
      }
      const std::size_t line_end = std::min(newline, end);
      const bool is_first =
          (at == 0 || text[at - 1] == '\n') && text.substr(at + 1).starts_with('"');
      if (is_first && !reader_.take_text(std::string(text.substr(at, line_end - at)),
                                         origin_of(at, line_end - at))) {
        lose(at, line_end - at, "this is no JSON object");
      }
      at = line_end;
    }
    // A start that the block cuts.
    const std::size_t cut = start_tag_.size() + 1;
    return blocks_.at_end() || text.size() < begin + cut + 1 ? text.size() : text.size() - cut;
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
  bool is_begun_ = false;
  std::string start_tag_;  ///< "<Event", with the stream's namespace prefix
  std::string end_tag_;
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
