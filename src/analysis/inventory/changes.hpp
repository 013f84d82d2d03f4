// The registry changes of one host, oldest first, each with who did it as far as the evidence says.
#pragma once

#include <vector>

#include "fact/assessment.hpp"
#include "fact/fact_set.hpp"

namespace npg {

/// Changes from events, the same change in two logs joined into one, and changes that only a
/// comparison of two states of the registry shows (transaction log replay, older copies), or that
/// are inferred from a command line right before a key's last write. Actors are joined to their
/// logon session and process.
[[nodiscard]] std::vector<Change> list_changes(const FactSet& facts);

}  // namespace npg
