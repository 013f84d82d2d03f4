// Whether the keys that decide who is told of passwords can be written by those only whom Windows
// lets write to them.
#pragma once

#include <span>

#include "fact/assessment.hpp"

namespace npg {

/// Fails when somebody who is no administrator may write to one of the keys, or when a key differs
/// from what was read from real hives of such builds. Unknown without permissions, and where a key
/// differs from a default that nobody has verified yet.
[[nodiscard]] PostureCheck check_key_permissions(std::span<const KeyState> keys);

}  // namespace npg
