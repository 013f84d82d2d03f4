// Strings and numbers in the one form that RFC 8785 and ECMAScript give them.
#pragma once

#include <string>

#include "attack/json_tape.hpp"

namespace npg::attack {

/// A string, number or word, or a key, as JSON.stringify writes it: shortest escapes, UTF-8, the
/// double's shortest digits. A number beyond a double's range is kept as it is written.
void append_leaf(std::string& out, const JsonValue& value);

}  // namespace npg::attack
