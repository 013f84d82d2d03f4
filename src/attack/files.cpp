#include "attack/files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <utility>

#include "attack/container.hpp"

namespace npg::attack {
namespace {

std::unexpected<Error> refused(int code) {
  return fail(ErrorCode::io, 0, "attack.store", static_cast<std::uint64_t>(code));
}

Result<void> write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written < 0) {
      if (errno == EINTR) {
        continue;
      }
      return refused(errno);
    }
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  if (::fsync(descriptor) != 0) {
    return refused(errno);
  }
  return {};
}

}  // namespace

struct MappedFile::Mapping {
  void* start = nullptr;
  std::size_t size = 0;
  Mapping() = default;
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  Mapping(Mapping&&) = delete;
  Mapping& operator=(Mapping&&) = delete;
  ~Mapping() {
    if (start != nullptr) {
      ::munmap(start, size);
    }
  }
};

Result<MappedFile> MappedFile::open(const std::filesystem::path& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat info{};
  if (!file.open() || ::fstat(file.number(), &info) != 0) {
    return refused(errno);
  }
  if (S_ISDIR(info.st_mode)) {
    return refused(EISDIR);
  }
  if (!S_ISREG(info.st_mode)) {
    return refused(EINVAL);
  }
  MappedFile mapped;
  mapped.mapping_ = std::make_shared<Mapping>();
  mapped.mapping_->size = static_cast<std::size_t>(info.st_size);
  if (info.st_size > 0) {
    void* start = ::mmap(nullptr, mapped.mapping_->size, PROT_READ, MAP_PRIVATE, file.number(), 0);
    if (start == MAP_FAILED) {
      return refused(errno);
    }
    mapped.mapping_->start = start;
  }
  return mapped;
}

std::span<const std::byte> MappedFile::bytes() const {
  return {static_cast<const std::byte*>(mapping_->start), mapping_->size};
}

std::string_view MappedFile::text() const {
  return characters_of(bytes());
}

bool is_segment_file(const std::filesystem::path& path) {
  return path.extension() == ".segment";
}

Result<void> write_whole(const std::filesystem::path& path, std::string_view text) {
  const std::string temporary = fmt::format("{}.{}.part", path.string(), ::getpid());
  {
    const Descriptor file(
        ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644));
    if (!file.open()) {
      return refused(errno);
    }
    if (const auto written = write_all(file.number(), text); !written) {
      ::unlink(temporary.c_str());
      return written;
    }
  }
  if (std::rename(temporary.c_str(), path.c_str()) != 0) {
    const int code = errno;
    ::unlink(temporary.c_str());
    return refused(code);
  }
  const Descriptor folder(::open(path.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder.open() || ::fsync(folder.number()) != 0) {
    return refused(errno);
  }
  return {};
}

Result<FolderLock> FolderLock::take(const std::filesystem::path& folder) {
  Descriptor lock(::open((folder / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (!lock.open() || ::flock(lock.number(), LOCK_EX | LOCK_NB) != 0) {
    return refused(errno);
  }
  return FolderLock(std::move(lock));
}

}  // namespace npg::attack
