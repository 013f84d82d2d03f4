// HostIdentityFact: what a hive says about the machine it came from.
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/identifiers.hpp"
#include "extract/registry_parts.hpp"

namespace npg {
namespace {

std::optional<RegistryValue> value_at(const RegistryReading& reading, KeyId from,
                                      std::string_view path, std::string_view name) {
  const auto key = shown_key(reading, from, path);
  return key ? find_value(reading.view, *key, name) : std::nullopt;
}

SharedText text_at(const RegistryReading& reading, KeyId from, std::string_view path,
                   std::string_view name) {
  const auto value = value_at(reading, from, path, name);
  return value ? reading.pool.share(text_of(*value).before_nul()) : SharedText();
}

std::optional<std::uint64_t> number_at(const RegistryReading& reading, KeyId from,
                                       std::string_view path, std::string_view name) {
  const auto value = value_at(reading, from, path, name);
  return value ? number_of(*value) : std::nullopt;
}

std::uint32_t narrow(std::optional<std::uint64_t> number) {
  const bool fits = number && *number <= std::numeric_limits<std::uint32_t>::max();
  return fits ? static_cast<std::uint32_t>(*number) : 0;
}

/// The build, as far as a SYSTEM hive bounds it. Only SOFTWARE names it; but CSDBuildNumber is the
/// revision of the service pack, or of the release, and differs between them.
void bound_build(const RegistryReading& reading, const ControlSet& set, HostIdentityFact& fact) {
  struct Row {
    std::uint64_t revision;
    std::uint32_t first;
    std::uint32_t last;
  };
  // 6000.16386, 6001.18000, 6002.18005, 7600.16385, 7601.17514; 9200, 9600 and 10240 are .16384.
  constexpr Row rows[] = {{16386, 6000, 6000}, {18000, 6001, 6001}, {18005, 6002, 6002},
                          {16385, 7600, 7600}, {17514, 7601, 7601}, {16384, 9200, 10240}};
  constexpr std::string_view windows = "Control\\Windows";
  const auto revision = number_at(reading, set.key, windows, "CSDBuildNumber");
  const auto pack = number_at(reading, set.key, windows, "CSDVersion");
  std::string basis;
  for (const Row& row : rows) {
    if (revision == row.revision) {
      fact.first_build = row.first;
      fact.last_build = row.last;
      basis = fmt::format("CSDBuildNumber {}", *revision);
    }
  }
  if (!revision && pack) {
    fact.first_build = 2600;
    fact.last_build = 3790;
    basis = "Control\\Windows has CSDVersion and no CSDBuildNumber, as up to Windows 2003";
  } else if (basis.empty() &&
             shown_key(reading, set.key, "Control\\NetworkProvider\\ProviderOrder")) {
    fact.first_build = 10240;
    basis = "the key Control\\NetworkProvider\\ProviderOrder is there, as from Windows 10 on";
  }
  for (const UpgradeFact& upgrade : reading.facts.upgrades) {
    if (upgrade.build > fact.first_build &&
        (fact.last_build == 0 || upgrade.build <= fact.last_build)) {
      fact.first_build = upgrade.build;
      basis += fmt::format("{}Setup says that build {} was replaced", basis.empty() ? "" : "; ",
                           upgrade.build);
    }
  }
  fact.build_basis = reading.pool.share(EvidenceText::from_literal(basis));
}

/// Which drive letter a volume has: both names stand in MountedDevices with the same data. One
/// whose data several letters have, or none, is left out.
void take_volumes(const RegistryReading& reading, HostIdentityFact& fact) {
  constexpr std::string_view drive_prefix = "\\DosDevices\\";
  constexpr std::string_view volume_prefix = "\\??\\";
  // Limit: a machine has dozens of them; those of devices long gone stay.
  constexpr std::size_t volumes_max = 1024;
  const auto key = shown_key(reading, reading.view.root(), "MountedDevices");
  if (!key) {
    return;
  }
  std::map<std::vector<std::byte>, std::vector<std::string>> drives;
  const auto values = reading.view.values(*key);
  for (const RegistryValue& value : values) {
    const std::string_view name = value.name.raw();
    if (name.size() == drive_prefix.size() + 2 && name.ends_with(':') &&
        equal_names(name.substr(0, drive_prefix.size()), drive_prefix) && !value.data.empty()) {
      drives[{value.data.begin(), value.data.end()}].emplace_back(name.substr(name.size() - 2));
    }
  }
  for (const RegistryValue& value : values) {
    const std::string_view name = value.name.raw();
    const auto letters = drives.find({value.data.begin(), value.data.end()});
    if (letters != drives.end() && letters->second.size() == 1 &&
        fact.volumes.size() < volumes_max && name.starts_with(volume_prefix) &&
        equal_names(name.substr(volume_prefix.size(), 7), "Volume{")) {
      fact.volumes.push_back(reading.pool.share(EvidenceText::from_utf8(
          fmt::format("{}={}", name.substr(volume_prefix.size()), letters->second.front()))));
    }
  }
}

void take_system(const RegistryReading& reading, const ControlSet& set, HostIdentityFact& fact) {
  take_volumes(reading, fact);
  // Quirk: the key ComputerName has a default value "mnmsrvc" on every Windows; only the value
  // named like the key is the name.
  fact.computer_name =
      text_at(reading, set.key, "Control\\ComputerName\\ComputerName", "ComputerName");
  constexpr std::string_view tcpip = "Services\\Tcpip\\Parameters";
  if (fact.computer_name.empty()) {
    fact.computer_name = text_at(reading, set.key, tcpip, "Hostname");
  }
  fact.domain = text_at(reading, set.key, tcpip, "Domain");
  if (fact.domain.empty()) {
    fact.domain = text_at(reading, set.key, tcpip, "NV Domain");
  }
  fact.product_type = text_at(reading, set.key, "Control\\ProductOptions", "ProductType");
  bound_build(reading, set, fact);
}

/// InstallTime is a FILETIME; older builds have only InstallDate, seconds since 1970.
FileTime install_time(const RegistryReading& reading, KeyId version) {
  if (const auto time = number_at(reading, version, "", "InstallTime"); time && *time != 0) {
    return FileTime{*time};
  }
  const std::uint32_t seconds = narrow(number_at(reading, version, "", "InstallDate"));
  return seconds == 0 ? FileTime{}
                      : FileTime{FileTime::unix_epoch + seconds * FileTime::per_second};
}

void take_software(const RegistryReading& reading, HostIdentityFact& fact) {
  const KeyId root = reading.view.root();
  fact.machine_guid = text_at(reading, root, "Microsoft\\Cryptography", "MachineGuid");
  fact.system_profile =
      text_at(reading, root, "Microsoft\\Windows NT\\CurrentVersion\\ProfileList\\S-1-5-18",
              "ProfileImagePath");
  const auto version = shown_key(reading, root, "Microsoft\\Windows NT\\CurrentVersion");
  if (!version) {
    return;
  }
  fact.product_name = text_at(reading, *version, "", "ProductName");
  fact.edition = text_at(reading, *version, "", "EditionID");
  fact.installation_type = text_at(reading, *version, "", "InstallationType");
  fact.system_root = text_at(reading, *version, "", "SystemRoot");
  auto build = number_at(reading, *version, "", "CurrentBuildNumber");
  if (!build) {
    build = number_at(reading, *version, "", "CurrentBuild");
  }
  fact.build = narrow(build);
  fact.revision = narrow(number_at(reading, *version, "", "UBR"));
  fact.installed = install_time(reading, *version);
}

/// The layout of a domain name in the SECURITY hive: two sizes and the place of the text, counted
/// from the value's start.
struct PolicyName {
  static constexpr StaticText name = "registry.policy_name";
  static constexpr std::size_t size = 8;
  static constexpr Field<std::uint16_t> length{0};
  static constexpr Field<std::uint32_t> text_at{4};
};

SharedText policy_name(const RegistryReading& reading, KeyId policy, std::string_view key) {
  using L = PolicyName;
  const auto value = value_at(reading, policy, key, "");
  if (!value || value->data.empty()) {
    return {};
  }
  const Bytes data(value->data, value->origin.offset);
  const auto fixed = data.record<L>(0);
  if (!fixed) {
    report_odd(reading, *value, "is too short for a domain name.");
    return {};
  }
  const std::uint16_t length = fixed->get<L::length>();
  if (length == 0) {
    return {};
  }
  const Bytes text = data.clamp(fixed->get<L::text_at>(), length);
  if (text.size() < length) {
    report_odd(reading, *value, "claims a longer domain name than it holds.");
  }
  return reading.pool.share(EvidenceText::from_utf16(text.data()).before_nul());
}

void take_security(const RegistryReading& reading, KeyId policy, HostIdentityFact& fact) {
  if (const auto value = value_at(reading, policy, "PolAcDmS", ""); value && !value->data.empty()) {
    if (const auto sid = sid_text(Bytes(value->data, value->origin.offset))) {
      fact.machine_sid = reading.pool.share(EvidenceText::from_literal(sid->text));
    } else {
      report_odd(reading, *value, "should hold the machine's SID and does not.");
    }
  }
  fact.domain = policy_name(reading, policy, "PolDnDDN");
  if (fact.domain.empty()) {
    fact.domain = policy_name(reading, policy, "PolPrDmN");
  }
}

bool says_anything(const HostIdentityFact& fact) {
  return !fact.computer_name.empty() || !fact.domain.empty() || !fact.machine_guid.empty() ||
         !fact.machine_sid.empty() || !fact.product_name.empty() || !fact.product_type.empty() ||
         !fact.system_root.empty() || fact.build != 0 || fact.installed.given();
}

}  // namespace

void extract_host_identity(const RegistryReading& reading,
                           const std::optional<ControlSet>& current) {
  HostIdentityFact fact;
  fact.moment = reading.moment;
  if (current) {
    take_system(reading, *current, fact);
  } else if (const auto policy = find_subkey(reading.view, reading.view.root(), "Policy")) {
    take_security(reading, *policy, fact);
  } else {
    take_software(reading, fact);
  }
  if (!says_anything(fact)) {
    return;
  }
  if (const auto root = reading.view.key(reading.view.root())) {
    fact.origin = root->origin;
  }
  reading.facts.identities.push_back(std::move(fact));
}

}  // namespace npg
