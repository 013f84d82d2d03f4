// Times as the dialects of event JSON write them.
#pragma once

#include <string_view>

#include "base/filetime.hpp"
#include "source/event_json/json_value.hpp"

namespace npg {

struct EventTime {
  FileTime time;         ///< not given when it is no time, or one of the years 1601 and before
  bool has_zone = true;  ///< false: taken as if it were UTC
};

/// Reads RFC 3339; the same with a blank, with " UTC" or without a zone; seconds or milliseconds
/// since 1970, as a number or as digits; "/Date(ms)/"; "8/4/2022, 8:20:10.527 AM"; "Aug 4, 2022
/// 8:20:10 AM".
[[nodiscard]] EventTime read_event_time(std::string_view text);
/// The same of a string, a number, or an object that holds one as SystemTime.
[[nodiscard]] EventTime read_event_time(const Json& value);

}  // namespace npg
