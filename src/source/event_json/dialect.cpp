#include "source/event_json/dialect.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "source/event_json/sensors.hpp"

namespace npg {
namespace {

constexpr std::string_view no_ids = "record ids (missing records cannot be told)";

constexpr std::array<DialectInfo, dialect_count> infos = {{
    {"unknown", ""},
    {"evtx_dump", ""},
    {"Velociraptor", ""},
    {"Winlogbeat", ""},
    {"Winlogbeat 6", ""},
    {"NXLog",
     "the zone of times; parts of seconds; the event's own EventType and account fields "
     "where NXLog has fields of those names"},
    {"OTRF", no_ids},
    {"Fluent Bit", "the names of values; arrays; parts of seconds"},
    {"Fluentd", "the names of values"},
    {"Vector", ""},
    {"npguard dump", ""},
    {"OpenTelemetry", ""},
    {"Wazuh", "text behind 64 KB"},
    {"Splunk", ""},
    {"Splunk text",
     "the names of values, since the message is in the host's language; the zone of "
     "times"},
    {"Azure SecurityEvent", no_ids},
    {"Azure WindowsEvent", ""},
    {"Azure Event", no_ids},
    {"EvtxECmd", ""},
    {"Get-WinEvent", "the names of values"},
    {"Zircolite", ""},
    {"Chainsaw hunt", "every event that no rule matched", true},
    {"Hayabusa", "every event that no rule matched; most fields; whole names of fields", true},
    {"Defender advanced hunting",
     "what the sensor samples or caps; record ids; events of Windows logs", false, true},
    {"Elastic Defend", "what the sensor does not watch; record ids; events of Windows logs", false,
     true},
    {"XML in JSON", ""},
    {"event XML", ""},
}};

struct Rule {
  Dialect dialect;
  bool (*holds)(const Parts& parts);
};

bool is_endpoint(const Parts& parts) {
  return parts.has(Mark::dataset) && parts[Slot::dataset].raw().starts_with("endpoint.");
}

/// In the order in which they are tried.
constexpr std::array rules = {
    Rule{Dialect::evtx_dump, [](const Parts& p) { return p.has(Mark::event_system); }},
    Rule{Dialect::elastic_defend,
         [](const Parts& p) { return is_endpoint(p) && !p.has(Mark::winlog); }},
    Rule{Dialect::winlogbeat, [](const Parts& p) { return p.has(Mark::winlog); }},
    Rule{Dialect::wazuh, [](const Parts& p) { return p.has(Mark::wazuh); }},
    Rule{Dialect::hayabusa, [](const Parts& p) { return p.has(Mark::rule_title); }},
    Rule{Dialect::defender, [](const Parts& p) { return p.has(Mark::action_type); }},
    Rule{Dialect::velociraptor,
         [](const Parts& p) { return p.has(Mark::system) && p[Slot::raw].is_object(); }},
    Rule{Dialect::xml_in_json,
         [](const Parts& p) { return p.has(Mark::system) && p[Slot::raw].is_string(); }},
    Rule{Dialect::opentelemetry,
         [](const Parts& p) { return p.has(Mark::body) || p.has(Mark::system_time); }},
    Rule{Dialect::get_winevent, [](const Parts& p) { return p.has(Mark::machine_name); }},
    Rule{Dialect::evtxecmd, [](const Parts& p) { return p.has(Mark::payload); }},
    Rule{Dialect::fluent_bit, [](const Parts& p) { return p.has(Mark::string_inserts); }},
    Rule{Dialect::fluentd, [](const Parts& p) { return p.has(Mark::provider_name); }},
    Rule{Dialect::azure_security_event,
         [](const Parts& p) {
           return p.has(Mark::time_generated) && p.has(Mark::event_source_name);
         }},
    Rule{Dialect::azure_event,
         [](const Parts& p) { return p.has(Mark::time_generated) && p.has(Mark::event_log); }},
    Rule{Dialect::azure_windows_event, [](const Parts& p) { return p.has(Mark::time_generated); }},
    Rule{Dialect::nxlog,
         [](const Parts& p) { return p.has(Mark::source_name) && p.has(Mark::source_module); }},
    Rule{Dialect::otrf, [](const Parts& p) { return p.has(Mark::source_name); }},
    Rule{Dialect::zircolite, [](const Parts& p) { return p.has(Mark::flat_provider); }},
    Rule{Dialect::winlogbeat_6, [](const Parts& p) { return p.has(Mark::log_name); }},
    Rule{Dialect::npguard_dump,
         [](const Parts& p) { return p.has(Mark::plain_provider) && p.has(Slot::event_id); }},
    Rule{Dialect::vector, [](const Parts& p) { return p.has(Mark::provider_name_lower); }},
    Rule{Dialect::splunk,
         [](const Parts& p) { return p.has(Slot::raw) && p[Slot::raw].is_string(); }},
    // Velociraptor's EvtxHunter: the head of other dialects beside an object of data.
    Rule{Dialect::velociraptor,
         [](const Parts& p) {
           return p.has(Slot::event_id) && p.has(Slot::channel) &&
                  (p[Slot::event_data].is_object() || p[Slot::user_data].is_object());
         }},
    // Names alone, as every dialect has some of them.
    Rule{Dialect::otrf,
         [](const Parts& p) { return p.has(Slot::event_id) && p.has(Slot::channel); }},
};

/// The text of a value that some dialects wrap: {"#text": 13}, {"Value": 13}, {"#attributes":
/// {"Name": "…"}}.
std::string_view inner_text(const Json& value) {
  const Json one = value.first();
  if (!one.is_object()) {
    return one.raw();
  }
  constexpr std::array<std::string_view, 8> names = {"Name", "@Name", "#text", "Value",
                                                     "id",   "value", "name",  "SystemTime"};
  const Json attributes = one.member("#attributes");
  const Json& first = attributes.member("Name").exists() ? attributes : one;
  for (const std::string_view name : names) {
    if (const Json inner = first.member(name); inner.exists() && !inner.is_object()) {
      return inner.raw();
    }
  }
  return {};
}

std::uint64_t number_in(std::string_view text) {
  return parse_number(text).value_or(0);
}

/// Winlogbeat writes large numbers as strings, others as numbers or floats ("1.0").
std::uint64_t record_number(const Json& value) {
  return number_in(inner_text(value));
}

constexpr std::array<std::pair<std::string_view, std::string_view>, 6> hayabusa_channels = {{
    {"Sec", "Security"},
    {"Sysmon", "Microsoft-Windows-Sysmon/Operational"},
    {"Sys", "System"},
    {"App", "Application"},
    {"PwSh", "Microsoft-Windows-PowerShell/Operational"},
    {"PwShClassic", "Windows PowerShell"},
}};

std::string_view whole_channel(std::string_view name) {
  for (const auto& [abbreviation, whole] : hayabusa_channels) {
    if (name == abbreviation) {
      return whole;
    }
  }
  return name;
}

/// Events that stand in the channel of another provider.
struct Guest {
  std::string_view channel;
  std::uint32_t event_id;
  std::string_view provider;
};
constexpr std::array guests = {
    Guest{"Security", 1100, "Microsoft-Windows-Eventlog"},
    Guest{"Security", 1101, "Microsoft-Windows-Eventlog"},
    Guest{"Security", 1102, "Microsoft-Windows-Eventlog"},
    Guest{"Security", 1104, "Microsoft-Windows-Eventlog"},
    Guest{"Security", 1105, "Microsoft-Windows-Eventlog"},
    Guest{"Security", 1108, "Microsoft-Windows-Eventlog"},
    Guest{"System", 104, "Microsoft-Windows-Eventlog"},
    Guest{"System", 7040, "Service Control Manager"},
    Guest{"System", 7045, "Service Control Manager"},
};

/// The provider of those channels that only one writes to, for dialects that leave it out.
std::string_view provider_of_channel(std::string_view channel, std::uint32_t event_id) {
  for (const Guest& guest : guests) {
    if (guest.event_id == event_id && equal_names(channel, guest.channel)) {
      return guest.provider;
    }
  }
  if (equal_names(channel, "Security")) {
    return "Microsoft-Windows-Security-Auditing";
  }
  // "Microsoft-Windows-Sysmon/Operational"
  constexpr std::string_view operational = "/Operational";
  const std::size_t name = channel.size() - std::min(channel.size(), operational.size());
  return equal_names(channel.substr(name), operational) ? channel.substr(0, name)
                                                        : std::string_view();
}

/// NXLog writes local time without a zone. The time at which the next collector had the event is
/// UTC and later by seconds, so it tells the zone: those are whole quarters of an hour.
EventTime local_time(const Parts& parts) {
  EventTime local = read_event_time(parts[Slot::local_time]);
  const EventTime ingest = read_event_time(parts[Slot::ingest_time]);
  if (local.has_zone || !local.time.given() || !ingest.time.given()) {
    return local;
  }
  constexpr auto quarter = static_cast<std::int64_t>(900 * FileTime::per_second);
  constexpr std::int64_t furthest = 14LL * 4 * quarter;
  const auto apart = static_cast<std::int64_t>(ingest.time.ticks - local.time.ticks);
  const std::int64_t quarters =
      apart >= 0 ? (apart + quarter / 2) / quarter : -((-apart + quarter / 2) / quarter);
  if (quarters * quarter > furthest || quarters * quarter < -furthest) {
    return local;
  }
  local.time.ticks += static_cast<std::uint64_t>(quarters * quarter);
  local.has_zone = true;
  return local;
}

/// Dialects that write UTC whether they say so or not.
bool writes_utc(Dialect dialect) {
  switch (dialect) {
    case Dialect::evtx_dump:
    case Dialect::chainsaw_alert:
    case Dialect::velociraptor:
    case Dialect::zircolite:
    case Dialect::evtxecmd:
    case Dialect::azure_security_event:
    case Dialect::azure_windows_event:
    case Dialect::azure_event:
    case Dialect::defender: return true;
    default: return false;
  }
}

}  // namespace

const DialectInfo& info_of(Dialect dialect) {
  return infos[static_cast<std::size_t>(dialect)];
}

Dialect tell_dialect(const Parts& parts) {
  for (const Rule& rule : rules) {
    if (rule.holds(parts)) {
      return rule.dialect;
    }
  }
  return Dialect::unknown;
}

EventHead read_head(Dialect dialect, const Parts& parts) {
  EventHead head;
  head.is_collector = !parts.has(Slot::computer) && parts.has(Slot::collector);
  head.computer = inner_text(parts[head.is_collector ? Slot::collector : Slot::computer]);
  head.channel = inner_text(parts[Slot::channel]);
  head.provider = inner_text(parts[Slot::provider]);
  if (const std::uint64_t id = number_in(inner_text(parts[Slot::event_id]));
      parts.has(Slot::event_id) && id <= UINT16_MAX &&
      parse_number(inner_text(parts[Slot::event_id]))) {
    head.event_id = static_cast<std::uint32_t>(id);
  }
  head.record_id = record_number(parts[Slot::record_id]);
  if (parts.has(Slot::time)) {
    head.time = read_event_time(parts[Slot::time]);
  } else if (parts.has(Slot::local_time)) {
    head.time = local_time(parts);
  }
  if (!head.time.time.given() && parts.has(Slot::ingest_time)) {
    head.time = read_event_time(parts[Slot::ingest_time]);
  }
  if (!head.time.time.given() && parts.has(Slot::index_time)) {
    head.time = read_event_time(parts[Slot::index_time]);  // Splunk's, which is the event's
  }
  head.time.has_zone = head.time.has_zone || writes_utc(dialect);
  if (dialect == Dialect::hayabusa) {
    head.channel = whole_channel(head.channel);
  }
  if (info_of(dialect).is_sensor) {
    take_sensor_head(dialect, parts, head);
  } else if (head.provider.empty()) {
    head.provider = provider_of_channel(head.channel, head.event_id.value_or(0));
  }
  return head;
}

}  // namespace npg
