#include "fact/control_sets.hpp"

#include <algorithm>
#include <cstdint>

#include "base/evidence_text.hpp"

namespace npg {

std::string other_control_set(std::string_view key, const FactSet& facts) {
  constexpr std::string_view start = "ControlSet";
  if (key.size() < start.size() + 3 || !equal_names(key.substr(0, start.size()), start)) {
    return {};
  }
  std::uint64_t number = 0;
  for (const char c : key.substr(start.size(), 3)) {
    if (c < '0' || c > '9') {
      return {};
    }
    number = number * 10 + static_cast<std::uint64_t>(c - '0');
  }
  const bool is_other = std::ranges::any_of(facts.selects, [&](const SelectFact& select) {
    return select.current && *select.current != number;
  });
  return is_other ? std::string(key.substr(0, start.size() + 3)) : std::string();
}

bool knows_current_set(const FactSet& facts) {
  const auto is_of_older_copy = [&facts](const SelectFact& select) {
    return std::ranges::any_of(facts.hive_copies, [&select](const HiveCopyFact& copy) {
      return copy.number != 0 && copy.origin.evidence == select.origin.evidence;
    });
  };
  return std::ranges::all_of(facts.selects, [&](const SelectFact& select) {
    const auto has = [&select](std::uint64_t number) {
      return std::ranges::find(select.control_sets, number) != select.control_sets.end();
    };
    // An export has the current one under its own name.
    return is_of_older_copy(select) || select.control_sets.size() < 2 || has(0) ||
           (select.current && has(*select.current));
  });
}

}  // namespace npg
