// Which evidence files an assessment cites: those are hashed.
#pragma once

#include <cstdint>
#include <set>

#include "fact/assessment.hpp"

namespace npg {

/// Indexes of the evidence that a provider, change, finding, exposure, check or diagnostic of the
/// assessment cites.
[[nodiscard]] std::set<std::uint32_t> cited_evidence(const Assessment& assessment);

}  // namespace npg
