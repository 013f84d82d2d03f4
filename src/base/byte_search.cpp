#include "base/byte_search.hpp"

#include <algorithm>
#include <cstdint>

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

}  // namespace

bool may_contain_word(std::span<const std::byte> units, std::string_view word) {
  if (bits_of(units) >= 0x80) {
    return true;
  }
  const std::size_t count = units.size() / 2;
  const auto same_at = [&](std::size_t start) {
    return std::ranges::all_of(word, [&, at = start](char c) mutable {
      return lower(units[at++ * 2]) == lower(static_cast<std::byte>(c));
    });
  };
  for (std::size_t start = 0; start + word.size() <= count; ++start) {
    if (same_at(start)) {
      return true;
    }
  }
  return false;
}

}  // namespace npg
