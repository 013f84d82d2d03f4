// The end of a window: a logged removal, a bound from comparing states or from the present order,
// the end of sending passwords, or none.
#pragma once

#include "analysis/exposure/life.hpp"
#include "analysis/exposure/named_facts.hpp"
#include "analysis/exposure/password_policy.hpp"
#include "analysis/exposure/presence.hpp"
#include "fact/assessment.hpp"
#include "fact/fact_set.hpp"

namespace npg::exposure {

/// Sets end, end_kind, earliest_end and their basis: the first moment at which any of what it needs
/// stops, Windows' sending of passwords among that. The start must be set before; `evidence_end`
/// is the newest time in the host's evidence.
void set_end(const Provider& provider, const Life& life, const Presence& presence,
             const NamedFacts& facts, const PolicyHistory& policy, FileTime evidence_end,
             Exposure& window);

}  // namespace npg::exposure
