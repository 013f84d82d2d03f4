// WordSet: some words that are looked for in one go in much text.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace npg {

class WordSet {
 public:
  /// ASCII words, which must outlive this, in any case.
  explicit WordSet(std::span<const std::string_view> words);

  /// True when UTF-16 text may hold one of the words: it does, it has letters that are no ASCII, or
  /// a word is longer than 64 letters.
  [[nodiscard]] bool may_be_in(std::span<const std::byte> units) const;

  [[nodiscard]] std::span<const std::string_view> words() const { return words_; }

  /// How many letters of each word are looked for together.
  static constexpr std::size_t begun = 3;
  using Halves = std::array<std::uint8_t, 16>;
  /// For each lower half of a byte: bit k % 8 is set when letter `letter` of word k has it.
  [[nodiscard]] const Halves& low_halves(std::size_t letter) const { return low_[letter]; }
  /// The same for the upper halves.
  [[nodiscard]] const Halves& high_halves(std::size_t letter) const { return high_[letter]; }

 private:
  std::span<const std::string_view> words_;
  bool any_short_ = false;  ///< shorter than what is looked for together
  bool any_long_ = false;
  std::array<Halves, begun> low_{};
  std::array<Halves, begun> high_{};
};

}  // namespace npg
