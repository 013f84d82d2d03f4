// Auditing: the settings that decide what is logged, as they are in force and as the logs tell of
// their changes.
#pragma once

#include <vector>

#include "fact/assessment.hpp"
#include "fact/fact_set.hpp"

namespace npg {

/// The sub-categories of the audit policy that npguard's evidence hangs on (PolAdtEv and 4719),
/// audit entries on the providers' keys, command lines, Sysmon: by setting and time. What the
/// evidence does not hold is "not visible".
[[nodiscard]] std::vector<AuditState> list_auditing(const FactSet& facts);

}  // namespace npg
