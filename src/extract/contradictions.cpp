// DisagreementFact: what the tree itself shows about keys that bear on providers and that no
// installer leaves: a stored CurrentControlSet, keys that are links, names that hide behind a NUL,
// two values of one name.
#include <set>

#include "extract/registry_parts.hpp"

namespace npg {
namespace {

void add(const RegistryReading& reading, std::string_view what, std::string_view key,
         const EvidenceText& other, const Origin& origin) {
  reading.facts.disagreements.push_back(
      {.what = reading.pool.share(EvidenceText::from_literal(what)),
       .key = reading.pool.share(EvidenceText::from_utf8(key)),
       .other = reading.pool.share(other),
       .origin = origin});
}

/// An export of a running Windows has CurrentControlSet as a key, and no times.
void look_at_current_control_set(const RegistryReading& reading, std::span<const ControlSet> sets) {
  for (const ControlSet& set : sets) {
    const auto key = reading.view.key(set.key);
    if (set.number == 0 && key && key->last_written.given()) {
      add(reading, "current_control_set_stored", "", key->name, key->origin);
    }
  }
}

void look_at_link(const RegistryReading& reading, std::string_view path) {
  const auto id = listed_key(reading, reading.view.root(), path);
  const auto key = id ? std::optional(reading.view.key(*id)) : std::nullopt;
  const auto target = key && *key ? link_target(reading, *id) : std::nullopt;
  if (target) {
    tell_link(reading, path, *target, (*key)->origin);
  }
}

}  // namespace

void tell_link(const RegistryReading& reading, std::string_view path, const EvidenceText& target,
               const Origin& origin) {
  reading.facts.disagreements.push_back(
      {.what = reading.pool.share(EvidenceText::from_literal("key_is_link")),
       .key = reading.pool.share(EvidenceText::from_utf8(path)),
       .other = reading.pool.share(target),
       .origin = origin});
}

void look_at_values(const RegistryReading& reading, std::string_view path, KeyId key) {
  std::set<std::string> names;
  for (const RegistryValue& value : reading.view.values(key)) {
    if (value.name.contains_nul()) {
      add(reading, "name_with_nul", path, value.name, value.origin);
    } else if (!names.insert(name_key(value.name.raw())).second) {
      add(reading, "value_twice", path, value.name, value.origin);
    }
  }
}

void look_at_hidden_registration(const RegistryReading& reading, std::string_view path,
                                 const RegistryKey& key, const ShownKey& shown) {
  const bool is_named_so = equal_names(key.name.before_nul().raw(), "NetworkProvider");
  if (is_named_so || find_value(*shown.view, shown.key, "ProviderPath") ||
      find_value(*shown.view, shown.key, "AuthentProviderPath")) {
    tell_hidden_name(reading, path, key);
  }
}

void tell_hidden_name(const RegistryReading& reading, std::string_view path,
                      const RegistryKey& key) {
  if (reading.moment == HiveMoment::current) {
    add(reading, "name_with_nul", path, key.name, key.origin);
  }
}

void extract_contradictions(const RegistryReading& reading, std::span<const ControlSet> sets) {
  look_at_current_control_set(reading, sets);
  look_at_link(reading, "Select");
  for (const ControlSet& set : sets) {
    for (const std::string_view path :
         {"", "\\Control", "\\Services", "\\Control\\NetworkProvider",
          "\\Control\\NetworkProvider\\Order", "\\Control\\NetworkProvider\\HwOrder",
          "\\Control\\NetworkProvider\\Notifyees"}) {
      look_at_link(reading, set.name + std::string(path));
    }
    for (const std::string_view name : {"Order", "HwOrder"}) {
      const std::string path = "Control\\NetworkProvider\\" + std::string(name);
      if (const auto key = shown_key(reading, set.key, path)) {
        look_at_values(reading, set.name + "\\" + path, *key);
      }
    }
  }
}

}  // namespace npg
