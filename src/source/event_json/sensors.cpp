#include "source/event_json/sensors.hpp"

#include <array>
#include <optional>
#include <string>
#include <utility>

#include "source/event_json/event_fields.hpp"
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

/// The value of a name with dots, nested or written as one.
Json at(const Json& root, std::string_view path) {
  if (const Json flat = root.member(path); flat.exists()) {
    return flat;
  }
  Json inside = root;
  while (!path.empty()) {
    const std::size_t dot = std::min(path.find('.'), path.size());
    inside = inside.member(path.substr(0, dot));
    path.remove_prefix(std::min(dot + 1, path.size()));
    if (const Json flat = inside.member(path); flat.exists() && !path.empty()) {
      return flat;
    }
  }
  return inside;
}

std::string text_at(const Json& root, std::string_view path) {
  return std::string(value_text(at(root, path)).raw());
}

void put(WinEvent& event, std::string_view name, std::string_view value) {
  if (!value.empty()) {
    event.fields.push_back({EvidenceText::from_literal(name), EvidenceText::from_utf8(value)});
  }
}

std::string account(const std::string& domain, const std::string& name) {
  return domain.empty() || name.empty() ? name : domain + "\\" + name;
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
    put(event, "TargetUserSid", text("AccountSid"));
    put(event, "TargetUserName", text("AccountName"));
    put(event, "TargetDomainName", text("AccountDomain"));
    put(event, "TargetLogonId", text("LogonId"));
    put(event, "LogonType", logon_type(text("LogonType")));
    put(event, "IpAddress", text("RemoteIP"));
    put(event, "WorkstationName", text("RemoteDeviceName"));
    return;
  }
  const std::string image =
      whole_path(text("InitiatingProcessFolderPath"), text("InitiatingProcessFileName"));
  const std::string user =
      account(text("InitiatingProcessAccountDomain"), text("InitiatingProcessAccountName"));
  put(event, "EventType", action.event_type);
  if (action.event_id == 1) {
    put(event, "Image", whole_path(text("FolderPath"), text("FileName")));
    put(event, "ProcessId", text("ProcessId"));
    put(event, "CommandLine", text("ProcessCommandLine"));
    put(event, "User", account(text("AccountDomain"), text("AccountName")));
    put(event, "LogonId", text("LogonId"));
    put(event, "ParentImage", image);
    put(event, "ParentProcessId", text("InitiatingProcessId"));
    return;
  }
  put(event, "Image", image);
  put(event, "ProcessId", text("InitiatingProcessId"));
  put(event, "User", user);
  const std::string key = text("RegistryKey");
  const std::string value = text("RegistryValueName");
  if (action.event_id == 14) {
    put(event, "TargetObject", text("PreviousRegistryKey"));
    put(event, "NewName", key);
  } else if (!key.empty() || !text("PreviousRegistryKey").empty()) {
    const std::string before = text("PreviousRegistryKey");
    const std::string name = value.empty() ? text("PreviousRegistryValueName") : value;
    const bool is_value = action.event_type.ends_with("Value");
    const std::string& shown = key.empty() ? before : key;
    put(event, "TargetObject", is_value ? shown + "\\" + name : shown);
    put(event, "Details", text("RegistryValueData"));
  }
  const std::string path = whole_path(text("FolderPath"), text("FileName"));
  put(event, action.event_id == 7 ? "ImageLoaded" : "TargetFilename", path);
  const std::string sha256 = text("SHA256");
  put(event, "Hashes", sha256.empty() ? "" : "SHA256=" + sha256);
}

void add_endpoint(const Json& root, const Action& action, WinEvent& event) {
  const auto text = [&](std::string_view name) { return text_at(root, name); };
  // The path of a value ends with its name.
  const std::string value = text("registry.value");
  const bool deletes_value = action.event_type == "DeleteKey" && !value.empty();
  put(event, "EventType", deletes_value ? "DeleteValue" : action.event_type);
  put(event, "Image", text("process.executable"));
  put(event, "ProcessId", text("process.pid"));
  put(event, "ProcessGuid", text("process.entity_id"));
  put(event, "User", account(text("user.domain"), text("user.name")));
  switch (action.event_id) {
    case 1:
      put(event, "CommandLine", text("process.command_line"));
      put(event, "ParentImage", text("process.parent.executable"));
      put(event, "ParentProcessId", text("process.parent.pid"));
      put(event, "ParentProcessGuid", text("process.parent.entity_id"));
      return;
    case 7: {
      const std::string sha256 = text("dll.hash.sha256");
      put(event, "ImageLoaded", text("dll.path"));
      put(event, "Hashes", sha256.empty() ? "" : "SHA256=" + sha256);
      put(event, "Signature", text("dll.code_signature.subject_name"));
      put(event, "SignatureStatus", text("dll.code_signature.status"));
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
      put(event, "TargetObject", path);
      put(event, action.event_id == 14 ? "NewName" : "Details", text("registry.data.strings"));
      return;
    }
    default: put(event, "TargetFilename", text("file.path")); return;
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
    head.provider = sensor_provider::elastic_defend;
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
