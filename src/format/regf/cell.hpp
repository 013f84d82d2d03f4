// Cells and bins: how the space behind the base block is cut up (docs/formats/regf.md, 2 and 3).
#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.hpp"

namespace npg::regf {

/// A link that leads nowhere.
inline constexpr std::uint32_t no_cell = 0xffffffff;

struct Cell {
  std::uint32_t cell_offset = 0;  ///< of the size field, relative to the hive bins
  std::uint64_t offset = 0;       ///< of the size field, absolute
  std::uint64_t size = 0;         ///< with the size field; as stored, whether it fits or not
  bool allocated = false;
  bool fits = false;  ///< the size is a sane one and all of it is there
  Bytes content;      ///< behind the size field, as much as is there
};

struct Bin {
  std::uint64_t offset = 0;     ///< absolute
  std::uint32_t position = 0;   ///< where the header says that it lies, relative to the hive bins
  std::uint32_t size = 0;       ///< as stored
  std::uint64_t timestamp = 0;  ///< of the first bin: a copy of the base block's last written
  bool sound = false;           ///< signature, position and size agree with where it was found

  static constexpr std::uint32_t header_bytes = 32;
  static constexpr std::uint32_t unit_bytes = 4096;
};

/// The hive bins as one space that cell offsets point into.
class CellSpace {
 public:
  CellSpace() = default;
  /// `bins` are the bytes behind the base block; `old_cells` is true for format 1.1 and before,
  /// whose cells have a link in front of their content.
  CellSpace(Bytes bins, bool old_cells) : bins_(bins), header_bytes_(old_cells ? 8 : 4) {}

  /// The cell at an offset. A cell whose size makes no sense is given with what is there and
  /// fits == false. Errors: bad_value when the offset is not a multiple of 8; truncated when it
  /// lies outside.
  [[nodiscard]] Result<Cell> cell(std::uint32_t cell_offset) const {
    if (cell_offset % 8 != 0) {
      return fail(ErrorCode::bad_value, bins_.offset() + cell_offset, "regf.cell_offset",
                  cell_offset & ~7U, cell_offset);
    }
    if (cell_offset >= bins_.size() || bins_.size() - cell_offset < header_bytes_) {
      return fail(ErrorCode::truncated, bins_.offset() + cell_offset, "regf.cell", header_bytes_,
                  cell_offset < bins_.size() ? bins_.size() - cell_offset : 0);
    }
    const std::uint32_t stored = bins_.at<std::uint32_t>(cell_offset);
    const bool allocated = (stored & 0x80000000U) != 0;
    const std::uint64_t size = allocated ? 0x100000000ULL - stored : stored;
    const std::uint64_t room = bins_.size() - cell_offset;
    const bool fits = size >= 8 && size % 8 == 0 && size <= room;
    return Cell{.cell_offset = cell_offset,
                .offset = bins_.offset() + cell_offset,
                .size = size,
                .allocated = allocated,
                .fits = fits,
                .content = bins_.clamp(std::uint64_t{cell_offset} + header_bytes_,
                                       (fits ? size : room) - header_bytes_)};
  }

  /// The bin header at a position that is a multiple of 4096; nothing behind the last whole header.
  [[nodiscard]] std::optional<Bin> bin(std::uint64_t position) const;

  [[nodiscard]] Bytes bytes() const { return bins_; }
  [[nodiscard]] std::uint64_t size() const { return bins_.size(); }
  /// Bytes in front of a cell's content.
  [[nodiscard]] std::uint32_t header_bytes() const { return header_bytes_; }

 private:
  Bytes bins_;
  std::uint32_t header_bytes_ = 4;
};

/// Calls visit(Cell) for every cell from bin to bin, free ones too, in file order. Where a bin
/// header or a cell size is damaged it goes on at the next multiple of 4096 that holds a sound
/// header.
template <typename Visit>
void for_each_cell(const CellSpace& space, Visit&& visit) {
  for (std::uint64_t position = 0; position < space.size();) {
    const auto bin = space.bin(position);
    if (!bin || !bin->sound) {
      position += Bin::unit_bytes;
      continue;
    }
    const std::uint64_t end = position + bin->size;
    for (std::uint64_t at = position + Bin::header_bytes; at < end;) {
      const auto cell = space.cell(static_cast<std::uint32_t>(at));
      if (!cell || !cell->fits || cell->size > end - at) {
        break;
      }
      visit(*cell);
      at += cell->size;
    }
    position = end;
  }
}

}  // namespace npg::regf
