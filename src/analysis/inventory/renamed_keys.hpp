// Keys and values that were renamed: a registration moves with its key, and data with a value,
// under whose new name nothing is written.
#pragma once

#include <vector>

#include "fact/fact_set.hpp"

namespace npg {

/// What renames (Sysmon 14) make of values, each with the time and the record of its rename: a
/// write of each value that a key's old name is known to have had then, by the log or by a copy of
/// the hive, where the new name is a registration key's; and for a value that is renamed the
/// deletion of the old name, and a write of the new one where its data are known. The facts must be
/// in time order.
[[nodiscard]] std::vector<RegistryChangeFact> changes_by_renames(const FactSet& facts);

/// Adds them to the host's changes, each behind what was logged at its time.
void follow_renames(FactSet& facts);

}  // namespace npg
