// RegistryKeyFact: the keys that decide who is told of passwords, as keys: permissions, times,
// flags.
#include <array>
#include <map>
#include <string>

#include "extract/registry_parts.hpp"
#include "fact/security_text.hpp"

namespace npg {
namespace {

void take_key(const RegistryReading& reading, const ControlSet* set, KeyId id, std::string path) {
  const auto key = reading.view.key(id);
  if (!key) {
    return;
  }
  RegistryKeyFact fact;
  fact.key = reading.pool.share(EvidenceText::from_utf8(path));
  fact.control_set = set == nullptr ? 0 : set->number;
  fact.control_set_is_current = set != nullptr && set->is_current;
  fact.last_written = key->last_written;
  fact.class_name = reading.pool.share(key->class_name);
  fact.flags = key->flags;
  fact.access_bits = key->access_bits;
  fact.layer = key->layer;
  if (const auto target = link_target(reading, id)) {
    fact.link_target = reading.pool.share(*target);
  }
  const auto bytes = reading.view.security(id);
  if (bytes && !bytes->empty()) {
    if (const auto descriptor = read_security_descriptor(Bytes(*bytes))) {
      fact.security = key_security(*descriptor, reading.pool);
    }
  }
  fact.origin = key->origin;
  reading.facts.keys.push_back(std::move(fact));
}

void take_path(const RegistryReading& reading, const ControlSet* set, KeyId from,
               std::string_view path) {
  if (const auto id = listed_key(reading, from, path)) {
    take_key(reading, set, *id,
             (set == nullptr ? std::string() : set->name + "\\") + std::string(path));
  }
}

}  // namespace

void extract_control_set_keys(const RegistryReading& reading, const ControlSet& set) {
  constexpr std::array<std::string_view, 8> paths = {"Control\\NetworkProvider",
                                                     "Control\\NetworkProvider\\Order",
                                                     "Control\\NetworkProvider\\HwOrder",
                                                     "Control\\NetworkProvider\\ProviderOrder",
                                                     "Control\\NetworkProvider\\Notifyees",
                                                     "Control\\Lsa",
                                                     "Control\\SecurePipeServers\\winreg",
                                                     "Services"};
  for (const std::string_view path : paths) {
    take_path(reading, &set, set.key, path);
  }
  const auto services = shown_key(reading, set.key, "Services");
  if (!services) {
    return;
  }
  // The registrations are extracted before; a name may stand below another service.
  std::vector<std::string> names;
  for (const RegistrationFact& fact : reading.facts.registrations) {
    if (fact.control_set == set.number && fact.moment == reading.moment) {
      names.emplace_back(fact.name.raw());
    }
  }
  // Looked up once: a search for each by its name would go through all services each time.
  std::map<std::string, KeyId> by_name;
  for (const KeyId id : names.empty() ? std::vector<KeyId>() : reading.view.subkeys(*services)) {
    if (const auto key = reading.view.key(id)) {
      by_name.try_emplace(name_key(key->name.raw()), id);
    }
  }
  for (const std::string& name : names) {
    const auto found = by_name.find(name_key(name));
    const auto service = found != by_name.end() ? std::optional(found->second)
                                                : listed_key(reading, *services, name);
    if (!service) {
      continue;
    }
    const std::string path = set.name + "\\Services\\" + name;
    take_key(reading, &set, *service, path);
    if (const auto provider = listed_key(reading, *service, "NetworkProvider")) {
      take_key(reading, &set, *provider, path + "\\NetworkProvider");
    }
  }
}

void extract_software_keys(const RegistryReading& reading) {
  constexpr std::array<std::string_view, 3> paths = {
      "Microsoft\\Windows NT\\CurrentVersion\\Winlogon",
      "Microsoft\\Windows NT\\CurrentVersion\\Winlogon\\Notify",
      "Microsoft\\Windows\\CurrentVersion\\Policies\\System"};
  for (const std::string_view path : paths) {
    take_path(reading, nullptr, reading.view.root(), path);
  }
}

}  // namespace npg
