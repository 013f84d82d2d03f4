// The names that the dialects of event JSON have for the parts of an event, and which dialect they
// tell (docs/formats/event_json.md).
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "source/event_json/json_value.hpp"

namespace npg {

/// A part of an event or of what is wrapped around it. A row of the table says under which name a
/// dialect has it.
enum class Slot : std::uint8_t {
  computer,
  collector,  ///< a host that may be the one that forwards, not the one that logged
  channel,
  provider,
  provider_guid,
  event_id,
  record_id,
  time,
  local_time,   ///< written without a zone
  ingest_time,  ///< when a collector had it; not before the event
  version,
  keywords,  ///< a number or names; or how it went, in the words of the dialect
  process_id,
  thread_id,
  execution,  ///< an object with both
  security,   ///< an object with the user's SID
  user_sid,
  event_data,
  user_data,
  message,
  original,    ///< the event as it came to a collector, in a string
  inserts,     ///< values without names
  payload,     ///< JSON in a string
  raw,         ///< the event as XML or text in a string
  index_time,  ///< Splunk's, in UTC
  wrapped,     ///< an object that holds the event
  list,        ///< an array of events
  dataset,
  action,
  category,
  device_id,
  count
};

/// What tells one dialect from another.
enum class Mark : std::uint8_t {
  none,
  event_system,
  system,
  winlog,
  log_name,
  source_name,
  source_module,
  provider_name,
  provider_name_lower,
  string_inserts,
  machine_name,
  payload,
  rule_title,
  action_type,
  time_generated,
  event_source_name,
  event_log,
  wazuh,
  body,
  dataset,
  document,
  flat_provider,
  plain_provider,
  otlp,
  tables,
  properties,
  raw,
  system_time,
  count
};

/// How names of an event's own data begin where nested names are written with dots.
struct DottedData {
  std::string_view prefix;
  bool is_user_data = false;
};
inline constexpr std::array dotted_data = {
    DottedData{"winlog.event_data."},       DottedData{"winlog.user_data.", true},
    DottedData{"data.win.eventdata."},      DottedData{"data.win.userData.", true},
    DottedData{"data.win.eventXML.", true}, DottedData{"data.win.logFileCleared.", true},
};

/// The parts of one object, by name; parts that it lacks do not exist.
struct Parts {
  std::array<Json, static_cast<std::size_t>(Slot::count)> slots;
  std::uint32_t marks = 0;
  bool is_dotted = false;  ///< nested names are written with dots

  [[nodiscard]] const Json& operator[](Slot slot) const {
    return slots[static_cast<std::size_t>(slot)];
  }
  [[nodiscard]] bool has(Slot slot) const { return (*this)[slot].exists(); }
  [[nodiscard]] bool has(Mark mark) const {
    return (marks >> static_cast<unsigned>(mark) & 1U) != 0;
  }
};
static_assert(static_cast<unsigned>(Mark::count) <= 32);

/// Finds the parts of an object. Where several names tell one part, the table's first one counts;
/// where a name is there twice, its first value.
[[nodiscard]] Parts find_parts(const Json& object);
/// True for the names of parts at the top of an object: what flat dialects have besides is the
/// event's own data.
[[nodiscard]] bool is_part_name(std::string_view name);

}  // namespace npg
