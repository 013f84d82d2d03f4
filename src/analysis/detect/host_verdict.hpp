// One word and one sentence a host.
#pragma once

#include "fact/assessment.hpp"

namespace npg {

/// Sets verdict and verdict_text from the providers, findings, exposures and coverage of the host.
/// A host of which something could not be seen is at best `undetermined`.
void judge_host(HostAssessment& host);

}  // namespace npg
