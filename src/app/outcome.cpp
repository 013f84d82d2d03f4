#include "app/outcome.hpp"

namespace npg {

Outcome outcome_of(const Assessment& assessment, const OutcomeRules& rules) {
  Outcome outcome{.is_incomplete = !assessment.complete || assessment.hosts.empty()};
  for (const HostAssessment& host : assessment.hosts) {
    if (rules.strict && !host.coverage.not_evaluated.empty()) {
      outcome.is_incomplete = true;
    }
    for (const Finding& finding : host.findings) {
      if (finding.severity >= rules.fail_on && finding.suppressed_by.empty()) {
        outcome.has_findings = true;
      }
    }
  }
  return outcome;
}

Outcome outcome_of(const Result<void>& dumped, const Diagnostics& diagnostics) {
  return {.is_incomplete = !dumped || diagnostics.worst() >= Severity::data_loss};
}

}  // namespace npg
