#include "source/event_json/flat_dialects.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "source/event_json/event_fields.hpp"

namespace npg {
namespace {

/// What NXLog and Logstash put beside the event's data. EventType is looked at by itself.
constexpr std::array<std::string_view, 17> nxlog_words = {"AccountName",
                                                          "AccountType",
                                                          "Domain",
                                                          "Severity",
                                                          "SeverityValue",
                                                          "Category",
                                                          "Opcode",
                                                          "OpcodeValue",
                                                          "Task",
                                                          "Keywords",
                                                          "tags",
                                                          "host",
                                                          "port",
                                                          "@version",
                                                          "type",
                                                          "SourceModuleName",
                                                          "EventTypeOrignal"};

/// NXLog's own EventType, which takes the place of Sysmon's.
constexpr std::array<std::string_view, 7> nxlog_types = {
    "INFO", "ERROR", "WARNING", "DEBUG", "AUDIT_SUCCESS", "AUDIT_FAILURE", "VERBOSE"};

bool is_one_of(std::string_view name, std::span<const std::string_view> names) {
  return std::ranges::find(names, name) != names.end();
}

/// "SetValue" of Sysmon's message, which is in English on every host.
EvidenceText sysmon_event_type(const Parts& parts) {
  constexpr std::string_view label = "EventType: ";
  const std::string message = parts[Slot::message].plain_text();
  const std::size_t at = message.find(label);
  if (at == std::string::npos) {
    return {};
  }
  const std::size_t start = at + label.size();
  return EvidenceText::from_utf8(
      std::string_view(message).substr(start, message.find_first_of("\r\n", start) - start));
}

void drop_nxlog_words(const Parts& parts, WinEvent& event) {
  std::erase_if(event.fields,
                [](const EventField& field) { return is_one_of(field.name.raw(), nxlog_words); });
  for (EventField& field : event.fields) {
    if (field.name.raw() == "EventType" && is_one_of(field.value.raw(), nxlog_types)) {
      field.value = sysmon_event_type(parts);
    }
  }
}

std::optional<std::uint64_t> param_number(const EventField& field) {
  const std::string_view name = field.name.raw();
  return name.starts_with("param") ? parse_number(name.substr(5)) : std::nullopt;
}

}  // namespace

bool has_flat_data(Dialect dialect) {
  switch (dialect) {
    case Dialect::nxlog:
    case Dialect::otrf:
    case Dialect::zircolite:
    case Dialect::azure_security_event: return true;
    default: return false;
  }
}

void add_flat_fields(Dialect dialect, const Json& root, const Parts& parts,
                     const StreamLimits& limits, WinEvent& event) {
  add_flat(root, "", limits, event.fields);
  if (dialect == Dialect::nxlog) {
    drop_nxlog_words(parts, event);
  }
}

void order_params(std::vector<EventField>& fields) {
  const bool all = std::ranges::all_of(
      fields, [](const EventField& field) { return param_number(field).has_value(); });
  if (all) {
    std::ranges::stable_sort(
        fields, {}, [](const EventField& field) { return param_number(field).value_or(0); });
  }
}

}  // namespace npg
