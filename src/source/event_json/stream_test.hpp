// Reads events from a text, for tests.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "source/event_json/event_json.hpp"

namespace npg::testing {

struct ReadEvents {
  EventStreamSummary summary;
  std::vector<WinEvent> events;
  Diagnostics diagnostics;
};

/// What the tests' extractors would want.
inline constexpr std::array wanted_events = {
    EventInterest{"Microsoft-Windows-Security-Auditing", 4624},
    EventInterest{"Microsoft-Windows-Security-Auditing", 4657},
    EventInterest{"Microsoft-Windows-Security-Auditing", 4663},
    EventInterest{"Microsoft-Windows-Security-Auditing", 4670},
    EventInterest{"Microsoft-Windows-Security-Auditing", 4688},
    EventInterest{"Microsoft-Windows-Security-Auditing", 4724},
    EventInterest{"Microsoft-Windows-Sysmon", 1},
    EventInterest{"Microsoft-Windows-Sysmon", 7},
    EventInterest{"Microsoft-Windows-Sysmon", 11},
    EventInterest{"Microsoft-Windows-Sysmon", 12},
    EventInterest{"Microsoft-Windows-Sysmon", 13},
    EventInterest{"Microsoft-Windows-Sysmon", 14},
    EventInterest{"Microsoft-Windows-Eventlog", 1102},
    EventInterest{"MsiInstaller", 1033},
};

inline MemoryFile text_file(std::string_view text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {EvidenceText::from_literal("events"), {bytes.begin(), bytes.end()}};
}

using ReadText = Result<EventStreamSummary> (*)(const FileView&, std::uint32_t,
                                                std::span<const EventInterest>, const StreamLimits&,
                                                const EventSink&, Diagnostics&);

/// Everything that is wanted of a text.
inline ReadEvents read_events_of(std::string_view text, ReadText read = read_event_json,
                                 const StreamLimits& limits = {}) {
  ReadEvents out;
  const MemoryFile file = text_file(text);
  auto summary = read(
      file, 7, wanted_events, limits, [&](const WinEvent& event) { out.events.push_back(event); },
      out.diagnostics);
  EXPECT_TRUE(summary.has_value());
  out.summary = summary ? *std::move(summary) : EventStreamSummary{};
  const EventStreamSummary& sum = out.summary;
  EXPECT_EQ(sum.objects_seen, sum.events + sum.not_events + sum.objects_failed);
  EXPECT_EQ(sum.events_built, out.events.size());
  for (const WinEvent& event : out.events) {
    EXPECT_EQ(event.origin.evidence, 7U);
    EXPECT_LE(event.origin.offset + event.origin.length, text.size());
  }
  return out;
}

}  // namespace npg::testing
