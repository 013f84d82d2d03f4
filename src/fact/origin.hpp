// Origin: the bytes that a fact was read from.
#pragma once

#include <compare>
#include <cstdint>
#include <string_view>

namespace npg {

/// How the bytes were come by: live in the file, put there by replaying a transaction log, or found
/// in unused space.
enum class How : std::uint8_t { allocated, replayed, recovered };
[[nodiscard]] std::string_view name_of(How how);

struct Origin {
  std::uint32_t evidence = 0;  ///< index in the assessment's evidence list
  std::uint64_t offset = 0;    ///< absolute in the evidence
  std::uint64_t length = 0;    ///< bytes; 0 when the structure's size is not known
  How how = How::allocated;
  bool unverified = false;  ///< of a log's record that no checksum vouches for

  auto operator<=>(const Origin&) const = default;
};

}  // namespace npg
