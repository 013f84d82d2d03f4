// Damages a file as disks, copies and hands do: one seed, one damaged file.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace npg::testing {

/// A damaged copy, and where the original's bytes went.
struct DamagedFile {
  std::vector<std::byte> content;
  std::size_t cut_at = SIZE_MAX;    ///< what lay behind is gone
  std::size_t moved_at = SIZE_MAX;  ///< from here on bytes were put in, or taken out
  std::ptrdiff_t moved_by = 0;
  /// The range of the original that was overwritten with something else as a whole.
  std::size_t overwritten_begin = 0;
  std::size_t overwritten_end = 0;

  /// Where a range of the original lies now; nothing when some of it is gone or overwritten.
  [[nodiscard]] std::optional<std::size_t> place_of(std::size_t at, std::size_t size) const;
};

/// Nine of ten: 1 to 16 small changes (a bit, a byte, a number of 2 or 4 bytes set to an extreme).
/// The others: the file is cut, a sector of 512 bytes is zero or foreign, a few bytes are put in or
/// taken out.
[[nodiscard]] DamagedFile damage(std::span<const std::byte> original, std::uint64_t seed);

}  // namespace npg::testing
