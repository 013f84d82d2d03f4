// Dialects that lay the event's data out flat, beside its own parts, or give it without names.
#pragma once

#include <string_view>
#include <vector>

#include "base/stream_limits.hpp"
#include "source/event_json/dialect.hpp"
#include "view/win_event.hpp"

namespace npg {

/// True for dialects whose event data stands beside the event's own parts.
[[nodiscard]] bool has_flat_data(Dialect dialect);
/// Adds that data, without what the collector itself put there.
void add_flat_fields(Dialect dialect, const Json& root, const Parts& parts,
                     const StreamLimits& limits, WinEvent& event);
/// Winlogbeat calls values without names param1, param2 and so on and sorts them by letter: puts
/// them back in order where all are such.
void order_params(std::vector<EventField>& fields);

}  // namespace npg
