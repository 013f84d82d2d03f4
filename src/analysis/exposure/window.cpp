#include "analysis/exposure/window.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "analysis/exposure/life.hpp"
#include "analysis/exposure/password_policy.hpp"
#include "base/evidence_text.hpp"
#include "fact/readings.hpp"

namespace npg {
namespace {

using exposure::ends_with_name;
using exposure::Life;
using exposure::Mark;
using exposure::order_lists;
using exposure::part_class;
using exposure::part_listing;
using exposure::part_path;

/// True when the newest state of the registry was written no earlier than the removal and still has
/// the provider: it was put back unseen, or what was taken away was not needed.
bool is_back(const Provider& provider, const Life& life, const FactSet& facts) {
  // A key's time and its event lie some milliseconds apart.
  const auto knows_of_removal = [&life](FileTime written) {
    return written.ticks + FileTime::per_second >= life.removal().time.ticks;
  };
  if ((life.gone() & (part_path | part_class)) != 0 && !knows_of_removal(provider.last_written)) {
    return false;
  }
  if ((life.gone() & part_listing) != 0) {
    return provider.order_position &&
           std::any_of(facts.orders.begin(), facts.orders.end(), [&](const auto& order) {
             return order.moment == HiveMoment::current && order.control_set_is_current &&
                    !order.is_hw_order && knows_of_removal(order.last_written);
           });
  }
  return true;
}

/// Two states of the registry, one without it and a later one with it, bound the start.
void set_compared_start(const Life& life, Exposure& exposure) {
  exposure.earliest_start = life.compared_earliest().time;
  exposure.latest_start = std::max(life.compared_latest().time, exposure.earliest_start);
  exposure.start_basis =
      "no logged write: an older state of the registry, written until the earliest start, does not "
      "have it; a later one has it, its keys last written at the latest start";
  for (const Change* change : {life.compared_earliest().change, life.compared_latest().change}) {
    exposure.evidence.insert(exposure.evidence.end(), change->evidence.begin(),
                             change->evidence.end());
  }
}

void set_start(const Provider& provider, const Life& life, const FactSet& facts,
               Exposure& exposure) {
  if (life.has_making()) {
    exposure.earliest_start = life.first().time;
    exposure.latest_start = life.complete().time;
    exposure.start_basis =
        "the first logged write that registered it and the one that completed it";
    for (const Change* change : {life.first().change, life.complete().change}) {
      exposure.evidence.insert(exposure.evidence.end(), change->evidence.begin(),
                               change->evidence.end());
    }
    return;
  }
  if (life.compared_earliest().change != nullptr) {
    set_compared_start(life, exposure);
    return;
  }
  FileTime latest = provider.last_written;
  for (const ProviderOrderFact& order : facts.orders) {
    if (!order.is_hw_order && order.control_set_is_current && provider.order_position &&
        order.moment == HiveMoment::current) {
      latest = std::max(latest, order.last_written);
      exposure.evidence.push_back(order.origin);
    }
  }
  exposure.latest_start = latest;
  exposure.evidence.insert(exposure.evidence.end(), provider.evidence.begin(),
                           provider.evidence.end());
  for (const HostIdentityFact& identity : facts.identities) {
    if (identity.moment == HiveMoment::current) {
      exposure.earliest_start = std::max(exposure.earliest_start, identity.installed);
    }
  }
  if (exposure.earliest_start > exposure.latest_start) {
    exposure.earliest_start = FileTime{};
  }
  exposure.start_basis = exposure.earliest_start.given()
                             ? "no logged write: in place at the latest when its keys were last "
                               "written, at the earliest when Windows was installed"
                             : "no logged write: in place at the latest when its keys were last "
                               "written; nothing bounds the start";
}

/// The last time that the provider is known to have been in place: the newest of its writes, of
/// `seen` and of the loads of its DLL by mpnotify.exe, none of them behind the end.
FileTime last_known(const Provider& provider, FileTime seen, const FactSet& facts,
                    Exposure& exposure) {
  FileTime known = std::max(seen, exposure.latest_start);
  std::optional<Origin> record;
  for (const ModuleLoadFact& load : facts.module_loads) {
    const bool is_own = std::any_of(
        provider.dlls.begin(), provider.dlls.end(),
        [&](const ProviderDll& dll) { return equal_names(dll.path.resolved, load.module.raw()); });
    if (is_own && ends_with_name(load.image.raw(), "\\mpnotify.exe") && load.time > known &&
        load.time <= exposure.end) {
      known = load.time;
      record = load.origin;
    }
  }
  if (record) {
    exposure.evidence.push_back(*record);
  }
  return std::min(known, exposure.end);
}

std::string until(const Exposure& exposure) {
  return exposure.earliest_end.given() && exposure.earliest_end != exposure.end
             ? fmt::format("; it is known to have been there until {}",
                           to_screen_time(exposure.earliest_end))
             : std::string();
}

/// A removal between two states has two bounds: the last time it was there and the first write
/// after it.
void set_compared_end(const Provider& provider, const Mark& removal, const FactSet& facts,
                      FileTime evidence_end, Exposure& exposure) {
  // Without a later write nothing bounds the removal but the end of the evidence.
  const bool is_bounded = removal.time > removal.change->not_before;
  exposure.end = is_bounded ? removal.time : std::max(evidence_end, removal.time);
  exposure.earliest_end = last_known(provider, removal.change->not_before, facts, exposure);
  exposure.end_basis =
      (is_bounded ? "gone from the newest state of the registry; the time is the last write that "
                    "can bound it"
                  : "gone from the newest state of the registry; no write bounds when, so the "
                    "window goes on to the end of the evidence") +
      until(exposure);
}

/// Where a provider stands that the current Order does not list.
std::string place_of(const Provider& provider, const FactSet& facts) {
  if (provider.hw_order_position) {
    return "only HwOrder lists it";
  }
  for (const ProviderOrderFact& order : facts.orders) {
    if (order.moment == HiveMoment::current && !order.control_set_is_current &&
        order_lists(order.raw, provider)) {
      return fmt::format("only an order of ControlSet{:03} lists it, which is not the current one",
                         order.control_set);
    }
  }
  return "in no order";
}

void set_end(const Provider& provider, const Life& life, const FactSet& facts,
             FileTime evidence_end, Exposure& exposure) {
  const bool is_present =
      provider.state == ProviderState::active || provider.state == ProviderState::staged;
  Mark removal = life.removal();
  if (removal.change != nullptr && is_present && is_back(provider, life, facts)) {
    removal = {};
  }
  if (removal.change == nullptr && provider.state != ProviderState::active) {
    removal = life.compared_removal();
  }
  if (removal.change != nullptr) {
    exposure.end_kind = WindowEnd::removed;
    exposure.end = removal.time;
    exposure.earliest_end = removal.time;
    exposure.end_basis = "the logged change that removed it";
    if (!removal.change->is_exact) {
      set_compared_end(provider, removal, facts, evidence_end, exposure);
    }
    exposure.evidence.insert(exposure.evidence.end(), removal.change->evidence.begin(),
                             removal.change->evidence.end());
    return;
  }
  if (is_present) {
    exposure.end_kind = WindowEnd::still_active;
    exposure.end_basis = provider.state_basis.empty()
                             ? "registered in the newest state of the registry"
                             : "registered by the newest logged changes, which no hive confirms";
    if (provider.state != ProviderState::active) {
      exposure.end_basis += ", though " + place_of(provider, facts);
    }
    return;
  }
  exposure.end_kind = WindowEnd::evidence_ends;
  exposure.end = evidence_end;
  exposure.earliest_end = last_known(provider, FileTime{}, facts, exposure);
  exposure.end_basis = "no removal is seen; the evidence ends here" + until(exposure);
}

}  // namespace

FileTime newest_time(const FactSet& facts) {
  FileTime newest;
  FactSet::for_each_kind(facts, [&](const auto& kind) {
    for (const auto& fact : kind) {
      if constexpr (requires { fact.time; }) {
        newest = std::max(newest, fact.time);
      } else if constexpr (requires { fact.last_written; }) {
        newest = std::max(newest, fact.last_written);
      } else if constexpr (requires { fact.last; }) {
        newest = std::max(newest, fact.last);
      }
    }
  });
  return newest;
}

bool was_listed(const Provider& provider, const FactSet& facts) {
  if (facts.orders.empty() || provider.order_position || provider.hw_order_position) {
    return true;
  }
  const bool by_state =
      std::any_of(facts.orders.begin(), facts.orders.end(),
                  [&](const auto& order) { return order_lists(order.raw, provider); });
  return by_state || std::any_of(facts.registry_changes.begin(), facts.registry_changes.end(),
                                 [&](const RegistryChangeFact& change) {
                                   return equal_names(change.value_name.raw(), "ProviderOrder") &&
                                          (order_lists(change.new_value, provider) ||
                                           order_lists(change.old_value, provider));
                                 });
}

Exposure exposure_window(const Provider& provider, std::span<const Change> changes,
                         const FactSet& facts, FileTime evidence_end) {
  Exposure window{.provider = provider.name};
  const Life life(provider, changes);
  set_start(provider, life, facts, window);
  set_end(provider, life, facts, evidence_end, window);
  exposure::set_password_policy(facts, changes, window);
  std::sort(window.evidence.begin(), window.evidence.end());
  window.evidence.erase(std::unique(window.evidence.begin(), window.evidence.end()),
                        window.evidence.end());
  return window;
}

}  // namespace npg
