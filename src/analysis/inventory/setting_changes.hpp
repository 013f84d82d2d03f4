// What the copies of a host's SYSTEM and SOFTWARE hives say of the settings that decide who is told
// of passwords: Notifyees, mpnotify, EnableMPR, SmartCardLogonNotify, password filters.
#pragma once

#include <vector>

#include "fact/assessment.hpp"
#include "fact/fact_set.hpp"

namespace npg {

/// Each difference of such a setting between two copies that follow each other in time, as a change
/// that lies between two times and has no visible actor. What a damaged copy or an export lacks is
/// no difference; copies of equal times have no order and give none.
[[nodiscard]] std::vector<Change> setting_changes(const FactSet& facts);

}  // namespace npg
