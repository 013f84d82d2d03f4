#include "extract/registry_keys.hpp"

#include <algorithm>
#include <array>
#include <span>

#include "base/evidence_text.hpp"

namespace npg {
namespace {

constexpr std::string_view control_set = "HKLM\\SYSTEM\\CurrentControlSet";
constexpr std::string_view software = "HKLM\\SOFTWARE";
constexpr std::string_view services = "HKLM\\SYSTEM\\CurrentControlSet\\Services";

bool is_one_of(std::string_view name, std::span<const std::string_view> names) {
  return std::ranges::any_of(names, [&](std::string_view one) { return equal_names(one, name); });
}

/// True when the path is `key` or lies below it; `rest` is then what follows, without the
/// backslash.
bool is_at_or_below(std::string_view path, std::string_view key, std::string_view& rest) {
  if (path.size() < key.size() || !equal_names(path.substr(0, key.size()), key)) {
    return false;
  }
  rest = path.substr(key.size());
  if (!rest.empty() && rest.front() != '\\') {
    return false;
  }
  rest.remove_prefix(rest.empty() ? 0 : 1);
  return true;
}

std::string_view take_name(std::string_view& path) {
  const std::string_view name = path.substr(0, path.find('\\'));
  path.remove_prefix(std::min(name.size() + 1, path.size()));
  return name;
}

/// Settings of a log that decide what it keeps, in Services\EventLog\<log> and WINEVT\Channels.
bool is_log_setting(std::string_view value_name) {
  constexpr std::array<std::string_view, 10> settings = {
      "Enabled", "MaxSize",       "MaxSizeUpper", "Retention",           "AutoBackupLogFiles",
      "File",    "ChannelAccess", "CustomSD",     "RestrictGuestAccess", "Isolation"};
  return is_one_of(value_name, settings);
}

bool network_provider_key(std::string_view rest, KeyEvent event) {
  if (rest.empty()) {
    // Values here (RestoreConnection) are of no interest, the key's own fate is.
    return event != KeyEvent::value;
  }
  constexpr std::array<std::string_view, 4> below = {"Order", "HwOrder", "ProviderOrder",
                                                     "Notifyees"};
  return is_one_of(take_name(rest), below);
}

bool event_log_key(std::string_view rest, KeyEvent event, std::string_view value_name) {
  if (rest.empty()) {
    return event != KeyEvent::value || equal_names(value_name, "Start");
  }
  constexpr std::array<std::string_view, 3> logs = {"Security", "System", "Application"};
  if (!is_one_of(take_name(rest), logs) || !rest.empty()) {
    return false;  // Every program registers its event sources below the logs.
  }
  return event != KeyEvent::value || is_log_setting(value_name);
}

bool service_key(std::string_view rest, KeyEvent event, std::string_view value_name) {
  std::string_view below;
  if (is_at_or_below(rest, "EventLog", below)) {
    return event_log_key(below, event, value_name);
  }
  take_name(rest);
  if (rest.empty()) {
    return event == KeyEvent::key;
  }
  // A name with a backslash in an order means a nested key, so NetworkProvider may stand deeper.
  while (!rest.empty()) {
    if (equal_names(take_name(rest), "NetworkProvider")) {
      return true;
    }
  }
  return false;
}

bool control_set_key(std::string_view rest, KeyEvent event, std::string_view value_name) {
  std::string_view below;
  if (is_at_or_below(rest, "Services", below)) {
    return !below.empty() && service_key(below, event, value_name);
  }
  if (is_at_or_below(rest, "Control\\NetworkProvider", below)) {
    return network_provider_key(below, event);
  }
  return event == KeyEvent::value && equal_names(rest, "Control\\Lsa") &&
         equal_names(value_name, "Notification Packages");
}

bool winlogon_key(std::string_view rest, KeyEvent event, std::string_view value_name) {
  if (rest.empty()) {
    return event == KeyEvent::value && equal_names(value_name, "mpnotify");
  }
  if (!equal_names(take_name(rest), "Notify")) {
    return false;
  }
  return event != KeyEvent::value || equal_names(value_name, "SmartCardLogonNotify");
}

bool system_policy_key(std::string_view rest, KeyEvent event, std::string_view value_name) {
  if (event != KeyEvent::value) {
    return false;
  }
  return rest.empty() ? equal_names(value_name, "EnableMPR")
                      : equal_names(rest, "Audit") &&
                            equal_names(value_name, "ProcessCreationIncludeCmdLine_Enabled");
}

bool software_key(std::string_view rest, KeyEvent event, std::string_view value_name) {
  constexpr std::string_view nt = "Microsoft\\Windows NT\\CurrentVersion";
  constexpr std::string_view windows = "Microsoft\\Windows\\CurrentVersion";
  std::string_view below;
  if (is_at_or_below(rest, nt, below)) {
    std::string_view deeper;
    return (is_at_or_below(below, "Winlogon", deeper) && winlogon_key(deeper, event, value_name)) ||
           is_at_or_below(below, "Image File Execution Options\\mpnotify.exe", deeper);
  }
  if (is_at_or_below(rest, windows, below)) {
    std::string_view deeper;
    if (is_at_or_below(below, "Policies\\System", deeper)) {
      return system_policy_key(deeper, event, value_name);
    }
    return is_at_or_below(below, "WINEVT\\Channels", deeper) && event == KeyEvent::value &&
           is_log_setting(value_name);
  }
  return is_at_or_below(rest, "Policies\\Microsoft\\Windows\\EventLog", below) &&
         event == KeyEvent::value && is_log_setting(value_name);
}

}  // namespace

bool bears_on_us(std::string_view canonical, KeyEvent event, std::string_view value_name) {
  std::string_view rest;
  if (is_at_or_below(canonical, control_set, rest)) {
    return control_set_key(rest, event, value_name);
  }
  if (equal_names(canonical, "HKLM\\SYSTEM\\Select")) {
    return event == KeyEvent::value &&
           (equal_names(value_name, "Current") || equal_names(value_name, "Default"));
  }
  return is_at_or_below(canonical, software, rest) && software_key(rest, event, value_name);
}

bool is_service_key(std::string_view canonical) {
  std::string_view rest;
  return is_at_or_below(canonical, services, rest) && !rest.empty() && !rest.contains('\\');
}

}  // namespace npg
