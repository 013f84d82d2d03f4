// Looking for something in many bytes at once: what the C library does with the machine's vectors.
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

#include "base/check.hpp"

namespace npg {

/// The bytes as characters, for what takes strings. Lives as long as they do.
[[nodiscard]] inline std::string_view chars_of(std::span<const std::byte> bytes) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes may be read as characters.
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// The place of the first `value` at or behind `from`; the size of the bytes when there is none.
[[nodiscard]] inline std::size_t find_byte(std::span<const std::byte> bytes, std::size_t from,
                                           std::byte value) {
  if (from >= bytes.size()) {
    return bytes.size();
  }
  const std::span<const std::byte> rest = bytes.subspan(from);
  const void* found = std::memchr(rest.data(), std::to_integer<int>(value), rest.size());
  return found == nullptr
             ? bytes.size()
             : from + static_cast<std::size_t>(static_cast<const std::byte*>(found) - rest.data());
}

/// The little-endian number at a place that the caller has checked, as Bytes::at, for loops in
/// which a call would cost more than the reading.
template <std::unsigned_integral T>
[[gnu::always_inline]] inline T load_at(std::span<const std::byte> bytes, std::size_t at) {
  static_assert(std::endian::native == std::endian::little);
  NPG_CHECK(at <= bytes.size() && sizeof(T) <= bytes.size() - at);
  T number = 0;
  std::memcpy(&number, bytes.data() + at, sizeof(T));
  return number;
}

/// Fills `words` from the bytes, which are at least as many, little-endian.
inline void copy_words(std::span<const std::byte> bytes, std::span<std::uint32_t> words) {
  static_assert(std::endian::native == std::endian::little);
  if (!words.empty()) {
    std::memcpy(words.data(), bytes.first(words.size_bytes()).data(), words.size_bytes());
  }
}

/// How many of the bytes' words, taken four by four from the first, are this one.
[[nodiscard]] std::size_t count_words(std::span<const std::byte> bytes, std::uint32_t word);

/// True when every byte is zero, and when there is none.
[[nodiscard]] inline bool all_zero(std::span<const std::byte> bytes) {
  // Each byte is its neighbour's equal, and the first one is zero.
  return bytes.empty() ||
         (bytes.front() == std::byte{0} &&
          std::memcmp(bytes.data(), bytes.subspan(1).data(), bytes.size() - 1) == 0);
}

/// True when a text holds one of some words in any case. Words are ASCII letters and digits.
[[nodiscard]] bool contains_any_word(std::string_view text,
                                     std::span<const std::string_view> words);

}  // namespace npg
