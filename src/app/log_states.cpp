#include "app/log_states.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "app/future_times.hpp"
#include "app/replay_differences.hpp"
#include "app/saved_parts.hpp"

namespace npg {
namespace {

using ByName = std::map<std::pair<std::uint32_t, std::string>, RegistrationFact>;

bool says_the_same(const RegistrationFact& a, const RegistrationFact& b) {
  return a.provider_path == b.provider_path && a.authent_provider_path == b.authent_provider_path &&
         a.provider_class == b.provider_class;
}

bool is_same_key(const RegistrationFact& a, const RegistrationFact& b) {
  return a.control_set == b.control_set && equal_names(a.name.raw(), b.name.raw());
}

bool is_known(const RegistrationFact& then, const FactSet& facts) {
  return std::ranges::any_of(facts.registrations, [&then](const RegistrationFact& fact) {
    return is_same_key(fact, then);
  });
}

/// True for a registration that came and went, or that was bent and put right again. One that the
/// logs bring or change for good passes through states that say nothing more than its end.
bool is_passing(const RegistrationFact& then, const FactSet& facts) {
  const RegistrationFact* first = nullptr;
  for (const RegistrationFact& fact : facts.registrations) {
    if (!is_same_key(fact, then)) {
      continue;
    }
    first = first == nullptr ? &fact : first;
    if (fact.absent_until || says_the_same(fact, then) || !says_the_same(fact, *first)) {
      return false;
    }
  }
  return first == nullptr || !then.values.empty();
}

/// True for an order with a name that no other state's has.
bool is_passing(const ProviderOrderFact& then, const FactSet& facts) {
  return std::ranges::any_of(then.names, [&](const SharedText& name) {
    return std::ranges::none_of(facts.orders, [&](const ProviderOrderFact& fact) {
      return fact.control_set == then.control_set && fact.is_hw_order == then.is_hw_order &&
             std::ranges::any_of(fact.names, [&](const SharedText& one) {
               return equal_names(one.raw(), name.raw());
             });
    });
  });
}

/// A key is made before its values: of several states of one registration the fullest is kept.
void keep_fullest(RegistrationFact&& fact, ByName& found) {
  const auto name = std::pair(fact.control_set, name_key(fact.name.raw()));
  const auto known = found.find(name);
  if (known == found.end()) {
    found.emplace(name, std::move(fact));
  } else if (fact.values.size() >= known->second.values.size()) {
    known->second = std::move(fact);
  }
}

}  // namespace

void read_states_between(const HiveView& hive, const StatesBetween& between, TextPool& pool,
                         FactSet& facts, Reading& reading) {
  // Limit: each state costs a replay and a look at every service. What changes in more entries than
  // these is still recovered from their pages.
  constexpr std::size_t states_max = 16;
  ByName registrations;
  std::vector<ProviderOrderFact> orders;
  std::size_t states = 0;
  for (const std::uint32_t sequence : between.entries) {
    if (++states > states_max) {
      reading.diagnostics.add(
          DiagnosticCode::limit_hit, Severity::notice, 0, 0,
          fmt::format("{} entries of the transaction logs bear on providers; the states between "
                      "them are looked at up to entry {}",
                      between.entries.size(), sequence - 1));
      break;
    }
    const auto view = hive.up_to(sequence);
    if (!view || *view == nullptr) {
      continue;
    }
    FactSet then;
    Diagnostics told_already(0);
    const auto placed = placed_view(**view, between.part);
    extract_registry(placed ? *placed : static_cast<const RegistryView&>(**view),
                     HiveMoment::before_replay, pool, then, told_already, between.other_hive);
    set_aside_future_times(reading.newest_key, then, told_already);
    for (RegistrationFact& fact : then.registrations) {
      if (is_passing(fact, facts)) {
        keep_fullest(std::move(fact), registrations);
      }
    }
    for (ProviderOrderFact& fact : then.orders) {
      const bool is_known = std::ranges::any_of(orders, [&](const ProviderOrderFact& one) {
        return one.control_set == fact.control_set && one.is_hw_order == fact.is_hw_order &&
               one.raw == fact.raw;
      });
      if (!is_known && is_passing(fact, facts)) {
        orders.push_back(std::move(fact));
      }
    }
  }
  const auto before =
      registrations.empty() ? Result<std::unique_ptr<HiveView>>() : hive.before_replay();
  for (auto& [name, fact] : registrations) {
    if (before && *before != nullptr && !is_known(fact, facts)) {
      fact.absent_until = absent_until(**before, fact);
    }
    facts.registrations.push_back(std::move(fact));
  }
  std::ranges::move(orders, std::back_inserter(facts.orders));
}

}  // namespace npg
