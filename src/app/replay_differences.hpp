// What a hive's transaction logs changed: its facts before and after replay, side by side.
#pragma once

#include <optional>

#include "fact/fact_set.hpp"
#include "source/hive/hive_view.hpp"

namespace npg {

/// Gives each registration of `now` that `before` has not the time until which it was not there:
/// the newest that the primary file alone shows of the keys above it. `view` is that state; where
/// it is damaged nothing is said, since what is missing may be what is lost.
void bound_additions(const HiveView& view, const FactSet& before, FactSet& now);

/// Until when a state shows that it has no such registration, as bound_additions() says it; nothing
/// where the state is damaged.
[[nodiscard]] std::optional<FileTime> absent_until(const HiveView& state,
                                                   const RegistrationFact& fact);

/// Takes away from `before` what the primary file alone and the replayed hive agree on.
void keep_differences(FactSet& before, const FactSet& now);

}  // namespace npg
