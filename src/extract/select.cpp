// SelectFact: which control set Windows runs with, and which it starts with next.
#include "extract/registry_parts.hpp"

namespace npg {

void extract_select(const RegistryReading& reading, std::span<const ControlSet> sets) {
  const auto select = find_subkey(reading.view, reading.view.root(), "Select");
  if (!select) {
    return;
  }
  SelectFact fact;
  const auto number = [&](std::string_view name) {
    const auto value = find_value(reading.view, *select, name);
    return value ? number_of(*value) : std::nullopt;
  };
  fact.current = number("Current");
  fact.default_set = number("Default");
  fact.failed = number("Failed");
  fact.last_known_good = number("LastKnownGood");
  for (const ControlSet& set : sets) {
    fact.control_sets.push_back(set.number);
  }
  if (const auto key = reading.view.key(*select)) {
    fact.last_written = key->last_written;
    fact.origin = key->origin;
  }
  reading.facts.selects.push_back(std::move(fact));
}

}  // namespace npg
