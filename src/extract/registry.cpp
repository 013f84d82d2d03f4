#include "extract/registry.hpp"

#include <algorithm>
#include <set>

#include "extract/registry_parts.hpp"
#include "extract/text_parts.hpp"
#include "fact/text_pool.hpp"

namespace npg {
namespace {

struct ServiceSubkeys {
  std::vector<KeyId> network_providers;  ///< more than one only in a damaged hive
  std::optional<KeyId> instances;
};

/// Looks for the two sub-keys that matter in one pass: a hive has hundreds of services and most
/// have neither.
ServiceSubkeys subkeys_of_service(const RegistryReading& reading, std::string_view path,
                                  const ShownKey& service) {
  ServiceSubkeys found;
  for (const KeyId id : service.view->subkeys(service.key)) {
    const auto key = service.view->key(id);
    if (!key) {
      continue;
    }
    if (equal_names(key->name.raw(), "NetworkProvider")) {
      found.network_providers.push_back(id);
    } else if (key->name.contains_nul()) {
      look_at_hidden_registration(reading, path, *key, {.view = service.view, .key = id});
    } else if (!found.instances && equal_names(key->name.raw(), "Instances")) {
      found.instances = id;
    }
  }
  return found;
}

/// A name in an order is a path below Services, so one with a backslash means a nested key, which
/// the walk over the services does not see.
void extract_nested_registrations(const RegistryReading& reading, const ControlSet& set,
                                  KeyId services) {
  std::set<std::string> done;
  std::vector<SharedText> nested;
  for (const ProviderOrderFact& order : reading.facts.orders) {
    if (order.control_set != set.number || order.moment != reading.moment) {
      continue;
    }
    for (const auto* names : {&order.names, &order.other_names}) {
      for (const SharedText& name : *names) {
        // A name that only looks like a path has its plain form among the other names.
        if (name.raw().contains('\\') && without_empty_names(name.raw()) == name.raw() &&
            done.insert(name_key(name.raw())).second) {
          nested.push_back(name);
        }
      }
    }
  }
  for (const SharedText& name : nested) {
    const auto service = shown_key(reading, services, name.raw());
    const auto provider =
        service ? find_subkey(reading.view, *service, "NetworkProvider") : std::nullopt;
    if (provider) {
      extract_registration(reading, set, name.text(), {.view = &reading.view, .key = *service},
                           {.view = &reading.view, .key = *provider});
    }
  }
}

bool is_in_an_order(const RegistryReading& reading, const ControlSet& set, std::string_view name) {
  return std::ranges::any_of(reading.facts.orders, [&](const ProviderOrderFact& order) {
    return order.control_set == set.number && order.moment == reading.moment &&
           std::ranges::any_of(
               order.names, [name](const SharedText& one) { return equal_names(one.raw(), name); });
  });
}

/// Whether a service whose link cannot be followed is a provider is not known, unless an order has
/// its name.
void take_unseen_service(const RegistryReading& reading, const ControlSet& set,
                         const RegistryKey& key, KeyId id, const EvidenceText& target) {
  if (is_in_an_order(reading, set, key.name.raw())) {
    extract_unseen_registration(reading, set, key.name, id, target);
  } else if (reading.moment == HiveMoment::current) {
    tell_link(reading, set.name + "\\Services\\" + std::string(key.name.raw()), target, key.origin);
  }
}

/// The key Services as Windows shows it, and further ones of that name behind it: readers differ in
/// which one they take.
std::vector<KeyId> services_of(const RegistryReading& reading, const ControlSet& set) {
  std::vector<KeyId> all;
  const auto first = shown_key(reading, set.key, "Services");
  if (!first) {
    return all;
  }
  all.push_back(*first);
  const auto listed = listed_key(reading, set.key, "Services");
  for (const KeyId id : reading.view.subkeys(set.key)) {
    const auto key = reading.view.key(id);
    if (key && id != *first && id != listed && equal_names(key->name.raw(), "Services")) {
      all.push_back(id);
    }
  }
  return all;
}

void extract_services(const RegistryReading& reading, const ControlSet& set, KeyId services) {
  for (const KeyId id : reading.view.subkeys(services)) {
    const auto key = reading.view.key(id);
    if (!key) {
      continue;
    }
    EvidenceText target;
    const auto service = followed(reading, {.view = &reading.view, .key = id}, target);
    if (!service) {
      take_unseen_service(reading, set, *key, id, target);
      continue;
    }
    const ServiceSubkeys found = subkeys_of_service(
        reading, set.name + "\\Services\\" + std::string(key->name.raw()), *service);
    if (key->name.contains_nul() && !found.network_providers.empty()) {
      tell_hidden_name(reading, set.name + "\\Services", *key);
    }
    for (const KeyId provider : found.network_providers) {
      extract_registration(reading, set, key->name, *service,
                           {.view = service->view, .key = provider}, target);
    }
    if (reading.moment == HiveMoment::current && service->view == &reading.view) {
      extract_sysmon_service(reading, set, key->name, service->key, found.instances);
    }
  }
  extract_nested_registrations(reading, set, services);
}

}  // namespace

void extract_registry(const RegistryView& view, HiveMoment moment, TextPool& pool, FactSet& facts,
                      Diagnostics& diagnostics, const OtherHive& other_hive) {
  const RegistryReading reading{.view = view,
                                .moment = moment,
                                .pool = pool,
                                .facts = facts,
                                .diagnostics = diagnostics,
                                .other_hive = other_hive};
  std::optional<ControlSet> current;
  const std::vector<ControlSet> sets = control_sets(reading);
  for (const ControlSet& set : sets) {
    extract_provider_orders(reading, set);
    for (const KeyId services : services_of(reading, set)) {
      extract_services(reading, set, services);
    }
    if (moment == HiveMoment::current) {
      extract_control_set_policies(reading, set);
      extract_control_set_keys(reading, set);
    }
    if (set.is_current) {
      current = set;
    }
  }
  if (current && moment == HiveMoment::current) {
    extract_upgrades(reading);
    extract_contradictions(reading, sets);
  }
  extract_host_identity(reading, current);
  // The rest has no moment: of an older state it would be taken for the host's present.
  if (moment != HiveMoment::current) {
    return;
  }
  if (current) {
    extract_select(reading, sets);
    extract_environment(reading, *current);
  }
  extract_known_folders(reading);
  extract_installed_products(reading);
  extract_software_policies(reading);
  extract_image_debuggers(reading);
  extract_software_keys(reading);
  if (const auto policy = find_subkey(view, view.root(), "Policy")) {
    extract_audit_policy(reading, *policy);
  }
}

}  // namespace npg
