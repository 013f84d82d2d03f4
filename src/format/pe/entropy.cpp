// How evenly a section's bytes are spread: packed and encrypted code comes near eight bits a byte.
#include <array>
#include <cmath>

#include "format/pe/parts.hpp"

namespace npg::pe {
namespace {

/// Hundredths of a bit a byte.
std::uint32_t entropy_of(Bytes bytes) {
  std::array<std::uint64_t, 256> counts{};
  for (const std::byte b : bytes.data()) {
    ++counts[std::to_integer<std::size_t>(b)];
  }
  const auto total = static_cast<double>(bytes.size());
  double bits = 0;
  for (const std::uint64_t count : counts) {
    if (count != 0) {
      const double share = static_cast<double>(count) / total;
      bits -= share * std::log2(share);
    }
  }
  return static_cast<std::uint32_t>(std::lround(bits * 100));
}

}  // namespace

void measure_entropy(Bytes file, std::vector<Section>& sections) {
  // Limit: honest sections do not overlap; 96 that each claim the whole file would cost 96
  // readings.
  std::uint64_t left = 2 * file.size();
  for (Section& section : sections) {
    const Bytes bytes =
        section.raw_offset == 0 ? Bytes() : file.clamp(section.raw_offset, section.raw_size);
    if (!bytes.empty() && bytes.size() <= left) {
      left -= bytes.size();
      section.entropy = entropy_of(bytes);
    }
  }
}

}  // namespace npg::pe
