// A copy of the SYSTEM hive that is newer than the file that is taken for the present one, as where
// that lags behind its lost logs, or comes from another time than the rest.
#pragma once

#include <string_view>

#include "fact/fact_set.hpp"

namespace npg {

/// The newest copy that was surely written behind the present hive; nothing when none was.
[[nodiscard]] const HiveCopyFact* later_copy(const FactSet& facts);

/// The registration of a name that the later copy has in its current control set and the present
/// hive in none: which of the two is newer is in doubt, and so is whether it is there. Nothing
/// where there is none.
[[nodiscard]] const RegistrationFact* registration_in_later_copy(const FactSet& facts,
                                                                 std::string_view name);

}  // namespace npg
