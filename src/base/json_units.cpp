// Windows' texts as strings of JSON: each unit or, where it needs that, its escape, a block of
// units at a time.
#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "base/check.hpp"
#include "base/json_append.hpp"

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

/// What stands behind the first `count` items, without a call.
template <typename T>
[[gnu::always_inline]] inline std::span<T> behind(std::span<T> items, std::size_t count) {
  NPG_CHECK(count <= items.size());
  // NOLINTNEXTLINE(*-pro-bounds-pointer-arithmetic): checked
  return {items.data() + count, items.size() - count};
}

std::uint32_t unit_at(std::span<const std::byte> units, std::size_t index) {
  std::uint16_t unit = 0;
  std::memcpy(&unit, behind(units, index * 2).data(), sizeof(unit));
  return unit;
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

/// For the text of the units, and what is written behind it on the way.
std::size_t room_for(std::span<const std::byte> units) {
  constexpr std::size_t slack = 16;
  return units.size() / 2 * widest + slack;
}

#if defined(__x86_64__)
/// The mark of characters that a backslash and a letter stand for, and of those that need more.
constexpr std::uint8_t behind_backslash = 0b0100'1001;

/// For each half of a character a set of marks; those that both its halves have in common tell what
/// it needs: none, it stands for itself. All that is no ASCII becomes zero or has the top bit.
struct EscapeHalves {
  std::array<std::uint8_t, 16> low{};
  std::array<std::uint8_t, 16> high{};
};
constexpr EscapeHalves make_halves() {
  EscapeHalves halves;
  // Of each upper half the mark for what goes behind a backslash, and the one for the rest. Where
  // the whole line is of one kind, lines share a mark.
  constexpr std::array<std::uint8_t, 16> simple = {1, 0, 8, 0, 0, 64};
  constexpr std::array<std::uint8_t, 16> other = {2, 4, 16, 32, 0, 0, 0, 128,
                                                  4, 4, 4,  4,  4, 4, 4, 4};
  for (std::size_t c = 0; c < 256; ++c) {
    const bool is_ascii = c < escapes.size();
    if (is_ascii && escapes[c] == 0) {
      continue;
    }
    const std::uint8_t mark = is_ascii && escapes[c] != 'u' ? simple[c / 16] : other[c / 16];
    halves.low[c % 16] = static_cast<std::uint8_t>(halves.low[c % 16] | mark);
    halves.high[c / 16] = static_cast<std::uint8_t>(halves.high[c / 16] | mark);
  }
  return halves;
}
constexpr EscapeHalves halves = make_halves();

constexpr bool tells_escapes(const EscapeHalves& told) {
  for (std::size_t c = 0; c < 256; ++c) {
    const auto marks = static_cast<std::uint8_t>(told.low[c % 16] & told.high[c / 16]);
    const bool is_plain = c < escapes.size() && escapes[c] == 0;
    const bool is_simple = c < escapes.size() && !is_plain && escapes[c] != 'u';
    if ((marks == 0) != is_plain || (marks != 0 && (marks & ~behind_backslash) == 0) != is_simple) {
      return false;
    }
  }
  return true;
}
static_assert(tells_escapes(halves));

/// Where each of eight characters goes when those of the set (a bit each) get a backslash before
/// them: the number of the character for each place, and no character where a backslash is.
struct Spread {
  static constexpr std::uint8_t backslash = 0x80;
  std::array<std::array<std::uint8_t, 16>, 256> from{};
};
constexpr Spread make_spread() {
  Spread spread;
  for (std::size_t set = 0; set < 256; ++set) {
    std::size_t place = 0;
    for (std::uint8_t c = 0; c < 8; ++c) {
      if (((set >> c) & 1) != 0) {
        spread.from[set][place++] = Spread::backslash;
      }
      spread.from[set][place++] = c;
    }
  }
  return spread;
}
constexpr Spread spread = make_spread();

/// The letters behind the backslash, by the lower half of the control character.
constexpr std::array<char, 16> make_letters() {
  std::array<char, 16> letters{};
  for (std::size_t c = 0; c < letters.size(); ++c) {
    letters[c] = escapes[c];
  }
  return letters;
}
constexpr std::array<char, 16> letters = make_letters();

/// The units from `at` on, eight or, with zeros behind them, the fewer that are left.
[[gnu::always_inline]] inline __m128i load_units(std::span<const std::byte> units, std::size_t at) {
  const auto from = behind(units, at * 2);
  const std::size_t bytes = from.size();
  std::array<std::uint64_t, 2> both{};
  // NOLINTBEGIN(*-pro-bounds-pointer-arithmetic): not behind `bytes`
  if (bytes >= 16) {
    std::memcpy(both.data(), from.data(), 16);
  } else if (bytes >= 8) {
    std::memcpy(&both[0], from.data(), 8);
    std::memcpy(&both[1], from.data() + bytes - 8, 8);
    // Shifted twice, since a whole word's width at once is not defined.
    both[1] = both[1] >> ((16 - bytes) * 4) >> ((16 - bytes) * 4);
  } else if (bytes >= 4) {
    std::uint32_t first = 0;
    std::uint32_t last = 0;
    std::memcpy(&first, from.data(), 4);
    std::memcpy(&last, from.data() + bytes - 4, 4);
    both[0] = first | std::uint64_t{last} << ((bytes - 4) * 8);
  } else {
    std::memcpy(&both[0], from.data(), bytes >= 2 ? 2 : 0);
  }
  // NOLINTEND(*-pro-bounds-pointer-arithmetic)
  __m128i loaded;
  std::memcpy(&loaded, both.data(), sizeof(loaded));
  return loaded;
}

template <typename T>
[[gnu::always_inline]] inline __m128i load16(const std::array<T, 16>& bytes) {
  __m128i loaded;
  std::memcpy(&loaded, bytes.data(), sizeof(loaded));
  return loaded;
}

/// The marks of each character.
[[gnu::target("ssse3"), gnu::always_inline]] inline __m128i marks_of(const __m128i& chars) {
  const __m128i half = _mm_set1_epi8(0xf);
  return _mm_and_si128(
      _mm_shuffle_epi8(load16(halves.low), _mm_and_si128(chars, half)),
      _mm_shuffle_epi8(load16(halves.high), _mm_and_si128(_mm_srli_epi16(chars, 4), half)));
}

/// A bit for each byte that is zero.
[[gnu::target("ssse3"), gnu::always_inline]] inline unsigned zeros_of(const __m128i& bytes) {
  return static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_setzero_si128())));
}

