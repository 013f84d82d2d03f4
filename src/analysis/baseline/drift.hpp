// Differences from a baseline as findings, graded by what drifted. Each rule has a page in
// docs/detections/.
#pragma once

#include <set>
#include <span>
#include <string>
#include <string_view>

#include "analysis/baseline/baseline.hpp"
#include "fact/assessment.hpp"

namespace npg {

struct DriftRule {
  std::string_view id;
  std::string_view title;
  FindingSeverity severity;  ///< the highest it gives
  std::string_view attack;
  std::string_view needs;
};
/// Every rule, by id.
[[nodiscard]] std::span<const DriftRule> drift_rules();

/// Windows compares paths and names without regard to case.
[[nodiscard]] bool differs_in_case_alone(const Drift& drift);

/// name_key of the paths of DLLs that are not the baseline's.
[[nodiscard]] std::set<std::string> drifted_files(const DriftReport& report,
                                                  const HostAssessment& host);

/// Adds the findings of a report, one a rule and thing, and what could not be compared.
/// `group_name` says for people which group that was looked for.
void add_drift_findings(const DriftReport& report, std::string_view group_name,
                        HostAssessment& host);

}  // namespace npg
