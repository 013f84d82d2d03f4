#include "base/filetime.hpp"

#include <fmt/format.h>

#include <chrono>

namespace npg {
namespace {

using Days = std::chrono::days;
constexpr std::int64_t days_1601_to_1970 = 134'774;

struct Calendar {
  int year = 0;
  unsigned month = 0;
  unsigned day = 0;
  std::uint64_t second_of_day = 0;
  std::uint64_t tick_of_second = 0;
};

Calendar calendar_of(FileTime time) {
  const auto days = static_cast<std::int64_t>(time.ticks / FileTime::per_day);
  const std::chrono::year_month_day date{std::chrono::sys_days{Days{days - days_1601_to_1970}}};
  const std::uint64_t in_day = time.ticks % FileTime::per_day;
  return {static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
          static_cast<unsigned>(date.day()), in_day / FileTime::per_second,
          in_day % FileTime::per_second};
}

/// Writes a number's last `digits` decimal digits over the text at `at`.
void put_digits(std::string& text, std::size_t at, std::size_t digits, std::uint64_t number) {
  for (std::size_t i = digits; i > 0; --i) {
    text[at + i - 1] = static_cast<char>('0' + number % 10);
    number /= 10;
  }
}

/// Takes exactly `digits` decimal digits off the front of text.
std::optional<unsigned> take_number(std::string_view& text, std::size_t digits) {
  if (text.size() < digits) {
    return std::nullopt;
  }
  unsigned value = 0;
  for (const char c : text.substr(0, digits)) {
    if (c < '0' || c > '9') {
      return std::nullopt;
    }
    value = value * 10 + static_cast<unsigned>(c - '0');
  }
  text.remove_prefix(digits);
  return value;
}

bool take(std::string_view& text, char expected) {
  if (text.empty() || text.front() != expected) {
    return false;
  }
  text.remove_prefix(1);
  return true;
}

/// The zone's distance from UTC in seconds; nothing when there is no valid zone.
std::optional<std::int64_t> take_zone(std::string_view& text) {
  if (take(text, 'Z') || take(text, 'z')) {
    return 0;
  }
  const std::int64_t sign = !text.empty() && text.front() == '-' ? -1 : 1;
  if (!take(text, '+') && !take(text, '-')) {
    return std::nullopt;
  }
  const auto hours = take_number(text, 2);
  take(text, ':');
  const auto minutes = take_number(text, 2);
  if (!hours || !minutes || *hours > 23 || *minutes > 59) {
    return std::nullopt;
  }
  return sign *
         (static_cast<std::int64_t>(*hours) * 3600 + static_cast<std::int64_t>(*minutes) * 60);
}

}  // namespace

std::string to_rfc3339(FileTime time) {
  // 9999-12-31T23:59:59.9999999Z
  constexpr std::uint64_t last = 2'650'467'743'999'999'999;
  if (time.ticks > last) {
    return fmt::format("filetime:0x{:016x}", time.ticks);
  }
  const Calendar c = calendar_of(time);
  std::string text = "0000-00-00T00:00:00.0000000Z";
  put_digits(text, 0, 4, static_cast<std::uint64_t>(c.year));
  put_digits(text, 5, 2, c.month);
  put_digits(text, 8, 2, c.day);
  put_digits(text, 11, 2, c.second_of_day / 3600);
  put_digits(text, 14, 2, c.second_of_day / 60 % 60);
  put_digits(text, 17, 2, c.second_of_day % 60);
  put_digits(text, 20, 7, c.tick_of_second);
  return text;
}

std::string to_screen_time(FileTime time) {
  if (!time.given()) {
    return "an unknown time";
  }
  std::string text = to_rfc3339(time);
  if (text.starts_with("filetime")) {
    return text;
  }
  text[10] = ' ';
  text.replace(19, std::string::npos, "Z");
  return text;
}

std::optional<FileTime> parse_time(std::string_view text) {
  const auto year = take_number(text, 4);
  if (!year || !take(text, '-')) {
    return std::nullopt;
  }
  const auto month = take_number(text, 2);
  if (!month || !take(text, '-')) {
    return std::nullopt;
  }
  const auto day = take_number(text, 2);
  if (!day) {
    return std::nullopt;
  }
  const std::chrono::year_month_day date{std::chrono::year{static_cast<int>(*year)},
                                         std::chrono::month{*month}, std::chrono::day{*day}};
  if (!date.ok() || *year < 1601) {
    return std::nullopt;
  }
  const std::int64_t days =
      std::chrono::sys_days{date}.time_since_epoch().count() + days_1601_to_1970;
  std::uint64_t ticks = static_cast<std::uint64_t>(days) * FileTime::per_day;
  if (text.empty()) {
    return FileTime{ticks};
  }
  if (!take(text, 'T') && !take(text, 't') && !take(text, ' ')) {
    return std::nullopt;
  }
  const auto hour = take_number(text, 2);
  if (!hour || !take(text, ':')) {
    return std::nullopt;
  }
  const auto minute = take_number(text, 2);
  if (!minute || !take(text, ':')) {
    return std::nullopt;
  }
  const auto second = take_number(text, 2);
  if (!second || *hour > 23 || *minute > 59 || *second > 60) {
    return std::nullopt;
  }
  ticks +=
      (std::uint64_t{*hour} * 3600 + std::uint64_t{*minute} * 60 + *second) * FileTime::per_second;
  if (take(text, '.')) {
    std::uint64_t scale = FileTime::per_second / 10;
    bool any = false;
    while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
      ticks += static_cast<std::uint64_t>(text.front() - '0') * scale;
      scale /= 10;
      any = true;
      text.remove_prefix(1);
    }
    if (!any) {
      return std::nullopt;
    }
  }
  const auto zone = take_zone(text);
  if (!zone || !text.empty()) {
    return std::nullopt;
  }
  const std::int64_t shift = *zone * static_cast<std::int64_t>(FileTime::per_second);
  const auto shifted = static_cast<std::int64_t>(ticks) - shift;
  if (shifted < 0) {
    return std::nullopt;
  }
  return FileTime{static_cast<std::uint64_t>(shifted)};
}

}  // namespace npg
