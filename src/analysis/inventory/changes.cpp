#include "analysis/inventory/changes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "analysis/inventory/attribution.hpp"
#include "analysis/inventory/copy_changes.hpp"
#include "analysis/inventory/inferred_writes.hpp"
#include "analysis/inventory/setting_changes.hpp"
#include "base/evidence_text.hpp"
#include "fact/readings.hpp"

namespace npg {
namespace {

/// Two logs that tell of one change: Security 4657 and Sysmon 13 render DWORDs differently, so data
/// are not compared.
bool is_same_change(const Change& a, const Change& b) {
  constexpr std::uint64_t two_seconds = 2 * FileTime::per_second;
  return a.what == b.what && b.time.ticks - a.time.ticks <= two_seconds &&
         equal_names(a.key.raw(), b.key.raw()) &&
         equal_names(a.value_name.raw(), b.value_name.raw());
}

void join_second_witness(Change& change, const Change& other) {
  change.evidence.insert(change.evidence.end(), other.evidence.begin(), other.evidence.end());
  if (change.old_value.empty()) {
    change.old_value = other.old_value;
  }
  if (change.new_value.empty()) {
    change.new_value = other.new_value;
  }
  change.was_created = change.was_created || other.was_created;
  // The Security log names the client; Sysmon names the writing process, which for remote writes is
  // svchost.
  const bool other_knows_more = !change.actor.logon_type && other.actor.logon_type;
  const SharedText command_line =
      change.actor.command_line.empty() ? other.actor.command_line : change.actor.command_line;
  if (other_knows_more) {
    change.actor = other.actor;
  }
  change.actor.command_line = command_line;
}

/// The changed key in the form that all logs share. A write to a control set that was not the
/// current one, as Select tells from its own last write on, keeps the name of that set: it counts
/// from a start with it on.
SharedText key_of(const RegistryChangeFact& fact, const FactSet& facts) {
  constexpr std::string_view current = "HKLM\\SYSTEM\\CurrentControlSet\\";
  const bool is_elsewhere =
      fact.control_set != 0 && std::ranges::any_of(facts.selects, [&](const SelectFact& select) {
        return select.current && *select.current != fact.control_set &&
               select.last_written.given() && select.last_written <= fact.time;
      });
  const std::string_view key = fact.key.raw();
  if (!is_elsewhere || key.size() < current.size() ||
      !equal_names(key.substr(0, current.size()), current)) {
    return fact.key;
  }
  return SharedText(EvidenceText::from_utf8(fmt::format(
      "HKLM\\SYSTEM\\ControlSet{:03}\\{}", fact.control_set, key.substr(current.size()))));
}

/// The events that tell of each change, by its place in the list.
using RecordsOfChanges = std::vector<std::vector<const RegistryChangeFact*>>;

void add_event_changes(const FactSet& facts, const Sessions& sessions, std::vector<Change>& changes,
                       RecordsOfChanges& records) {
  const std::size_t first = changes.size();
  std::vector<std::set<std::uint32_t>> told_by;  // the logs of each change from `first` on
  for (const RegistryChangeFact& fact : facts.registry_changes) {
    Change change{.time = fact.time,
                  .what = std::string(name_of(fact.change)),
                  .key = key_of(fact, facts),
                  .value_name = fact.value_name,
                  .old_value = fact.old_value,
                  .new_value = fact.new_value,
                  .was_created = fact.was_created,
                  .evidence = {fact.origin}};
    change.actor = actor_of(fact, sessions, change.evidence);
    bool joined = false;
    for (std::size_t i = changes.size(); i-- > first && !joined;) {
      if (changes[i].time.ticks + 2 * FileTime::per_second < change.time.ticks) {
        break;
      }
      // A second event of the same log is a second change, not a second witness.
      const bool other_log = !told_by[i - first].contains(fact.origin.evidence);
      if (other_log && is_same_change(changes[i], change)) {
        told_by[i - first].insert(fact.origin.evidence);
        records[i].push_back(&fact);
        join_second_witness(changes[i], change);
        joined = true;
      }
    }
    if (!joined) {
      told_by.push_back({fact.origin.evidence});
      records.push_back({&fact});
      changes.push_back(std::move(change));
    }
  }
}

std::string registration_key(const RegistrationFact& fact) {
  return "HKLM\\SYSTEM\\CurrentControlSet\\Services\\" + std::string(fact.name.raw()) +
         "\\NetworkProvider";
}

const RegistrationFact* registration_now(const FactSet& facts, const RegistrationFact& then) {
  for (const RegistrationFact& fact : facts.registrations) {
    if (fact.moment == HiveMoment::current && fact.control_set == then.control_set &&
        equal_names(fact.name.raw(), then.name.raw())) {
      return &fact;
    }
  }
  return nullptr;
}

const RegistryValueFact* value_named(const RegistrationFact& fact, std::string_view name) {
  const auto found = std::find_if(
      fact.values.begin(), fact.values.end(),
      [&](const RegistryValueFact& value) { return equal_names(value.name.raw(), name); });
  return found == fact.values.end() ? nullptr : &*found;
}

/// When a change was made at the latest that the logs of the hive brought, by a key that was last
/// written at `now`, and before at `then`. A time that goes back says nothing, nor does one that is
/// far older than what logs hold: the hive as a whole bounds it then.
FileTime made_until(FileTime then, FileTime now, const FactSet& facts) {
  const bool says_when = now > then && !is_too_old_for_logs(now, facts);
  return says_when ? now : std::max({then, now, hive_written(facts)});
}

/// The values that decide who is told, where two states of one registration differ in them.
void add_value_changes(const RegistrationFact& then, const RegistrationFact& now,
                       const FactSet& facts, std::vector<Change>& changes) {
  for (const std::string_view name : {"ProviderPath", "AuthentProviderPath", "Class"}) {
    const RegistryValueFact* before = value_named(then, name);
    const RegistryValueFact* after = value_named(now, name);
    const SharedText old_text = before == nullptr ? SharedText() : before->text;
    const SharedText new_text = after == nullptr ? SharedText() : after->text;
    if ((before == nullptr) == (after == nullptr) && old_text == new_text) {
      continue;
    }
    changes.push_back({.time = made_until(then.last_written, now.last_written, facts),
                       .not_before = then.last_written,
                       .is_exact = false,
                       .actor = {.certainty = "not_visible"},
                       .what = after == nullptr ? "value_deleted" : "value_set",
                       .key = SharedText(EvidenceText::from_utf8(registration_key(now))),
                       .value_name = name,
                       .old_value = old_text,
                       .new_value = new_text,
                       .evidence = {before == nullptr ? then.origin : before->origin,
                                    after == nullptr ? now.origin : after->origin}});
  }
}

/// Registrations that the transaction logs brought, and perhaps took away again: they came between
/// the primary file's state and the last write to their key.
void add_additions(const FactSet& facts, std::vector<Change>& changes) {
  for (const RegistrationFact& now : facts.registrations) {
    if (now.copy != 0 || !now.control_set_is_current || !now.absent_until) {
      continue;
    }
    // A key that was written before it was there has a time that says nothing.
    const bool bounded = now.last_written > *now.absent_until;
    const bool says_when = bounded && !is_too_old_for_logs(now.last_written, facts);
    changes.push_back({.time = says_when ? now.last_written : hive_written(facts),
                       .not_before = bounded ? *now.absent_until : FileTime{},
                       .is_exact = false,
                       .actor = {.certainty = "not_visible"},
                       .what = "registration_added",
                       .key = SharedText(EvidenceText::from_utf8(registration_key(now))),
                       .new_value = now.provider_path,
                       .evidence = {now.origin}});
  }
}

/// The states of an order before the present one: the primary file's, then those that the logs
/// passed through.
std::vector<const ProviderOrderFact*> earlier_orders(bool is_hw_order, const FactSet& facts) {
  std::vector<const ProviderOrderFact*> states;
  for (const ProviderOrderFact& order : facts.orders) {
    if (order.moment != HiveMoment::current && order.control_set_is_current && order.copy == 0 &&
        order.is_hw_order == is_hw_order) {
      states.push_back(&order);
    }
  }
  std::ranges::stable_sort(states, {}, [](const ProviderOrderFact* order) {
    return std::pair(order->origin.how == How::replayed, order->last_written);
  });
  return states;
}

/// Each state of an order against the one that came next.
void add_order_changes(bool is_hw_order, const FactSet& facts, std::vector<Change>& changes) {
  const auto now = std::ranges::find_if(facts.orders, [&](const ProviderOrderFact& order) {
    return order.moment == HiveMoment::current && order.control_set_is_current &&
           order.is_hw_order == is_hw_order;
  });
  auto states = earlier_orders(is_hw_order, facts);
  if (now == facts.orders.end() || states.empty()) {
    return;
  }
  states.push_back(&*now);
  // The primary file's state stands among the facts where it is not the present one again.
  const bool is_first_known = states.front()->origin.how != How::replayed;
  for (std::size_t i = is_first_known ? 1 : 0; i < states.size(); ++i) {
    const ProviderOrderFact* then = i == 0 ? nullptr : states[i - 1];
    if (then != nullptr && then->raw == states[i]->raw) {
      continue;
    }
    const FileTime not_before = then == nullptr ? FileTime{} : then->last_written;
    std::vector<Origin> evidence;
    if (then != nullptr) {
      evidence.push_back(then->origin);
    }
    evidence.push_back(states[i]->origin);
    changes.push_back(
        {.time = made_until(not_before, states[i]->last_written, facts),
         .not_before = not_before,
         .is_exact = false,
         .actor = {.certainty = "not_visible"},
         .what = "value_set",
         .key = SharedText(std::string_view(
             is_hw_order ? "HKLM\\SYSTEM\\CurrentControlSet\\Control\\NetworkProvider\\HwOrder"
                         : "HKLM\\SYSTEM\\CurrentControlSet\\Control\\NetworkProvider\\Order")),
         .value_name = SharedText(std::string_view("ProviderOrder")),
         .old_value = then == nullptr ? SharedText() : then->raw,
         .new_value = states[i]->raw,
         .evidence = std::move(evidence)});
  }
}

/// What differs between an earlier state of a hive and the current one. Such a change lies between
/// two key times.
void add_state_changes(const FactSet& facts, std::vector<Change>& changes) {
  add_additions(facts, changes);
  FileTime order_written;
  for (const ProviderOrderFact& order : facts.orders) {
    if (order.moment == HiveMoment::current && order.control_set_is_current && !order.is_hw_order) {
      order_written = order.last_written;
    }
  }
  for (const RegistrationFact& then : facts.registrations) {
    if (then.moment == HiveMoment::current || !then.control_set_is_current || then.copy != 0) {
      continue;
    }
    if (const RegistrationFact* now = registration_now(facts, then); now != nullptr) {
      add_value_changes(then, *now, facts, changes);
    } else {
      // The Order key is written when a provider is taken out; its time, when later, is the best
      // upper bound at hand.
      changes.push_back({.time = made_until(then.last_written, order_written, facts),
                         .not_before = then.last_written,
                         .is_exact = false,
                         .actor = {.certainty = "not_visible"},
                         .what = "registration_removed",
                         .key = SharedText(EvidenceText::from_utf8(registration_key(then))),
                         .old_value = then.provider_path,
                         .evidence = {then.origin}});
    }
  }
  for (const bool is_hw_order : {false, true}) {
    add_order_changes(is_hw_order, facts, changes);
  }
}

}  // namespace

std::vector<Change> list_changes(const FactSet& facts) {
  std::vector<Change> changes;
  RecordsOfChanges records;
  const Sessions sessions(facts);
  add_event_changes(facts, sessions, changes, records);
  const std::vector<Change> logged = changes;
  add_state_changes(facts, changes);
  for (Change& change : copy_changes(facts)) {
    changes.push_back(std::move(change));
  }
  for (Change& change : setting_changes(facts)) {
    changes.push_back(std::move(change));
  }
  const std::size_t told = changes.size();
  for (Change& change : inferred_writes(facts, sessions, logged)) {
    changes.push_back(std::move(change));
  }
  records.resize(told);
  for (std::size_t i = 0; i < told; ++i) {
    changes[i].chain = chain_of(changes[i], records[i], facts, sessions);
  }
  std::stable_sort(changes.begin(), changes.end(),
                   [](const Change& a, const Change& b) { return a.time < b.time; });
  return changes;
}

}  // namespace npg
