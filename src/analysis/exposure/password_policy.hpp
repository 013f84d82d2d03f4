// Whether this Windows hands the typed password to those who are notified (docs/routes.md).
#pragma once

#include <span>

#include "fact/assessment.hpp"
#include "fact/fact_set.hpp"

namespace npg::exposure {

/// Sets password_sent and its basis from the build and EnableMPR. A policy that says no now is yes
/// when a logged write shows that it was otherwise inside the window, which must be set before.
void set_password_policy(const FactSet& facts, std::span<const Change> changes, Exposure& window);

}  // namespace npg::exposure
