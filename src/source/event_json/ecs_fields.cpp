#include "source/event_json/ecs_fields.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>

#include "source/event_json/event_fields.hpp"

namespace npg {
namespace {

/// Adds a field that the event's data lacks.
void put_missing(WinEvent& event, std::string_view name, std::string_view value) {
  if (event.text(name).empty()) {
    put_field(event, name, value);
  }
}

struct Moved {
  std::string_view field;
  std::string_view path;
};

void put_moved(const Json& root, std::span<const Moved> all, WinEvent& event) {
  for (const Moved& one : all) {
    if (event.text(one.field).empty()) {
      put_field(event, one.field, text_at(root, one.path));
    }
  }
}

constexpr std::array sysmon_process = {
    Moved{"Image", "process.executable"},
    Moved{"ProcessId", "process.pid"},
    Moved{"ProcessGuid", "process.entity_id"},
};
constexpr std::array sysmon_start = {
    Moved{"CommandLine", "process.command_line"},
    Moved{"ParentImage", "process.parent.executable"},
    Moved{"ParentProcessId", "process.parent.pid"},
    Moved{"ParentProcessGuid", "process.parent.entity_id"},
    Moved{"ParentCommandLine", "process.parent.command_line"},
};
constexpr std::array security_start = {
    Moved{"NewProcessName", "process.executable"},
    Moved{"NewProcessId", "process.pid"},
    Moved{"CommandLine", "process.command_line"},
    Moved{"ParentProcessName", "process.parent.executable"},
    Moved{"ProcessId", "process.parent.pid"},
};
constexpr std::array security_process = {
    Moved{"ProcessName", "process.executable"},
    Moved{"ProcessId", "process.pid"},
};
constexpr std::array security_logon = {
    Moved{"IpAddress", "source.ip"},           Moved{"IpPort", "source.port"},
    Moved{"WorkstationName", "source.domain"}, Moved{"TargetUserSid", "user.id"},
    Moved{"TargetUserName", "user.name"},      Moved{"TargetDomainName", "user.domain"},
    Moved{"TargetLogonId", "winlog.logon.id"},
};
constexpr std::array security_subject = {
    Moved{"SubjectUserSid", "user.id"},
    Moved{"SubjectUserName", "user.name"},
    Moved{"SubjectDomainName", "user.domain"},
    Moved{"SubjectLogonId", "winlog.logon.id"},
};

/// The pipeline writes the numbers of "DWORD (0x00000002)" as decimal digits.
std::string registry_details(const Json& root) {
  const std::string text = text_at(root, "registry.data.strings");
  const std::string type = text_at(root, "registry.data.type");
  const bool is_double = type.ends_with("QWORD");
  const auto number = parse_number(text);
  if (!number || (!type.ends_with("DWORD") && !is_double)) {
    return text;
  }
  return is_double ? fmt::format("QWORD (0x{:08x}-0x{:08x})", *number >> 32U, *number & UINT32_MAX)
                   : fmt::format("DWORD (0x{:08x})", *number);
}

void add_sysmon(const Json& root, WinEvent& event) {
  put_moved(root, sysmon_process, event);
  put_missing(event, "User", account_of(text_at(root, "user.domain"), text_at(root, "user.name")));
  switch (event.event_id) {
    case 1: put_moved(root, sysmon_start, event); return;
    case 7: {
      const std::string path = text_at(root, "dll.path");
      put_missing(event, "ImageLoaded", path.empty() ? text_at(root, "file.path") : path);
      for (const std::string_view file : {"dll", "file"}) {
        const std::string signature = std::string(file) + ".code_signature.";
        put_missing(event, "Hashes", sha256_of(root, file));
        put_missing(event, "Signed", text_at(root, signature + "signed"));
        put_missing(event, "Signature", text_at(root, signature + "subject_name"));
        put_missing(event, "SignatureStatus", text_at(root, signature + "status"));
      }
      return;
    }
    case 12:
    case 13:
    case 14:
      put_missing(event, "TargetObject", text_at(root, "registry.path"));
      if (event.event_id == 13) {
        put_missing(event, "Details", registry_details(root));
      }
      return;
    default:
      put_missing(event, "TargetFilename", text_at(root, "file.path"));
      put_missing(event, "Hashes", sha256_of(root, "file"));
      return;
  }
}

void add_security(const Json& root, WinEvent& event) {
  const bool is_start = event.event_id == 4688;
  put_moved(root, is_start ? std::span<const Moved>(security_start) : security_process, event);
  const bool is_logon = event.event_id == 4624 || event.event_id == 4625 ||
                        event.event_id == 4634 || event.event_id == 4647;
  put_moved(root, is_logon ? std::span<const Moved>(security_logon) : security_subject, event);
}

}  // namespace

Json value_at(const Json& root, std::string_view path) {
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
  return std::string(value_text(value_at(root, path)).raw());
}

void put_field(WinEvent& event, std::string_view name, std::string_view value) {
  if (!value.empty()) {
    event.fields.push_back({EvidenceText::from_literal(name), EvidenceText::from_utf8(value)});
  }
}

std::string account_of(const std::string& domain, const std::string& name) {
  return domain.empty() || name.empty() ? name : domain + "\\" + name;
}

std::string sha256_of(const Json& root, std::string_view file) {
  const std::string hash = text_at(root, std::string(file) + ".hash.sha256");
  return hash.empty() ? hash : "SHA256=" + hash;
}

bool may_hold_ecs(const Json& root) {
  bool holds = false;
  root.for_each_member([&](std::string_view name, const Json&) {
    for (const std::string_view set : {"registry", "process", "dll", "file"}) {
      holds = holds ||
              (name.starts_with(set) && (name.size() == set.size() || name[set.size()] == '.'));
    }
  });
  return holds;
}

void add_ecs_fields(const Json& root, WinEvent& event) {
  if (equal_names(event.provider.raw(), "Microsoft-Windows-Sysmon")) {
    add_sysmon(root, event);
  } else if (equal_names(event.provider.raw(), "Microsoft-Windows-Security-Auditing")) {
    add_security(root, event);
  }
}

}  // namespace npg
