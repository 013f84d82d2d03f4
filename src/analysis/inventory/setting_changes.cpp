#include "analysis/inventory/setting_changes.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <tuple>

#include "base/evidence_text.hpp"
#include "fact/readings.hpp"

namespace npg {
namespace {

/// One value as one copy has it.
struct Setting {
  SharedText key;
  SharedText value_name;
  SharedText text;
  FileTime last_written;
  Origin origin;
};

struct State {
  const HiveCopyFact* copy = nullptr;
  std::map<std::string, Setting> settings;  ///< by name_key of key and value name
};

bool is_compared(PolicyKind kind) {
  return kind == PolicyKind::connect_notifyee || kind == PolicyKind::winlogon_mpnotify ||
         kind == PolicyKind::enable_mpr || kind == PolicyKind::smart_card_logon_notify ||
         kind == PolicyKind::notification_package || kind == PolicyKind::image_debugger;
}

bool is_of_software(PolicyKind kind) {
  return kind != PolicyKind::connect_notifyee && kind != PolicyKind::notification_package;
}

/// The control set that a copy of the SYSTEM hive runs with; nothing when it does not tell.
std::optional<std::uint32_t> current_set(const FactSet& facts, std::uint32_t copy) {
  std::optional<std::uint32_t> found;
  const auto ask = [&](const auto& fact) {
    if (fact.copy == copy && fact.control_set_is_current &&
        fact.moment != HiveMoment::before_replay) {
      found = fact.control_set;
    }
  };
  std::ranges::for_each(facts.registrations, ask);
  std::ranges::for_each(facts.orders, ask);
  return found;
}

/// "ControlSet001\Control\X" of the current set as it is called while Windows runs; empty for a
/// key of another set.
std::string canonical(std::string_view key, bool is_software, std::optional<std::uint32_t> set) {
  if (is_software) {
    return "HKLM\\SOFTWARE\\" + std::string(key);
  }
  const std::size_t end = key.find('\\');
  const std::string_view name = key.substr(0, end);
  std::uint32_t number = 0;
  for (const char c : name.substr(std::min(name.size(), std::string_view("ControlSet").size()))) {
    number = c >= '0' && c <= '9' ? number * 10 + static_cast<std::uint32_t>(c - '0') : number;
  }
  if (end == std::string_view::npos || (set && number != *set)) {
    return {};
  }
  return "HKLM\\SYSTEM\\CurrentControlSet" + std::string(key.substr(end));
}

template <typename Policy>
void take(const Policy& policy, std::optional<std::uint32_t> set, State& state) {
  const bool is_software = state.copy->is_software;
  if (!is_compared(policy.policy) || is_of_software(policy.policy) != is_software) {
    return;
  }
  const std::string key = canonical(policy.key.raw(), is_software, set);
  if (!key.empty()) {
    state.settings.insert_or_assign(name_key(key) + "\\\\" + name_key(policy.value_name.raw()),
                                    Setting{.key = SharedText(EvidenceText::from_utf8(key)),
                                            .value_name = policy.value_name,
                                            .text = policy.text,
                                            .last_written = policy.last_written,
                                            .origin = policy.origin});
  }
}

State state_of(const FactSet& facts, const HiveCopyFact& copy) {
  State state{.copy = &copy, .settings = {}};
  const auto set = copy.is_software ? std::nullopt : current_set(facts, copy.number);
  if (copy.number == 0) {
    for (const PolicyFact& policy : facts.policies) {
      take(policy, set, state);
    }
  }
  for (const CopiedPolicyFact& policy : facts.copied_policies) {
    if (policy.copy == copy.number) {
      take(policy, set, state);
    }
  }
  return state;
}

/// When the key was last written, where the present hive has it: that bounds a value's going.
FileTime key_written(const FactSet& facts, const State& state, const SharedText& key) {
  FileTime written;
  if (state.copy->number != 0) {
    return written;
  }
  for (const RegistryKeyFact& fact : facts.keys) {
    const bool is_software = fact.control_set == 0;
    const std::string name =
        canonical(fact.key.raw(), is_software,
                  fact.control_set_is_current ? std::nullopt : std::optional(UINT32_MAX));
    if (is_software == state.copy->is_software && equal_names(name, key.raw())) {
      written = fact.last_written;
    }
  }
  return written;
}

void compare(const FactSet& facts, const State& before, const State& after,
             std::vector<Change>& changes) {
  const FileTime first = before.copy->written;
  if (!(first < after.copy->written)) {
    return;
  }
  const auto add = [&](const Setting* then, const Setting* now) {
    const Setting& either = now != nullptr ? *now : *then;
    const FileTime written =
        now != nullptr ? now->last_written : key_written(facts, after, then->key);
    changes.push_back({.time = written > first ? written : after.copy->written,
                       .not_before = known_until(*before.copy),
                       .is_exact = false,
                       .actor = {.certainty = "not_visible"},
                       .what = now == nullptr ? "value_deleted" : "value_set",
                       .key = either.key,
                       .value_name = either.value_name,
                       .old_value = then == nullptr ? SharedText() : then->text,
                       .new_value = now == nullptr ? SharedText() : now->text,
                       .evidence = {then == nullptr ? before.copy->origin : then->origin,
                                    now == nullptr ? after.copy->origin : now->origin}});
  };
  for (const auto& [name, then] : before.settings) {
    const auto now = after.settings.find(name);
    if (now == after.settings.end()) {
      if (after.copy->lists_services) {
        add(&then, nullptr);
      }
    } else if (now->second.text != then.text) {
      add(&then, &now->second);
    }
  }
  for (const auto& [name, now] : after.settings) {
    if (!before.settings.contains(name) && before.copy->lists_services) {
      add(nullptr, &now);
    }
  }
}

}  // namespace

std::vector<Change> setting_changes(const FactSet& facts) {
  std::vector<Change> changes;
  for (const bool is_software : {false, true}) {
    std::vector<State> states;
    for (const HiveCopyFact& copy : facts.hive_copies) {
      if (copy.is_software == is_software && !copy.is_export) {
        states.push_back(state_of(facts, copy));
      }
    }
    std::ranges::stable_sort(states, {}, [](const State& state) {
      return std::tuple(state.copy->written, state.copy->number == 0, state.copy->number);
    });
    for (std::size_t i = 0; i + 1 < states.size(); ++i) {
      compare(facts, states[i], states[i + 1], changes);
    }
  }
  return changes;
}

}  // namespace npg
