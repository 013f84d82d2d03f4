// When a provider can have received passwords, as bounds.
#pragma once

#include <span>

#include "analysis/exposure/clock_correction.hpp"
#include "analysis/exposure/named_facts.hpp"
#include "analysis/exposure/password_policy.hpp"
#include "analysis/exposure/same_provider.hpp"
#include "fact/assessment.hpp"
#include "fact/fact_set.hpp"

namespace npg {

/// Start, end and the policy of one provider's exposure; accounts are not filled. `evidence_end` is
/// the newest time in the host's evidence.
[[nodiscard]] Exposure exposure_window(const Provider& provider, std::span<const Change> changes,
                                       const exposure::NamedFacts& facts,
                                       const exposure::PolicyHistory& policy,
                                       const ClockCorrection& correction, FileTime evidence_end,
                                       exposure::Sameness sameness);

/// The newest time that any fact of the host carries; not given for an empty set.
[[nodiscard]] FileTime newest_time(const FactSet& facts);

}  // namespace npg
