// The states of a hive between two entries of its transaction logs: what came and went there.
#pragma once

#include <cstdint>
#include <optional>
#include <set>

#include "app/reading.hpp"
#include "extract/registry.hpp"
#include "fact/text_pool.hpp"
#include "source/hive/hive_view.hpp"
#include "source/hive/saved_part.hpp"

namespace npg {

struct StatesBetween {
  const std::optional<SavedPart>& part;
  const OtherHive& other_hive;
  const std::set<std::uint32_t>& entries;  ///< sequences of the entries to look behind
};

/// Adds registrations and orders that neither the primary file alone nor the replayed hive has, but
/// a state between two applied entries: logs that bring a provider and take it away again prove
/// that it was there. `facts` hold those of the two other states; what is added has their moment,
/// before_replay.
void read_states_between(const HiveView& hive, const StatesBetween& between, TextPool& pool,
                         FactSet& facts, Reading& reading);

}  // namespace npg
