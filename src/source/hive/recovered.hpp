// What a hive and its logs still hold of the past, and where the hive contradicts itself, as views.
#pragma once

#include "source/hive/hive_view.hpp"
#include "view/recovered_registry.hpp"

namespace npg {

/// Looks through the unused space of the hive as replayed, and through the older pages of its logs
/// and of the primary file, and gives `sink` everything in the order of places. Linear in the bytes
/// of hive and logs; memory a sixteenth of the hive and what is found.
[[nodiscard]] RecoveredCounts read_recovered(const HiveView& hive, const RecoveredSink& sink);

/// What stands behind the data of a key's values in the same cell: a value that was written over
/// with a shorter one leaves its end there. Only where something is left that is not zero.
struct ValueSlack {
  EvidenceText name;
  std::vector<std::byte> bytes;
  Origin origin;
};
[[nodiscard]] std::vector<ValueSlack> read_value_slack(const HiveView& hive, KeyId key);

}  // namespace npg
