// The assessment's list of the evidence: what became of every file, and what was said about it.
#pragma once

#include <vector>

#include "app/reading.hpp"
#include "base/diagnostic.hpp"
#include "fact/assessment.hpp"
#include "source/collection/collection.hpp"

namespace npg {

/// Lists every file in the order of its index, ids from E0001; adds what the readings tell to
/// `diagnostics`, and all of those, sorted, to the assessment; says whether it is complete.
void list_evidence(const std::vector<Reading>& readings, Diagnostics& diagnostics,
                   Assessment& assessment);

/// Adds the SHA-256 of each listed file that has none yet: of those that the assessment cites, or
/// of every one. A file that cannot be read again stays without. `threads` as in ScanOptions.
void hash_evidence(const Collection& collection, bool every_file, unsigned threads,
                   Assessment& assessment);

}  // namespace npg
