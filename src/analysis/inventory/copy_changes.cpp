#include "analysis/inventory/copy_changes.hpp"

#include <algorithm>
#include <string>

#include "analysis/inventory/drafts.hpp"
#include "base/evidence_text.hpp"
#include "fact/readings.hpp"

namespace npg {
namespace {

struct State {
  const HiveCopyFact* copy = nullptr;
  std::uint32_t current = 0;  ///< the number of the control set that Windows ran with; 0 not known
  const SelectFact* select = nullptr;
  /// Of that control set.
  std::vector<const RegistrationFact*> registrations;
  std::vector<const ProviderOrderFact*> orders;
  /// Of the others.
  std::vector<const RegistrationFact*> other_registrations;
  std::vector<const ProviderOrderFact*> other_orders;

  /// Of several keys of the name the one that says the same.
  [[nodiscard]] const RegistrationFact* find(const RegistrationFact& like) const {
    const RegistrationFact* found = nullptr;
    for (const RegistrationFact* fact : registrations) {
      if (!equal_names(fact->name.raw(), like.name.raw())) {
        continue;
      }
      if (is_same_state(*fact, like)) {
        return fact;
      }
      found = found == nullptr ? fact : found;
    }
    return found;
  }
  /// The same in any of its control sets by that number.
  [[nodiscard]] const RegistrationFact* find_in(std::uint32_t set, std::string_view name) const {
    for (const auto* list : {&registrations, &other_registrations}) {
      for (const RegistrationFact* fact : *list) {
        if (fact->control_set == set && equal_names(fact->name.raw(), name)) {
          return fact;
        }
      }
    }
    return nullptr;
  }
  [[nodiscard]] const ProviderOrderFact* find_order_in(std::uint32_t set, bool is_hw_order) const {
    const auto found = std::ranges::find_if(other_orders, [&](const ProviderOrderFact* order) {
      return order->control_set == set && order->is_hw_order == is_hw_order;
    });
    return found == other_orders.end() ? nullptr : *found;
  }
  /// True for one of several keys of its name.
  [[nodiscard]] bool has_twin(const RegistrationFact& own) const {
    return std::ranges::any_of(registrations, [&own](const RegistrationFact* fact) {
      return fact != &own && equal_names(fact->name.raw(), own.name.raw());
    });
  }
};

bool is_in(const HiveCopyFact& copy, HiveMoment moment, std::uint32_t number) {
  return moment != HiveMoment::before_replay && number == copy.number;
}

State state_of(const FactSet& facts, const HiveCopyFact& copy) {
  State state{.copy = &copy};
  for (const RegistrationFact& fact : facts.registrations) {
    if (is_in(copy, fact.moment, fact.copy)) {
      (fact.control_set_is_current ? state.registrations : state.other_registrations)
          .push_back(&fact);
      state.current = fact.control_set_is_current ? fact.control_set : state.current;
    }
  }
  for (const ProviderOrderFact& fact : facts.orders) {
    if (is_in(copy, fact.moment, fact.copy)) {
      (fact.control_set_is_current ? state.orders : state.other_orders).push_back(&fact);
      state.current = fact.control_set_is_current ? fact.control_set : state.current;
    }
  }
  for (const SelectFact& select : facts.selects) {
    if (select.origin.evidence == copy.origin.evidence) {
      state.select = &select;
    }
  }
  return state;
}

SharedText key_of(const RegistrationFact& fact) {
  return SharedText(EvidenceText::from_utf8("HKLM\\SYSTEM\\CurrentControlSet\\Services\\" +
                                            std::string(fact.name.raw()) + "\\NetworkProvider"));
}

/// Two neighbouring states and what is known of the time between them.
class Pair {
 public:
  Pair(const State& before, const State& after, std::vector<Change>& changes)
      : before_(before), after_(after), changes_(changes) {
    const bool is_export = before.copy->is_export || after.copy->is_export;
    is_dated_ = !is_export && before.copy->written < after.copy->written;
    is_switched_ = is_dated_ && before.current != 0 && after.current != 0 &&
                   before.current != after.current && before.select != nullptr &&
                   after.select != nullptr;
    other_ = is_export                                     ? "export"
             : before.copy->written == after.copy->written ? "copy_of_equal_time"
                                                           : "copy_of_later_time";
  }

