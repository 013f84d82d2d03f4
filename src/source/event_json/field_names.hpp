// Names for the values of events that a dialect gives without them: data/event_fields.tsv, by
// provider, event id and version.
#pragma once

#include <string_view>
#include <vector>

#include "view/win_event.hpp"

namespace npg {

/// One row of the table.
struct EventFieldNames {
  std::string_view provider;
  std::uint32_t event_id = 0;
  std::uint32_t version = 0;
  std::vector<std::string_view> names;  ///< in order
  std::string_view source;              ///< where the order was seen
};
/// The rows, in the table's order. Lives as long as the program.
[[nodiscard]] const std::vector<EventFieldNames>& event_field_names();

/// Names the event's values when the table has its provider, id and as many names as there are
/// values (of the event's own version where it has one of that length). False when it has not:
/// values that were left out would move the names. Classic events, which have no names, need none.
[[nodiscard]] bool name_fields(WinEvent& event);

}  // namespace npg
