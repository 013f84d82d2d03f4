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
  [[nodiscard]] std::size_t size() const { return slots_.size(); }
  /// A null value for an index past the last one, as Windows takes it.
  [[nodiscard]] Value operator[](std::size_t index) const {
    if (index >= slots_.size()) {
      return {};
    }
    const Slot slot = slots_[index];
    return {.raw_type = slot.type, .data = chunk_.clamp(slot.at, slot.size)};
  }
  /// True when the index is that of a value and the value is null.
  [[nodiscard]] bool is_null(std::size_t index) const {
    return index < slots_.size() && slots_[index].type == 0;
  }
  /// Behind the last value, chunk-relative.
  [[nodiscard]] std::uint64_t end() const { return end_; }

 private:
  struct Slot {
    std::uint32_t at = 0;
    std::uint16_t size = 0;
    std::uint8_t type = 0;
  };
  Bytes chunk_;
  std::vector<Slot> slots_;
  std::uint64_t end_ = 0;
};

}  // namespace npg::evtx
