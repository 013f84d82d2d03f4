#include "base/byte_search.hpp"

#include <bit>
#include <cstdint>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace npg {
namespace {

/// Or of all units.
std::uint16_t bits_of(std::span<const std::byte> units) {
  std::uint64_t four = 0;
  std::size_t at = 0;
  for (; units.size() - at >= sizeof(four); at += sizeof(four)) {
    std::uint64_t next = 0;
    std::memcpy(&next, units.subspan(at).data(), sizeof(next));
    four |= next;
  }
  four |= four >> 32;
  four |= four >> 16;
  for (; units.size() - at >= 2; at += 2) {
    four |= std::to_integer<std::uint64_t>(units[at]) |
            std::to_integer<std::uint64_t>(units[at + 1]) << 8;
  }
  return static_cast<std::uint16_t>(four);
}

std::byte lower(std::byte unit) {
  return unit >= std::byte{'A'} && unit <= std::byte{'Z'} ? unit | std::byte{0x20} : unit;
}

bool same_word(std::span<const std::byte> units, std::string_view word) {
  for (std::size_t i = 0; i < word.size(); ++i) {
    if (lower(units[i * 2]) != lower(static_cast<std::byte>(word[i]))) {
      return false;
    }
  }
  return true;
}

#if defined(__SSE2__)
/// Marks, two bits a unit, at which of eight units the word may begin: its first two letters are
/// there, but for their case.
int starts_of(std::span<const std::byte> units, std::string_view word) {
  const auto folded = [](char c) { return _mm_set1_epi16(static_cast<short>(c | 0x20)); };
  const __m128i bit = _mm_set1_epi16(0x20);
  __m128i first;
  __m128i second;
  std::memcpy(&first, units.data(), sizeof(first));
  std::memcpy(&second, units.subspan(2).data(), sizeof(second));
  return _mm_movemask_epi8(
      _mm_and_si128(_mm_cmpeq_epi16(_mm_or_si128(first, bit), folded(word[0])),
                    _mm_cmpeq_epi16(_mm_or_si128(second, bit), folded(word[1]))));
}
#endif

}  // namespace

bool may_contain_word(std::span<const std::byte> units, std::string_view word) {
  if (bits_of(units) >= 0x80) {
    return true;
  }
  const std::size_t count = units.size() / 2;
  if (word.size() > count) {
    return false;
  }
  const std::size_t starts = count - word.size() + 1;
  std::size_t start = 0;
#if defined(__SSE2__)
  for (; word.size() >= 2 && count - start >= 9 && start < starts; start += 8) {
    for (int marks = starts_of(units.subspan(start * 2), word); marks != 0;) {
      const auto at = static_cast<std::size_t>(std::countr_zero(static_cast<unsigned>(marks))) / 2;
      if (start + at < starts && same_word(units.subspan((start + at) * 2), word)) {
        return true;
      }
      marks &= ~(3 << (at * 2));
    }
  }
#endif
  for (; start < starts; ++start) {
    if (same_word(units.subspan(start * 2), word)) {
      return true;
    }
  }
  return false;
}

}  // namespace npg
