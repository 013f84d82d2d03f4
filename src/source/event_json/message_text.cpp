#include "source/event_json/message_text.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "source/event_json/event_fields.hpp"

namespace npg {
namespace {

std::string_view take_line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  if (line.ends_with('\r')) {
    line.remove_suffix(1);
  }
  return line;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) {
    text.remove_prefix(1);
  }
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) {
    text.remove_suffix(1);
  }
  return text;
}

void put(std::string_view name, std::string_view value, const StreamLimits& limits,
         std::vector<EventField>& fields) {
  if (fields.size() < limits.event_fields_max) {
    fields.push_back({EvidenceText::from_utf8(name), EvidenceText::from_utf8(value)});
  }
}

/// Hayabusa's short names, and Windows' own.
constexpr std::array<std::pair<std::string_view, std::string_view>, 20> hayabusa_names = {{
    {"Proc", "Image"},
    {"TgtObj", "TargetObject"},
    {"PID", "ProcessId"},
    {"PGUID", "ProcessGuid"},
    {"Cmdline", "CommandLine"},
    {"ParentCmdline", "ParentCommandLine"},
    {"ParentPID", "ParentProcessId"},
    {"ParentPGUID", "ParentProcessGuid"},
    {"Hash", "Hashes"},
    {"Sig", "Signature"},
    {"Path", "TargetFilename"},
    {"Svc", "ServiceName"},
    {"TgtUser", "TargetUserName"},
    {"TgtDomain", "TargetDomainName"},
    {"TgtSID", "TargetUserSid"},
    {"SrcUser", "SubjectUserName"},
    {"SrcIP", "IpAddress"},
    {"SrcComp", "WorkstationName"},
    {"LID", "LogonId"},
    {"Obj", "ObjectName"},
}};

std::string_view whole_name(std::string_view name) {
  const auto found =
      std::ranges::find(hayabusa_names, name, [](const auto& row) { return row.first; });
  return found == hayabusa_names.end() ? name : found->second;
}

void add_details(std::string_view text, const StreamLimits& limits,
                 std::vector<EventField>& fields) {
  constexpr std::string_view divider = "\xc2\xa6";  // ¦
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(divider), text.size());
    const std::string_view part = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + divider.size(), text.size()));
    if (const std::size_t colon = part.find(':'); colon != std::string_view::npos) {
      put(whole_name(part.substr(0, colon)), trimmed(part.substr(colon + 1)), limits, fields);
    }
  }
}

/// "3 - NETWORK" and the like become the number.
void number_alone(std::vector<EventField>& fields) {
  for (EventField& field : fields) {
    if (field.name.raw() == "Type") {
      const std::string_view text = field.value.raw();
      field = {EvidenceText::from_literal("LogonType"),
               EvidenceText::from_utf8(text.substr(0, text.find(' ')))};
    }
  }
}

}  // namespace

void add_sysmon_message(std::string_view message, const StreamLimits& limits,
                        std::vector<EventField>& fields) {
  while (!message.empty()) {
    const std::string_view line = take_line(message);
    if (const std::size_t colon = line.find(": "); colon != std::string_view::npos) {
      put(line.substr(0, colon), line.substr(colon + 2), limits, fields);
    }
  }
}

bool read_splunk_text(std::string_view text, WinEvent& event) {
  event = WinEvent();
  bool has_code = false;
  if (const std::string_view first = text.substr(0, text.find('\n'));
      first.find('=') == std::string_view::npos) {
    std::string_view time = take_line(text);
    event.created = read_event_time(time).time;
  }
  while (!text.empty()) {
    if (text.starts_with("Message=")) {
      break;
    }
    const std::string_view line = take_line(text);
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos) {
      continue;
    }
    const std::string_view key = line.substr(0, equals);
    const std::string_view value = line.substr(equals + 1);
    if (key == "EventCode") {
      const auto id = parse_number(value);
      has_code = id && *id <= UINT16_MAX;
      event.event_id = has_code ? static_cast<std::uint32_t>(*id) : 0;
    } else if (key == "LogName") {
      event.channel = EvidenceText::from_utf8(value);
    } else if (key == "SourceName") {
      event.provider = EvidenceText::from_utf8(value == "Microsoft Windows security auditing."
                                                   ? "Microsoft-Windows-Security-Auditing"
                                                   : value);
    } else if (key == "ComputerName") {
      event.computer = EvidenceText::from_utf8(value);
    } else if (key == "RecordNumber") {
      event.record_id = parse_number(value).value_or(0);
    }
  }
  if (event.provider.raw() == "Microsoft-Windows-Sysmon" && text.starts_with("Message=")) {
    add_sysmon_message(text.substr(8), StreamLimits{}, event.fields);
  }
  return has_code;
}

void add_hayabusa_details(const Json& root, const StreamLimits& limits, WinEvent& event) {
  for (const std::string_view name : {"Details", "ExtraFieldInfo", "AllFieldInfo"}) {
    const Json part = root.member(name);
    if (part.is_object()) {
      part.for_each_member([&](std::string_view key, const Json& value) {
        if (event.fields.size() < limits.event_fields_max) {
          event.fields.push_back(
              {EvidenceText::from_utf8(whole_name(unescape_json(key).raw())), value_text(value)});
        }
      });
    } else if (part.is_string()) {
      add_details(part.plain_text(), limits, event.fields);
    }
  }
  number_alone(event.fields);
}

}  // namespace npg
