#include "analysis/exposure/listing.hpp"

#include <algorithm>

#include "base/evidence_text.hpp"
#include "fact/control_sets.hpp"
#include "fact/readings.hpp"

namespace npg::exposure {
namespace {

/// In the order that Windows is installed with.
bool is_listed_by_default(const Provider& provider) {
  constexpr std::string_view names[] = {"RDPNP", "LanmanWorkstation", "webclient"};
  return std::ranges::any_of(
      names, [&](std::string_view name) { return equal_names(name, provider.name.raw()); });
}

}  // namespace

Listing listing_of(const Provider& provider, const NamedFacts& facts) {
  if (provider.order_position) {
    return Listing::order;
  }
  const bool has_order = !facts.all().orders.empty() ||
                         std::ranges::any_of(facts.all().registry_changes, [](const auto& change) {
                           return equal_names(change.value_name.raw(), "ProviderOrder");
                         });
  if (!has_order && is_listed_by_default(provider)) {
    return Listing::by_default;
  }
  Listing best = provider.hw_order_position ? Listing::hw_order : Listing::none;
  const bool knows_set = knows_current_set(facts.all());
  const auto take = [&best, knows_set](bool is_hw_order, bool is_current_set) {
    best = std::min(best, !is_current_set && !knows_set && !is_hw_order ? Listing::unknown_set
                          : !is_current_set                             ? Listing::other_set
                          : is_hw_order                                 ? Listing::hw_order
                                                                        : Listing::order);
  };
  for (const ProviderOrderFact& order : facts.all().orders) {
    if (facts.lists(order.raw, provider.name)) {
      take(order.is_hw_order, order.control_set_is_current);
    }
  }
  for (const RegistryChangeFact& change : facts.all().registry_changes) {
    if (equal_names(change.value_name.raw(), "ProviderOrder") &&
        (facts.lists(change.new_value, provider.name) ||
         facts.lists(change.old_value, provider.name))) {
      take(ends_with_name(change.key.raw(), "\\HwOrder"), is_of_current_set(change, facts.all()));
    }
  }
  return best;
}

std::string_view doubt_of(Listing listing) {
  switch (listing) {
    case Listing::order:
    case Listing::by_default: return {};
    case Listing::unknown_set:
      return "which control set Windows ran with is not known, and not every one lists the "
             "provider";
    case Listing::hw_order:
      return "only HwOrder is seen to have listed the provider, and whether Windows reads that is "
             "not documented";
    case Listing::other_set:
      return "only a control set that is not the current one is seen to have listed the provider";
    case Listing::none: return "no order is seen to have listed the provider";
  }
  return {};
}

std::string_view assumption_of(Listing listing) {
  switch (listing) {
    case Listing::order: return {};
    case Listing::by_default:
      return "no order is in the evidence; that it is listed, as Windows does by default, is "
             "assumed";
    case Listing::unknown_set:
      return "which control set Windows ran with is not known; that it was the one that lists it "
             "is "
             "assumed";
    case Listing::hw_order: return "only HwOrder lists it; that Windows reads that is assumed";
    case Listing::other_set:
      return "only a control set that is not the current one lists it; that Windows ran with that "
             "one is assumed";
    case Listing::none:
      return "no order is seen to list it; that one does, or that another way leads to it, is "
             "assumed";
  }
  return {};
}

std::optional<Absence> order_without(const Provider& provider, const NamedFacts& facts) {
  if (provider.order_position || provider.hw_order_position || !sees_all_orders(facts.all()) ||
      !knows_current_set(facts.all())) {
    return std::nullopt;
  }
  std::optional<Absence> found;
  for (const ProviderOrderFact& order : facts.all().orders) {
    const bool is_present = order.moment == HiveMoment::current && order.control_set_is_current;
    if (is_present && facts.may_list(order, provider.name)) {
      return std::nullopt;
    }
    if (is_present && !order.is_hw_order && order.last_written.given()) {
      found = Absence{order.last_written, order.origin};
    }
  }
  return found;
}

std::vector<HwOnly> only_in_hw_order(const Provider& provider, const NamedFacts& facts) {
  std::vector<HwOnly> found;
  if (!provider.hw_order_position) {
    return found;
  }
  bool was_listed = false;
  for (const RegistryChangeFact& change : facts.all().registry_changes) {
    const bool is_order = change.change == ChangeKind::value_set && !change.new_value.empty() &&
                          equal_names(change.value_name.raw(), "ProviderOrder") &&
                          !ends_with_name(change.key.raw(), "\\HwOrder") &&
                          is_of_current_set(change, facts.all());
    if (!is_order) {
      continue;
    }
    const bool lists = facts.lists(change.new_value, provider.name);
    const bool is_open = !found.empty() && !found.back().to.given();
    if (lists && is_open) {
      found.back().to = change.time;
    } else if (!lists && !is_open && (was_listed || facts.lists(change.old_value, provider.name))) {
      found.push_back({.from = change.time, .to = {}});
    }
    was_listed = lists;
  }
  const bool is_open = !found.empty() && !found.back().to.given();
  for (const ProviderOrderFact& order : facts.all().orders) {
    const bool is_present = order.moment == HiveMoment::current && order.control_set_is_current &&
                            !order.is_hw_order && order.last_written.given();
    if (!is_present) {
      continue;
    }
    if (is_open && provider.order_position && order.last_written > found.back().from) {
      found.back().to = order.last_written;
    } else if (!is_open && !provider.order_position) {
      found.push_back({.from = order.last_written, .to = {}});
    }
  }
  return found;
}

bool is_in_current_set(const Provider& provider, const NamedFacts& facts) {
  if (!provider.state_basis.empty() || !knows_current_set(facts.all())) {
    return true;
  }
  bool is_known = false;
  for (const RegistrationFact* registration : facts.registrations(provider.name)) {
    if (registration->moment != HiveMoment::current) {
      continue;
    }
    if (registration->control_set_is_current) {
      return true;
    }
    is_known = true;
  }
  return !is_known;
}

}  // namespace npg::exposure
