// The start of a window: logged writes, bounds from comparing states, or the last writes of its
// keys.
#pragma once

#include "analysis/exposure/life.hpp"
#include "analysis/exposure/named_facts.hpp"
#include "analysis/exposure/presence.hpp"
#include "fact/assessment.hpp"

namespace npg::exposure {

/// Sets earliest_start, latest_start and their basis. `is_inferred`: who wrote its key is inferred
/// from a command line or script right before.
void set_start(const Provider& provider, const Life& life, const Presence& presence,
               const NamedFacts& facts, bool is_inferred, Exposure& window);

}  // namespace npg::exposure
