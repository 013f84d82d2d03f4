// JsonIndex: where the values of a JSON text begin and its brackets, commas and colons stand, found
// 64 bytes at a time. It judges nothing: json_value.hpp checks the grammar.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace npg {

class JsonIndex {
 public:
  /// Finds the marks of a text of less than 4 GiB: each { } [ ] : , outside of strings, each
  /// opening quote, each first byte of another value. A line's end inside of a string, which JSON
  /// forbids, is a mark, too, and ends the string: so a cut line does not spoil the one behind it.
  /// Bytes over 0x7f are taken as they are; whether they are UTF-8 is not looked at.
  void scan(std::string_view text);
  /// Positions in the text, ascending; valid until the next scan.
  [[nodiscard]] std::span<const std::uint32_t> marks() const { return {marks_.get(), count_}; }

 private:
  std::unique_ptr<std::uint32_t[]> marks_;  // NOLINT(*-avoid-c-arrays): never initialised, unlike a
                                            // vector's, so that large texts cost only what they use
  std::size_t capacity_ = 0;
  std::size_t count_ = 0;
};

}  // namespace npg
