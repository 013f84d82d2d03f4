#include "base/byte_search.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace npg {
namespace {

constexpr std::size_t word_max = 64;
/// Letters of a text that are looked at together; more come in pieces that overlap by a word.
constexpr std::size_t piece_max = 960;
/// What one vector holds: so many letters behind a piece's end are zeros.
constexpr std::size_t vector_letters = 16;

constexpr char lower(char letter) {
  return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter | 0x20) : letter;
}

/// The letters of a piece in lower case, with zeros behind them.
// NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init,hicpp-member-init): see letters_.
class LowerCase {
 public:
  /// False when a unit is no ASCII.
  bool take(std::span<const std::byte> units) {
    size_ = units.size() / 2;
    std::size_t at = 0;
#if defined(__SSE2__)
    __m128i every = _mm_setzero_si128();
    for (; size_ - at >= vector_letters; at += vector_letters) {
      __m128i halves[2];
      std::memcpy(halves, units.subspan(at * 2, sizeof(halves)).data(), sizeof(halves));
      every = _mm_or_si128(every, _mm_or_si128(halves[0], halves[1]));
      const __m128i letters = _mm_packus_epi16(halves[0], halves[1]);
      const __m128i upper = _mm_and_si128(_mm_cmpgt_epi8(letters, _mm_set1_epi8('A' - 1)),
                                          _mm_cmplt_epi8(letters, _mm_set1_epi8('Z' + 1)));
      const __m128i lowered = _mm_or_si128(letters, _mm_and_si128(upper, _mm_set1_epi8(0x20)));
      std::memcpy(&letters_[at], &lowered, sizeof(lowered));
    }
    const __m128i above = _mm_and_si128(every, _mm_set1_epi16(static_cast<short>(0xff80)));
    if (_mm_movemask_epi8(_mm_cmpeq_epi8(above, _mm_setzero_si128())) != 0xffff) {
      return false;
    }
#endif
    for (; at < size_; ++at) {
      const auto unit = load_at<std::uint16_t>(units, at * 2);
      if (unit >= 0x80) {
        return false;
      }
      letters_[at] = lower(static_cast<char>(unit));
    }
    std::memset(&letters_[size_], 0, vector_letters + word_max);
    return true;
  }

  [[nodiscard]] bool holds(std::string_view word) const {
    if (word.empty() || word.size() > size_) {
      return word.empty();
    }
    const std::size_t starts = size_ - word.size() + 1;
#if defined(__SSE2__)
    const __m128i first = _mm_set1_epi8(lower(word.front()));
    const __m128i last = _mm_set1_epi8(lower(word.back()));
    for (std::size_t at = 0; at < starts; at += vector_letters) {
      __m128i begins;
      __m128i ends;
      std::memcpy(&begins, &letters_[at], sizeof(begins));
      std::memcpy(&ends, &letters_[at + word.size() - 1], sizeof(ends));
      auto marks = static_cast<unsigned>(_mm_movemask_epi8(
          _mm_and_si128(_mm_cmpeq_epi8(begins, first), _mm_cmpeq_epi8(ends, last))));
      for (; marks != 0; marks &= marks - 1) {
        const std::size_t start = at + static_cast<std::size_t>(std::countr_zero(marks));
        if (start < starts && is_at(start, word)) {
          return true;
        }
      }
    }
#else
    for (std::size_t start = 0; start < starts; ++start) {
      if (is_at(start, word)) {
        return true;
      }
    }
#endif
    return false;
  }

 private:
  [[nodiscard]] bool is_at(std::size_t start, std::string_view word) const {
    for (std::size_t i = 0; i < word.size(); ++i) {
      if (letters_[start + i] != lower(word[i])) {
        return false;
      }
    }
    return true;
  }

  // Not initialised: a text is short, and only what it fills is looked at.
  std::array<char, piece_max + vector_letters + word_max> letters_;
  std::size_t size_ = 0;
};

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
#if defined(__SSE2__)
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

}  // namespace

bool contains_any_word(std::string_view text, std::span<const std::string_view> words) {
  return std::ranges::any_of(words,
                             [&](std::string_view word) { return contains_word(text, word); });
}

bool may_contain_any(std::span<const std::byte> units, std::span<const std::string_view> words) {
  if (std::ranges::any_of(words, [](std::string_view word) { return word.size() > word_max; })) {
    return true;
  }
  units = units.first(units.size() / 2 * 2);
  LowerCase piece;
  while (true) {
    const auto taken = units.first(std::min(units.size(), piece_max * 2));
    if (!piece.take(taken) ||
        std::ranges::any_of(words, [&](std::string_view word) { return piece.holds(word); })) {
      return true;
    }
    if (taken.size() == units.size()) {
      return false;
    }
    units = units.subspan((piece_max - word_max) * 2);
  }
}

}  // namespace npg
