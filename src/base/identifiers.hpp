// GUIDs and SIDs: the two binary identifiers that registry, events and signatures share, and their
// text.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"

namespace npg {

/// "{54849625-5478-4994-A5BA-3E3B0328C30D}" from 16 bytes in Windows' mixed order.
[[nodiscard]] Result<std::string> guid_text(Bytes bytes);
/// A self-relative SID (MS-DTYP 2.4.2) as "S-1-5-21-..."; `size` is how many bytes it took.
struct SidText {
  std::string text;
  std::size_t size = 0;
};
[[nodiscard]] Result<SidText> sid_text(Bytes bytes);
/// Lower-case hexadecimal, two digits a byte.
[[nodiscard]] std::string to_hex(std::span<const std::byte> bytes);
/// The bytes of pairs of digits in either case; nothing for another text.
[[nodiscard]] std::optional<std::vector<std::byte>> from_hex(std::string_view digits);

}  // namespace npg
