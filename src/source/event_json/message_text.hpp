// Events of which little but text is left: Splunk's classic form, and the lines of a timeline.
#pragma once

#include "base/stream_limits.hpp"
#include "source/event_json/dialect.hpp"
#include "view/win_event.hpp"

namespace npg {

/// Reads Splunk's "EventCode=13\nComputerName=…\nMessage=…". The message is in the host's language,
/// so nothing is taken from it but of Sysmon, which is in English on every host. False when it is
/// no such text; `has_zone` tells whether its time names a zone (it never does).
[[nodiscard]] bool read_splunk_text(std::string_view text, WinEvent& event);
/// Adds the fields of Sysmon's message, "TargetObject: HKLM\…" a line.
void add_sysmon_message(std::string_view message, const StreamLimits& limits,
                        std::vector<EventField>& fields);
/// Adds the fields of a Hayabusa timeline's Details, under Windows' own names where they are known.
void add_hayabusa_details(const Json& root, const StreamLimits& limits, WinEvent& event);

}  // namespace npg
