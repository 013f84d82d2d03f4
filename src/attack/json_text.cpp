#include "attack/json_text.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/check.hpp"

namespace npg::attack {
namespace {

constexpr std::array<StringByte, 256> string_bytes = [] {
  std::array<StringByte, 256> table{};
  for (std::size_t i = 0; i < 256; ++i) {
    table[i] = i < 0x20 ? StringByte::control : i >= 0x80 ? StringByte::high : StringByte::ordinary;
  }
  table['"'] = StringByte::quote;
  table['\\'] = StringByte::backslash;
  return table;
}();

std::uint8_t byte_at(std::string_view text, std::size_t at) {
  return static_cast<std::uint8_t>(text[at]);
}

int hex_digit(char c) {
  return c >= '0' && c <= '9'   ? c - '0'
         : c >= 'a' && c <= 'f' ? c - 'a' + 10
         : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                : -1;
}

void append_utf8(std::string& out, std::uint32_t point) {
  const auto put = [&](std::uint32_t byte) { out += static_cast<char>(byte); };
  if (point < 0x80) {
    put(point);
  } else if (point < 0x800) {
    put(0xc0 | (point >> 6));
    put(0x80 | (point & 0x3f));
  } else if (point < 0x10000) {
    put(0xe0 | (point >> 12));
    put(0x80 | ((point >> 6) & 0x3f));
    put(0x80 | (point & 0x3f));
  } else {
    put(0xf0 | (point >> 18));
    put(0x80 | ((point >> 12) & 0x3f));
    put(0x80 | ((point >> 6) & 0x3f));
    put(0x80 | (point & 0x3f));
  }
}

}  // namespace

StringByte string_byte(char c) {
  return string_bytes[static_cast<std::uint8_t>(c)];
}

std::size_t skip_space(std::string_view text, std::size_t at) {
  if (at < text.size() && static_cast<unsigned char>(text[at]) > ' ') {
    return at;
  }
  if (at < text.size() && text[at] == '\n') {
    at += 1 + count_blanks(text, at + 1);
  }
  while (at < text.size() &&
         (text[at] == ' ' || text[at] == '\n' || text[at] == '\r' || text[at] == '\t')) {
    ++at;
  }
  return at;
}

std::size_t count_blanks(std::string_view text, std::size_t at) {
  const std::size_t from = at;
  while (text.size() - at >= 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.substr(at, 8).data(), sizeof(word));
    if (const std::uint64_t other = word ^ 0x2020202020202020; other != 0) {
      return at - from + static_cast<std::size_t>(std::countr_zero(other)) / 8;
    }
    at += 8;
  }
  while (at < text.size() && text[at] == ' ') {
    ++at;
  }
  return at - from;
}

std::size_t skip_ordinary(std::string_view text, std::size_t at) {
#ifdef __SSE2__
  // Nearly all bytes of a bundle stand in strings: sixteen are looked at together. As signed bytes,
  // controls and what is not ASCII are both less than a blank.
  while (text.size() - at >= 16) {
    __m128i bytes;
    std::memcpy(&bytes, text.substr(at, 16).data(), sizeof(bytes));
    const __m128i found = _mm_or_si128(_mm_cmplt_epi8(bytes, _mm_set1_epi8(' ')),
                                       _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')),
                                                    _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'))));
    if (const auto mask = static_cast<std::uint32_t>(_mm_movemask_epi8(found)); mask != 0) {
      return at + static_cast<std::size_t>(std::countr_zero(mask));
    }
    at += 16;
  }
#endif
  while (at < text.size() && string_byte(text[at]) == StringByte::ordinary) {
    ++at;
  }
  return at;
}

std::size_t utf8_length(std::string_view text, std::size_t at) {
  const std::uint8_t first = byte_at(text, at);
  const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || length > text.size() - at) {
    return 0;
  }
  const std::uint8_t second = byte_at(text, at + 1);
  const std::uint8_t low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
  const std::uint8_t top = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
  if (second < low || second > top) {
    return 0;
  }
  for (std::size_t i = 2; i < length; ++i) {
    if ((byte_at(text, at + i) & 0xc0) != 0x80) {
      return 0;
    }
  }
  return length;
}

int hex_unit(std::string_view text, std::size_t at) {
  if (text.size() < 4 || at > text.size() - 4) {
    return -1;
  }
  int unit = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    const int digit = hex_digit(text[at + i]);
    if (digit < 0) {
      return -1;
    }
    unit = unit * 16 + digit;
  }
  return unit;
}

std::string unescaped(std::string_view quoted) {
  NPG_CHECK(quoted.size() >= 2);
  const std::string_view inside = quoted.substr(1, quoted.size() - 2);
  std::string out;
  out.reserve(inside.size());
  for (std::size_t at = 0; at < inside.size(); ++at) {
    if (inside[at] != '\\' || at + 1 >= inside.size()) {
      const std::size_t stop = std::min(inside.find('\\', at + 1), inside.size());
      out.append(inside.substr(at, stop - at));
      at = stop - 1;
      continue;
    }
    ++at;
    switch (inside[at]) {
      case 'b': out += '\b'; break;
      case 'f': out += '\f'; break;
      case 'n': out += '\n'; break;
      case 'r': out += '\r'; break;
      case 't': out += '\t'; break;
      case 'u': {
        auto point = static_cast<std::uint32_t>(std::max(hex_unit(inside, at + 1), 0));
        at += 4;
        if (point >= 0xd800 && point <= 0xdbff) {
          const int low = hex_unit(inside, at + 3);
          point = 0x10000 + ((point - 0xd800) << 10) +
                  (static_cast<std::uint32_t>(std::max(low, 0xdc00)) - 0xdc00);
          at += 6;
        }
        append_utf8(out, point);
        break;
      }
      default: out += inside[at];
    }
  }
  return out;
}

}  // namespace npg::attack
