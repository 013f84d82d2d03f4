#include "source/event_json/event_json.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "source/event_json/event_reader.hpp"
#include "source/event_json/json_stream.hpp"

namespace npg {

namespace {

/// The first bytes of a file.
class FileHead final : public FileView {
 public:
  FileHead(const FileView& file, std::uint64_t bytes)
      : file_(file), size_(std::min(bytes, file.size())) {}
  [[nodiscard]] const EvidenceText& path() const override { return file_.path(); }
  [[nodiscard]] std::uint64_t size() const override { return size_; }
  [[nodiscard]] Result<std::size_t> read_at(std::uint64_t at,
                                            std::span<std::byte> into) const override {
    const std::uint64_t left = size_ - std::min(at, size_);
    return file_.read_at(
        at, into.first(static_cast<std::size_t>(std::min<std::uint64_t>(into.size(), left))));
  }

 private:
  const FileView& file_;
  std::uint64_t size_;
};

/// What a file tells of zones, read for that alone.
struct ToldZones {
  EventTimes::Zones zones;
  bool any_without = false;  ///< an event's time had none
};

Result<ToldZones> zones_of(const FileView& file, const StreamLimits& limits) {
  const EventSink no_sink = [](const WinEvent&) {};
  TextBlocks blocks(file);
  EventReader reader({}, limits, no_sink);
  const EventReader::OriginOf nowhere = [](const Json&) { return Origin{}; };
  const JsonStreamSinks sinks{
      .object = [&](const Json& object, std::size_t) { reader.take(object, nowhere); },
      .bad = [](std::size_t, std::size_t, std::string_view) {},
      .xml = [](std::size_t, std::size_t) {},
      .xml_string = [](std::size_t, std::size_t) {}};
  NPG_TRY_VOID(JsonStream(blocks, limits, sinks).run());
  ToldZones told{.zones = reader.zones()};
  Diagnostics told_later;
  for (const DialectSummary& dialect : reader.finish(told_later).dialects) {
    told.any_without = told.any_without || dialect.without_zone > 0;
  }
  return told;
}

/// Zones for events that come before the one that tells theirs. Only streams that begin with local
/// times are read for it.
Result<EventTimes::Zones> zones_ahead(const FileView& file, const StreamLimits& limits) {
  TextBlocks blocks(file);
  NPG_TRY_VOID(blocks.advance(0));
  if (!blocks.text().contains("\"EventTime\"") || !blocks.text().contains("\"UtcTime\"")) {
    return EventTimes::Zones{};
  }
  constexpr std::uint64_t beginning = 1ULL << 20;
  NPG_TRY(ToldZones told, zones_of(FileHead(file, beginning), limits));
  if (told.any_without && file.size() > beginning) {
    NPG_TRY(told, zones_of(file, limits));
  }
  return std::move(told.zones);
}

}  // namespace

Result<EventStreamSummary> read_event_json(const FileView& file, std::uint32_t evidence,
                                           std::span<const EventInterest> interests,
                                           const StreamLimits& limits, const EventSink& sink,
                                           Diagnostics& diagnostics) {
  NPG_TRY(EventTimes::Zones zones, zones_ahead(file, limits));
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
  const auto take_xml = [&](std::size_t start, std::size_t length, std::string_view xml,
                            Dialect dialect) {
    const std::uint64_t offset = blocks.offset_of(start);
    const Origin origin{.evidence = evidence,
                        .offset = offset,
                        .length = blocks.offset_of(start + length) - offset};
    const auto taken = reader.take_xml(xml, dialect, origin);
    if (!taken) {
      lose(start, length, describe(taken.error()));
    }
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
            take_xml(start, length, blocks.text().substr(start, length), Dialect::event_xml);
          },
      .xml_string =
          [&](std::size_t start, std::size_t length) {
            const EvidenceText inside = unescape_json(blocks.text().substr(start + 1, length - 2));
            take_xml(start, length, inside.raw(), Dialect::xml_in_json);
          }};
  NPG_TRY_VOID(JsonStream(blocks, limits, sinks).run());
  return reader.finish(diagnostics);
}

}  // namespace npg
