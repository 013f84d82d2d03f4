#include "format/evtx/value_table.hpp"

namespace npg::evtx {

bool ValueTable::read(Bytes chunk, std::uint64_t descriptors, std::uint64_t end) {
  constexpr std::uint64_t descriptor_size = 4;
  constexpr std::uint64_t head_size = 4;
  chunk_ = chunk.clamp(0, end);
  slots_.clear();
  if (descriptors > chunk_.size() || chunk_.size() - descriptors < head_size) {
    return false;
  }
  const std::uint64_t count = chunk_.at<std::uint32_t>(descriptors);
  const std::uint64_t first = descriptors + head_size;
  if (count > (chunk_.size() - first) / descriptor_size) {
    return false;
  }
  slots_.resize(static_cast<std::size_t>(count));
  end_ = first + count * descriptor_size;
  std::uint64_t at = first;
  for (Slot& slot : slots_) {
    const std::uint32_t descriptor = chunk_.at<std::uint32_t>(at);
    slot.at = static_cast<std::uint32_t>(end_);
    slot.size = static_cast<std::uint16_t>(descriptor);
    slot.type = static_cast<std::uint8_t>(descriptor >> 16);
    end_ += slot.size;
    at += descriptor_size;
  }
  return end_ <= chunk_.size();
}

}  // namespace npg::evtx
