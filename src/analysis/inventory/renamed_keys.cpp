#include "analysis/inventory/renamed_keys.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string>

#include "analysis/inventory/newest_state.hpp"
#include "base/evidence_text.hpp"

namespace npg {
namespace {

struct NamedValue {
  SharedText name;
  SharedText text;
};
/// The values of a key, by their names in one case.
using Values = std::map<std::string, NamedValue>;

bool is_rename_of_key(const RegistryChangeFact& change) {
  return change.change == ChangeKind::renamed && change.value_name.empty();
}

bool is_rename_of_value(const RegistryChangeFact& change) {
  return change.change == ChangeKind::renamed && !change.value_name.empty();
}

/// Sysmon writes the new name with its key in front.
SharedText new_name_of(const RegistryChangeFact& rename) {
  const std::string_view whole = rename.new_value.raw();
  return SharedText(EvidenceText::from_utf8(whole.substr(whole.rfind('\\') + 1)));
}

/// False for a name that means nothing to Windows in a provider's key: that it goes is no removal.
bool means_something(const RegistryChangeFact& change) {
  constexpr std::array<std::string_view, 5> names = {"Class", "ProviderPath", "AuthentProviderPath",
                                                     "Name", "DeviceName"};
  return !is_registration_key(change.key.raw()) ||
         std::ranges::any_of(names, [&](std::string_view name) {
           return equal_names(change.value_name.raw(), name);
         });
}

std::string registration_key_of(const RegistrationFact& fact) {
  return "HKLM\\SYSTEM\\CurrentControlSet\\Services\\" + std::string(fact.name.raw()) +
         "\\NetworkProvider";
}

/// What the log tells of registration keys up to a time.
class Keys {
 public:
  explicit Keys(const FactSet& facts) : facts_(facts) {}

  void take(const RegistryChangeFact& change) {
    const std::string key = name_key(change.key.raw());
    if (change.change == ChangeKind::key_deleted) {
      std::erase_if(keys_, [&](const auto& each) { return is_at_or_below(each.first, key); });
    } else if (change.value_name.empty()) {
      return;
    } else if (change.change == ChangeKind::value_set) {
      values_at(change.key.raw(), change.time)[name_key(change.value_name.raw())] = {
          change.value_name, change.new_value};
    } else if (change.change == ChangeKind::value_deleted) {
      values_at(change.key.raw(), change.time).erase(name_key(change.value_name.raw()));
    }
  }

  /// Gives a value its new name; what that makes of it, where the value is known.
  std::optional<NamedValue> rename(const RegistryChangeFact& change) {
    Values& values = values_at(change.key.raw(), change.time);
    const auto found = values.extract(name_key(change.value_name.raw()));
    if (found.empty()) {
      return std::nullopt;
    }
    const NamedValue renamed{new_name_of(change), found.mapped().text};
    values[name_key(renamed.name.raw())] = renamed;
    return renamed;
  }

  /// Moves what is at or below `from` to `to`, and says what that makes of registration keys.
  std::vector<std::pair<std::string, Values>> move(std::string_view from, std::string_view to,
                                                   FileTime time) {
    for (const RegistrationFact& fact : facts_.registrations) {
      const std::string key = registration_key_of(fact);
      if (fact.moment != HiveMoment::current && is_at_or_below(name_key(key), name_key(from))) {
        (void)values_at(key, time);
      }
    }
    std::vector<std::pair<std::string, Values>> moved;
    for (auto each = keys_.begin(); each != keys_.end();) {
      if (!is_at_or_below(each->first, name_key(from))) {
        ++each;
        continue;
      }
      // A key below it goes by the same name as before.
      moved.emplace_back(std::string(to) + each->second.below.substr(
                                               std::min(from.size(), each->second.below.size())),
                         std::move(each->second.values));
      each = keys_.erase(each);
    }
    for (const auto& [key, values] : moved) {
      keys_[name_key(key)] = {key, values};
    }
    return moved;
  }

 private:
  static bool is_at_or_below(std::string_view key, std::string_view top) {
    return key == top || (key.starts_with(top) && key.substr(top.size()).starts_with('\\'));
  }

  /// The key's values; at first those that a copy of the hive has which is not younger.
  Values& values_at(std::string_view key, FileTime time) {
    const auto [found, is_new] = keys_.try_emplace(name_key(key));
    if (is_new) {
      found->second.below = std::string(key);
      for (const RegistrationFact& fact : facts_.registrations) {
        if (fact.moment != HiveMoment::current && fact.last_written <= time &&
            equal_names(registration_key_of(fact), key)) {
          for (const RegistryValueFact& value : fact.values) {
            found->second.values[name_key(value.name.raw())] = {value.name, value.text};
          }
        }
      }
    }
    return found->second.values;
  }

  struct Known {
    std::string below;  ///< the whole key, as told
    Values values;
  };
  const FactSet& facts_;
  std::map<std::string, Known> keys_;
};

}  // namespace

std::vector<RegistryChangeFact> changes_by_renames(const FactSet& facts) {
  std::vector<RegistryChangeFact> moved;
  if (std::ranges::none_of(facts.registry_changes, [](const RegistryChangeFact& change) {
        return change.change == ChangeKind::renamed;
      })) {
    return moved;
  }
  Keys keys(facts);
  for (const RegistryChangeFact& change : facts.registry_changes) {
    keys.take(change);
    if (is_rename_of_value(change)) {
      RegistryChangeFact fact = change;
      fact.change = ChangeKind::value_deleted;
      fact.new_value = {};
      if (means_something(change)) {
        moved.push_back(fact);
      }
      if (const auto renamed = keys.rename(change)) {
        fact.change = ChangeKind::value_set;
        fact.value_name = renamed->name;
        fact.new_value = renamed->text;
        fact.was_created = true;
        moved.push_back(std::move(fact));
      }
      continue;
    }
    if (!is_rename_of_key(change)) {
      continue;
    }
    // The same record tells of the new name, as of a key that was made.
    const auto made = std::ranges::find_if(facts.registry_changes, [&](const auto& other) {
      return other.change == ChangeKind::key_created && other.origin == change.origin;
    });
    if (made == facts.registry_changes.end()) {
      continue;
    }
    for (const auto& [key, values] : keys.move(change.key.raw(), made->key.raw(), change.time)) {
      if (!is_registration_key(key)) {
        continue;
      }
      for (const auto& [name, value] : values) {
        RegistryChangeFact fact = *made;
        fact.change = ChangeKind::value_set;
        fact.key = SharedText(EvidenceText::from_utf8(key));
        fact.value_name = value.name;
        fact.new_value = value.text;
        fact.was_created = true;
        moved.push_back(std::move(fact));
      }
    }
  }
  return moved;
}

void follow_renames(FactSet& facts) {
  for (RegistryChangeFact& fact : changes_by_renames(facts)) {
    const auto at =
        std::ranges::upper_bound(facts.registry_changes, fact.time, {}, &RegistryChangeFact::time);
    facts.registry_changes.insert(at, std::move(fact));
  }
}

}  // namespace npg
