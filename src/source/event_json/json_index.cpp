#include "source/event_json/json_index.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#define NPG_WITH_AVX2 __attribute__((target("avx2,bmi,bmi2,lzcnt")))
#endif

namespace npg {
namespace {

constexpr std::size_t step = 64;

/// Which of 64 bytes are what, a bit a byte.
struct Classes {
  std::uint64_t quote = 0;
  std::uint64_t backslash = 0;
  std::uint64_t operation = 0;  ///< { } [ ] : ,
  std::uint64_t space = 0;      ///< up to 0x20
  std::uint64_t newline = 0;
};

[[maybe_unused]] Classes classes_plain(const char* bytes) {
  Classes out;
  for (std::size_t i = 0; i < step; ++i) {
    const auto c = static_cast<unsigned char>(bytes[i]);
    const std::uint64_t bit = std::uint64_t{1} << i;
    const auto folded = static_cast<unsigned char>(c | 0x20U);
    out.quote |= c == '"' ? bit : 0;
    out.backslash |= c == '\\' ? bit : 0;
    out.operation |= folded == '{' || folded == '}' || c == ':' || c == ',' ? bit : 0;
    out.space |= c <= 0x20 ? bit : 0;
    out.newline |= c == '\n' ? bit : 0;
  }
  return out;
}

#if defined(__x86_64__)
NPG_WITH_AVX2 inline std::uint64_t bits_avx2(__m256i low, __m256i high) {
  const auto l = static_cast<std::uint32_t>(_mm256_movemask_epi8(low));
  const auto h = static_cast<std::uint32_t>(_mm256_movemask_epi8(high));
  return std::uint64_t{h} << 32U | l;
}
NPG_WITH_AVX2 inline std::uint64_t equal_avx2(__m256i low, __m256i high, char c) {
  const __m256i wanted = _mm256_set1_epi8(c);
  return bits_avx2(_mm256_cmpeq_epi8(low, wanted), _mm256_cmpeq_epi8(high, wanted));
}
/// The brackets differ from the braces by one bit, so four compares find six characters.
NPG_WITH_AVX2 inline Classes classes_avx2(const char* bytes) {
  __m256i low;
  __m256i high;
  std::memcpy(&low, bytes, 32);
  std::memcpy(&high, bytes + 32, 32);
  const __m256i fold = _mm256_set1_epi8(0x20);
  const __m256i low_folded = _mm256_or_si256(low, fold);
  const __m256i high_folded = _mm256_or_si256(high, fold);
  Classes out;
  out.quote = equal_avx2(low, high, '"');
  out.backslash = equal_avx2(low, high, '\\');
  out.operation = equal_avx2(low_folded, high_folded, '{') |
                  equal_avx2(low_folded, high_folded, '}') | equal_avx2(low, high, ':') |
                  equal_avx2(low, high, ',');
  out.space = bits_avx2(_mm256_cmpeq_epi8(_mm256_max_epu8(low, fold), fold),
                        _mm256_cmpeq_epi8(_mm256_max_epu8(high, fold), fold));
  out.newline = equal_avx2(low, high, '\n');
  return out;
}

struct FourParts {
  __m128i a;
  __m128i b;
  __m128i c;
  __m128i d;
};
inline std::uint64_t bits_sse2(__m128i part) {
  return static_cast<std::uint32_t>(_mm_movemask_epi8(part));
}
inline std::uint64_t equal_sse2(const FourParts& parts, char c) {
  const __m128i wanted = _mm_set1_epi8(c);
  return bits_sse2(_mm_cmpeq_epi8(parts.a, wanted)) |
         bits_sse2(_mm_cmpeq_epi8(parts.b, wanted)) << 16U |
         bits_sse2(_mm_cmpeq_epi8(parts.c, wanted)) << 32U |
         bits_sse2(_mm_cmpeq_epi8(parts.d, wanted)) << 48U;
}
inline Classes classes_sse2(const char* bytes) {
  FourParts parts;
  static_assert(sizeof parts == step);
  std::memcpy(&parts, bytes, step);
  const __m128i fold = _mm_set1_epi8(0x20);
  const FourParts folded{_mm_or_si128(parts.a, fold), _mm_or_si128(parts.b, fold),
                         _mm_or_si128(parts.c, fold), _mm_or_si128(parts.d, fold)};
  const FourParts raised{_mm_max_epu8(parts.a, fold), _mm_max_epu8(parts.b, fold),
                         _mm_max_epu8(parts.c, fold), _mm_max_epu8(parts.d, fold)};
  return {.quote = equal_sse2(parts, '"'),
          .backslash = equal_sse2(parts, '\\'),
          .operation = equal_sse2(folded, '{') | equal_sse2(folded, '}') | equal_sse2(parts, ':') |
                       equal_sse2(parts, ','),
          .space = equal_sse2(raised, 0x20),
          .newline = equal_sse2(parts, '\n')};
}
#endif

/// Each bit becomes the parity of itself and those below it: on between a quote and the next.
inline std::uint64_t prefix_parity(std::uint64_t bits) {
  for (unsigned shift = 1; shift < 64; shift *= 2) {
    bits ^= bits << shift;
  }
  return bits;
}

/// What one step hands to the next.
class Scan {
 public:
  Scan(std::uint32_t* out, std::uint32_t base) : begin_(out), out_(out), base_(base) {}

