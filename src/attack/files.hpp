// Files of the store: read in parts, written so that a reader sees the old or the new one whole.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "base/descriptor.hpp"
#include "base/error.hpp"

namespace npg::attack {

/// An open file, mapped into memory; the bytes live as long as this does.
class MappedFile {
 public:
  /// Errors: io (need = errno).
  [[nodiscard]] static Result<MappedFile> open(const std::filesystem::path& path);
  [[nodiscard]] std::span<const std::byte> bytes() const;
  [[nodiscard]] std::string_view text() const;

 private:
  struct Mapping;
  std::shared_ptr<Mapping> mapping_;  ///< shared by the copies of this handle, nobody else
};

/// True for the name of a segment of a store.
[[nodiscard]] bool is_segment_file(const std::filesystem::path& path);

/// Writes beside the name, synchronises, renames, synchronises the folder. Errors: io.
[[nodiscard]] Result<void> write_whole(const std::filesystem::path& path, std::string_view text);

/// Holds a folder's lock file while it lives, so that two imports never meet.
class FolderLock {
 public:
  /// Errors: io, also when another process holds it (EWOULDBLOCK).
  [[nodiscard]] static Result<FolderLock> take(const std::filesystem::path& folder);

 private:
  explicit FolderLock(Descriptor lock) : lock_(std::move(lock)) {}
  Descriptor lock_;
};

}  // namespace npg::attack
