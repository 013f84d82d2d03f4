// Whose passwords went through a window: logons from every source, counted once, graded by route
// and by witness.
#pragma once

#include <vector>

#include "analysis/exposure/witnesses.hpp"
#include "fact/assessment.hpp"
#include "fact/fact_set.hpp"

namespace npg {

/// The accounts that logged on inside the window, most urgent first. Logons that two logs tell of
/// are counted once.
[[nodiscard]] std::vector<ExposedAccount> exposed_accounts(const Exposure& window,
                                                           const exposure::Listener& listener,
                                                           const FactSet& facts);

/// Times of the notified logons inside the window that belong to no logon of the evidence, in
/// order.
[[nodiscard]] std::vector<FileTime> unexplained_notifications(const Exposure& window,
                                                              const exposure::Listener& listener,
                                                              const FactSet& facts);

}  // namespace npg
