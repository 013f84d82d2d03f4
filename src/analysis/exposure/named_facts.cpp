#include "analysis/exposure/named_facts.hpp"

#include <algorithm>

#include "base/evidence_text.hpp"
#include "fact/readings.hpp"

namespace npg::exposure {

NamedFacts::NamedFacts(const FactSet& facts)
    : facts_(facts), hive_written_(npg::hive_written(facts)) {
  for (const RegistrationFact& registration : facts.registrations) {
    registrations_[name_key(registration.name.raw())].push_back(&registration);
  }
  for (const ProviderOrderFact& order : facts.orders) {
    add_order(order.raw);
  }
  for (const RegistryChangeFact& change : facts.registry_changes) {
    if (equal_names(change.value_name.raw(), "ProviderOrder")) {
      add_order(change.old_value);
      add_order(change.new_value);
    }
  }
}

void NamedFacts::add_order(const SharedText& order) {
  const auto [place, is_new] = orders_.try_emplace(order.raw());
  if (is_new) {
    for (const std::string_view name : order_names(order.raw())) {
      place->second.insert(name_key(name));
    }
  }
}

std::span<const RegistrationFact* const> NamedFacts::registrations(const SharedText& name) const {
  const auto found = registrations_.find(name_key(name.raw()));
  return found == registrations_.end() ? std::span<const RegistrationFact* const>() : found->second;
}

bool NamedFacts::lists(const SharedText& order, const SharedText& name) const {
  const auto found = orders_.find(order.raw());
  return found != orders_.end() && found->second.contains(name_key(name.raw()));
}

bool NamedFacts::may_list(const ProviderOrderFact& order, const SharedText& name) const {
  return lists(order.raw, name) ||
         std::ranges::any_of(order.other_names, [&name](const SharedText& other) {
           return equal_names(other.raw(), name.raw());
         });
}

}  // namespace npg::exposure
