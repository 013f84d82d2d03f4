// Appends the texts of Windows' values to a buffer as JSON, without anything made on the way. The
// same characters as JsonWriter gives, which decides what JSON looks like.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>

#include "base/bytes.hpp"
#include "base/filetime.hpp"

namespace npg {

/// Text in the making whose room is taken in advance.
class TextBuffer {
 public:
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::string_view text() const { return {data_.get(), size_}; }
  void clear() { size_ = 0; }
  void append(std::string_view text) {
    if (text.empty()) {
      return;
    }
    reserve(text.size());
    std::memcpy(&data_[size_], text.data(), text.size());
    size_ += text.size();
  }
  /// How far append_padded may read behind a text, and write behind its own.
  static constexpr std::size_t padding = 32;
  /// The same as append(text.substr(from, length)), where so many characters as `padding` stand
  /// behind them: most texts are short, and are copied whole without a call.
  [[gnu::always_inline]] void append_padded(std::string_view text, std::size_t from,
                                            std::size_t length) {
    NPG_CHECK(from + length + padding <= text.size());
    reserve(length + padding);
    // NOLINTBEGIN(*-pro-bounds-pointer-arithmetic): checked, and reserved
    char* const to = data_.get() + size_;
    std::memcpy(to, text.data() + from, padding);
    if (length > padding) {
      std::memcpy(to + padding, text.data() + from + padding, length - padding);
    }
    // NOLINTEND(*-pro-bounds-pointer-arithmetic)
    size_ += length;
  }
  void append(char c) {
    reserve(1);
    data_.get()[size_++] = c;  // NOLINT(*-pro-bounds-pointer-arithmetic): reserved
  }
  /// At least so many characters behind the text, of which use() makes part of it.
  [[nodiscard]] std::span<char> room(std::size_t characters) {
    reserve(std::max<std::size_t>(characters, 1));
    return {&data_[size_], capacity_ - size_};
  }
  void use(std::size_t characters) { size_ += characters; }
  [[nodiscard]] bool ends_with(char c) const { return size_ != 0 && data_[size_ - 1] == c; }
  /// Takes the last character away.
  void drop_last() { --size_; }
  /// Takes away what came behind that size.
  void cut(std::size_t size) { size_ = size; }

 private:
  void reserve(std::size_t characters) {
    if (capacity_ - size_ < characters) {
      grow(size_ + characters);
    }
  }
  void grow(std::size_t least);
  std::unique_ptr<char[]> data_;  // NOLINT(*-avoid-c-arrays): not to be filled before use
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

/// The inside of a JSON string of UTF-16LE units; an odd last byte is dropped.
void append_json_units(TextBuffer& out, std::span<const std::byte> units);
/// The whole string, with its quotes.
void append_json_string(TextBuffer& out, std::span<const std::byte> units);
/// The inside of a string of characters of Latin-1.
void append_json_latin1(TextBuffer& out, std::string_view text);
void append_number(TextBuffer& out, std::uint64_t number);
void append_number(TextBuffer& out, std::int64_t number);
/// "0x3e7", without quotes.
void append_hexadecimal(TextBuffer& out, std::uint64_t number);
/// Two upper-case digits a byte.
void append_bytes(TextBuffer& out, std::span<const std::byte> bytes);
/// "{…}" of 16 bytes, without quotes.
void append_guid(TextBuffer& out, std::span<const std::byte, 16> guid);
/// RFC 3339 as to_rfc3339 has it, without quotes.
void append_time(TextBuffer& out, FileTime time);
/// "S-1-…" without quotes; false, and nothing appended, when the bytes hold no SID.
[[nodiscard]] bool append_sid(TextBuffer& out, Bytes bytes);

}  // namespace npg
