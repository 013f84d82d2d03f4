// TextBlocks: a file of text as UTF-8, a block at a time, with the place in the file of every byte.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "format/event_text/text_start.hpp"
#include "view/file_view.hpp"

namespace npg {

class TextBlocks {
 public:
  explicit TextBlocks(const FileView& file) : file_(file) {}

  /// Drops the text before `used` and reads more behind the rest. Error: io.
  [[nodiscard]] Result<void> advance(std::size_t used);
  [[nodiscard]] std::string_view text() const { return std::string_view(text_).substr(0, size_); }
  /// Reads on through the whole file: `take` looks at the text and gives how much of it is done
  /// with. Error: io.
  template <typename Take>
  [[nodiscard]] Result<void> for_each(const Take& take) {
    std::size_t used = 0;
    do {
      NPG_TRY_VOID(advance(used));
      used = take();
    } while (!at_end() || used < text().size());
    return {};
  }
  /// True when nothing of the file is behind the text.
  [[nodiscard]] bool at_end() const { return at_end_; }
  /// Where in the file a byte of the text stands. Cheapest for positions that grow.
  [[nodiscard]] std::uint64_t offset_of(std::size_t position);
  [[nodiscard]] TextEncoding encoding() const { return encoding_; }

 private:
  [[nodiscard]] Result<std::size_t> read(std::span<std::byte> into);
  void append_utf16(std::span<std::byte> units);

  const FileView& file_;
  std::string text_;      ///< longer than what is filled
  std::size_t size_ = 0;  ///< filled
  std::uint64_t read_at_ = 0;
  std::uint64_t offset_ = 0;  ///< of the text's first byte in the file
  std::size_t cursor_ = 0;    ///< a position, and where it is in the file (UTF-16 only)
  std::uint64_t cursor_offset_ = 0;
  std::string odd_;  ///< bytes of a UTF-16 unit or pair that was cut
  TextEncoding encoding_ = TextEncoding::utf8;
  bool started_ = false;
  bool at_end_ = false;
};

}  // namespace npg
