// Events that are there as XML: wevtutil's and Event Viewer's exports, Splunk's raw events, and the
// XML that other dialects carry in a string.
#pragma once

#include "base/stream_limits.hpp"
#include "format/event_text/event_xml.hpp"
#include "view/win_event.hpp"

namespace npg {

/// Reads an Event element into `event`; its origin is the caller's matter. Errors: EventXml's;
/// not_found when it has no System with an EventID.
[[nodiscard]] Result<void> read_xml_event(std::string_view xml, std::uint64_t offset,
                                          const StreamLimits& limits, WinEvent& event);
/// Adds the fields of an EventData, UserData or DataItem element that stands alone.
[[nodiscard]] Result<void> add_xml_data(std::string_view xml, std::uint64_t offset,
                                        const StreamLimits& limits,
                                        std::vector<EventField>& fields);

}  // namespace npg
