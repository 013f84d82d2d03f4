#include "base/json_append.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

#include "base/identifiers.hpp"

namespace npg {
namespace {

constexpr std::string_view upper_digits = "0123456789ABCDEF";

template <typename T>
void put_number(TextBuffer& out, T number, int base) {
  constexpr std::size_t longest = 24;
  const std::span<char> room = out.room(longest);
  const auto end = std::to_chars(room.data(), room.subspan(longest).data(), number, base);
  out.use(static_cast<std::size_t>(end.ptr - room.data()));
}

constexpr std::array<char, 200> make_pairs() {
  std::array<char, 200> pairs{};
  for (std::size_t i = 0; i < 100; ++i) {
    pairs[i * 2] = static_cast<char>('0' + i / 10);
    pairs[i * 2 + 1] = static_cast<char>('0' + i % 10);
  }
  return pairs;
}
constexpr std::array<char, 200> pairs = make_pairs();

/// Two digits of a number below 100, at a place.
[[gnu::always_inline]] inline void put_pair(std::span<char> out, std::size_t at,
                                            std::uint64_t number) {
  out[at] = pairs[number * 2];
  out[at + 1] = pairs[number * 2 + 1];
}

}  // namespace

void TextBuffer::grow(std::size_t least) {
  capacity_ = std::max(least, capacity_ * 2 + 4096);
  // NOLINTNEXTLINE(*-avoid-c-arrays): not to be filled before use
  auto more = std::make_unique_for_overwrite<char[]>(capacity_);
  if (size_ != 0) {
    std::memcpy(more.get(), data_.get(), size_);
  }
  data_ = std::move(more);
}

void append_number(TextBuffer& out, std::uint64_t number) {
  if (number < 10) {
    out.append(static_cast<char>('0' + number));
    return;
  }
  put_number(out, number, 10);
}

void append_number(TextBuffer& out, std::int64_t number) {
  put_number(out, number, 10);
}

void append_hexadecimal(TextBuffer& out, std::uint64_t number) {
  out.append("0x");
  put_number(out, number, 16);
}

void append_bytes(TextBuffer& out, std::span<const std::byte> bytes) {
  const std::span<char> room = out.room(bytes.size() * 2);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto byte = std::to_integer<std::size_t>(bytes[i]);
    room[i * 2] = upper_digits[byte >> 4];
    room[i * 2 + 1] = upper_digits[byte & 0xf];
  }
  out.use(bytes.size() * 2);
}

void append_guid(TextBuffer& out, std::span<const std::byte, 16> guid) {
  // The place of each byte's first digit; the first three parts are little-endian numbers.
  constexpr std::array<std::size_t, 16> places = {7,  5,  3,  1,  12, 10, 17, 15,
                                                  20, 22, 25, 27, 29, 31, 33, 35};
  constexpr std::string_view frame = "{00000000-0000-0000-0000-000000000000}";
  const std::span<char> room = out.room(frame.size());
  std::memcpy(room.data(), frame.data(), frame.size());
  for (std::size_t i = 0; i < places.size(); ++i) {
    const auto byte = std::to_integer<std::size_t>(guid[i]);
    room[places[i]] = upper_digits[byte >> 4];
    room[places[i] + 1] = upper_digits[byte & 0xf];
  }
  out.use(frame.size());
}

void append_time(TextBuffer& out, FileTime time) {
  constexpr std::uint64_t per_day = std::uint64_t{24} * 60 * 60 * FileTime::per_second;
  // 9999-12-31T23:59:59.9999999Z
  constexpr std::uint64_t last = 2'650'467'743'999'999'999;
  if (time.ticks > last) {
    out.append(to_rfc3339(time));
    return;
  }
  // Days in eras of 400 years that begin on a 1st of March, the first one in 1600.
  constexpr std::uint64_t march_1600_to_1601 = 306;
  constexpr std::uint64_t days_of_era = 146'097;
  const std::uint64_t days = time.ticks / per_day + march_1600_to_1601;
  const std::uint64_t day_of_era = days % days_of_era;
  const std::uint64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const std::uint64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::uint64_t month_from_march = (5 * day_of_year + 2) / 153;
  const std::uint64_t day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
  const std::uint64_t month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
  const std::uint64_t year = 1600 + days / days_of_era * 400 + year_of_era + (month <= 2 ? 1 : 0);
  const std::uint64_t of_day = time.ticks % per_day;
  const std::uint64_t second = of_day / FileTime::per_second;
  constexpr std::string_view frame = "0000-00-00T00:00:00.0000000Z";
  const std::span<char> room = out.room(frame.size());
  std::memcpy(room.data(), frame.data(), frame.size());
  const std::uint64_t fraction = of_day % FileTime::per_second;
  put_pair(room, 0, year / 100);
  put_pair(room, 2, year % 100);
  put_pair(room, 5, month);
  put_pair(room, 8, day);
  put_pair(room, 11, second / 3600);
  put_pair(room, 14, second / 60 % 60);
  put_pair(room, 17, second % 60);
  put_pair(room, 20, fraction / 100'000);
  put_pair(room, 22, fraction / 1'000 % 100);
  put_pair(room, 24, fraction / 10 % 100);
  room[26] = static_cast<char>('0' + fraction % 10);
  out.use(frame.size());
}

bool append_sid(TextBuffer& out, Bytes bytes) {
  constexpr std::size_t head = 8;
  const std::size_t count = bytes.size() < head ? 0 : bytes.at<std::uint8_t>(1);
  // Rare forms are for the function that knows them all.
  if (bytes.size() < head + count * 4 || bytes.at<std::uint8_t>(0) != 1 || count > 15 ||
      bytes.at<std::uint16_t>(2) != 0) {
    const auto sid = sid_text(bytes);
    if (!sid) {
      return false;
    }
    out.append(sid->text);
    return true;
  }
  std::uint64_t authority = 0;
  for (std::size_t i = 4; i < head; ++i) {
    authority = (authority << 8) | bytes.at<std::uint8_t>(i);
  }
  out.append("S-1-");
  append_number(out, authority);
  for (std::size_t i = 0; i < count; ++i) {
    out.append('-');
    append_number(out, std::uint64_t{bytes.at<std::uint32_t>(head + i * 4)});
  }
  return true;
}

}  // namespace npg
