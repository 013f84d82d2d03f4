// Windows of hosts of which a part of the times is local time of an unknown zone.
#pragma once

#include <span>

#include "fact/assessment.hpp"
#include "fact/fact_set.hpp"
#include "fact/stream_facts.hpp"

namespace npg::exposure {

/// True when times without a zone stand beside others: those of one stream agree with each other,
/// not with the rest.
[[nodiscard]] bool has_mixed_zones(const FactSet& facts, std::span<const EventDialectFact> streams);

/// Widens the window by what a zone can make: what lies within that of a bound is possible, nothing
/// there is lost or certain.
void widen_for_zones(Exposure& window);

}  // namespace npg::exposure
