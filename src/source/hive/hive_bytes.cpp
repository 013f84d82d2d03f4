#include "source/hive/hive_bytes.hpp"

#include <sys/mman.h>

#include <new>
#include <span>

namespace npg {
namespace {

constexpr std::align_val_t large_page{std::size_t{2} << 20};

/// Memory that nothing is written to before the file is read into it; where the file fills one, on
/// large pages, of which the system hands out a few instead of thousands of small ones.
std::shared_ptr<std::byte[]> room_for(std::size_t bytes) {
  if (bytes < static_cast<std::size_t>(large_page)) {
    return std::make_shared_for_overwrite<std::byte[]>(bytes);
  }
  auto* const room = static_cast<std::byte*>(::operator new(bytes, large_page));
  // Advice: without large pages the same happens, only slower.
  static_cast<void>(::madvise(room, bytes, MADV_HUGEPAGE));
  return {room, [](std::byte* at) { ::operator delete(at, large_page); }};
}

}  // namespace

Result<HiveBytes> HiveBytes::read(const FileView& file, std::uint64_t bytes_max) {
  if (file.size() > bytes_max) {
    return fail(ErrorCode::limit_exceeded, 0, "file.size", file.size(), bytes_max);
  }
  const auto size = static_cast<std::size_t>(file.size());
  const auto room = room_for(size);
  const std::span<std::byte> all(room.get(), size);
  HiveBytes read;
  while (read.size_ < size) {
    NPG_TRY(const std::size_t got, file.read_at(read.size_, all.subspan(read.size_)));
    if (got == 0) {
      break;
    }
    read.size_ += got;
  }
  read.content_ = room;
  return read;
}

}  // namespace npg
