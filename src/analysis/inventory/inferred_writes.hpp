// Inferred writes: command lines and scripts that write provider settings, right before a key of
// them was last written. No event tells of the write itself; who did it is inferred, never seen.
#pragma once

#include <string_view>
#include <vector>

#include "analysis/inventory/sessions.hpp"
#include "fact/assessment.hpp"
#include "fact/fact_set.hpp"

namespace npg {

/// What such a change is called in Change::what.
inline constexpr std::string_view inferred_write = "write_inferred";

/// One a key of the present control set whose last write fits a command line or script that names
/// it, and of which no event tells (`logged` are the changes that events tell of). The chains are
/// filled.
[[nodiscard]] std::vector<Change> inferred_writes(const FactSet& facts, const Sessions& sessions,
                                                  const std::vector<Change>& logged);

}  // namespace npg
