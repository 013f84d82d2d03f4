// Outcome: what a run's exit code says (docs/cli.md). The numbers are the command line's.
#pragma once

#include "base/diagnostic.hpp"
#include "base/error.hpp"
#include "fact/assessment.hpp"

namespace npg {

struct Outcome {
  bool has_findings = false;   ///< at or above the severity asked for, and not suppressed
  bool is_incomplete = false;  ///< something was unreadable, damaged or over a limit
};

struct OutcomeRules {
  FindingSeverity fail_on = FindingSeverity::medium;
  bool strict = false;  ///< a rule that could not be evaluated makes the result incomplete
};

/// Where no host was seen nothing was answered: that is incomplete, too.
[[nodiscard]] Outcome outcome_of(const Assessment& assessment, const OutcomeRules& rules);
/// Of a dump: incomplete when it was refused or something was lost on the way.
[[nodiscard]] Outcome outcome_of(const Result<void>& dumped, const Diagnostics& diagnostics);

}  // namespace npg
