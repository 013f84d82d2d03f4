// Differences and histories for a terminal and as JSON.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "attack/diff.hpp"

namespace npg::attack {

[[nodiscard]] std::string release_difference_text(const Release& before, const Release& after,
                                                  const ReleaseDifference& difference);
[[nodiscard]] std::string release_difference_json(const Release& before, const Release& after,
                                                  const ReleaseDifference& difference,
                                                  std::string_view licence);
/// One object, two releases: the last of two steps of history().
[[nodiscard]] std::string history_text(const Store& store, const std::string& id,
                                       const Identity& identity,
                                       const std::vector<HistoryStep>& steps);
[[nodiscard]] std::string history_json(const Store& store, const std::string& id,
                                       const Identity& identity,
                                       const std::vector<HistoryStep>& steps,
                                       std::string_view licence);

}  // namespace npg::attack
