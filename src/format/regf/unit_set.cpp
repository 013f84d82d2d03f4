#include "format/regf/unit_set.hpp"

#include <algorithm>
#include <bit>
#include <cstddef>

namespace npg::regf {

void UnitSet::insert_range(std::uint64_t from, std::uint64_t to) {
  to = std::min<std::uint64_t>(to, words_.size() * word_bytes);
  if (from >= to) {
    return;
  }
  const std::uint64_t first = from / unit_bytes;
  const std::uint64_t last = (to - 1) / unit_bytes;
  const std::uint64_t head = ~std::uint64_t{0} << (first % 64);
  const std::uint64_t tail = ~std::uint64_t{0} >> (63 - last % 64);
  if (first / 64 == last / 64) {
    words_[first / 64] |= head & tail;
    return;
  }
  words_[first / 64] |= head;
  std::fill(words_.begin() + static_cast<std::ptrdiff_t>(first / 64 + 1),
            words_.begin() + static_cast<std::ptrdiff_t>(last / 64), ~std::uint64_t{0});
  words_[last / 64] |= tail;
}

std::uint64_t UnitSet::next(std::uint64_t from, std::uint64_t to, Look look) const {
  const std::uint64_t flip = look == Look::clear ? ~std::uint64_t{0} : 0;
  while (from < to && from / word_bytes < words_.size()) {
    const std::uint64_t word = (words_[from / word_bytes] ^ flip) >> (from / unit_bytes % 64);
    if (word != 0) {
      return std::min(to, from / unit_bytes * unit_bytes +
                              static_cast<std::uint64_t>(std::countr_zero(word)) * unit_bytes);
    }
    from = (from / word_bytes + 1) * word_bytes;
  }
  // Behind the end nothing is in.
  return look == Look::clear ? std::min(from, to) : to;
}

}  // namespace npg::regf
