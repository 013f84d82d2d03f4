// Build history: which Windows build ran at a time, from what the hives and the logs tell of
// upgrades.
#pragma once

#include <cstdint>
#include <vector>

#include "fact/fact_set.hpp"

namespace npg::exposure {

/// The build from a time on, until the next one.
struct BuildSince {
  FileTime since;           ///< of the first: not given, from the beginning on
  std::uint32_t build = 0;  ///< 0: not known
  std::vector<Origin> evidence;
};

/// By time, at least one, no two neighbours of the same build; the last is the present one's. From
/// the build that Kernel-General 12 tells at each start, from Setup\Source OS, and from older
/// copies of the SOFTWARE hive. Windows only goes up: a build that is not known is none above the
/// next.
[[nodiscard]] std::vector<BuildSince> build_history(const FactSet& facts);

}  // namespace npg::exposure
