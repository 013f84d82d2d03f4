// HiveBytes: a hive file in memory, read once and shared by the views over it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "base/bytes.hpp"
#include "view/file_view.hpp"

namespace npg {

class HiveBytes {
 public:
  /// Reads the whole file. Errors: io; limit_exceeded when it is larger than bytes_max.
  [[nodiscard]] static Result<HiveBytes> read(const FileView& file, std::uint64_t bytes_max);
  HiveBytes() = default;
  [[nodiscard]] Bytes bytes() const { return Bytes({content_.get(), size_}); }
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  // Owned by every copy of this: a view, and the views of the same file before its logs.
  std::shared_ptr<const std::byte[]> content_;
  std::size_t size_ = 0;
};

}  // namespace npg
