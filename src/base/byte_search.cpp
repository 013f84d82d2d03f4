#include "base/byte_search.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace npg {
namespace {

/// What one vector holds.
constexpr std::size_t vector_letters = 16;

constexpr char lower(char letter) {
  return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter | 0x20) : letter;
}

bool is_word_at(std::string_view text, std::size_t at, std::string_view word) {
  for (std::size_t i = 0; i < word.size(); ++i) {
    if (lower(text[at + i]) != lower(word[i])) {
      return false;
    }
  }
  return true;
}

bool contains_word(std::string_view text, std::string_view word) {
  if (word.empty() || word.size() > text.size()) {
    return word.empty();
  }
  const std::size_t starts = text.size() - word.size() + 1;
  std::size_t at = 0;
#if defined(__x86_64__)
  const __m128i bit = _mm_set1_epi8(0x20);
  const __m128i first = _mm_or_si128(_mm_set1_epi8(word.front()), bit);
  const __m128i last = _mm_or_si128(_mm_set1_epi8(word.back()), bit);
  for (; starts - at >= vector_letters; at += vector_letters) {
    __m128i begins;
    __m128i ends;
    // Both lie in the text: so many more starts follow.
    std::memcpy(&begins, text.data() + at, sizeof(begins));
    std::memcpy(&ends, text.data() + at + word.size() - 1, sizeof(ends));
    auto marks = static_cast<unsigned>(
        _mm_movemask_epi8(_mm_and_si128(_mm_cmpeq_epi8(_mm_or_si128(begins, bit), first),
                                        _mm_cmpeq_epi8(_mm_or_si128(ends, bit), last))));
    for (; marks != 0; marks &= marks - 1) {
      if (is_word_at(text, at + static_cast<std::size_t>(std::countr_zero(marks)), word)) {
        return true;
      }
    }
  }
#endif
  for (; at < starts; ++at) {
    if (is_word_at(text, at, word)) {
      return true;
    }
  }
  return false;
}

/// Without asking where in the bytes it stands: so the compiler compares several at a time.
[[gnu::always_inline]] inline std::uint32_t count_each(std::span<const std::byte> bytes,
                                                       std::uint32_t word) {
  std::uint32_t count = 0;
  const std::size_t words = bytes.size() / sizeof(word);
  for (std::size_t i = 0; i < words; ++i) {
    std::uint32_t one = 0;
    // NOLINTNEXTLINE(*-pro-bounds-pointer-arithmetic): inside of `words`
    std::memcpy(&one, bytes.data() + i * sizeof(one), sizeof(one));
    count += one == word ? 1U : 0U;
  }
  return count;
}

#if defined(__x86_64__)
[[gnu::target("avx2")]] std::uint32_t count_by_eights(std::span<const std::byte> bytes,
                                                      std::uint32_t word) {
  return count_each(bytes, word);
}
#endif

}  // namespace

std::size_t count_words(std::span<const std::byte> bytes, std::uint32_t word) {
#if defined(__x86_64__)
  static const bool has_avx2 = __builtin_cpu_supports("avx2") != 0;
  if (has_avx2) {
    return count_by_eights(bytes, word);
  }
#endif
  return count_each(bytes, word);
}

bool contains_any_word(std::string_view text, std::span<const std::string_view> words) {
  return std::ranges::any_of(words,
                             [&](std::string_view word) { return contains_word(text, word); });
}

}  // namespace npg
