// Any bytes as event XML: every element is an event or is counted as lost, in its place.
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/check.hpp"
#include "source/event_json/event_json.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace npg;
  constexpr std::array interests = {EventInterest{"Microsoft-Windows-Sysmon", 13},
                                    EventInterest{"Microsoft-Windows-Eventlog", 1102}};
  const auto bytes = std::as_bytes(std::span(data, size));
  const MemoryFile file(EvidenceText(), {bytes.begin(), bytes.end()});
  StreamLimits limits;
  limits.event_xml_bytes_max = 2048;
  Diagnostics diagnostics(20);
  std::uint64_t end = 0;
  const auto summary = read_event_xml(
      file, 0, interests, limits,
      [&](const WinEvent& event) {
        const bool may_wait = event.event_id == 13;  // without a time: comes last
        NPG_CHECK(may_wait || event.origin.offset >= end);
        end = may_wait ? end : event.origin.offset + event.origin.length;
        NPG_CHECK(event.origin.offset + event.origin.length <= file.size());
      },
      diagnostics);
  NPG_CHECK(summary.has_value());
  NPG_CHECK(summary->objects_seen == summary->events + summary->objects_failed);
  NPG_CHECK(summary->bytes_not_understood <= file.size());
  return 0;
}