  inline void take(const Classes& classes) {
    const std::uint64_t quotes = classes.quote & ~escaped_by(classes.backslash);
    std::uint64_t in_string = prefix_parity(quotes) ^ in_string_;
    std::uint64_t rest = ~std::uint64_t{0};
    std::uint64_t quotes_left = quotes;
    std::uint64_t broken = classes.newline & in_string;
    while (broken != 0) {
      const std::uint64_t at = broken & (~broken + 1);
      emit((starts(classes, quotes_left, in_string) & rest & (at - 1)) | at);
      rest = ~(at | (at - 1));
      quotes_left = quotes & rest;
      in_string = prefix_parity(quotes_left);
      broken = classes.newline & in_string & rest;
    }
    emit(starts(classes, quotes_left, in_string) & rest);
    in_word_ = (~(classes.operation | classes.space) & ~quotes_left) >> 63U;
    in_string_ = static_cast<std::uint64_t>(static_cast<std::int64_t>(in_string) >> 63);
    base_ += step;
  }

  [[nodiscard]] std::size_t count() const { return static_cast<std::size_t>(out_ - begin_); }

 private:
  /// The bytes that a backslash stands before which is not itself escaped (as simdjson finds them:
  /// a subtraction carries through each run of backslashes).
  inline std::uint64_t escaped_by(std::uint64_t backslash) {
    if (backslash == 0) {
      const std::uint64_t escaped = next_escaped_;
      next_escaped_ = 0;
      return escaped;
    }
    constexpr std::uint64_t odd = 0xAAAAAAAAAAAAAAAA;
    const std::uint64_t potential = backslash & ~next_escaped_;
    const std::uint64_t codes = (((potential << 1U) | odd) - potential) ^ odd;
    const std::uint64_t escaped = codes ^ (backslash | next_escaped_);
    next_escaped_ = (codes & backslash) >> 63U;
    return escaped;
  }

  [[nodiscard]] inline std::uint64_t starts(const Classes& classes, std::uint64_t quotes,
                                            std::uint64_t in_string) const {
    const std::uint64_t filled = ~(classes.operation | classes.space);
    const std::uint64_t behind_word = (filled & ~quotes) << 1U | in_word_;
    return ((classes.operation | (filled & ~behind_word)) & ~(in_string ^ quotes)) |
           (quotes & in_string);
  }

  inline void emit(std::uint64_t bits) {
    while (bits != 0) {
      *out_++ = base_ + static_cast<std::uint32_t>(std::countr_zero(bits));
      bits &= bits - 1;
    }
  }

  std::uint32_t* begin_;
  std::uint32_t* out_;
  std::uint32_t base_;
  std::uint64_t in_string_ = 0;
  std::uint64_t in_word_ = 0;
  std::uint64_t next_escaped_ = 0;
};

/// Spaces behind the end of the text, which mark nothing.
std::array<char, step> last_step(std::string_view rest) {
  std::array<char, step> padded{};
  padded.fill(' ');
  std::ranges::copy(rest, padded.begin());
  return padded;
}

#if defined(__x86_64__)
NPG_WITH_AVX2 std::size_t scan_avx2(std::string_view text, std::uint32_t* out) {
  Scan scan(out, 0);
  const std::size_t whole = text.size() / step * step;
  for (std::size_t at = 0; at < whole; at += step) {
    scan.take(classes_avx2(text.data() + at));
  }
  scan.take(classes_avx2(last_step(text.substr(whole)).data()));
  return scan.count();
}
std::size_t scan_plain(std::string_view text, std::uint32_t* out) {
  Scan scan(out, 0);
  const std::size_t whole = text.size() / step * step;
  for (std::size_t at = 0; at < whole; at += step) {
    scan.take(classes_sse2(text.data() + at));
  }
  scan.take(classes_sse2(last_step(text.substr(whole)).data()));
  return scan.count();
}
#else
std::size_t scan_plain(std::string_view text, std::uint32_t* out) {
  Scan scan(out, 0);
  const std::size_t whole = text.size() / step * step;
  for (std::size_t at = 0; at < whole; at += step) {
    scan.take(classes_plain(text.data() + at));
  }
  scan.take(classes_plain(last_step(text.substr(whole)).data()));
  return scan.count();
}
#endif

}  // namespace

void JsonIndex::scan(std::string_view text) {
  if (capacity_ < text.size() + step) {
    capacity_ = text.size() + step;
    marks_ =
        std::make_unique_for_overwrite<std::uint32_t[]>(capacity_);  // NOLINT(*-avoid-c-arrays)
  }
#if defined(__x86_64__)
  static const bool has_avx2 = __builtin_cpu_supports("avx2") != 0 &&
                               __builtin_cpu_supports("bmi") != 0 &&
                               __builtin_cpu_supports("bmi2") != 0;
  count_ = has_avx2 ? scan_avx2(text, marks_.get()) : scan_plain(text, marks_.get());
#else
  count_ = scan_plain(text, marks_.get());
#endif
}

}  // namespace npg
