// SelectFact: which control set Windows runs with, and which it starts with next. Without the key
// Select a fact without numbers and without a time, of the root.
#include "extract/registry_parts.hpp"

namespace npg {

void extract_select(const RegistryReading& reading, std::span<const ControlSet> sets) {
  const auto select = find_subkey(reading.view, reading.view.root(), "Select");
  // Of several control sets without it none is known to be the current one. One set is.
  if (!select && sets.size() < 2) {
    return;
  }
  SelectFact fact;
  const auto number = [&](std::string_view name) {
    const auto value = select ? find_value(reading.view, *select, name) : std::nullopt;
    return value ? number_of(*value) : std::nullopt;
  };
  fact.current = number("Current");
  fact.default_set = number("Default");
  fact.failed = number("Failed");
  fact.last_known_good = number("LastKnownGood");
  for (const ControlSet& set : sets) {
    fact.control_sets.push_back(set.number);
  }
  if (const auto key = reading.view.key(select.value_or(reading.view.root()))) {
    fact.last_written = select ? key->last_written : FileTime{};
    fact.origin = key->origin;
  }
  reading.facts.selects.push_back(std::move(fact));
}

}  // namespace npg