  void compare() {
    if (is_switched_) {
      add({.what = "value_set",
           .key = SharedText(std::string_view("HKLM\\SYSTEM\\Select")),
           .value_name = SharedText(std::string_view("Current")),
           .old_value = SharedText(std::string_view(std::to_string(before_.current))),
           .new_value = SharedText(std::string_view(std::to_string(after_.current))),
           .evidence = {before_.select->origin, after_.select->origin}},
          after_.select->last_written);
    }
    for (const RegistrationFact* then : before_.registrations) {
      const RegistrationFact* now = after_.find(*then);
      if (now != nullptr && !is_one_of_two(*then, before_, *now)) {
        if (!is_one_of_two(*now, after_, *then)) {
          compare_values(*then, *now);
        }
      } else if (is_switched_ && before_.find_in(after_.current, then->name.raw()) == nullptr) {
        // The control set that came into use did not have it before either.
        add({.what = "registration_switched_out",
             .key = key_of(*then),
             .old_value = then->provider_path,
             .evidence = {then->origin, after_.select->origin}},
            after_.select->last_written);
      } else if (after_.copy->lists_services) {
        add({.what = is_dated_ ? "registration_removed" : "registration_only_in_" + other_,
             .key = key_of(*then),
             .old_value = then->provider_path,
             .evidence = {then->origin, after_.copy->origin}},
            FileTime{});
      }
    }
    for (const RegistrationFact* now : after_.registrations) {
      const RegistrationFact* then = before_.find(*now);
      if ((then == nullptr || is_one_of_two(*now, after_, *then)) && before_.copy->lists_services) {
        const RegistrationFact* earlier =
            is_switched_ ? before_.find_in(after_.current, now->name.raw()) : nullptr;
        if (earlier != nullptr) {
          // It was there in the control set that came into use.
          add({.what = "registration_switched_in",
               .key = key_of(*now),
               .new_value = now->provider_path,
               .evidence = {earlier->origin, after_.select->origin, now->origin}},
              after_.select->last_written);
          continue;
        }
        add({.what = is_dated_ ? "registration_added" : "registration_not_in_" + other_,
             .key = key_of(*now),
             .new_value = now->provider_path,
             .evidence = {before_.copy->origin, now->origin}},
            now->last_written);
      }
    }
    compare_orders();
  }

 private:
  /// A key that has a twin beside it, and that the other state has nothing like.
  [[nodiscard]] static bool is_one_of_two(const RegistrationFact& own, const State& state,
                                          const RegistrationFact& other) {
    return !is_same_state(own, other) && state.has_twin(own);
  }

  /// `written` is the time of the key as it is afterwards; not given when it is gone.
  void add(Change change, FileTime written) {
    change.is_exact = false;
    change.actor.certainty = "not_visible";
    if (is_dated_) {
      // A key that was written before the copy without it, or a copy that claims to be later than
      // the key: one of the times was set, and which one is not told. The change lies between what
      // is sure of both.
      const bool is_told = written > before_.copy->written;
      change.time = is_told ? written : std::max(before_.copy->written, after_.copy->written);
      change.not_before = known_until(*before_.copy);
    }
    changes_.push_back(std::move(change));
  }

  void compare_values(const RegistrationFact& then, const RegistrationFact& now) {
    for (const std::string_view name : {"ProviderPath", "AuthentProviderPath", "Class"}) {
      const auto value = [name](const RegistrationFact& fact) -> const RegistryValueFact* {
        const auto found = std::ranges::find_if(fact.values, [name](const RegistryValueFact& one) {
          return equal_names(one.name.raw(), name);
        });
        return found == fact.values.end() ? nullptr : &*found;
      };
      const RegistryValueFact* before = value(then);
      const RegistryValueFact* after = value(now);
      const SharedText old_text = before == nullptr ? SharedText() : before->text;
      const SharedText new_text = after == nullptr ? SharedText() : after->text;
      if ((before == nullptr) == (after == nullptr) && old_text == new_text) {
        continue;
      }
      const RegistrationFact* earlier =
          is_switched_ ? before_.find_in(after_.current, now.name.raw()) : nullptr;
      const RegistryValueFact* was = earlier == nullptr ? nullptr : value(*earlier);
      const bool is_by_switch = earlier != nullptr && (was == nullptr) == (after == nullptr) &&
                                (was == nullptr || was->text == after->text);
      add({.what = !is_dated_         ? "value_differs_from_" + other_
                   : is_by_switch     ? "value_switched"
                   : after == nullptr ? std::string("value_deleted")
                                      : "value_set",
           .key = key_of(now),
           .value_name = name,
           .old_value = old_text,
           .new_value = new_text,
           .evidence = {before == nullptr ? then.origin : before->origin,
                        after == nullptr ? now.origin : after->origin}},
          is_by_switch ? after_.select->last_written : now.last_written);
    }
  }

