// The values that a template instance brings, by their index (docs/formats/evtx.md, "Templates").
#pragma once

#include <cstdint>
#include <vector>

#include "format/evtx/value.hpp"

namespace npg::evtx {

class ValueTable {
 public:
  /// Reads the descriptors that stand at a place of the chunk; what is there before is forgotten.
  /// False when they or their values do not all lie before `end` (both chunk-relative): the record
  /// is damaged.
  [[nodiscard]] bool read(Bytes chunk, std::uint64_t descriptors, std::uint64_t end);
  [[nodiscard]] std::size_t size() const { return count_; }
  /// A null value for an index past the last one, as Windows takes it.
  [[nodiscard]] Value operator[](std::size_t index) const {
    if (index >= count_) {
      return {};
    }
    const std::uint32_t size = size_of(index);
    return {.raw_type = type_of(index), .data = chunk_.clamp(ends_[index] - size, size)};
  }
  /// True when the index is that of a value and the value is null.
  [[nodiscard]] bool is_null(std::size_t index) const {
    return index < count_ && type_of(index) == 0;
  }
  /// True when the index is that of a value of this type and size.
  [[nodiscard]] bool is(std::size_t index, ValueType type, std::uint32_t size) const {
    return index < count_ && size_of(index) == size &&
           type_of(index) == static_cast<std::uint8_t>(type);
  }
  /// Size and type of the value, as they stand; the index must be one's.
  [[nodiscard]] std::uint32_t descriptor(std::size_t index) const { return descriptors_[index]; }
  /// Behind the last value, chunk-relative.
  [[nodiscard]] std::uint64_t end() const { return end_; }

 private:
  [[nodiscard]] std::uint32_t size_of(std::size_t index) const {
    return descriptors_[index] & 0xffff;
  }
  [[nodiscard]] std::uint8_t type_of(std::size_t index) const {
    return static_cast<std::uint8_t>(descriptors_[index] >> 16);
  }
  Bytes chunk_;
  std::size_t count_ = 0;
  std::vector<std::uint32_t> descriptors_;  ///< size and type; at least count_ of them
  std::vector<std::uint32_t> ends_;         ///< behind each value, chunk-relative
  std::uint64_t end_ = 0;
};

}  // namespace npg::evtx
