// Exposure: for each provider that receives credentials, the window and the accounts in it.
#pragma once

#include <span>
#include <vector>

#include "analysis/exposure/clock_correction.hpp"
#include "fact/assessment.hpp"
#include "fact/fact_set.hpp"
#include "fact/stream_facts.hpp"

namespace npg {

/// One pure function over facts: their order of arrival does not matter once they are normalised.
/// One exposure per provider that receives credentials and is or was reachable. A provider whose
/// receiving is unknown gives none: the report says so as a reason. Of the judged companions those
/// that are handed passwords and are not what they should be give one each, too. `streams` tell
/// which times are local ones of an unknown zone, and `clock` which are sure whatever was done to
/// it.
[[nodiscard]] std::vector<Exposure> list_exposures(std::span<const Provider> providers,
                                                   std::span<const Change> changes,
                                                   const FactSet& facts,
                                                   std::span<const Companion> companions = {},
                                                   std::span<const EventDialectFact> streams = {},
                                                   const ClockCorrection& clock = {});

}  // namespace npg
