// Sensors that are no Windows log: Defender's advanced hunting and Elastic Defend. Their events are
// given in the shape of Sysmon's, under their own provider name (view/win_event.hpp).
#pragma once

#include "source/event_json/dialect.hpp"

namespace npg {

/// Sets the provider, the channel and the Sysmon event id that an event of a sensor is like; no id
/// when it is like none.
void take_sensor_head(Dialect dialect, const Parts& parts, EventHead& head);
/// Adds the fields that Sysmon's event of that id has.
void add_sensor_fields(Dialect dialect, const Json& root, const Parts& parts, WinEvent& event);

}  // namespace npg
