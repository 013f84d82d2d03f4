// RegistryKeyFact: the keys that decide who is told of passwords, as keys: permissions, times,
// flags.
#include <fmt/format.h>

#include <array>
#include <map>
#include <set>
#include <string>

#include "extract/registry_parts.hpp"
#include "fact/security_text.hpp"

namespace npg {
namespace {

/// The descriptor of a key; nothing where there is none or where it is damaged as a whole, which is
/// told.
std::optional<KeySecurity> security_of(const RegistryReading& reading, const ShownKey& at,
                                       const Origin& origin, const std::string& path) {
  const auto bytes = at.view->security(at.key);
  if (!bytes || bytes->empty()) {
    return std::nullopt;  // What could not be read stands in the view's diagnostics.
  }
  const auto descriptor = read_security_descriptor(Bytes(*bytes));
  if (!descriptor || !descriptor->damage.empty()) {
    reading.diagnostics.add(
        {.code = DiagnosticCode::hive_security_damaged,
         .severity = Severity::data_loss,
         .offset = origin.offset,
         .length = origin.length,
         .text =
             fmt::format("the permissions of {} could {}: {}",
                         escape_for_terminal(EvidenceText::from_utf8(path)),
                         descriptor ? "be read in part only" : "not be read",
                         describe(descriptor ? descriptor->damage.front() : descriptor.error())),
         .evidence = origin.evidence});
  }
  return descriptor ? std::optional(key_security(*descriptor, reading.pool)) : std::nullopt;
}

void take_shown(const RegistryReading& reading, const ControlSet* set, const ShownKey& at,
                const std::string& path, const EvidenceText& target) {
  const auto key = at.view->key(at.key);
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
  fact.link_target = reading.pool.share(target);
  fact.security = security_of(reading, at, key->origin, path);
  fact.origin = key->origin;
  reading.facts.keys.push_back(std::move(fact));
}

/// The key, and where it is a link the one that Windows opens in its place: that one's permissions
/// decide.
void take_key(const RegistryReading& reading, const ControlSet* set, KeyId id,
              const std::string& path) {
  const ShownKey listed{.view = &reading.view, .key = id};
  const auto target = link_target(reading, id);
  take_shown(reading, set, listed, path, target.value_or(EvidenceText()));
  if (target) {
    EvidenceText first;
    if (const auto shown = followed(reading, listed, first)) {
      take_shown(reading, set, *shown, std::string(target->before_nul().raw()), {});
    }
  }
}

void take_path(const RegistryReading& reading, const ControlSet* set, KeyId from,
               std::string_view path) {
  if (const auto id = listed_key(reading, from, path)) {
    take_key(reading, set, *id,
             (set == nullptr ? std::string() : set->name + "\\") + std::string(path));
  }
}

/// The services whose keys decide: those that register a provider (which are extracted before), and
/// those that an order lists, for whoever may create a key below one of them completes it.
std::vector<std::string> names_of(const RegistryReading& reading, const ControlSet& set) {
  std::vector<std::string> names;
  for (const RegistrationFact& fact : reading.facts.registrations) {
    if (fact.control_set == set.number && fact.moment == reading.moment) {
      names.emplace_back(fact.name.raw());
    }
  }
  for (const ProviderOrderFact& order : reading.facts.orders) {
    if (order.control_set == set.number && order.moment == reading.moment) {
      for (const SharedText& name : order.names) {
        names.emplace_back(name.raw());
      }
    }
  }
  return names;
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
  const std::vector<std::string> names = names_of(reading, set);
  // Looked up once: a search for each by its name would go through all services each time.
  std::map<std::string, KeyId> by_name;
  for (const KeyId id : names.empty() ? std::vector<KeyId>() : reading.view.subkeys(*services)) {
    if (const auto key = reading.view.key(id)) {
      by_name.try_emplace(name_key(key->name.raw()), id);
    }
  }
  std::set<std::string> taken;
  for (const std::string& name : names) {
    const auto found = by_name.find(name_key(name));
    std::string at = name;
    auto service =
        found != by_name.end() ? std::optional(found->second) : listed_key(reading, *services, at);
    // Where a name that stands below a service is not there, its place is.
    while (!service && at.contains('\\')) {
      at.resize(at.rfind('\\'));
      service = listed_key(reading, *services, at);
    }
    if (!service || !taken.insert(name_key(at)).second) {
      continue;
    }
    const std::string path = set.name + "\\Services\\" + at;
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
