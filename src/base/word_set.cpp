#include "base/word_set.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/byte_search.hpp"

#if defined(__x86_64__)
#include <immintrin.h>
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
#if defined(__x86_64__)
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
    for (std::size_t start = 0; start + word.size() <= size_; ++start) {
      if (is_at(start, word)) {
        return true;
      }
    }
    return false;
  }

#if defined(__x86_64__)
  /// The same for all the words at once, by the halves of their first letters.
  [[gnu::target("ssse3")]] [[nodiscard]] bool holds_any(const WordSet& set) const {
    const __m128i half = _mm_set1_epi8(0xf);
    for (std::size_t at = 0; at < size_; at += vector_letters) {
      __m128i found = _mm_set1_epi8(-1);
      for (std::size_t j = 0; j < WordSet::begun; ++j) {
        const __m128i letters = load(&letters_[at + j]);
        const __m128i lows =
            _mm_shuffle_epi8(load(set.low_halves(j).data()), _mm_and_si128(letters, half));
        const __m128i highs = _mm_shuffle_epi8(load(set.high_halves(j).data()),
                                               _mm_and_si128(_mm_srli_epi16(letters, 4), half));
        found = _mm_and_si128(found, _mm_and_si128(lows, highs));
      }
      std::array<std::uint8_t, vector_letters> words_at{};
      auto marks =
          ~static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(found, _mm_setzero_si128()))) &
          0xffffU;
      if (marks != 0) {
        std::memcpy(words_at.data(), &found, sizeof(found));
      }
      for (; marks != 0; marks &= marks - 1) {
        const auto place = static_cast<std::size_t>(std::countr_zero(marks));
        if (holds_one(at + place, set.words(), words_at[place])) {
          return true;
        }
      }
    }
    return false;
  }
#endif

 private:
#if defined(__x86_64__)
  template <typename T>
  [[gnu::always_inline]] static __m128i load(const T* from) {
    __m128i loaded;
    std::memcpy(&loaded, from, sizeof(loaded));
    return loaded;
  }
#endif
  /// True when a word stands at `start` whose number, or that less a multiple of 8, is a bit's.
  [[nodiscard]] bool holds_one(std::size_t start, std::span<const std::string_view> words,
                               unsigned bits) const {
    for (std::size_t k = 0; k < words.size(); ++k) {
      if ((bits >> (k % 8) & 1U) != 0 && start + words[k].size() <= size_ &&
          is_at(start, words[k])) {
        return true;
      }
    }
    return false;
  }
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

}  // namespace

WordSet::WordSet(std::span<const std::string_view> words) : words_(words) {
  for (std::size_t k = 0; k < words.size(); ++k) {
    any_short_ = any_short_ || words[k].size() < begun;
    any_long_ = any_long_ || words[k].size() > word_max;
    for (std::size_t j = 0; j < std::min(begun, words[k].size()); ++j) {
      const auto letter = static_cast<unsigned char>(lower(words[k][j]));
      const auto bit = static_cast<std::uint8_t>(1U << (k % 8));
      low_.at(j).at(letter & 0xfU) |= bit;
      high_.at(j).at(letter >> 4U) |= bit;
    }
  }
}

bool WordSet::may_be_in(std::span<const std::byte> units) const {
  if (any_long_) {
    return true;
  }
  units = units.first(units.size() / 2 * 2);
  LowerCase piece;
  const auto holds_any = [&] {
#if defined(__x86_64__)
    static const bool has_shuffle = __builtin_cpu_supports("ssse3") != 0;
    if (has_shuffle && !any_short_) {
      return piece.holds_any(*this);
    }
#endif
    return std::ranges::any_of(words_, [&](std::string_view word) { return piece.holds(word); });
  };
  while (true) {
    const auto taken = units.first(std::min(units.size(), piece_max * 2));
    if (!piece.take(taken) || holds_any()) {
      return true;
    }
    if (taken.size() == units.size()) {
      return false;
    }
    units = units.subspan((piece_max - word_max) * 2);
  }
}

}  // namespace npg
