// Who may write to a key, as far as it matters for trust.
#pragma once

#include <string_view>

#include "fact/assessment.hpp"

namespace npg {

/// True for SYSTEM, TrustedInstaller and other services, administrators, domain and enterprise
/// administrators and the creator of a key (who is one of them where these may not create).
[[nodiscard]] bool is_administrative(std::string_view sid);

/// True when somebody else may write: as far as the evidence shows, so false where permissions are
/// not known.
[[nodiscard]] bool writable_by_others(const KeyState& key);

}  // namespace npg
