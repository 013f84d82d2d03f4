#include "base/json_append.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "base/identifiers.hpp"

namespace npg {
namespace {

/// Six characters are the longest that one unit becomes.
constexpr std::size_t widest = 6;

/// 0: the character stands for itself; 'u': \u00NN; else the letter behind the backslash.
constexpr std::array<char, 128> make_escapes() {
  std::array<char, 128> escapes{};
  for (std::size_t c = 0; c < 0x20; ++c) {
    escapes[c] = 'u';
  }
  for (const char c : {'<', '>', '&', '\x7f'}) {
    escapes[static_cast<unsigned char>(c)] = 'u';
  }
  escapes['"'] = '"';
  escapes['\\'] = '\\';
  escapes['\n'] = 'n';
  escapes['\r'] = 'r';
  escapes['\t'] = 't';
  return escapes;
}
constexpr std::array<char, 128> escapes = make_escapes();
constexpr std::string_view hex_digits = "0123456789abcdef";

std::size_t put_escape(std::span<char> out, std::uint32_t unit) {
  out[0] = '\\';
  out[1] = 'u';
  for (std::size_t i = 0; i < 4; ++i) {
    out[2 + i] = hex_digits[(unit >> (12 - 4 * i)) & 0xf];
  }
  return widest;
}

/// UTF-8 of a code point that is no ASCII.
std::size_t put_utf8(std::span<char> out, std::uint32_t c) {
  const auto tail = [&](unsigned shift) { return static_cast<char>(0x80 | ((c >> shift) & 0x3f)); };
  if (c < 0x800) {
    out[0] = static_cast<char>(0xc0 | (c >> 6));
    out[1] = tail(0);
    return 2;
  }
  if (c < 0x10000) {
    out[0] = static_cast<char>(0xe0 | (c >> 12));
    out[1] = tail(6);
    out[2] = tail(0);
    return 3;
  }
  out[0] = static_cast<char>(0xf0 | (c >> 18));
  out[1] = tail(12);
  out[2] = tail(6);
  out[3] = tail(0);
  return 4;
}

std::uint32_t unit_at(std::span<const std::byte> units, std::size_t index) {
  std::uint16_t unit = 0;
  std::memcpy(&unit, units.subspan(index * 2).data(), sizeof(unit));
  return unit;
}

/// Copies units that stand for themselves, eight at a time; gives how many.
std::size_t put_plain(std::span<char> out, std::span<const std::byte> units) {
  std::size_t done = 0;
#if defined(__SSE2__)
  const auto all = [](char c) { return _mm_set1_epi8(c); };
  while (units.size() - done * 2 >= 16 && out.size() - done >= 8) {
    __m128i wide;
    std::memcpy(&wide, units.subspan(done * 2).data(), sizeof(wide));
    const __m128i high = _mm_and_si128(wide, _mm_set1_epi16(static_cast<short>(0xff80)));
    const __m128i narrow = _mm_packus_epi16(wide, wide);
    __m128i odd = _mm_cmplt_epi8(narrow, all(0x20));
    for (const char c : {'"', '\\', '<', '>', '&', '\x7f'}) {
      odd = _mm_or_si128(odd, _mm_cmpeq_epi8(narrow, all(c)));
    }
    const bool plain = _mm_movemask_epi8(_mm_cmpeq_epi8(high, _mm_setzero_si128())) == 0xffff &&
                       _mm_movemask_epi8(odd) == 0;
    if (!plain) {
      break;
    }
    std::memcpy(out.subspan(done).data(), &narrow, 8);
    done += 8;
  }
#endif
  return done;
}

/// What the unit at `index` becomes; moves on behind it.
std::size_t put_unit(std::span<char> out, std::span<const std::byte> units, std::size_t& index) {
  const std::uint32_t unit = unit_at(units, index++);
  if (unit < 0x80) {
    const char escape = escapes[unit];
    if (escape == 0) {
      out[0] = static_cast<char>(unit);
      return 1;
    }
    if (escape == 'u') {
      return put_escape(out, unit);
    }
    out[0] = '\\';
    out[1] = escape;
    return 2;
  }
  if (unit >= 0xd800 && unit <= 0xdbff && (index + 1) * 2 <= units.size()) {
    const std::uint32_t low = unit_at(units, index);
    if (low >= 0xdc00 && low <= 0xdfff) {
      ++index;
      return put_utf8(out, 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00));
    }
  }
  const bool escaped =
      unit <= 0x9f || unit == 0x2028 || unit == 0x2029 || (unit >= 0xd800 && unit <= 0xdfff);
  return escaped ? put_escape(out, unit) : put_utf8(out, unit);
}

template <typename T>
void put_number(TextBuffer& out, T number, int base) {
  constexpr std::size_t longest = 24;
  const std::span<char> room = out.room(longest);
  const auto end = std::to_chars(room.data(), room.subspan(longest).data(), number, base);
  out.use(static_cast<std::size_t>(end.ptr - room.data()));
}

void put_digits(std::span<char> out, std::uint64_t number) {
  for (std::size_t i = out.size(); i-- > 0;) {
    out[i] = static_cast<char>('0' + number % 10);
    number /= 10;
  }
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

void append_json_units(TextBuffer& out, std::span<const std::byte> units) {
  const std::size_t count = units.size() / 2;
  const std::span<char> room = out.room(count * widest);
  std::size_t written = 0;
  std::size_t index = 0;
  while (index < count) {
    const std::size_t plain = put_plain(room.subspan(written), units.subspan(index * 2));
    index += plain;
    written += plain;
    // One that does not stand for itself is seldom alone for long; the end is short.
    for (std::size_t i = 0; i < 8 && index < count; ++i) {
      written += put_unit(room.subspan(written), units, index);
    }
  }
  out.use(written);
}

void append_number(TextBuffer& out, std::uint64_t number) {
  put_number(out, number, 10);
}

void append_number(TextBuffer& out, std::int64_t number) {
  put_number(out, number, 10);
}

void append_hexadecimal(TextBuffer& out, std::uint64_t number) {
  out.append("0x");
  put_number(out, number, 16);
}

void append_guid(TextBuffer& out, std::span<const std::byte, 16> guid) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  // The place of each byte's first digit; the first three parts are little-endian numbers.
  constexpr std::array<std::size_t, 16> places = {7,  5,  3,  1,  12, 10, 17, 15,
                                                  20, 22, 25, 27, 29, 31, 33, 35};
  constexpr std::string_view frame = "{00000000-0000-0000-0000-000000000000}";
  const std::span<char> room = out.room(frame.size());
  std::memcpy(room.data(), frame.data(), frame.size());
  for (std::size_t i = 0; i < places.size(); ++i) {
    const auto byte = std::to_integer<std::size_t>(guid[i]);
    room[places[i]] = digits[byte >> 4];
    room[places[i] + 1] = digits[byte & 0xf];
  }
  out.use(frame.size());
}

void append_time(TextBuffer& out, FileTime time) {
  constexpr std::uint64_t per_day = 24 * 60 * 60 * FileTime::per_second;
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
  put_digits(room.subspan(0, 4), year);
  put_digits(room.subspan(5, 2), month);
  put_digits(room.subspan(8, 2), day);
  put_digits(room.subspan(11, 2), second / 3600);
  put_digits(room.subspan(14, 2), second / 60 % 60);
  put_digits(room.subspan(17, 2), second % 60);
  put_digits(room.subspan(20, 7), of_day % FileTime::per_second);
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
