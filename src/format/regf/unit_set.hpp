// UnitSet: one bit for each 8 bytes of a hive.
#pragma once

#include <cstdint>
#include <vector>

namespace npg::regf {

/// One bit for each 8 bytes: the unit that cells are made of.
class UnitSet {
 public:
  static constexpr std::uint64_t unit_bytes = 8;

  explicit UnitSet(std::uint64_t bytes) : words_(bytes / word_bytes + 1) {}
  /// False when the unit was in already. The offset must lie inside.
  bool insert(std::uint64_t offset) {
    std::uint64_t& word = words_[offset / word_bytes];
    const std::uint64_t bit = std::uint64_t{1} << (offset / unit_bytes % 64);
    const bool fresh = (word & bit) == 0;
    word |= bit;
    return fresh;
  }
  [[nodiscard]] bool contains(std::uint64_t offset) const {
    return offset / word_bytes < words_.size() &&
           (words_[offset / word_bytes] >> (offset / unit_bytes % 64) & 1U) != 0;
  }
  /// Every unit that has a byte in the range; what lies outside is left out.
  void insert_range(std::uint64_t from, std::uint64_t to);
  /// The first unit at or behind `from` that is in; `to` when there is none before it.
  [[nodiscard]] std::uint64_t next_set(std::uint64_t from, std::uint64_t to) const {
    return next(from, to, Look::set);
  }
  /// True when a unit of the range is in.
  [[nodiscard]] bool any_in(std::uint64_t from, std::uint64_t to) const {
    return next(from, to, Look::set) < to;
  }
  /// The first unit at or behind `from` (a multiple of 8) that is not in; `to` when there is none
  /// before it.
  [[nodiscard]] std::uint64_t next_clear(std::uint64_t from, std::uint64_t to) const {
    return next(from, to, Look::clear);
  }

 private:
  static constexpr std::uint64_t word_bytes = 512;
  enum class Look : std::uint8_t { set, clear };
  [[nodiscard]] std::uint64_t next(std::uint64_t from, std::uint64_t to, Look look) const;
  std::vector<std::uint64_t> words_;
};

}  // namespace npg::regf
