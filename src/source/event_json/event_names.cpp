#include "source/event_json/event_names.hpp"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <optional>
#include <vector>

namespace npg {
namespace {

/// Objects that the parts are looked for in.
enum class Inside : std::uint8_t {
  none,
  top,
  event,  // evtx_dump, or ECS "event"
  event_system,
  winlog,
  winlog_process,
  winlog_user,
  ecs_host,
  data,  // Wazuh's alerts
  win,
  win_system,
  body,
  body_id,
  body_provider,
  body_execution,
  body_security,
  hits,
};

struct Row {
  Inside in = Inside::top;
  std::string_view name;
  Slot slot = Slot::count;
  Mark mark = Mark::none;
  Inside opens = Inside::none;
};

using enum Inside;

constexpr std::array rows = {
    // evtx_dump, Chainsaw dump; the same one level higher: Velociraptor
    Row{top, "Event", Slot::count, Mark::none, event},
    Row{event, "System", Slot::count, Mark::event_system, event_system},
    Row{event, "EventData", Slot::event_data},
    Row{event, "UserData", Slot::user_data},
    Row{top, "System", Slot::raw, Mark::system, event_system},
    Row{event_system, "Computer", Slot::computer},
    Row{event_system, "Channel", Slot::channel},
    Row{event_system, "Provider", Slot::provider},
    Row{event_system, "Provider_attributes", Slot::provider},
    Row{event_system, "EventID", Slot::event_id},
    Row{event_system, "EventRecordID", Slot::record_id},
    Row{event_system, "TimeCreated", Slot::time},
    Row{event_system, "TimeCreated_attributes", Slot::time},
    Row{event_system, "Version", Slot::version},
    Row{event_system, "Keywords", Slot::keywords},
    Row{event_system, "Execution", Slot::execution},
    Row{event_system, "Execution_attributes", Slot::execution},
    Row{event_system, "Security", Slot::security},
    Row{event_system, "Security_attributes", Slot::security},
    // Winlogbeat 7 and later, ECS
    Row{top, "winlog", Slot::count, Mark::winlog, winlog},
    Row{winlog, "computer_name", Slot::computer},
    Row{winlog, "channel", Slot::channel},
    Row{winlog, "provider_name", Slot::provider},
    Row{winlog, "provider_guid", Slot::provider_guid},
    Row{winlog, "event_id", Slot::event_id},
    Row{winlog, "record_id", Slot::record_id},
    Row{winlog, "version", Slot::version},
    Row{winlog, "keywords", Slot::keywords},
    Row{winlog, "time_created", Slot::time},
    Row{winlog, "event_data", Slot::event_data},
    Row{winlog, "user_data", Slot::user_data},
    Row{winlog, "process", Slot::count, Mark::none, winlog_process},
    Row{winlog_process, "pid", Slot::process_id},
    Row{winlog, "user", Slot::count, Mark::none, winlog_user},
    Row{winlog_user, "identifier", Slot::user_sid},
    Row{top, "winlog.computer_name", Slot::computer, Mark::winlog},
    Row{top, "winlog.channel", Slot::channel, Mark::winlog},
    Row{top, "winlog.provider_name", Slot::provider, Mark::winlog},
    Row{top, "winlog.event_id", Slot::event_id, Mark::winlog},
    Row{top, "winlog.record_id", Slot::record_id, Mark::winlog},
    Row{top, "winlog.version", Slot::version, Mark::winlog},
    Row{top, "winlog.keywords", Slot::keywords},
    Row{top, "winlog.process.pid", Slot::process_id},
    Row{top, "winlog.user.identifier", Slot::user_sid},
    Row{top, "winlog.event_data", Slot::event_data, Mark::winlog},
    Row{top, "winlog.user_data", Slot::user_data, Mark::winlog},
    Row{top, "event", Slot::raw, Mark::none, event},
    Row{event, "code", Slot::event_id},
    Row{event, "dataset", Slot::dataset, Mark::dataset},
    Row{event, "action", Slot::action},
    Row{event, "category", Slot::category},
    Row{event, "original", Slot::original},
    Row{top, "event.code", Slot::event_id},
    Row{top, "event.dataset", Slot::dataset, Mark::dataset},
    Row{top, "event.action", Slot::action},
    Row{top, "event.category", Slot::category},
    Row{top, "host", Slot::count, Mark::none, ecs_host},
    Row{ecs_host, "name", Slot::collector},
    Row{top, "host.name", Slot::collector},
    Row{top, "@timestamp", Slot::ingest_time},
    // Winlogbeat 6
    Row{top, "computer_name", Slot::computer},
    Row{top, "log_name", Slot::channel, Mark::log_name},
    Row{top, "source_name", Slot::provider},
    Row{top, "record_number", Slot::record_id},
    Row{top, "provider_guid", Slot::provider_guid},
    // Vector; event_id and event_data are Winlogbeat 6's, too
    Row{top, "computer", Slot::computer},
    Row{top, "channel", Slot::channel},
    Row{top, "provider_name", Slot::provider, Mark::provider_name_lower},
    Row{top, "event_id", Slot::event_id},
    Row{top, "record_id", Slot::record_id},
    Row{top, "event_data", Slot::event_data},
    Row{top, "user_data", Slot::user_data},
    Row{top, "string_inserts", Slot::inserts},
    Row{top, "version", Slot::version},
    Row{top, "keywords", Slot::keywords},
    Row{top, "process_id", Slot::process_id},
    Row{top, "thread_id", Slot::thread_id},
    // npguard dump evtx; the rest is Vector's
    Row{top, "provider", Slot::provider, Mark::plain_provider},
    Row{top, "written", Slot::time},
    // NXLog, OTRF
    Row{top, "Hostname", Slot::computer},
    Row{top, "Channel", Slot::channel},
    Row{top, "SourceName", Slot::provider, Mark::source_name},
    Row{top, "SourceModuleType", Slot::count, Mark::source_module},
    Row{top, "EventReceivedTime", Slot::count, Mark::source_module},
    Row{top, "ProviderGuid", Slot::provider_guid},
    Row{top, "EventID", Slot::event_id},
    Row{top, "EventTime", Slot::local_time},
    Row{top, "ExecutionProcessID", Slot::process_id},
    Row{top, "ProcessID", Slot::process_id},
    Row{top, "ThreadID", Slot::thread_id},
    Row{top, "Keywords", Slot::keywords},
    Row{top, "Version", Slot::version},
    Row{top, "UserID", Slot::user_sid},
    Row{top, "Message", Slot::message},
    // Fluent Bit, Fluentd, EvtxECmd, Zircolite, Azure
    Row{top, "Computer", Slot::computer},
    Row{top, "ProviderName", Slot::provider, Mark::provider_name},
    Row{top, "ProviderGUID", Slot::provider_guid},
    Row{top, "Provider", Slot::provider},
    Row{top, "Provider_Name", Slot::provider, Mark::flat_provider},
    Row{top, "EventSourceName", Slot::provider, Mark::event_source_name},
    Row{top, "Source", Slot::provider},
    Row{top, "EventId", Slot::event_id},
    Row{top, "EventRecordID", Slot::record_id},
    Row{top, "EventRecordId", Slot::record_id},
    Row{top, "RecordNumber", Slot::record_id},
    Row{top, "TimeCreated", Slot::time},
    Row{top, "SystemTime", Slot::time},
    Row{top, "TimeGenerated", Slot::time, Mark::time_generated},
    Row{top, "TimeGenerated [UTC]", Slot::time, Mark::time_generated},
    Row{top, "StringInserts", Slot::inserts, Mark::string_inserts},
    Row{top, "EventData", Slot::event_data},
    Row{top, "UserData", Slot::user_data},
    Row{top, "EventLog", Slot::channel, Mark::event_log},
    Row{top, "Payload", Slot::payload, Mark::payload},
    Row{top, "PayloadData1", Slot::count, Mark::payload},
    Row{top, "UserId", Slot::user_sid},
    Row{top, "SystemUserId", Slot::user_sid},
    Row{top, "SystemProcessId", Slot::process_id},
    Row{top, "SystemThreadId", Slot::thread_id},
    // PowerShell's Get-WinEvent
    Row{top, "MachineName", Slot::computer, Mark::machine_name},
    Row{top, "LogName", Slot::channel},
    Row{top, "Id", Slot::event_id},
    Row{top, "RecordId", Slot::record_id},
    Row{top, "Properties", Slot::inserts},
    Row{top, "ThreadId", Slot::thread_id},
    // Hayabusa
    Row{top, "RuleTitle", Slot::count, Mark::rule_title},
    Row{top, "RecordID", Slot::record_id},
    Row{top, "Timestamp", Slot::time},
    Row{top, "Timestamp [UTC]", Slot::time},
    // Wazuh
    Row{top, "data", Slot::count, Mark::none, data},
    Row{data, "win", Slot::count, Mark::wazuh, win},
    Row{top, "win", Slot::count, Mark::wazuh, win},
    Row{win, "system", Slot::count, Mark::none, win_system},
    Row{win, "eventdata", Slot::event_data},
    Row{win, "eventData", Slot::event_data},
    Row{win, "userdata", Slot::user_data},
    Row{win, "userData", Slot::user_data},
    Row{win, "logFileCleared", Slot::user_data},
    Row{win, "eventXML", Slot::original},
    // The same as its exports and its dashboard's tables have it
    Row{top, "data.win.system.computer", Slot::computer, Mark::wazuh},
    Row{top, "data.win.system.channel", Slot::channel, Mark::wazuh},
    Row{top, "data.win.system.providerName", Slot::provider, Mark::wazuh},
    Row{top, "data.win.system.eventID", Slot::event_id, Mark::wazuh},
    Row{top, "data.win.system.eventRecordID", Slot::record_id},
    Row{top, "data.win.system.systemTime", Slot::time},
    Row{top, "data.win.system.keywords", Slot::keywords},
    Row{top, "data.win.system.version", Slot::version},
    Row{top, "data.win.system.processID", Slot::process_id},
    Row{top, "data.win.system.threadID", Slot::thread_id},
    Row{win_system, "computer", Slot::computer},
    Row{win_system, "channel", Slot::channel},
    Row{win_system, "providerName", Slot::provider},
    Row{win_system, "eventID", Slot::event_id},
    Row{win_system, "eventRecordID", Slot::record_id},
    Row{win_system, "systemTime", Slot::time},
    Row{win_system, "keywords", Slot::keywords},
    Row{win_system, "version", Slot::version},
    Row{win_system, "processID", Slot::process_id},
    Row{win_system, "threadID", Slot::thread_id},
    // OpenTelemetry
    Row{top, "body", Slot::raw, Mark::body, body},
    Row{top, "Body", Slot::raw, Mark::body, body},
    Row{body, "computer", Slot::computer},
    Row{body, "channel", Slot::channel},
    Row{body, "provider", Slot::count, Mark::none, body_provider},
    Row{body_provider, "name", Slot::provider},
    Row{body, "event_id", Slot::event_id, Mark::none, body_id},
    Row{body_id, "id", Slot::event_id},
    Row{body, "record_id", Slot::record_id},
    Row{body, "system_time", Slot::time},
    Row{body, "keywords", Slot::keywords},
    Row{body, "version", Slot::version},
    Row{body, "execution", Slot::count, Mark::none, body_execution},
    Row{body_execution, "process_id", Slot::process_id},
    Row{body_execution, "thread_id", Slot::thread_id},
    Row{body, "security", Slot::count, Mark::none, body_security},
    Row{body_security, "user_id", Slot::user_sid},
    Row{body, "event_data", Slot::event_data},
    Row{body, "user_data", Slot::user_data},
    Row{body, "structured", Slot::count, Mark::none, body},
    // The same without what OpenTelemetry puts around it
    Row{top, "system_time", Slot::time, Mark::system_time},
    Row{top, "execution", Slot::count, Mark::none, body_execution},
    Row{top, "security", Slot::count, Mark::none, body_security},
    // What other collectors put the event into, as text
    Row{top, "event.original", Slot::original},
    Row{top, "full_log", Slot::original},
    Row{top, "message", Slot::message},
    // Vector's time; Wazuh's and others' is the collector's
    Row{top, "timestamp", Slot::time},
    // Defender's advanced hunting
    Row{top, "ActionType", Slot::action, Mark::action_type},
    Row{top, "DeviceName", Slot::computer},
    Row{top, "DeviceId", Slot::device_id},
    Row{top, "properties", Slot::wrapped, Mark::properties},
    Row{top, "category", Slot::category},
    // What events are wrapped in
    Row{top, "_source", Slot::wrapped},
    Row{top, "result", Slot::wrapped},
    Row{top, "document", Slot::wrapped, Mark::document},
    Row{top, "documents", Slot::list, Mark::document},
    Row{top, "_raw", Slot::raw, Mark::raw},
    Row{top, "_time", Slot::index_time},
    Row{top, "resourceLogs", Slot::list, Mark::otlp},
    Row{top, "tables", Slot::list, Mark::tables},
    Row{top, "hits", Slot::count, Mark::none, hits},
    Row{hits, "hits", Slot::list},
    Row{top, "records", Slot::list},
    Row{top, "Records", Slot::list},
    Row{top, "results", Slot::list},
    Row{top, "Results", Slot::list},
    Row{top, "value", Slot::list},
    Row{top, "events", Slot::list},
};

constexpr std::size_t table_size = 1024;  // A power of two, sparse enough to miss at once.

constexpr std::size_t place_of(Inside in, std::string_view name) {
  const auto byte = [&](std::size_t i) {
    return static_cast<std::size_t>(static_cast<unsigned char>(name[i]));
  };
  std::size_t hash = static_cast<std::size_t>(in) * 0x9e37 + name.size() * 0x85eb;
  if (!name.empty()) {
    hash += byte(0) * 0xc2b3 + byte(name.size() / 2) * 0x27d5 + byte(name.size() - 1) * 0x1657;
  }
  return (hash ^ hash >> 9U) % table_size;
}

/// Row numbers and 1 by place; 0 where there is none. Rows of one place follow each other.
consteval std::array<std::uint8_t, table_size> make_table() {
  static_assert(rows.size() < 255);
  std::array<std::uint8_t, table_size> table{};
  for (std::size_t i = 0; i < rows.size(); ++i) {
    std::size_t place = place_of(rows[i].in, rows[i].name);
    while (table[place] != 0) {
      place = (place + 1) % table_size;
    }
    table[place] = static_cast<std::uint8_t>(i + 1);
  }
  return table;
}
constexpr std::array<std::uint8_t, table_size> table = make_table();

/// Equality of short texts, without a call.
bool is_same(std::string_view a, std::string_view b) {
  constexpr std::size_t word = sizeof(std::uint64_t);
  if (a.size() != b.size()) {
    return false;
  }
  const auto at = [](std::string_view text, std::size_t place) {
    std::uint64_t letters = 0;
    std::memcpy(&letters, &text[place], word);
    return letters;
  };
  if (a.size() < word) {
    return std::equal(a.begin(), a.end(), b.begin());
  }
  for (std::size_t i = 0; i + word < a.size(); i += word) {
    if (at(a, i) != at(b, i)) {
      return false;
    }
  }
  return at(a, a.size() - word) == at(b, a.size() - word);
}

const Row* row_for(Inside in, std::string_view name) {
  for (std::size_t place = place_of(in, name); table[place] != 0;
       place = (place + 1) % table_size) {
    const Row& row = rows[table[place] - std::size_t{1}];
    if (row.in == in && is_same(row.name, name)) {
      return &row;
    }
  }
  return nullptr;
}

bool starts_dotted_data(std::string_view name) {
  return (name.starts_with('w') || name.starts_with('d')) &&
         std::ranges::any_of(dotted_data,
                             [&](const DottedData& data) { return name.starts_with(data.prefix); });
}

void look_in(const Json& object, Inside in,
             std::array<std::uint8_t, static_cast<std::size_t>(Slot::count)>& ranks, Parts& parts) {
  object.for_each_member([&](std::string_view name, const Json& value) {
    const Row* row = row_for(in, name);
    if (in == win && value.is_object() && (row == nullptr || row->slot == Slot::original)) {
      // Wazuh has UserData by the name of the element in it.
      Json& data = parts.slots[static_cast<std::size_t>(Slot::user_data)];
      data = data.exists() ? data : value;
      return;
    }
    if (row == nullptr) {
      parts.is_dotted = parts.is_dotted || starts_dotted_data(name);
      return;
    }
    parts.marks |= 1U << static_cast<unsigned>(row->mark);
    if (row->opens != none && value.is_object()) {
      look_in(value, row->opens, ranks, parts);
    }
    if (row->slot == Slot::count || value.is_null()) {
      return;
    }
    const auto slot = static_cast<std::size_t>(row->slot);
    const auto rank = static_cast<std::uint8_t>(row - rows.data() + 1);
    if (ranks[slot] == 0 || rank < ranks[slot]) {
      ranks[slot] = rank;
      parts.slots[slot] = value;
    }
  });
}

}  // namespace

Parts find_parts(const Json& object) {
  Parts parts;
  std::array<std::uint8_t, static_cast<std::size_t>(Slot::count)> ranks{};
  look_in(object, top, ranks, parts);
  return parts;
}

bool is_part_name(std::string_view name) {
  const Row* row = row_for(top, name);
  return row != nullptr && (row->slot != Slot::count || row->mark != Mark::none);
}

}  // namespace npg
