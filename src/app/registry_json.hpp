// Registry values as the dumps print them (docs/formats/regf.md, 12).
#pragma once

#include "base/json_writer.hpp"
#include "view/registry_view.hpp"

namespace npg {

/// Writes the fields of one value into an open object: name, type, size, data, and hex and
/// lost_bytes where they are needed.
void write_value_fields(JsonWriter& json, const RegistryValue& value);

}  // namespace npg
