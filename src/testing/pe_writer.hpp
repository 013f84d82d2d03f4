// Builds DLL images that hold no code at all: headers, an export directory and a version resource
// in one section that cannot be executed. The entry point is 0 and every export points at zero
// bytes.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace npg::testing {

struct ExportRecipe {
  std::string name = {};       ///< empty: by ordinal only
  std::uint16_t ordinal = 0;   ///< 0: the next one
  std::string forwarder = {};  ///< "other.NPLogonNotify"; empty: an address in this image
};

struct VersionRecipe {
  std::vector<std::pair<std::string, std::string>> strings = {};  ///< in stored order
  std::uint64_t file_version = 0;                                 ///< four 16-bit parts
  std::uint64_t product_version = 0;
};

struct ImageRecipe {
  std::string dll_name = {};       ///< in the export directory
  std::uint16_t machine = 0x8664;  ///< x64
  std::uint32_t timestamp = 0;
  bool is_dll = true;
  std::vector<ExportRecipe> exports = {};
  VersionRecipe version = {};  ///< no strings and no number: no resource
};

/// A PE32+ file; PE32 for the 32-bit machines 0x14c and 0x1c4.
[[nodiscard]] std::vector<std::byte> write_image(const ImageRecipe& recipe);

/// Four parts as the version numbers hold them: version_number(10, 0, 20348, 1).
[[nodiscard]] constexpr std::uint64_t version_number(std::uint16_t major, std::uint16_t minor,
                                                     std::uint16_t build, std::uint16_t revision) {
  return std::uint64_t{major} << 48U | std::uint64_t{minor} << 32U | std::uint64_t{build} << 16U |
         revision;
}

}  // namespace npg::testing
