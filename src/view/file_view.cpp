#include "view/file_view.hpp"

#include <algorithm>

#include "base/checksum.hpp"

namespace npg {

Result<std::vector<std::byte>> read_whole(const FileView& file, std::uint64_t bytes_max) {
  if (file.size() > bytes_max) {
    return fail(ErrorCode::limit_exceeded, 0, "file.size", file.size(), bytes_max);
  }
  return read_front(file, bytes_max);
}

Result<std::vector<std::byte>> read_front(const FileView& file, std::uint64_t bytes_max) {
  std::vector<std::byte> content(static_cast<std::size_t>(std::min(file.size(), bytes_max)));
  std::size_t done = 0;
  while (done < content.size()) {
    NPG_TRY(const std::size_t got, file.read_at(done, std::span(content).subspan(done)));
    if (got == 0) {
      break;
    }
    done += got;
  }
  content.resize(done);
  return content;
}

Result<std::string> sha256_of(const FileView& file) {
  constexpr std::size_t piece_bytes = 1 << 17;  // stays in the second-level cache
  std::vector<std::byte> piece(
      static_cast<std::size_t>(std::min<std::uint64_t>(piece_bytes, file.size())));
  Sha256 hash;
  std::uint64_t at = 0;
  while (at < file.size()) {
    NPG_TRY(const std::size_t got, file.read_at(at, piece));
    if (got == 0) {
      break;
    }
    hash.add(std::span(piece).first(got));
    at += got;
  }
  return hash.finish();
}

Result<std::size_t> MemoryFile::read_at(std::uint64_t at, std::span<std::byte> into) const {
  if (at >= content_.size()) {
    return std::size_t{0};
  }
  const auto rest = std::span(content_).subspan(static_cast<std::size_t>(at));
  const std::size_t count = std::min(rest.size(), into.size());
  std::copy_n(rest.begin(), count, into.begin());
  return count;
}

}  // namespace npg
