// The roots and distrusted certificates that npguard ships (data/), ready to verify with.
#pragma once

#include "source/trust/anchors.hpp"

namespace npg {

/// Read once, when first asked for.
[[nodiscard]] const trust::Anchors& shipped_anchors();

}  // namespace npg
