#include "analysis/inventory/drafts.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "analysis/inventory/inventory.hpp"
#include "base/evidence_text.hpp"
#include "fact/later_copy.hpp"
#include "fact/readings.hpp"

namespace npg {
namespace {

Draft& draft_of(Drafts& drafts, const SharedText& name) {
  Draft& draft = drafts[name_key(name.raw())];
  if (draft.name.empty()) {
    draft.name = name;
  }
  return draft;
}

/// Of equal states the first one stays, and one of the current control set before others.
void keep_past(const RegistrationFact& fact, Draft& draft) {
  const auto same = std::ranges::find_if(
      draft.past, [&fact](const RegistrationFact* one) { return is_same_state(*one, fact); });
  if (same != draft.past.end()) {
    if (fact.control_set_is_current && !(*same)->control_set_is_current) {
      *same = &fact;
    }
  } else {
    draft.past.push_back(&fact);
  }
  std::ranges::stable_partition(
      draft.past, [](const RegistrationFact* one) { return one->control_set_is_current; });
}

void collect_registrations(const FactSet& facts, Drafts& drafts) {
  for (const RegistrationFact& fact : facts.registrations) {
    Draft& draft = draft_of(drafts, fact.name);
    if (fact.moment != HiveMoment::current) {
      keep_past(fact, draft);
      continue;
    }
    draft.registrations.push_back(&fact);
    if (draft.current == nullptr ||
        (fact.control_set_is_current && !draft.current->control_set_is_current)) {
      draft.current = &fact;
      draft.name = fact.name;
    }
  }
  for (auto& [key, draft] : drafts) {
    for (const RegistrationFact* fact : draft.registrations) {
      const bool is_told = is_same_state(*fact, *draft.current) ||
                           std::ranges::any_of(draft.twins, [fact](const RegistrationFact* twin) {
                             return is_same_state(*twin, *fact);
                           });
      if (fact->control_set == draft.current->control_set && !is_told) {
        draft.twins.push_back(fact);
      }
    }
  }
}

bool lists(const std::vector<SharedText>& names, std::string_view key) {
  return std::any_of(names.begin(), names.end(),
                     [&](const SharedText& name) { return name_key(name.raw()) == key; });
}

/// What the present hive does not have and a copy has that was written later: it may be there. The
/// copy decides, and the doubt is said.
void take_later_copy(const FactSet& facts, Drafts& drafts) {
  const HiveCopyFact* copy = later_copy(facts);
  if (copy == nullptr) {
    return;
  }
  for (const RegistrationFact& later : facts.registrations) {
    if (later.moment != HiveMoment::older_copy || later.copy != copy->number ||
        !later.control_set_is_current) {
      continue;
    }
    const std::string key = name_key(later.name.raw());
    const auto found = drafts.find(key);
    // The present hive has it in some control set, or the copy has it twice.
    if (found == drafts.end() || !found->second.registrations.empty()) {
      continue;
    }
    Draft& draft = found->second;
    draft.current = &later;
    draft.registrations.push_back(&later);
    draft.is_in_later_copy = true;
    draft.basis.push_back(
        fmt::format("the hive that is taken for the present one, written until {}, does not have "
                    "it, and {}, written until {}, does: which of the two is newer is in doubt",
                    to_screen_time(hive_written(facts)), escape_for_terminal(copy->path.text()),
                    to_screen_time(known_until(*copy))));
    draft.basis_evidence.push_back(later.origin);
    for (const ProviderOrderFact& order : facts.orders) {
      draft.listed_in_later_copy =
          draft.listed_in_later_copy ||
          (order.copy == copy->number && order.moment == HiveMoment::older_copy &&
           order.control_set_is_current && !order.is_hw_order && lists(order.names, key));
    }
  }
}

void take_place(const SharedText& name, std::size_t index, bool is_hw_order, Drafts& drafts) {
  auto& position = is_hw_order ? draft_of(drafts, name).hw_order_position
                               : draft_of(drafts, name).order_position;
  position = position.value_or(static_cast<std::uint32_t>(index));
}

/// Orders that the hive has, without those that a newer logged write replaced.
void collect_orders(const FactSet& facts, Drafts& drafts) {
  for (const ProviderOrderFact& fact : facts.orders) {
    if (fact.moment != HiveMoment::current ||
        (fact.control_set_is_current && newer_order(facts, fact.is_hw_order))) {
      continue;
    }
    for (std::size_t i = 0; i < fact.names.size(); ++i) {
      Draft& draft = draft_of(drafts, fact.names[i]);
      draft.listed_anywhere = true;
      draft.order_evidence.push_back(fact.origin);
      if (fact.control_set_is_current) {
        take_place(fact.names[i], i, fact.is_hw_order, drafts);
      }
    }
    for (const SharedText& name : fact.other_names) {
      Draft& draft = draft_of(drafts, name);
      draft.listed_anywhere = true;
      draft.order_evidence.push_back(fact.origin);
      draft.listed_by_other_reading =
          draft.listed_by_other_reading || (fact.control_set_is_current && !fact.is_hw_order);
    }
  }
}

/// Orders by the log where it is newer than the hive. Names that only such an order has become
/// providers when the hive has an order too, or when the log shows that they were put in: an order
/// alone would make providers of all that Windows ships.
void collect_logged_orders(const FactSet& facts, Drafts& drafts) {
  for (const bool is_hw_order : {false, true}) {
    const auto order = newer_order(facts, is_hw_order);
    if (!order) {
      continue;
    }
    for (std::size_t i = 0; i < order->names.size(); ++i) {
      const std::string key = name_key(order->names[i].raw());
      if (order->hive == nullptr && !drafts.contains(key) && !lists(order->added, key)) {
        continue;
      }
      Draft& draft = draft_of(drafts, order->names[i]);
      draft.listed_anywhere = true;
      draft.order_evidence.push_back(order->write->origin);
      take_place(order->names[i], i, is_hw_order, drafts);
    }
    const std::string_view word = is_hw_order ? "HwOrder" : "Order";
    for (auto& [key, draft] : drafts) {
      const bool listed = lists(order->names, key);
      if (order->hive == nullptr ? !listed : listed == lists(order->hive->names, key)) {
        continue;
      }
      draft.basis.push_back(order->hive == nullptr
                                ? fmt::format("{} is known from a logged write at {} alone", word,
                                              to_screen_time(order->write->time))
                                : fmt::format("the hive's {} of {} {} it, the one logged at {} {}",
                                              word, to_screen_time(order->hive->last_written),
                                              listed ? "does not list" : "lists",
                                              to_screen_time(order->write->time),
                                              listed ? "does" : "does not"));
      draft.basis_evidence.push_back(order->write->origin);
    }
  }
}

void collect_changes(const FactSet& facts, Drafts& drafts) {
  for (const RegistryChangeFact& fact : facts.registry_changes) {
    const std::string name = provider_name_of_key(fact.key.raw());
    if (name.empty() ||
        (!is_registration_key(fact.key.raw()) && !drafts.contains(name_key(name)))) {
      continue;
    }
    draft_of(drafts, SharedText(EvidenceText::from_utf8(name))).changes.push_back(&fact);
  }
}

/// Lets the log decide on the registration where it is newer than the hive.
void take_logged_registration(const FactSet& facts, Draft& draft) {
  const bool is_here = draft.current != nullptr && draft.current->control_set_is_current;
  if (draft.current != nullptr && !is_here) {
    return;  // Only another control set has it; the log speaks of the current one.
  }
  if (draft.changes.empty()) {
    return;
  }
  draft.logged = newer_registration(draft.current, draft.changes, facts);
  const LoggedRegistration& logged = draft.logged;
  const FileTime written = hive_written(facts);
  const std::string hive = fmt::format("the hive, written until {},", to_screen_time(written));
  if (draft.current != nullptr && logged.removal != nullptr) {
    draft.basis.push_back(fmt::format("{} still registers it; the log has its key deleted at {}",
                                      hive, to_screen_time(logged.removal->time)));
    draft.basis_evidence.push_back(logged.removal->origin);
    draft.outlived = draft.current;
    draft.current = nullptr;
  } else if (draft.current != nullptr && logged.is_new_life) {
    draft.basis.push_back(
        fmt::format("{} has it as it was before the log has its key deleted and "
                    "made again, the last write at {}",
                    hive, to_screen_time(logged.making->time)));
    draft.basis_evidence.push_back(logged.making->origin);
    draft.outlived = draft.current;
    draft.current = nullptr;
  } else if (logged.making != nullptr && draft.current == nullptr) {
    draft.basis.push_back(
        written.given() ? fmt::format("{} does not register it; the log has it registered at {}",
                                      hive, to_screen_time(logged.making->time))
                        : fmt::format("no hive is in the evidence; the log has it registered at {}",
                                      to_screen_time(logged.making->time)));
    draft.basis_evidence.push_back(logged.making->origin);
  } else if (draft.current != nullptr && !logged.values.empty()) {
    draft.basis.push_back(fmt::format(
        "the hive has its key as of {}; the log has newer writes to "
        "its values, the last at {}",
        to_screen_time(draft.current->last_written), to_screen_time(logged.values.back()->time)));
    draft.basis_evidence.push_back(logged.values.back()->origin);
  }
}

}  // namespace

bool is_same_state(const RegistrationFact& a, const RegistrationFact& b) {
  constexpr std::string_view deciding[] = {"ProviderPath", "AuthentProviderPath", "Class"};
  return std::ranges::all_of(deciding, [&](std::string_view name) {
    const auto value = [name](const RegistrationFact& fact) -> const RegistryValueFact* {
      const auto found = std::ranges::find_if(fact.values, [name](const RegistryValueFact& one) {
        return equal_names(one.name.raw(), name);
      });
      return found == fact.values.end() ? nullptr : &*found;
    };
    const RegistryValueFact* left = value(a);
    const RegistryValueFact* right = value(b);
    return (left == nullptr) == (right == nullptr) &&
           (left == nullptr || (left->type == right->type && left->text == right->text));
  });
}

Drafts collect_drafts(const FactSet& facts) {
  Drafts drafts;
  collect_registrations(facts, drafts);
  take_later_copy(facts, drafts);
  collect_orders(facts, drafts);
  collect_changes(facts, drafts);
  collect_logged_orders(facts, drafts);
  for (auto& [key, draft] : drafts) {
    take_logged_registration(facts, draft);
  }
  return drafts;
}

}  // namespace npg
