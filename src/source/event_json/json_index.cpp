#include "source/event_json/json_index.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#define NPG_WITH_AVX2 __attribute__((target("avx2,bmi,bmi2,lzcnt,pclmul,popcnt")))
#endif

namespace npg {
namespace {

// The loops go over whole steps of the text, and the marks have room for each of its bytes.
// NOLINTBEGIN(*-pro-bounds-pointer-arithmetic)

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
struct PlainParity {
  static std::uint64_t prefix(std::uint64_t bits) {
    for (unsigned shift = 1; shift < 64; shift *= 2) {
      bits ^= bits << shift;
    }
    return bits;
  }
};
#if defined(__x86_64__)
/// A product without carries by ones everywhere is just that.
struct ProductParity {
  NPG_WITH_AVX2 static std::uint64_t prefix(std::uint64_t bits) {
    const __m128i ones = _mm_set1_epi8(static_cast<char>(0xff));
    const __m128i product =
        _mm_clmulepi64_si128(_mm_set_epi64x(0, static_cast<std::int64_t>(bits)), ones, 0);
    return static_cast<std::uint64_t>(_mm_cvtsi128_si64(product));
  }
};
#endif

/// What one step hands to the next.
struct Carry {
  std::uint64_t in_string = 0;  ///< all ones inside of a string
  std::uint64_t in_word = 0;
  std::uint64_t next_escaped = 0;
};

/// The bytes that a backslash stands before which is not itself escaped (as simdjson finds them: a
/// subtraction carries through each run of backslashes).
[[gnu::always_inline]] inline std::uint64_t escaped_by(std::uint64_t backslash, Carry& carry) {
  if (backslash == 0) {
    const std::uint64_t escaped = carry.next_escaped;
    carry.next_escaped = 0;
    return escaped;
  }
  constexpr std::uint64_t odd = 0xAAAAAAAAAAAAAAAA;
  const std::uint64_t potential = backslash & ~carry.next_escaped;
  const std::uint64_t codes = (((potential << 1U) | odd) - potential) ^ odd;
  const std::uint64_t escaped = codes ^ (backslash | carry.next_escaped);
  carry.next_escaped = (codes & backslash) >> 63U;
  return escaped;
}

[[gnu::always_inline]] inline std::uint64_t starts(const Classes& classes, std::uint64_t quotes,
                                                   std::uint64_t in_string, const Carry& carry) {
  const std::uint64_t filled = ~(classes.operation | classes.space);
  const std::uint64_t behind_word = (filled & ~quotes) << 1U | carry.in_word;
  return ((classes.operation | (filled & ~behind_word)) & ~(in_string ^ quotes)) |
         (quotes & in_string);
}

/// Writes the places of the bits; gives where the next goes. The first eight are written whether
/// there are so many or not, since most steps have fewer and a guess costs more than a write.
[[gnu::always_inline]] inline std::uint32_t* emit(std::uint64_t bits, std::uint32_t base,
                                                  std::uint32_t* out) {
  constexpr int at_once = 8;
  std::uint32_t* const end = out + std::popcount(bits);
  for (int i = 0; i < at_once; ++i) {
    out[i] = base + static_cast<std::uint32_t>(std::countr_zero(bits));
    bits &= bits - 1;
  }
  for (out += at_once; bits != 0; ++out) {
    *out = base + static_cast<std::uint32_t>(std::countr_zero(bits));
    bits &= bits - 1;
  }
  return end;
}

/// Marks one step; gives where the next marks go.
template <typename Parity>
[[gnu::always_inline]] inline std::uint32_t* mark_step(const Classes& classes, std::uint32_t base,
                                                       Carry& carry, std::uint32_t* out) {
  const std::uint64_t quotes = classes.quote & ~escaped_by(classes.backslash, carry);
  std::uint64_t in_string = Parity::prefix(quotes) ^ carry.in_string;
  std::uint64_t rest = ~std::uint64_t{0};
  std::uint64_t quotes_left = quotes;
  std::uint64_t broken = classes.newline & in_string;
  while (broken != 0) {
    const std::uint64_t at = broken & (~broken + 1);
    out = emit((starts(classes, quotes_left, in_string, carry) & rest & (at - 1)) | at, base, out);
    rest = ~(at | (at - 1));
    quotes_left = quotes & rest;
    in_string = Parity::prefix(quotes_left);
    broken = classes.newline & in_string & rest;
  }
  out = emit(starts(classes, quotes_left, in_string, carry) & rest, base, out);
  carry.in_word = (~(classes.operation | classes.space) & ~quotes_left) >> 63U;
  carry.in_string = static_cast<std::uint64_t>(static_cast<std::int64_t>(in_string) >> 63);
  return out;
}

/// Spaces behind the end of the text, which mark nothing.
std::array<char, step> last_step(std::string_view rest) {
  std::array<char, step> padded{};
  padded.fill(' ');
  std::ranges::copy(rest, padded.begin());
  return padded;
}

#if defined(__x86_64__)
NPG_WITH_AVX2 std::size_t scan_avx2(std::string_view text, std::uint32_t* out) {
  Carry carry;
  std::uint32_t* end = out;
  std::uint32_t at = 0;
  for (const std::size_t whole = text.size() / step * step; at < whole; at += step) {
    end = mark_step<ProductParity>(classes_avx2(text.data() + at), at, carry, end);
  }
  end = mark_step<ProductParity>(classes_avx2(last_step(text.substr(at)).data()), at, carry, end);
  return static_cast<std::size_t>(end - out);
}
[[gnu::always_inline]] inline Classes classes_anywhere(const char* bytes) {
  return classes_sse2(bytes);
}
#else
Classes classes_anywhere(const char* bytes) {
  return classes_plain(bytes);
}
#endif
std::size_t scan_plain(std::string_view text, std::uint32_t* out) {
  Carry carry;
  std::uint32_t* end = out;
  std::uint32_t at = 0;
  for (const std::size_t whole = text.size() / step * step; at < whole; at += step) {
    end = mark_step<PlainParity>(classes_anywhere(text.data() + at), at, carry, end);
  }
  end = mark_step<PlainParity>(classes_anywhere(last_step(text.substr(at)).data()), at, carry, end);
  return static_cast<std::size_t>(end - out);
}

// NOLINTEND(*-pro-bounds-pointer-arithmetic)

}  // namespace

void JsonIndex::scan(std::string_view text) {
  if (capacity_ < text.size() + 2 * step) {
    capacity_ = text.size() + 2 * step;  // Each byte, what the last step pads, what emit() adds.
    marks_ =
        std::make_unique_for_overwrite<std::uint32_t[]>(capacity_);  // NOLINT(*-avoid-c-arrays)
  }
#if defined(__x86_64__)
  static const bool has_avx2 =
      __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("bmi") != 0 &&
      __builtin_cpu_supports("bmi2") != 0 && __builtin_cpu_supports("pclmul") != 0 &&
      __builtin_cpu_supports("popcnt") != 0;
  count_ = has_avx2 ? scan_avx2(text, marks_.get()) : scan_plain(text, marks_.get());
#else
  count_ = scan_plain(text, marks_.get());
#endif
}

}  // namespace npg
