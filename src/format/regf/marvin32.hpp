// Marvin32: the 64-bit hash of transaction log entries (docs/formats/regf.md, 8). Header only, so
// that builders of test hives can use it without linking the parser.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

namespace npg::regf {

namespace detail {
struct MarvinState {
  std::uint32_t low;
  std::uint32_t high;

  constexpr void mix(std::uint32_t word) {
    low += word;
    high ^= low;
    low = std::rotl(low, 20) + high;
    high = std::rotl(high, 9) ^ low;
    low = std::rotl(low, 27) + high;
    high = std::rotl(high, 19);
  }
};
}  // namespace detail

/// The hash of `bytes` under the seed that the Windows kernel uses for hive logs.
// Quirk: the published seed "82 EF 4D 88 7A 4E 55 C5" is the 64-bit integer 0x82EF4D887A4E55C5, not
// those bytes in file order: logs of Windows 8.1 to 11 agree with the integer alone.
[[nodiscard]] constexpr std::uint64_t marvin32(std::span<const std::byte> bytes) {
  detail::MarvinState state{.low = 0x7A4E55C5, .high = 0x82EF4D88};
  const auto byte_at = [bytes](std::size_t at) {
    return std::to_integer<std::uint32_t>(bytes[at]);
  };
  std::size_t at = 0;
  for (; bytes.size() - at >= 4; at += 4) {
    state.mix(byte_at(at) | byte_at(at + 1) << 8U | byte_at(at + 2) << 16U |
              byte_at(at + 3) << 24U);
  }
  std::uint32_t tail = 0x80;
  for (std::size_t left = bytes.size() - at; left > 0; --left) {
    tail = tail << 8U | byte_at(at + left - 1);
  }
  state.mix(tail);
  state.mix(0);
  return std::uint64_t{state.high} << 32U | state.low;
}

}  // namespace npg::regf
