// Which control set a key lies in, as far as that decides whether Windows looks at it.
#pragma once

#include <string>
#include <string_view>

#include "fact/fact_set.hpp"

namespace npg {

/// "ControlSet002", when the key (below its hive's root) lies in a control set that is not
/// the current one by Select; else empty.
[[nodiscard]] std::string other_control_set(std::string_view key, const FactSet& facts);

/// False where the present hive has several control sets and its key Select, which is missing, a
/// link or without a usable number, does not say which one Windows ran with: the lowest is taken
/// for it, and it may be another.
[[nodiscard]] bool knows_current_set(const FactSet& facts);

}  // namespace npg
