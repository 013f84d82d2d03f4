// ATT&CK Navigator layers, format 4.5: what was found on the hosts, and what could have been seen.
#pragma once

#include <cstdint>
#include <string>

#include "fact/assessment.hpp"

namespace npg {

enum class LayerKind : std::uint8_t {
  findings,    ///< techniques that findings name, scored by the worst severity
  visibility,  ///< the same techniques, scored by the share of log sources that are present
};
/// One JSON document. A technique that the release in use revokes stands under its successor's id,
/// since Navigator knows only that.
[[nodiscard]] std::string navigator_layer(const Assessment& assessment, LayerKind kind);

}  // namespace npg
