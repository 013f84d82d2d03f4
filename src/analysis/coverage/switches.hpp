// Switches: what the logs tell of logging being turned off besides the audit policy.
#pragma once

#include <string>
#include <vector>

#include "fact/fact_set.hpp"

namespace npg {

/// One sentence for each: Sysmon stopped (4) while Windows ran on, the start of the event log or of
/// Sysmon was changed (7040), audit entries of the providers' keys were changed (4907); and one for
/// a copy of the SYSTEM hive that was written later than the present one.
[[nodiscard]] std::vector<std::string> switch_statements(const FactSet& facts);

}  // namespace npg
