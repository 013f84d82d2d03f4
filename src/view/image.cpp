#include "view/image.hpp"

#include <fmt/format.h>

namespace npg {

std::string machine_name(std::uint16_t machine) {
  switch (machine) {
    case 0x14c: return "x86";
    case 0x8664: return "x64";
    case 0xaa64: return "arm64";
    case 0xa641: return "arm64ec";
    case 0xa64e: return "arm64x";
    case 0x1c0:
    case 0x1c4: return "arm";
    default: return fmt::format("0x{:x}", machine);
  }
}

}  // namespace npg
