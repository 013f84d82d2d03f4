// The types of registry values, by number (winnt.h, REG_*).
#pragma once

#include <cstdint>
#include <string>

namespace npg {

namespace reg {
inline constexpr std::uint32_t none = 0;
inline constexpr std::uint32_t sz = 1;
inline constexpr std::uint32_t expand_sz = 2;
inline constexpr std::uint32_t binary = 3;
inline constexpr std::uint32_t dword = 4;
inline constexpr std::uint32_t dword_big_endian = 5;
inline constexpr std::uint32_t link = 6;
inline constexpr std::uint32_t multi_sz = 7;
inline constexpr std::uint32_t qword = 11;
}  // namespace reg

/// "REG_SZ" and the like; "REG_0x1234" for a number without a name.
[[nodiscard]] std::string registry_type_name(std::uint32_t type);

}  // namespace npg
