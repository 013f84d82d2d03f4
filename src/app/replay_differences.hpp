// What a hive's transaction logs changed: its facts before and after replay, side by side.
#pragma once

#include "fact/fact_set.hpp"
#include "source/hive/hive_view.hpp"

namespace npg {

/// Gives each registration of `now` that `before` has not the time until which it was not there:
/// the newest that the primary file alone shows of the keys above it. `view` is that state; where
/// it is damaged nothing is said, since what is missing may be what is lost.
void bound_additions(const HiveView& view, const FactSet& before, FactSet& now);

/// Takes away from `before` what the primary file alone and the replayed hive agree on.
void keep_differences(FactSet& before, const FactSet& now);

}  // namespace npg
