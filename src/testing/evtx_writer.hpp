// Builds EVTX files (docs/formats/evtx.md) whose records have the shape that Windows writes: a
// template for the System part with a nested BinXML template for the data, defined in a chunk at
// first use and referred to later.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/filetime.hpp"

namespace npg::testing {

/// BinXML value types that the builder writes (MS-EVEN6 2.2.12).
enum class EventType : std::uint8_t {
  null = 0x00,
  string = 0x01,
  uint8 = 0x04,
  uint16 = 0x06,
  int32 = 0x07,
  uint32 = 0x08,
  uint64 = 0x0a,
  boolean = 0x0d,
  binary = 0x0e,
  guid = 0x0f,
  filetime = 0x11,
  sid = 0x13,
  hex_int32 = 0x14,
  hex_int64 = 0x15,
  string_array = 0x81,
};

/// The bytes of a value from its text: decimal or 0x numbers, "{GUID}", "S-1-…", RFC 3339 times,
/// "true"/"false", hexadecimal digits for binary, lines for a string array. Nothing when the text
/// is no such value.
[[nodiscard]] std::optional<std::vector<std::byte>> event_value_bytes(EventType type,
                                                                      std::string_view text);

struct EventDatum {
  std::string name = {};  ///< "" for Data without a name
  EventType type = EventType::string;
  std::vector<std::byte> value = {};
  bool is_element = false;  ///< an element of that name beside Data, as Binary in classic events
};
/// A named datum; a text that is no value of the type is a bug in the caller.
[[nodiscard]] EventDatum datum(std::string_view name, EventType type, std::string_view text);

/// The element below UserData whose children are the fields.
struct UserDataShape {
  std::string element = {};  ///< "EventXML", "LogFileCleared"
  std::string name_space = {};
};

struct EventRecipe {
  std::string provider = {};
  std::string guid = {};         ///< "{…}"; empty for classic sources without one
  std::string source_name = {};  ///< EventSourceName; empty for none
  std::string channel = {};
  std::string computer = {};
  std::uint16_t event_id = 0;
  std::optional<std::uint16_t> qualifiers = {};
  std::uint8_t version = 0;
  std::uint8_t level = 0;
  std::uint16_t task = 0;
  std::uint8_t opcode = 0;
  std::uint64_t keywords = 0;
  std::uint64_t record_id = 0;  ///< 0: the next one
  FileTime time = {};
  FileTime written = {};  ///< of the record header; not given: as time
  std::uint32_t process_id = 4;
  std::uint32_t thread_id = 8;
  std::string activity_id = {};  ///< Correlation ActivityID; empty for none
  std::string user_sid = {};     ///< empty for none
  std::vector<EventDatum> data = {};
  std::optional<UserDataShape> user_data =
      {};  ///< set: the data are its children, not Data elements
};

struct EvtxOptions {
  std::uint64_t first_record_id = 1;  ///< for records that name none
  bool is_dirty = false;              ///< as in a copy of a live log: header stale, flag set
  std::uint32_t empty_chunks = 0;     ///< zeroed chunk slots after the used ones
  std::uint16_t minor_version = 1;    ///< 3.1, or 3.2 as Windows 10 2004 and later write
  std::uint32_t records_per_chunk_max = 0xffffffff;
};

/// The file. Records stand in the order given. A record too large for a chunk is a bug in the
/// caller.
[[nodiscard]] std::vector<std::byte> write_evtx(std::span<const EventRecipe> events,
                                                const EvtxOptions& options = {});

}  // namespace npg::testing
