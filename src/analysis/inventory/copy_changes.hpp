// What differs between the copies of a host's SYSTEM hive, put in the order of time.
#pragma once

#include <vector>

#include "fact/assessment.hpp"
#include "fact/fact_set.hpp"

namespace npg {

/// Registrations and orders of the current control set that two neighbouring copies disagree on,
/// each as a change between the time that the older one is known to have been written until and the
/// time of the key in the newer one, citing both. A registry export has no time: what it and the
/// present disagree on is told without one, and so is what copies of equal times disagree on: which
/// of them came first cannot be proved.
/// A copy that was written later than the present hive is no later state of it for certain: what
/// the two disagree on is told without a time, too.
[[nodiscard]] std::vector<Change> copy_changes(const FactSet& facts);

/// True where a key that the logs of the present hive brought was last written weeks before the
/// hive: Windows writes to the hive what its logs hold within the hour in which it runs, so the
/// time of the key was set. A host that slept in between is why it is weeks.
[[nodiscard]] bool is_too_old_for_logs(FileTime key_written, const FactSet& facts);

/// The oldest copy that does not have a registration though it was written later than its key says
/// it was; nothing when the copies do not contradict the key's time.
[[nodiscard]] const HiveCopyFact* contradicting_copy(const FactSet& facts,
                                                     const RegistrationFact& registration);

}  // namespace npg
