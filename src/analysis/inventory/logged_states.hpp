// What the log tells that a registration was while its class asked for credentials, from the data
// that its writes and deletions say was there before.
#pragma once

#include <vector>

#include "analysis/inventory/drafts.hpp"

namespace npg {

/// Class and paths at their strongest, as far as they differ from `base`, the state that the
/// changes ended in; nothing where no state has the registration. Each as a write of that value,
/// with the record that tells of it; empty when the class never asked for credentials.
[[nodiscard]] std::vector<RegistryChangeFact> strongest_values(const Draft& draft,
                                                               const RegistrationFact* base);

}  // namespace npg
