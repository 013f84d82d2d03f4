#include "source/event_json/event_json.hpp"

#include <fmt/format.h>

#include "source/event_json/event_reader.hpp"
#include "source/event_json/json_stream.hpp"

namespace npg {

namespace {

/// True when the stream begins with events whose times have no zone.
Result<bool> has_local_times(const FileView& file) {
  TextBlocks blocks(file);
  NPG_TRY_VOID(blocks.advance(0));
  return blocks.text().contains("\"EventTime\"") && blocks.text().contains("\"UtcTime\"");
}

/// Reads the stream for what it tells of zones alone: the first events have times, too.
Result<EventReader::Zones> zones_of(const FileView& file, const StreamLimits& limits) {
  const EventSink no_sink = [](const WinEvent&) {};
  TextBlocks blocks(file);
  EventReader reader({}, limits, no_sink);
  const EventReader::OriginOf nowhere = [](const Json&) { return Origin{}; };
  const JsonStreamSinks sinks{
      .object = [&](const Json& object, std::size_t) { reader.take(object, nowhere); },
      .bad = [](std::size_t, std::size_t, std::string_view) {},
      .xml = [](std::size_t, std::size_t) {}};
  NPG_TRY_VOID(JsonStream(blocks, limits, sinks).run());
  return reader.zones();
}

}  // namespace

Result<EventStreamSummary> read_event_json(const FileView& file, std::uint32_t evidence,
                                           std::span<const EventInterest> interests,
                                           const StreamLimits& limits, const EventSink& sink,
                                           Diagnostics& diagnostics) {
  EventReader::Zones zones;
  NPG_TRY(const bool is_local, has_local_times(file));
  if (is_local) {
    NPG_TRY(zones, zones_of(file, limits));
  }
  TextBlocks blocks(file);
  EventReader reader(interests, limits, sink, std::move(zones));
  std::size_t position = 0;     // of the object that is being read
  std::string_view block_text;  // that it stands in
  const EventReader::OriginOf origin_of = [&](const Json& value) {
    const std::string_view source = value.source();
    const auto at = position + static_cast<std::size_t>(source.data() - block_text.data());
    const std::uint64_t offset = blocks.offset_of(at);
    return Origin{.evidence = evidence,
                  .offset = offset,
                  .length = blocks.offset_of(at + source.size()) - offset};
  };
  const auto lose = [&](std::size_t start, std::size_t length, std::string_view why) {
    const std::uint64_t offset = blocks.offset_of(start);
    const std::uint64_t bytes = blocks.offset_of(start + length) - offset;
    reader.add_failed(bytes);
    diagnostics.add(DiagnosticCode::export_line_damaged, Severity::data_loss, offset, bytes,
                    fmt::format("{}; the line is left out", why));
  };
  const JsonStreamSinks sinks{
      .object =
          [&](const Json& object, std::size_t start) {
            position = start;
            block_text = object.source();
            reader.take(object, origin_of);
          },
      .bad = lose,
      .xml =
          [&](std::size_t start, std::size_t length) {
            const std::uint64_t offset = blocks.offset_of(start);
            const Origin origin{.evidence = evidence,
                                .offset = offset,
                                .length = blocks.offset_of(start + length) - offset};
            const auto taken =
                reader.take_xml(blocks.text().substr(start, length), Dialect::event_xml, origin);
            if (!taken) {
              lose(start, length, describe(taken.error()));
            }
          }};
  NPG_TRY_VOID(JsonStream(blocks, limits, sinks).run());
  return reader.finish(diagnostics);
}

}  // namespace npg
