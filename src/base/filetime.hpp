// FileTime: Windows' clock, 100 ns ticks since 1601-01-01 UTC.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace npg {

struct FileTime {
  std::uint64_t ticks = 0;  ///< 0 means that no time was given

  static constexpr std::uint64_t per_second = 10'000'000;
  static constexpr std::uint64_t per_day = 86'400 * per_second;
  static constexpr std::uint64_t unix_epoch = 116'444'736'000'000'000;  ///< 1970-01-01 in ticks

  constexpr auto operator<=>(const FileTime&) const = default;
  [[nodiscard]] constexpr bool given() const { return ticks != 0; }
};

/// RFC 3339 in UTC with seven digits, "2026-11-22T18:20:00.1234567Z". Years past 9999, which RFC
/// 3339 has no form for, give the raw ticks as "filetime:0x...".
[[nodiscard]] std::string to_rfc3339(FileTime time);
/// "2026-11-22 18:20:00Z" for the screen; "an unknown time" for one that is not given.
[[nodiscard]] std::string to_screen_time(FileTime time);
/// Reads RFC 3339 or ISO 8601 with a zone ("2026-11-22T18:20:00Z", "2026-11-22 19:20:00.5+01:00")
/// or a date alone; nothing when the text is not such a time or lies before 1601.
[[nodiscard]] std::optional<FileTime> parse_time(std::string_view text);

}  // namespace npg
