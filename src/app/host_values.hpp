// What a case keeps of each assessed host besides findings: its profile for baselines, and what it
// may have in common with others.
#pragma once

#include <string>
#include <vector>

#include "casefile/case_file.hpp"
#include "fact/assessment.hpp"
#include "fact/fact_set.hpp"

namespace npg {

[[nodiscard]] std::string host_profile_text(const HostAssessment& assessment, const FactSet& facts);

/// Providers, paths, hashes, signers and orders.
[[nodiscard]] std::vector<HostValue> host_values(const HostAssessment& assessment,
                                                 const FactSet& facts);

}  // namespace npg
