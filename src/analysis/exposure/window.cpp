#include "analysis/exposure/window.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "analysis/exposure/bounds.hpp"
#include "analysis/exposure/life.hpp"
#include "analysis/exposure/password_policy.hpp"
#include "base/evidence_text.hpp"
#include "fact/readings.hpp"

namespace npg {
namespace {

using exposure::Bounds;
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
      "have it; a later one has it, and the latest start is when its keys or, where their times "
      "say nothing, that state were last written";
  Bounds bounds(exposure);
  bounds.add("older_copy_without", "start", exposure.earliest_start, true,
             "an older state of the registry, written to then, does not have it",
             life.compared_earliest().change->evidence);
  bounds.add("state_with", "start", exposure.latest_start, true,
             "a later state has it; its keys, or that state, were last written then",
             life.compared_latest().change->evidence);
  for (const Change* change : {life.compared_earliest().change, life.compared_latest().change}) {
    exposure.evidence.insert(exposure.evidence.end(), change->evidence.begin(),
                             change->evidence.end());
  }
}

/// Keys that were last written then have it, and the order lists it: it was there at the latest
/// then.
void start_from_keys(const Provider& provider, const FactSet& facts, Exposure& window) {
  FileTime latest = provider.last_written;
  Bounds bounds(window);
  bounds.add("key_written", "start", provider.last_written, true,
             "its keys were last written: in place at the latest then", provider.evidence);
  for (const ProviderOrderFact& order : facts.orders) {
    if (!order.is_hw_order && order.control_set_is_current && provider.order_position &&
        order.moment == HiveMoment::current) {
      latest = std::max(latest, order.last_written);
      window.evidence.push_back(order.origin);
      bounds.add("order_written", "start", order.last_written, true,
                 "the order that lists it was last written: listed at the latest then",
                 {order.origin});
    }
  }
  window.latest_start = latest;
  window.evidence.insert(window.evidence.end(), provider.evidence.begin(), provider.evidence.end());
}

void start_from_log(const Life& life, Exposure& window) {
  window.earliest_start = life.first().time;
  window.latest_start = life.complete().time;
  Bounds bounds(window);
  bounds.add("first_write", "start", life.first().time, true,
             "the first logged write that registered it", life.first().change->evidence);
  bounds.add("completing_write", "start", life.complete().time, true,
             "the logged write that completed the registration", life.complete().change->evidence);
  for (const Change* change : {life.first().change, life.complete().change}) {
    window.evidence.insert(window.evidence.end(), change->evidence.begin(), change->evidence.end());
  }
  window.parts.assign(life.parts().begin(), life.parts().end());
}

/// Without a policy that lets it pass, no password is sent: on new builds the window of what could
/// be captured begins with the write that turned it on.
void start_from_policy(const FactSet& facts, std::span<const Change> changes, Exposure& window) {
  const exposure::PolicyHistory history(facts, changes);
  for (const Change* turn : history.turns()) {
    const FileTime before{turn->time.ticks - 1};
    const bool turns_on = history.sends_at(turn->time) == YesNo::yes;
    const bool is_inside =
        turn->time > window.latest_start && (!window.end.given() || turn->time < window.end);
    Bounds(window).add(turns_on ? "policy_on" : "policy_off", turns_on ? "start" : "end",
                       turn->time, true,
                       turns_on ? "EnableMPR was set so that passwords are sent"
                                : "EnableMPR was set so that no password is sent",
                       turn->evidence);
    if (turns_on && is_inside && history.sends_at(before) == YesNo::no &&
        turn == history.turns().front()) {
      window.earliest_start = turn->time;
      window.latest_start = turn->time;
      window.start_basis += "; no password was sent before EnableMPR was set";
    }
  }
}

void set_start(const Provider& provider, const Life& life, const FactSet& facts, Exposure& window) {
  if (life.has_making()) {
    start_from_log(life, window);
    window.start_basis = "the first logged write that registered it and the one that completed it";
  } else if (life.compared_earliest().change != nullptr) {
    set_compared_start(life, window);
  } else {
    start_from_keys(provider, facts, window);
  }
  Bounds bounds(window);
  // What shows it in place earlier than its last write does.
  for (const exposure::Presence& presence : exposure::presences(provider, facts)) {
    bounds.add(presence.what, "start", presence.time, true, presence.text, presence.evidence);
    if (presence.time < window.latest_start && !life.has_making()) {
      window.latest_start = presence.time;
      window.evidence.insert(window.evidence.end(), presence.evidence.begin(),
                             presence.evidence.end());
    }
  }
  if (const auto created = exposure::dll_times(provider, facts).created) {
    bounds.add(created->what, "start", created->time, true, created->text, created->evidence);
    const bool is_later =
        created->time > window.latest_start && (!window.end.given() || created->time < window.end);
    if (is_later && life.has_making()) {
      window.latest_start = created->time;
      window.start_basis += "; its DLL was written to its place after that";
    }
  }
  if (life.has_making() || life.compared_earliest().change != nullptr) {
    return;
  }
  exposure::bound_by_installation(facts, window);
  const bool is_bounded_by_copy = [&] {
    const auto absence = exposure::last_absence(provider, facts, window.latest_start);
    if (!absence || absence->time <= window.earliest_start) {
      return false;
    }
    bounds.add("older_copy_without", "start", absence->time, true,
               "an older state of the hive, written to then, does not have it", {absence->origin});
    window.earliest_start = absence->time;
    window.evidence.push_back(absence->origin);
    return true;
  }();
  window.start_basis = fmt::format(
      "no logged write: in place at the latest when its keys were last written{}",
      is_bounded_by_copy ? ", at the earliest when an older state of the hive, which does "
                           "not have it, was last written"
      : window.earliest_start.given() ? ", at the earliest when Windows was installed"
                                      : "; nothing bounds the start");
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

/// Until when a provider that only the log knows is known to be there: to the end of the logs that
/// hold registry changes, which would have told of its removal, or to its own last write.
FileTime known_by_log(const Life& life, const FactSet& facts, const Exposure& exposure) {
  FileTime known =
      std::max(exposure.latest_start, life.has_making() ? life.complete().time : FileTime{});
  for (const LogCoverageFact& log : facts.log_coverage) {
    if (log.registry_value_events > 0) {
      known = std::max(known, log.last);
    }
  }
  return known;
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
  return sees_all_orders(facts) ? "in no order" : "whether an order lists it cannot be told";
}

void set_end(const Provider& provider, const Life& life, const FactSet& facts,
             FileTime evidence_end, Exposure& exposure) {
  const bool is_present =
      provider.state == ProviderState::active || provider.state == ProviderState::staged;
  const auto deleted = exposure::dll_times(provider, facts).deleted;
  if (deleted && deleted->time > exposure.latest_start) {
    Bounds(exposure).add(deleted->what, "end", deleted->time, true, deleted->text,
                         deleted->evidence);
  }
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
    Bounds(exposure).add(removal.change->is_exact ? "removal_logged" : "removal_compared", "end",
                         exposure.end, removal.change->is_exact, exposure.end_basis,
                         removal.change->evidence);
    if (!removal.change->is_exact) {
      Bounds(exposure).add("last_known", "end", exposure.earliest_end, true,
                           "the last time that it is known to have been there");
    }
    return;
  }
  // A DLL in use is deleted only when the last process lets go of it, and a file may come back
  // unseen; but it is gone from the place that the registration names.
  if (deleted && deleted->time > exposure.latest_start) {
    exposure.end_kind = WindowEnd::removed;
    exposure.end = deleted->time;
    exposure.earliest_end = deleted->time;
    exposure.end_basis = "the logged deletion of its DLL; the registration itself is still there";
    exposure.evidence.insert(exposure.evidence.end(), deleted->evidence.begin(),
                             deleted->evidence.end());
    return;
  }
  if (is_present) {
    exposure.end_kind = WindowEnd::still_active;
    exposure.end_basis = provider.state_basis.empty()
                             ? "registered in the newest state of the registry"
                             : "registered by the newest logged changes, which no hive confirms";
    if (!provider.state_basis.empty()) {
      exposure.earliest_end = known_by_log(life, facts, exposure);
      Bounds(exposure).add(
          "log_ends", "end", exposure.earliest_end, false,
          "the last time at which the log that tells of registry changes would have "
          "told of its removal");
    } else {
      Bounds(exposure).add("hive_written", "end", hive_written(facts), true,
                           "the newest state of the registry that has it was written to then");
    }
    if (provider.state != ProviderState::active) {
      exposure.end_basis += ", though " + place_of(provider, facts);
    }
    return;
  }
  exposure.end_kind = WindowEnd::evidence_ends;
  exposure.end = evidence_end;
  exposure.earliest_end = last_known(provider, FileTime{}, facts, exposure);
  exposure.end_basis = "no removal is seen; the evidence ends here" + until(exposure);
  Bounds(exposure).add("evidence_ends", "end", evidence_end, false,
                       "the newest time in the evidence: that it was there until then is assumed");
}

/// What the window and the grades take for granted.
void state_assumptions(const Provider& provider, const FactSet& facts, Exposure& window) {
  if (window.parts.size() > 1) {
    window.assumed.push_back(
        fmt::format("it was switched off and on again: {} parts, by the log", window.parts.size()));
  }
  if (current_build(facts) == 0) {
    window.assumed.emplace_back("without the Windows build, that passwords are sent is assumed");
  }
  if (!was_listed(provider, facts)) {
    window.assumed.emplace_back("no order lists it; that another way leads to it is assumed");
  }
  const bool has_dll = std::ranges::any_of(
      provider.dlls, [](const ProviderDll& dll) { return dll.image.has_value(); });
  if (!has_dll) {
    window.assumed.emplace_back(
        "its DLL is not in the evidence; that it was there and took passwords is assumed");
  }
  window.assumed.emplace_back(
      "each logon is taken for one with a password: smart card and Windows Hello cannot be told "
      "from "
      "these events");
  std::ranges::sort(window.assumed);
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
      } else if constexpr (requires { fact.is_software; }) {
        // What is found between copies of SYSTEM lies before the newest; of SOFTWARE, which is
        // written to all the time, the times of what is compared count.
        newest = fact.is_software ? newest : std::max(newest, fact.written);
      } else if constexpr (requires { fact.written; }) {
        newest = std::max(newest, fact.written);
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
  start_from_policy(facts, changes, window);
  exposure::allow_for_clock(facts, window);
  if (window.end_kind == WindowEnd::removed && window.end < window.latest_start) {
    window.latest_start = window.end;
  }
  state_assumptions(provider, facts, window);
  std::sort(window.evidence.begin(), window.evidence.end());
  window.evidence.erase(std::unique(window.evidence.begin(), window.evidence.end()),
                        window.evidence.end());
  return window;
}

}  // namespace npg
