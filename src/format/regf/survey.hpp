// The survey of a hive: what its tree occupies, byte for byte, and where the structures that tell
// of the tree disagree (docs/formats/regf.md, 14). What is deleted or hidden lies in the rest:
// recovery.hpp.
#pragma once

#include <cstdint>
#include <vector>

#include "format/regf/disagreement.hpp"
#include "format/regf/hive.hpp"
#include "format/regf/unit_set.hpp"

namespace npg::regf {

/// A value that a key's list names behind the entries that count.
struct DroppedEntry {
  std::uint32_t value = no_cell;
  std::uint32_t key = no_cell;
};

struct Survey {
  UnitSet used;    ///< units of the bins that live keys, values, lists, data and the like occupy
  UnitSet keys;    ///< cells of live keys
  UnitSet values;  ///< cells of live values
  std::uint64_t key_count = 0;
  std::uint64_t value_count = 0;
  Disagreements disagreements;
  std::vector<DroppedEntry> dropped;  ///< candidates: not yet held against `values`
  bool complete = true;               ///< false: a limit ended the walk
};

/// Walks the whole tree once and marks what it reaches; keys that HiveView shows below their parent
/// though no list holds them any more count as live. Linear in the hive's bytes; memory: 3/64 of
/// them and what is found.
[[nodiscard]] Survey survey_hive(const Hive& hive);

}  // namespace npg::regf