/// The first eight characters, each of the set behind a backslash; sixteen are written.
[[gnu::target("ssse3"), gnu::always_inline]] inline void put_spread(char* out, const __m128i& chars,
                                                                    unsigned set) {
  const __m128i is_control = _mm_cmplt_epi8(chars, _mm_set1_epi8(0x10));
  const __m128i named =
      _mm_or_si128(_mm_and_si128(is_control, _mm_shuffle_epi8(load16(letters), chars)),
                   _mm_andnot_si128(is_control, chars));
  const __m128i from = load16(spread.from[set]);
  const __m128i backslashes =
      _mm_and_si128(_mm_cmplt_epi8(from, _mm_setzero_si128()), _mm_set1_epi8('\\'));
  const __m128i text = _mm_or_si128(_mm_shuffle_epi8(named, from), backslashes);
  std::memcpy(out, &text, sizeof(text));
}

/// Writes all units, a block at a time; gives the characters. `out` has the room for them.
[[gnu::target("ssse3,popcnt")]] std::size_t put_by_blocks(std::span<char> out,
                                                          std::span<const std::byte> units) {
  units = units.first(units.size() / 2 * 2);
  const std::size_t count = units.size() / 2;
  NPG_CHECK(out.size() >= room_for(units));
  const __m128i not_simple = _mm_set1_epi8(static_cast<char>(~behind_backslash));
  // NOLINTBEGIN(*-pro-bounds-pointer-arithmetic): `written` is at most `index` times the widest
  std::size_t written = 0;
  for (std::size_t index = 0; index < count;) {
    const std::size_t left = count - index;
    const __m128i first = load_units(units, index);
    const __m128i chars =
        _mm_packus_epi16(first, left >= 16 ? load_units(units, index + 8) : first);
    const __m128i marks = marks_of(chars);
    const unsigned plain = zeros_of(marks);
    if (left >= 16 && plain == 0xffff) {
      std::memcpy(out.data() + written, &chars, 16);
      written += 16;
      index += 16;
      continue;
    }
    const std::size_t here = std::min<std::size_t>(left, 8);
    const unsigned all = (1U << here) - 1;
    const unsigned simple_or_plain = zeros_of(_mm_and_si128(marks, not_simple));
    if ((simple_or_plain & all) == all) {
      const unsigned set = ~plain & all;
      put_spread(out.data() + written, chars, set);
      written += here + static_cast<std::size_t>(std::popcount(set));
      index += here;
      continue;
    }
    std::memcpy(out.data() + written, &chars, 8);
    const auto done = static_cast<std::size_t>(std::countr_one(static_cast<std::uint8_t>(plain)));
    written += done;
    index += done;
    // Text of other letters has many that do not stand for themselves.
    const std::size_t one_by_one = done == 0 ? 8 : 1;
    for (std::size_t i = 0; i < one_by_one && index < count; ++i) {
      written += put_unit(behind(out, written), units, index);
    }
  }
  // NOLINTEND(*-pro-bounds-pointer-arithmetic)
  return written;
}
#endif

/// Writes all units; gives the characters.
std::size_t put_units(std::span<char> out, std::span<const std::byte> units) {
#if defined(__x86_64__)
  static const bool has_blocks =
      __builtin_cpu_supports("ssse3") != 0 && __builtin_cpu_supports("popcnt") != 0;
  if (has_blocks) {
    return put_by_blocks(out, units);
  }
#endif
  std::size_t written = 0;
  for (std::size_t index = 0; index < units.size() / 2;) {
    written += put_unit(behind(out, written), units, index);
  }
  return written;
}

}  // namespace

void append_json_units(TextBuffer& out, std::span<const std::byte> units) {
  out.use(put_units(out.room(room_for(units)), units));
}

void append_json_string(TextBuffer& out, std::span<const std::byte> units) {
  const std::span<char> room = out.room(room_for(units) + 2);
  room[0] = '"';
  const std::size_t inside = put_units(behind(room, 1), units);
  room[1 + inside] = '"';
  out.use(inside + 2);
}

void append_json_latin1(TextBuffer& out, std::string_view text) {
  std::array<char16_t, 256> units{};
  while (!text.empty()) {
    const std::string_view part = text.substr(0, units.size());
    std::ranges::transform(part, units.begin(), [](char c) {
      return static_cast<char16_t>(static_cast<unsigned char>(c));
    });
    append_json_units(out, std::as_bytes(std::span(units).first(part.size())));
    text.remove_prefix(part.size());
  }
}

}  // namespace npg
