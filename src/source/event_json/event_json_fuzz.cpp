// Any bytes as event JSON, and as a table: nothing is lost without being counted, marks are those
// of a slow reader, and events that were asked for are the same whatever else was asked for.
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/check.hpp"
#include "source/event_json/event_json.hpp"

namespace {

using namespace npg;

constexpr std::array few = {EventInterest{"Microsoft-Windows-Sysmon", 13},
                            EventInterest{"Microsoft-Windows-Security-Auditing", 4657}};
constexpr std::array more = {EventInterest{"Microsoft-Windows-Sysmon", 13},
                             EventInterest{"Microsoft-Windows-Security-Auditing", 4657},
                             EventInterest{"Microsoft-Windows-Sysmon", 12},
                             EventInterest{"Microsoft-Windows-Security-Auditing", 4624}};

using Read = Result<EventStreamSummary> (*)(const FileView&, std::uint32_t,
                                            std::span<const EventInterest>, const StreamLimits&,
                                            const EventSink&, Diagnostics&);

std::uint64_t check(Read read, const FileView& file, std::span<const EventInterest> interests) {
  StreamLimits limits;
  limits.event_json_bytes_max = 1024;
  Diagnostics diagnostics(20);
  std::uint64_t wanted = 0;
  const auto summary = read(
      file, 0, interests, limits,
      [&](const WinEvent& event) {
        wanted += event.event_id == 13 || event.event_id == 4657 ? 1 : 0;
        NPG_CHECK(event.origin.offset <= file.size());
        NPG_CHECK(event.origin.length <= file.size() - event.origin.offset);
        NPG_CHECK(event.fields.size() <= limits.event_fields_max);
      },
      diagnostics);
  NPG_CHECK(summary.has_value());
  NPG_CHECK(summary->objects_seen ==
            summary->events + summary->not_events + summary->objects_failed);
  NPG_CHECK(summary->events_built <= summary->events);
  std::uint64_t counted = 0;
  for (const DialectSummary& dialect : summary->dialects) {
    counted += dialect.events;
  }
  NPG_CHECK(counted == summary->events);
  std::uint64_t records = 0;
  for (const StreamChannel& channel : summary->channels) {
    records += channel.records + channel.duplicates;
    NPG_CHECK(channel.first_id <= channel.last_id);
  }
  NPG_CHECK(records <= summary->events);
  return wanted;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  const MemoryFile file(EvidenceText(), {bytes.begin(), bytes.end()});
  NPG_CHECK(check(read_event_json, file, few) == check(read_event_json, file, more));
  (void)check(read_event_csv, file, few);
  return 0;
}
