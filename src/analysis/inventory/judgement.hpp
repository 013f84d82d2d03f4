// What to think of a provider: named reasons for and against, each with its evidence, and the
// verdict they add up to.
#pragma once

#include <span>
#include <vector>

#include "fact/assessment.hpp"
#include "fact/fact_set.hpp"
#include "fact/knowledge.hpp"

namespace npg {

/// Weights of the sum: from here on a provider is suspicious, and from there on, when it receives
/// credentials and at least two independent reasons speak against it, malicious.
inline constexpr int suspicious_from = 3;
inline constexpr int malicious_from = 8;

/// Sets reasons, score, known_as and verdict of every provider. A missing reason caps the verdict
/// at `unexplained`; a name match alone never lowers anything.
void judge_providers(std::vector<Provider>& providers, std::span<const Change> changes,
                     const FactSet& facts, const Knowledge& knowledge);

/// Raising first, then lowering, then missing; the weighty first.
void sort_reasons(Provider& provider);

}  // namespace npg
