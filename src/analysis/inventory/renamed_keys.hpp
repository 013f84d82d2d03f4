// Keys that were renamed: a registration moves with its key, under whose new name nothing is
// written.
#pragma once

#include <vector>

#include "fact/fact_set.hpp"

namespace npg {

/// What a rename (Sysmon 14) brings a registration key under its new name: a write of each value
/// that the old name is known to have had then, by the log or by a copy of the hive, at the time
/// and with the record of the rename. The facts must be in time order.
[[nodiscard]] std::vector<RegistryChangeFact> values_of_renamed_keys(const FactSet& facts);

/// Adds them to the host's changes, each behind what was logged at its time.
void follow_renames(FactSet& facts);

}  // namespace npg
