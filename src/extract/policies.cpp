// PolicyFact: single values that decide who is notified or how the host is watched.
#include <algorithm>
#include <array>

#include "extract/registry_parts.hpp"

namespace npg {
namespace {

/// Adds the named value of a key, if both are there.
void take_policy(const RegistryReading& reading, PolicyKind kind, KeyId from,
                 std::string_view path_of_from, std::string_view path, std::string_view name) {
  const auto key = shown_key(reading, from, path);
  if (!key) {
    return;
  }
  if (const auto value = find_value(reading.view, *key, name)) {
    add_policy(reading, kind, *key, std::string(path_of_from) + std::string(path), *value);
  }
}

/// SmartCardLogonNotify stands in Notify; packages that Windows' documentation tells to set it put
/// it in a sub-key of theirs as well.
void take_smart_card_notify(const RegistryReading& reading) {
  constexpr std::string_view path = "Microsoft\\Windows NT\\CurrentVersion\\Winlogon\\Notify";
  const auto notify = shown_key(reading, reading.view.root(), path);
  if (!notify) {
    return;
  }
  constexpr PolicyKind kind = PolicyKind::smart_card_logon_notify;
  take_policy(reading, kind, *notify, path, "", "SmartCardLogonNotify");
  for (const KeyId id : reading.view.subkeys(*notify)) {
    const auto value = find_value(reading.view, id, "SmartCardLogonNotify");
    const auto key = reading.view.key(id);
    if (value && key) {
      add_policy(reading, kind, id, std::string(path) + "\\" + std::string(key->name.raw()),
                 *value);
    }
  }
}

void take_event_log_settings(const RegistryReading& reading, const ControlSet& set) {
  constexpr std::array<std::string_view, 3> logs = {"Security", "System", "Application"};
  constexpr std::array<std::string_view, 3> settings = {"MaxSize", "Retention", "File"};
  const auto event_log = shown_key(reading, set.key, "Services\\EventLog");
  if (!event_log) {
    return;
  }
  for (const std::string_view log : logs) {
    for (const std::string_view setting : settings) {
      take_policy(reading, PolicyKind::event_log_setting, *event_log,
                  set.name + "\\Services\\EventLog\\", log, setting);
    }
  }
}

/// The channels that the analyses ask about, whether and how much they keep.
void take_channel_settings(const RegistryReading& reading) {
  constexpr std::string_view channels = "Microsoft\\Windows\\CurrentVersion\\WINEVT\\Channels";
  constexpr std::array<std::string_view, 6> names = {
      "Microsoft-Windows-Sysmon/Operational",
      "Microsoft-Windows-TerminalServices-LocalSessionManager/Operational",
      "Microsoft-Windows-TerminalServices-RemoteConnectionManager/Operational",
      "Microsoft-Windows-User Profile Service/Operational",
      "Microsoft-Windows-Winlogon/Operational",
      "Microsoft-Windows-PowerShell/Operational"};
  constexpr std::array<std::string_view, 3> settings = {"Enabled", "MaxSize", "Retention"};
  const auto all = shown_key(reading, reading.view.root(), channels);
  if (!all) {
    return;
  }
  for (const std::string_view name : names) {
    const auto channel = find_subkey(reading.view, *all, name);
    for (const std::string_view setting : settings) {
      if (channel) {
        take_policy(reading, PolicyKind::channel_setting, *channel,
                    std::string(channels) + "\\" + std::string(name), "", setting);
      }
    }
  }
}

bool is_sysmon_name(std::string_view name) {
  constexpr std::array<std::string_view, 4> names = {"Sysmon", "Sysmon64", "Sysmon64a",
                                                     "SysmonDrv"};
  return std::ranges::any_of(names, [&](std::string_view one) { return equal_names(one, name); });
}

}  // namespace

void extract_software_policies(const RegistryReading& reading) {
  const KeyId root = reading.view.root();
  take_policy(reading, PolicyKind::enable_mpr, root, "",
              "Microsoft\\Windows\\CurrentVersion\\Policies\\System", "EnableMPR");
  take_policy(reading, PolicyKind::winlogon_mpnotify, root, "",
              "Microsoft\\Windows NT\\CurrentVersion\\Winlogon", "mpnotify");
  take_policy(reading, PolicyKind::process_command_line, root, "",
              "Microsoft\\Windows\\CurrentVersion\\Policies\\System\\Audit",
              "ProcessCreationIncludeCmdLine_Enabled");
  for (const std::string_view name : {"AppInit_DLLs", "LoadAppInit_DLLs"}) {
    take_policy(reading, PolicyKind::app_init, root, "",
                "Microsoft\\Windows NT\\CurrentVersion\\Windows", name);
  }
  take_smart_card_notify(reading);
  take_channel_settings(reading);
}

void extract_control_set_policies(const RegistryReading& reading, const ControlSet& set) {
  constexpr std::string_view notifyees = "Control\\NetworkProvider\\Notifyees";
  if (const auto key = shown_key(reading, set.key, notifyees)) {
    for (const RegistryValue& value : reading.view.values(*key)) {
      add_policy(reading, PolicyKind::connect_notifyee, *key,
                 set.name + "\\" + std::string(notifyees), value);
    }
  }
  take_policy(reading, PolicyKind::notification_package, set.key, set.name + "\\", "Control\\Lsa",
              "Notification Packages");
  for (const std::string_view packages : {"Security Packages", "Authentication Packages"}) {
    take_policy(reading, PolicyKind::notification_package, set.key, set.name + "\\", "Control\\Lsa",
                packages);
  }
  take_policy(reading, PolicyKind::audit_option, set.key, set.name + "\\", "Control\\Lsa",
              "SCENoApplyLegacyAuditPolicy");
  take_policy(reading, PolicyKind::audit_option, set.key, set.name + "\\", "Control\\Lsa",
              "AuditBaseObjects");
  take_policy(reading, PolicyKind::sysmon_rules, set.key, set.name + "\\",
              "Services\\SysmonDrv\\Parameters", "Rules");
  take_event_log_settings(reading, set);
}

void extract_sysmon_service(const RegistryReading& reading, const ControlSet& set,
                            const EvidenceText& name, KeyId service,
                            std::optional<KeyId> instances) {
  const std::string path = set.name + "\\Services\\" + std::string(name.raw());
  if (is_sysmon_name(name.raw())) {
    auto value = find_value(reading.view, service, "ImagePath");
    if (!value) {
      // Without an ImagePath the key itself is the fact.
      value.emplace();
      if (const auto key = reading.view.key(service)) {
        value->origin = key->origin;
      }
    }
    add_policy(reading, PolicyKind::sysmon_service, service, path, *value);
    return;
  }
  if (!instances) {
    return;
  }
  // Sysmon may be installed under any name, but its minifilter keeps the altitude that Microsoft
  // allotted to it.
  for (const KeyId id : reading.view.subkeys(*instances)) {
    const auto altitude = find_value(reading.view, id, "Altitude");
    const auto key = reading.view.key(id);
    if (altitude && key && text_of(*altitude).before_nul().raw() == "385201") {
      add_policy(reading, PolicyKind::sysmon_service, id,
                 path + "\\Instances\\" + std::string(key->name.raw()), *altitude);
    }
  }
}

}  // namespace npg
