// What every finding has in common, whichever analysis makes it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "fact/assessment.hpp"

namespace npg {

/// The rule and the first 12 digits of a hash over host, rule and subject: the same finding has the
/// same id in every run.
[[nodiscard]] std::string finding_id(std::string_view host, std::string_view rule,
                                     std::string_view subject);

/// The worst first, then by rule and subject.
void sort_findings(std::vector<Finding>& findings);

}  // namespace npg
