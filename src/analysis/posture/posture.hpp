// Posture: whether the host could have prevented this, or would have logged it. Facts against what
// they should be.
#pragma once

#include <span>
#include <vector>

#include "fact/assessment.hpp"
#include "fact/fact_set.hpp"

namespace npg {

/// The checks of docs/posture.md, in their order. A check without its evidence is `unknown`, never
/// `pass`.
[[nodiscard]] std::vector<PostureCheck> check_posture(const FactSet& facts,
                                                      std::span<const KeyState> keys = {});

}  // namespace npg
