// What of a host's facts and assessment stands on the time line, and how it is told.
#pragma once

#include <vector>

#include "fact/assessment.hpp"
#include "fact/fact_set.hpp"
#include "fact/timeline.hpp"

namespace npg {

/// The entries of one host, in no particular order; windows are not marked. Logons that reach no
/// provider are left out unless they are asked for.
[[nodiscard]] std::vector<TimelineEntry> timeline_entries(const FactSet& facts,
                                                          const HostAssessment& host,
                                                          bool all_logons);

}  // namespace npg
