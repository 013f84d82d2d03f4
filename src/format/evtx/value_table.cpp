#include "format/evtx/value_table.hpp"

#include <span>

#include "base/byte_search.hpp"

namespace npg::evtx {

bool ValueTable::read(Bytes chunk, std::uint64_t descriptors, std::uint64_t end) {
  constexpr std::uint64_t head_size = 4;
  constexpr std::uint64_t descriptor_size = 4;
  chunk_ = chunk.clamp(0, end);
  count_ = 0;
  if (descriptors > chunk_.size() || chunk_.size() - descriptors < head_size) {
    return false;
  }
  const std::uint64_t count = chunk_.at<std::uint32_t>(descriptors);
  const std::uint64_t first = descriptors + head_size;
  if (count > (chunk_.size() - first) / descriptor_size) {
    return false;
  }
  if (ends_.size() < count) {
    ends_.resize(static_cast<std::size_t>(count));
    descriptors_.resize(static_cast<std::size_t>(count));
  }
  count_ = static_cast<std::size_t>(count);
  const std::span<std::uint32_t> words = std::span(descriptors_).first(count_);
  const std::span<std::uint32_t> ends = std::span(ends_).first(count_);
  copy_words(chunk_.data().subspan(static_cast<std::size_t>(first)), words);
  // Sums of sizes below 64 KiB for at most 16384 values: 32 bits hold them.
  std::uint32_t at = static_cast<std::uint32_t>(first + count * descriptor_size);
  auto behind = ends.begin();
  for (const std::uint32_t word : words) {
    at += word & 0xffff;
    *behind++ = at;
  }
  end_ = at;
  return end_ <= chunk_.size();
}

}  // namespace npg::evtx
