// ECS, the field names of Elastic's pipelines: its own sensor's events have them, and Winlogbeat's
// sysmon and security modules move what they know out of the event's data into them.
#pragma once

#include <string>
#include <string_view>

#include "source/event_json/json_value.hpp"
#include "view/win_event.hpp"

namespace npg {

/// The value of a name with dots, nested or written as one; not existing when it is not there.
[[nodiscard]] Json value_at(const Json& root, std::string_view path);
/// The same as text, "" when it is not there.
[[nodiscard]] std::string text_at(const Json& root, std::string_view path);
/// Adds a field that is not empty.
void put_field(WinEvent& event, std::string_view name, std::string_view value);
/// "DOMAIN\name", the name alone where the domain is not known.
[[nodiscard]] std::string account_of(const std::string& domain, const std::string& name);
/// "SHA256=…" of the file at a path of ECS ("dll"), "" when it is not known.
[[nodiscard]] std::string sha256_of(const Json& root, std::string_view file);

/// True when fields of the event's data may have moved.
[[nodiscard]] bool may_hold_ecs(const Json& root);
/// Adds the fields of Sysmon's and the Security log's events that the event's data lacks and ECS
/// has.
/// Source: elastic/beats, x-pack/winlogbeat/module/{sysmon,security}/ingest
void add_ecs_fields(const Json& root, WinEvent& event);

}  // namespace npg
