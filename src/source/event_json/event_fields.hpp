// The data of an event in the forms that dialects write it in: named members, arrays of named
// objects, XML turned into JSON, or values without names.
#pragma once

#include <vector>

#include "base/stream_limits.hpp"
#include "source/event_json/json_value.hpp"
#include "view/win_event.hpp"

namespace npg {

/// Adds what EventData holds, in order. A string that holds JSON is read as JSON.
void add_event_data(const Json& data, const StreamLimits& limits, std::vector<EventField>& fields);
/// Adds the leaves of UserData.
void add_user_data(const Json& data, const StreamLimits& limits, std::vector<EventField>& fields);
/// Adds values without names.
void add_inserts(const Json& inserts, const StreamLimits& limits, std::vector<EventField>& fields);
/// Adds the members at the top that are no parts of the event (event_names.hpp), or those whose
/// names begin with a prefix, without it.
void add_flat(const Json& root, std::string_view prefix, const StreamLimits& limits,
              std::vector<EventField>& fields);
/// The text of one value: of a string, number, truth or null; an array's joined by ", ".
[[nodiscard]] EvidenceText value_text(const Json& value);

}  // namespace npg
