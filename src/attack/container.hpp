// A bundle's file as it is distributed: plain, xz, gzip or zstd, told by its first bytes.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "base/limits.hpp"

namespace npg::attack {

/// A file's text: its own when it was decompressed, otherwise the file's bytes, which must then
/// live as long.
class FileText {
 public:
  FileText() = default;
  explicit FileText(std::string_view borrowed) : text_(borrowed) {}
  // NOLINTNEXTLINE(cppcoreguidelines-avoid-c-arrays): the one form that can be left uninitialised.
  FileText(std::unique_ptr<char[]> bytes, std::size_t size)
      : bytes_(std::move(bytes)), text_(bytes_.get(), size) {}
  [[nodiscard]] std::string_view view() const { return text_; }

 private:
  std::unique_ptr<char[]> bytes_;  // NOLINT(cppcoreguidelines-avoid-c-arrays): as above.
  std::string_view text_;
};

/// Bytes as the characters that they are.
[[nodiscard]] inline std::string_view characters_of(std::span<const std::byte> bytes) {
  return {static_cast<const char*>(static_cast<const void*>(bytes.data())), bytes.size()};
}

/// The text of a file. Errors carry the offset in the file, or in the text for what is over a limit
/// ("attack.decompressed"): truncated, bad_value for a broken stream or bytes after it,
/// limit_exceeded when it unpacks to more than Limits allows or asks for too much memory.
[[nodiscard]] Result<FileText> unpack(Bytes file, const Limits& limits);

/// zstd, with what stands in `prefix` known to both sides. Its working memory serves many texts.
class Compressor {
 public:
  explicit Compressor(int level);
  ~Compressor();
  Compressor(const Compressor&) = delete;
  Compressor& operator=(const Compressor&) = delete;
  Compressor(Compressor&&) = delete;
  Compressor& operator=(Compressor&&) = delete;
  /// The view lives until the next call.
  [[nodiscard]] std::string_view compress(std::string_view text, std::string_view prefix = {});

 private:
  struct State;
  std::unique_ptr<State> state_;
};
/// The inverse; exactly `size` bytes, or bad_value at `offset`.
[[nodiscard]] Result<std::string> decompress(std::string_view packed, std::size_t size,
                                             std::uint64_t offset, std::string_view prefix = {});

}  // namespace npg::attack
