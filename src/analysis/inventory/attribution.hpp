// Attribution: the chain from a registry change to whoever made it, link by link, each with its
// evidence and whether it was seen, inferred or is not visible.
#pragma once

#include <vector>

#include "analysis/inventory/sessions.hpp"
#include "fact/assessment.hpp"
#include "fact/fact_set.hpp"

namespace npg {

/// What the event itself and its joins say of who did it. Origins of joined events go to
/// `evidence`.
[[nodiscard]] Actor actor_of(const RegistryChangeFact& fact, const Sessions& sessions,
                             std::vector<Origin>& evidence);

/// The chain of a change. `records` are the events that tell of it; none for a change that only key
/// times or a comparison of states show.
[[nodiscard]] std::vector<AttributionLink> chain_of(
    const Change& change, const std::vector<const RegistryChangeFact*>& records,
    const FactSet& facts, const Sessions& sessions);

/// The wider context of a change: remote registry, installer, servicing, deployment agent, policy,
/// script, upgrade, a Windows that was not running. In this order; empty when none is seen.
[[nodiscard]] std::vector<AttributionLink> context_of(
    const Change& change, const std::vector<const RegistryChangeFact*>& records,
    const FactSet& facts, const Sessions& sessions);

}  // namespace npg
