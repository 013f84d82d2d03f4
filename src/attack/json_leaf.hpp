// Strings and numbers in the one form that RFC 8785 and ECMAScript give them.
#pragma once

#include <string>

#include "attack/json_tape.hpp"

namespace npg::attack {

/// A string, number or word, or a key, as JSON.stringify writes it: shortest escapes, UTF-8, the
/// double's shortest digits; zero for a number too small for a double.
void append_leaf(std::string& out, const JsonValue& value);

}  // namespace npg::attack
