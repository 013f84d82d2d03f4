#include "source/event_json/sensors.hpp"

#include <array>
#include <optional>
#include <string>
#include <utility>

#include "source/event_json/ecs_fields.hpp"
#include "view/sensors.hpp"

namespace npg {
namespace {

struct Action {
  std::string_view name;
  std::uint32_t event_id;
  std::string_view event_type;  ///< Sysmon's EventType, for the ids that have one
};

constexpr std::array defender_actions = {
    Action{"RegistryValueSet", 13, "SetValue"},
    Action{"RegistryKeyCreated", 12, "CreateKey"},
    Action{"RegistryKeyDeleted", 12, "DeleteKey"},
    Action{"RegistryValueDeleted", 12, "DeleteValue"},
    Action{"RegistryKeyRenamed", 14, "RenameKey"},
    Action{"ImageLoaded", 7, ""},
    Action{"FileCreated", 11, ""},
    Action{"FileRenamed", 11, ""},
    Action{"FileModified", 11, ""},
    Action{"FileDeleted", 26, ""},
    Action{"ProcessCreated", 1, ""},
    Action{"LogonSuccess", 4624, ""},
};

/// By dataset and action: "endpoint.events.registry" and "modification".
struct EndpointAction {
  std::string_view dataset;
  Action action;
};
constexpr std::array endpoint_actions = {
    EndpointAction{"registry", {"modification", 13, "SetValue"}},
    EndpointAction{"registry", {"creation", 12, "CreateKey"}},
    EndpointAction{"registry", {"deletion", 12, "DeleteKey"}},
    EndpointAction{"registry", {"rename", 14, "RenameKey"}},
    EndpointAction{"library", {"load", 7, ""}},
    EndpointAction{"file", {"creation", 11, ""}},
    EndpointAction{"file", {"overwrite", 11, ""}},
    EndpointAction{"file", {"modification", 11, ""}},
    EndpointAction{"file", {"rename", 11, ""}},
    EndpointAction{"file", {"deletion", 26, ""}},
    EndpointAction{"process", {"start", 1, ""}},
    EndpointAction{"process", {"already_running", 1, ""}},
    EndpointAction{"security", {"log_on", 4624, ""}},
};

std::optional<Action> action_of(Dialect dialect, const Parts& parts) {
  const std::string_view name = parts[Slot::action].first().raw();
  if (dialect == Dialect::defender) {
    for (const Action& action : defender_actions) {
      if (action.name == name) {
        return action;
      }
    }
    return std::nullopt;
  }
  const std::string_view dataset = parts[Slot::dataset].first().raw();
  for (const EndpointAction& row : endpoint_actions) {
    if (row.action.name == name && dataset.ends_with(row.dataset)) {
      return row.action;
    }
  }
  return std::nullopt;
}

/// "C:\Windows\reg.exe" of a folder and a name, where the folder may hold the name already.
std::string whole_path(const std::string& folder, const std::string& name) {
  const bool is_whole =
      name.empty() || (folder.size() >= name.size() &&
                       equal_names(folder.substr(folder.size() - name.size()), name));
  return folder.empty() ? name : is_whole ? folder : folder + "\\" + name;
}

std::string logon_type(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 12> types = {{
      {"Interactive", "2"},
      {"Network", "3"},
      {"Batch", "4"},
      {"Service", "5"},
      {"Unlock", "7"},
      {"NetworkCleartext", "8"},
      {"NewCredentials", "9"},
      {"RemoteInteractive", "10"},
      {"CachedInteractive", "11"},
      {"CachedRemoteInteractive", "12"},
      {"CachedUnlock", "13"},
      {"Remote interactive (RDP) logons", "10"},
  }};
  for (const auto& [word, number] : types) {
    if (word == name) {
      return std::string(number);
    }
  }
  return {};
}

void add_defender(const Json& root, const Action& action, WinEvent& event) {
  const auto text = [&](std::string_view name) { return text_at(root, name); };
  if (action.event_id == 4624) {
    put_field(event, "TargetUserSid", text("AccountSid"));
    put_field(event, "TargetUserName", text("AccountName"));
    put_field(event, "TargetDomainName", text("AccountDomain"));
    put_field(event, "TargetLogonId", text("LogonId"));
    put_field(event, "LogonType", logon_type(text("LogonType")));
    put_field(event, "IpAddress", text("RemoteIP"));
    put_field(event, "IsLocalAdmin", text("IsLocalAdmin"));
    put_field(event, "WorkstationName", text("RemoteDeviceName"));
    return;
  }
  const std::string image =
      whole_path(text("InitiatingProcessFolderPath"), text("InitiatingProcessFileName"));
  const std::string user =
      account_of(text("InitiatingProcessAccountDomain"), text("InitiatingProcessAccountName"));
  put_field(event, "EventType", action.event_type);
  if (action.event_id == 1) {
    put_field(event, "Image", whole_path(text("FolderPath"), text("FileName")));
    put_field(event, "ProcessId", text("ProcessId"));
    put_field(event, "CommandLine", text("ProcessCommandLine"));
    put_field(event, "User", account_of(text("AccountDomain"), text("AccountName")));
    put_field(event, "LogonId", text("LogonId"));
    put_field(event, "ParentImage", image);
    put_field(event, "ParentProcessId", text("InitiatingProcessId"));
    return;
  }
  put_field(event, "Image", image);
  put_field(event, "ProcessId", text("InitiatingProcessId"));
  put_field(event, "User", user);
  put_field(event, "UserSid", text("InitiatingProcessAccountSid"));
  put_field(event, "LogonId", text("InitiatingProcessLogonId"));
  const std::string key = text("RegistryKey");
  const std::string value = text("RegistryValueName");
  if (action.event_id == 14) {
    put_field(event, "TargetObject", text("PreviousRegistryKey"));
    put_field(event, "NewName", key);
  } else if (!key.empty() || !text("PreviousRegistryKey").empty()) {
    const std::string before = text("PreviousRegistryKey");
    const std::string name = value.empty() ? text("PreviousRegistryValueName") : value;
    const bool is_value = action.event_type.ends_with("Value");
    const std::string& shown = key.empty() ? before : key;
    put_field(event, "TargetObject", is_value ? shown + "\\" + name : shown);
    put_field(event, "Details", text("RegistryValueData"));
    put_field(event, "OldValue", text("PreviousRegistryValueData"));
  }
  const std::string path = whole_path(text("FolderPath"), text("FileName"));
  put_field(event, action.event_id == 7 ? "ImageLoaded" : "TargetFilename", path);
  const std::string sha256 = text("SHA256");
  put_field(event, "Hashes", sha256.empty() ? "" : "SHA256=" + sha256);
}

/// One that failed is Security's 4625; without an outcome it is taken for one that did not.
void add_endpoint_logon(const Json& root, WinEvent& event) {
  const auto text = [&](std::string_view name) { return text_at(root, name); };
  event.event_id = text("event.outcome") == "failure" ? 4625 : event.event_id;
  put_field(event, "TargetUserSid", text("user.id"));
  put_field(event, "TargetUserName", text("user.name"));
  put_field(event, "TargetDomainName", text("user.domain"));
  put_field(event, "TargetLogonId", text("process.Ext.authentication_id"));
  put_field(event, "LogonType", logon_type(text("process.Ext.session_info.logon_type")));
  put_field(event, "LogonProcessName", text("process.Ext.session_info.logon_process_name"));
  put_field(event, "IpAddress", text("source.ip"));
  put_field(event, "ProcessName", text("process.executable"));
  put_field(event, "ProcessId", text("process.pid"));
}

void add_endpoint(const Json& root, const Action& action, WinEvent& event) {
  const auto text = [&](std::string_view name) { return text_at(root, name); };
  if (action.event_id == 4624) {
    add_endpoint_logon(root, event);
    return;
  }
  // The path of a value ends with its name.
  const std::string value = text("registry.value");
  const bool deletes_value = action.event_type == "DeleteKey" && !value.empty();
  put_field(event, "EventType", deletes_value ? "DeleteValue" : action.event_type);
  put_field(event, "Image", text("process.executable"));
  put_field(event, "ProcessId", text("process.pid"));
  put_field(event, "ProcessGuid", text("process.entity_id"));
  put_field(event, "User", account_of(text("user.domain"), text("user.name")));
  switch (action.event_id) {
    case 1:
      put_field(event, "CommandLine", text("process.command_line"));
      put_field(event, "ParentImage", text("process.parent.executable"));
      put_field(event, "ParentProcessId", text("process.parent.pid"));
      put_field(event, "ParentProcessGuid", text("process.parent.entity_id"));
      return;
    case 7: {
      put_field(event, "ImageLoaded", text("dll.path"));
      put_field(event, "Hashes", sha256_of(root, "dll"));
      put_field(event, "Signature", text("dll.code_signature.subject_name"));
      put_field(event, "SignatureStatus", text("dll.code_signature.status"));
      return;
    }
    case 12:
    case 13:
    case 14: {
      std::string path = text("registry.path");
      if (path.empty()) {
        path = text("registry.hive") + "\\" + text("registry.key") +
               (value.empty() ? "" : "\\" + value);
      }
      put_field(event, "TargetObject", path);
      put_field(event, action.event_id == 14 ? "NewName" : "Details",
                text("registry.data.strings"));
      return;
    }
    default: put_field(event, "TargetFilename", text("file.path")); return;
  }
}

}  // namespace

void take_sensor_head(Dialect dialect, const Parts& parts, EventHead& head) {
  const auto action = action_of(dialect, parts);
  const bool is_logon = action && action->event_id == 4624;
  head.event_id = action ? std::optional(action->event_id) : std::optional<std::uint32_t>(0);
  head.record_id = 0;
  if (dialect == Dialect::defender) {
    head.provider = is_logon ? sensor_provider::defender_logons : sensor_provider::defender;
    head.channel = sensor_provider::defender;
  } else {
    head.provider =
        is_logon ? sensor_provider::elastic_defend_logons : sensor_provider::elastic_defend;
    head.channel = sensor_provider::elastic_defend;
    head.is_collector = false;
  }
}

void add_sensor_fields(Dialect dialect, const Json& root, const Parts& parts, WinEvent& event) {
  if (const auto action = action_of(dialect, parts)) {
    dialect == Dialect::defender ? add_defender(root, *action, event)
                                 : add_endpoint(root, *action, event);
  }
}

}  // namespace npg
