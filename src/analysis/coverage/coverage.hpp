// What could be seen of a host, for which time, and what a silence therefore means.
#pragma once

#include "fact/assessment.hpp"
#include "fact/fact_set.hpp"

namespace npg {

/// Sources with their time span and gaps, and statements a reader needs before trusting a silence.
/// `not_evaluated` is filled by the rules.
[[nodiscard]] Coverage list_coverage(const FactSet& facts);

/// The value of a sub-category in the newest audit policy of the host: 0 to 3; nothing when no
/// policy is in evidence.
[[nodiscard]] std::optional<std::uint8_t> audit_value(const FactSet& facts,
                                                      std::string_view subcategory);

}  // namespace npg
