// The cells of a hive in the making: bins, allocated and freed cells, value data and the ring of
// security descriptors.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "testing/byte_writer.hpp"

namespace npg::testing {

inline constexpr std::uint32_t no_cell = 0xffffffff;

/// Cells are named by their offset in the hive bins data. Freed cells keep their content and are
/// not used again.
struct CellStore {
  ByteWriter bins;

  /// Where the content of a cell starts.
  [[nodiscard]] static std::size_t at_of(std::uint32_t cell) { return std::size_t{cell} + 4; }
  std::uint32_t allocate(std::span<const std::byte> content);
  /// Nothing is done for no_cell.
  void release(std::uint32_t cell);
  /// Value data in one cell, or as big data where it is larger than a cell may hold.
  std::uint32_t write_data(std::span<const std::byte> data);
  void release_data(std::uint32_t cell);
  /// The cell of this descriptor, with one more key counted.
  std::uint32_t security_cell(const std::vector<std::byte>& descriptor);
  /// The same for a key that has its parent's.
  std::uint32_t inherited_security(std::uint32_t cell);

 private:
  void open_bin(std::size_t needed_bytes);
  void mark_rest_free();

  std::size_t bin_start_ = 0;  // where the unused rest of the last bin starts
  std::size_t bin_end_ = 0;
  std::map<std::vector<std::byte>, std::uint32_t> security_cells_;
  std::vector<std::uint32_t> security_order_;
};

}  // namespace npg::testing
