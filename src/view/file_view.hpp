// FileView: one evidence file, read only, by position. Sources that fill it: a folder on disk,
// memory in tests.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "base/evidence_text.hpp"

namespace npg {

class FileView {
 public:
  virtual ~FileView() = default;
  /// The name to show and to sort by: the path below what the user named, '/' between folders.
  [[nodiscard]] virtual const EvidenceText& path() const = 0;
  /// Bytes in the file when it was opened.
  [[nodiscard]] virtual std::uint64_t size() const = 0;
  /// Fills `into` from position `at` as far as the file goes; gives the bytes read (0 at or past
  /// the end). Error: io. Safe to call from several threads.
  [[nodiscard]] virtual Result<std::size_t> read_at(std::uint64_t at,
                                                    std::span<std::byte> into) const = 0;
};

/// The whole file in memory. Errors: io; limit_exceeded when it is larger than bytes_max.
[[nodiscard]] Result<std::vector<std::byte>> read_whole(const FileView& file,
                                                        std::uint64_t bytes_max);
/// The file's first bytes, all of a smaller one. Error: io.
[[nodiscard]] Result<std::vector<std::byte>> read_front(const FileView& file,
                                                        std::uint64_t bytes_max);
/// SHA-256 of the file as 64 hexadecimal digits, read in 1 MiB pieces. Error: io.
[[nodiscard]] Result<std::string> sha256_of(const FileView& file);

/// A file that is a buffer: for tests and builders.
class MemoryFile final : public FileView {
 public:
  MemoryFile(EvidenceText path, std::vector<std::byte> content)
      : path_(std::move(path)), content_(std::move(content)) {}
  [[nodiscard]] const EvidenceText& path() const override { return path_; }
  [[nodiscard]] std::uint64_t size() const override { return content_.size(); }
  [[nodiscard]] Result<std::size_t> read_at(std::uint64_t at,
                                            std::span<std::byte> into) const override;

 private:
  EvidenceText path_;
  std::vector<std::byte> content_;
};

}  // namespace npg
