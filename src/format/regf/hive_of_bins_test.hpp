// A hive made of bins alone: for fuzz targets whose inputs shall be small, the base block is built.
#pragma once

#include <algorithm>
#include <optional>
#include <vector>

#include "format/regf/hive.hpp"

namespace npg::regf {

/// Bins behind a base block that says nothing wrong; the first cell is the root.
struct HiveOfBins {
  explicit HiveOfBins(Bytes bins) : file(base_block_bytes) {
    constexpr std::byte magic[] = {std::byte{'r'}, std::byte{'e'}, std::byte{'g'}, std::byte{'f'}};
    std::ranges::copy(magic, file.begin());
    file.insert(file.end(), bins.data().begin(), bins.data().end());
    BaseBlock block;
    block.root_cell = Bin::header_bytes;
    block.bins_bytes = static_cast<std::uint32_t>(bins.size());
    if (auto opened = Hive::open(Bytes(file), Limits{}, diagnostics, block)) {
      hive.emplace(std::move(*opened));
    }
  }

  std::vector<std::byte> file;
  Diagnostics diagnostics;
  std::optional<Hive> hive;  ///< nothing when there is no key in the bins
};

}  // namespace npg::regf
