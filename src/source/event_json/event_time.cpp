#include "source/event_json/event_time.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <string>

namespace npg {
namespace {

constexpr std::uint64_t per_millisecond = FileTime::per_second / 1000;

/// Seconds, or finer units where the number is too large for seconds, since 1970.
FileTime from_epoch(std::string_view digits) {
  std::uint64_t whole = 0;
  const auto [end, status] = std::from_chars(digits.data(), digits.data() + digits.size(), whole);
  if (status != std::errc{} || digits.empty()) {
    return {};
  }
  // As many digits as times of our century have in each unit.
  constexpr std::uint64_t seconds_max = 100'000'000'000;
  std::uint64_t unit = FileTime::per_second;
  if (whole > seconds_max * 1'000'000) {
    return {FileTime::unix_epoch + whole / 100};  // Nanoseconds.
  }
  if (whole > seconds_max * 1000) {
    unit = FileTime::per_second / 1'000'000;
  } else if (whole > seconds_max) {
    unit = per_millisecond;
  }
  std::uint64_t ticks = FileTime::unix_epoch + whole * unit;
  std::string_view rest = digits.substr(static_cast<std::size_t>(end - digits.data()));
  if (rest.starts_with('.')) {
    rest.remove_prefix(1);
    for (std::uint64_t scale = unit / 10; scale > 0 && !rest.empty(); scale /= 10) {
      if (rest.front() < '0' || rest.front() > '9') {
        break;
      }
      ticks += static_cast<std::uint64_t>(rest.front() - '0') * scale;
      rest.remove_prefix(1);
    }
  }
  return {ticks};
}

FileTime from_dotnet(std::string_view text) {
  text.remove_prefix(std::min(text.find('(') + 1, text.size()));
  std::uint64_t milliseconds = 0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), milliseconds);
  // Limit: the year 9999.
  if (status != std::errc{} || milliseconds > 253'402'300'799'999) {
    return {};
  }
  return {FileTime::unix_epoch + milliseconds * per_millisecond};
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::optional<unsigned> take_digits(std::string_view& text) {
  unsigned value = 0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (status != std::errc{} || text.empty() || !is_digit(text.front())) {
    return std::nullopt;
  }
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

void skip(std::string_view& text, std::string_view characters) {
  text.remove_prefix(std::min(text.find_first_not_of(characters), text.size()));
}

/// "8/4/2022, 8:20:10.527 AM" and "Aug 4, 2022 8:20:10 AM", as portals export them, in UTC; and
/// Kibana's "Aug 4, 2022 @ 08:20:10.527", in the zone of whoever looked.
FileTime from_portal(std::string_view text) {
  constexpr std::array<std::string_view, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  unsigned month = 0;
  for (unsigned i = 0; i < months.size(); ++i) {
    if (text.starts_with(months[i])) {
      month = i + 1;
      text.remove_prefix(3);
      skip(text, " ");
    }
  }
  const auto first = take_digits(text);
  skip(text, "/, ");
  const auto second = month == 0 ? take_digits(text) : first;
  skip(text, "/, ");
  const auto year = take_digits(text);
  skip(text, ", @");
  const auto hour = take_digits(text);
  if (!first || !second || !year || !hour || *year < 1970 || *year > 9999 || *hour > 23) {
    return {};
  }
  std::string_view clock = text;  // ":20:10.527 AM"
  unsigned hours = *hour;
  if (clock.ends_with("PM") || clock.ends_with("AM")) {
    hours = hours % 12 + (clock.ends_with("PM") ? 12 : 0);
    clock.remove_suffix(2);
  }
  while (clock.ends_with(' ')) {
    clock.remove_suffix(1);
  }
  const auto two = [](unsigned number) {
    return (number < 10 ? "0" : "") + std::to_string(number);
  };
  return parse_time(std::to_string(*year) + "-" + two(month == 0 ? *first : month) + "-" +
                    two(*second) + "T" + two(hours) + std::string(clock) + "Z")
      .value_or(FileTime{});
}

}  // namespace

EventTime read_event_time(std::string_view text) {
  while (text.ends_with(' ')) {
    text.remove_suffix(1);
  }
  if (text.starts_with("/Date(") || text.starts_with("\\/Date(")) {
    return {.time = from_dotnet(text)};
  }
  if (text.size() < 8 || text[4] != '-') {
    const bool is_number = text.find_first_not_of("0123456789.") == std::string_view::npos;
    return {.time = is_number ? from_epoch(text) : from_portal(text),
            .has_zone = text.find('@') == std::string_view::npos};
  }
  if (const auto time = parse_time(text)) {
    return {.time = *time};
  }
  std::string with_zone(text.ends_with(" UTC") ? text.substr(0, text.size() - 4) : text);
  // "2022-08-04 08:20:10 +0200" and "… +02:00"
  if (const std::size_t blank = with_zone.find(' ', 11);
      blank != std::string::npos && blank + 1 < with_zone.size() &&
      (with_zone[blank + 1] == '+' || with_zone[blank + 1] == '-')) {
    with_zone.erase(blank, 1);
    return {.time = parse_time(with_zone).value_or(FileTime{})};
  }
  const auto time = parse_time(with_zone + "Z");
  return {.time = time.value_or(FileTime{}), .has_zone = text.ends_with(" UTC") || !time};
}

EventTime read_event_time(const Json& value) {
  if (!value.is_object()) {
    const Json one = value.first();
    // Only the slashes of /Date()/ may be escaped in a time.
    return read_event_time(one.raw());
  }
  constexpr std::array<std::string_view, 3> names = {"SystemTime", "@SystemTime", "DateTime"};
  for (const std::string_view name : names) {
    if (const Json time = value.member(name); time.exists()) {
      return read_event_time(time.first().raw());
    }
  }
  const Json attributes = value.member("#attributes");
  const Json time = attributes.member("SystemTime");
  // PowerShell's DateTime objects: {"value":"/Date(…)/"}
  return read_event_time(time.exists() ? time.raw() : value.member("value").raw());
}

}  // namespace npg
