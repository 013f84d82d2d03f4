// What a hive's unused space and its logs' older pages add to the facts of its tree.
#pragma once

#include <cstdint>
#include <set>
#include <string_view>

#include "app/reading.hpp"
#include "fact/text_pool.hpp"
#include "source/hive/hive_view.hpp"

namespace npg {

/// Adds recovered facts and disagreements of a SYSTEM or SOFTWARE hive to `facts`, which hold those
/// of its tree, and the counts of all that was found to the reading's item. Other hives are left
/// alone: nothing of theirs bears on providers. `place` is the path of the hive's root where the
/// file holds a part of a hive, else empty. Gives RecoveredExtractor::entries_of_interest.
std::set<std::uint32_t> read_recovered_facts(const HiveView& hive, std::string_view place,
                                             TextPool& pool, FactSet& facts, Reading& reading);

}  // namespace npg
