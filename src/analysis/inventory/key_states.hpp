// The keys that decide who is told of passwords: who may write to them, and what this Windows build
// sets on them. Facts side by side; posture judges.
#pragma once

#include <vector>

#include "fact/assessment.hpp"
#include "fact/fact_set.hpp"
#include "fact/knowledge.hpp"

namespace npg {

/// Who may write to a key, by the entries of its DACL in their order.
[[nodiscard]] std::vector<KeyWriter> writers_of(const KeySecurity& security);

/// One state a key fact, by control set and path.
[[nodiscard]] std::vector<KeyState> list_keys(const FactSet& facts, const Knowledge& knowledge);

}  // namespace npg