  void compare_orders() {
    for (const ProviderOrderFact* then : before_.orders) {
      for (const ProviderOrderFact* now : after_.orders) {
        if (then->is_hw_order != now->is_hw_order || then->raw == now->raw) {
          continue;
        }
        const ProviderOrderFact* earlier =
            is_switched_ ? before_.find_order_in(after_.current, now->is_hw_order) : nullptr;
        const bool is_by_switch = earlier != nullptr && earlier->raw == now->raw;
        add({.what = is_by_switch ? "value_switched"
                     : is_dated_  ? "value_set"
                                  : "value_differs_from_" + other_,
             .key = SharedText(std::string_view(
                 then->is_hw_order
                     ? "HKLM\\SYSTEM\\CurrentControlSet\\Control\\NetworkProvider\\HwOrder"
                     : "HKLM\\SYSTEM\\CurrentControlSet\\Control\\NetworkProvider\\Order")),
             .value_name = SharedText(std::string_view("ProviderOrder")),
             .old_value = then->raw,
             .new_value = now->raw,
             .evidence = {then->origin, now->origin}},
            is_by_switch ? after_.select->last_written : now->last_written);
      }
    }
  }

  const State& before_;
  const State& after_;
  std::vector<Change>& changes_;
  bool is_dated_ = false;  ///< which of the two came first can be proved
  /// Windows ran with another control set then: what differs between the two may be as old as
  /// either.
  bool is_switched_ = false;
  std::string other_;  ///< what the older one is where it cannot
};

}  // namespace

std::vector<Change> copy_changes(const FactSet& facts) {
  std::vector<State> dated;
  std::vector<State> exports;
  const HiveCopyFact* present = nullptr;
  for (const HiveCopyFact& copy : facts.hive_copies) {
    if (copy.is_software) {
      continue;
    }
    (copy.is_export ? exports : dated).push_back(state_of(facts, copy));
    present = copy.number == 0 ? &copy : present;
  }
  const auto when = [](const State& state) {
    return std::tuple(state.copy->written, state.copy->number == 0, state.copy->number);
  };
  std::ranges::stable_sort(dated, {}, when);
  std::vector<Change> changes;
  for (std::size_t i = 0; i + 1 < dated.size(); ++i) {
    // Behind the present hive stand copies that were written later than it.
    const bool is_later = dated[i].copy->number == 0;
    Pair(dated[is_later ? i + 1 : i], dated[is_later ? i : i + 1], changes).compare();
  }
  if (present != nullptr) {
    const State now = state_of(facts, *present);
    for (const State& state : exports) {
      if (state.copy->number != present->number) {
        Pair(state, now, changes).compare();
      }
    }
  }
  return changes;
}

bool is_too_old_for_logs(FileTime key_written, const FactSet& facts) {
  constexpr std::uint64_t weeks = 30ULL * 24 * 3600 * FileTime::per_second;
  const FileTime written = hive_written(facts);
  return key_written.given() && written > key_written && written.ticks - key_written.ticks > weeks;
}

const HiveCopyFact* contradicting_copy(const FactSet& facts, const RegistrationFact& registration) {
  const HiveCopyFact* found = nullptr;
  for (const HiveCopyFact& copy : facts.hive_copies) {
    if (copy.is_software || copy.is_export || !copy.lists_services ||
        copy.number == registration.copy || copy.written <= registration.last_written) {
      continue;
    }
    const bool has_it = std::ranges::any_of(facts.registrations, [&](const RegistrationFact& fact) {
      // In whatever control set: a copy of one keeps its keys' times.
      return is_in(copy, fact.moment, fact.copy) &&
             equal_names(fact.name.raw(), registration.name.raw());
    });
    if (!has_it && (found == nullptr || copy.written < found->written)) {
      found = &copy;
    }
  }
  // A copy that was written after the present hive shows a removal, not a time put back.
  const auto present = std::ranges::find_if(facts.hive_copies, [&](const HiveCopyFact& copy) {
    return !copy.is_software && copy.number == registration.copy;
  });
  const bool is_older =
      found != nullptr && present != facts.hive_copies.end() && found->written < present->written;
  return is_older ? found : nullptr;
}

}  // namespace npg
