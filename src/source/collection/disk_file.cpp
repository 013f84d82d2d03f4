#include "source/collection/disk_file.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <utility>

namespace npg {
namespace {

constexpr int read_flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW;

std::unexpected<Error> io_error(StaticText what) {
  return fail(ErrorCode::io, 0, what, static_cast<std::uint64_t>(errno));
}

/// One step at a time, for systems without openat2 and for paths longer than one call takes.
Result<Descriptor> open_stepwise(Descriptor folder, std::string_view below) {
  while (true) {
    const std::size_t end = std::min(below.find('/'), below.size());
    const std::string name(below.substr(0, end));
    if (end == below.size()) {
      return open_in(folder.number(), name, 0);
    }
    Descriptor next(
        ::openat(folder.number(), name.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!next.open()) {
      return io_error("file.open");
    }
    folder = std::move(next);
    below.remove_prefix(end + 1);
  }
}

Descriptor open_at_once(const Descriptor& folder, const std::string& below, int flags) {
  open_how how{};
  how.flags = static_cast<decltype(how.flags)>(flags);
  how.resolve = std::uint64_t{RESOLVE_BENEATH} | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  return Descriptor(
      static_cast<int>(::syscall(SYS_openat2, folder.number(), below.c_str(), &how, sizeof(how))));
}

}  // namespace

Result<Descriptor> open_in(int folder, const std::string& name, int extra_flags) {
  // Access times may be left alone only by the owner of a file.
  Descriptor file(::openat(folder, name.c_str(), read_flags | extra_flags | O_NOATIME));
  if (!file.open() && errno == EPERM) {
    file = Descriptor(::openat(folder, name.c_str(), read_flags | extra_flags));
  }
  if (!file.open()) {
    return io_error("file.open");
  }
  return file;
}

Result<Descriptor> open_below(const std::string& root, const std::string& below) {
  Descriptor folder(::open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!folder.open()) {
    return io_error("file.open");
  }
  Descriptor file = open_at_once(folder, below, read_flags | O_NOATIME);
  if (!file.open() && errno == EPERM) {
    file = open_at_once(folder, below, read_flags);
  }
  if (file.open()) {
    return file;
  }
  // A system call filter may answer EPERM for a call that it does not know.
  if (errno == ENOSYS || errno == EPERM || errno == ENAMETOOLONG || errno == E2BIG) {
    return open_stepwise(std::move(folder), below);
  }
  return io_error("file.open");
}

Result<FileState> state_of(const Descriptor& file) {
  struct stat info{};
  if (::fstat(file.number(), &info) != 0) {
    return io_error("file.stat");
  }
  if (!S_ISREG(info.st_mode)) {
    return fail(ErrorCode::unsupported, 0, "file.type", info.st_mode);
  }
  return FileState{.device = info.st_dev,
                   .inode = info.st_ino,
                   .size = static_cast<std::uint64_t>(info.st_size),
                   .modified_s = info.st_mtim.tv_sec,
                   .modified_ns = info.st_mtim.tv_nsec};
}

std::shared_ptr<Descriptor> OpenFiles::find(const void* file) {
  const std::lock_guard lock(mutex_);
  const auto place = places_.find(file);
  if (place == places_.end()) {
    return nullptr;
  }
  recent_.splice(recent_.begin(), recent_, place->second);
  return place->second->second;
}

void OpenFiles::keep(const void* file, std::shared_ptr<Descriptor> descriptor) {
  const std::lock_guard lock(mutex_);
  if (const auto place = places_.find(file); place != places_.end()) {
    place->second->second = std::move(descriptor);
    return;
  }
  recent_.emplace_front(file, std::move(descriptor));
  places_[file] = recent_.begin();
  if (recent_.size() > open_max_) {
    places_.erase(recent_.back().first);
    recent_.pop_back();
  }
}

DiskFile::~DiskFile() {
  pool_->forget(this);
}

void OpenFiles::forget(const void* file) {
  const std::lock_guard lock(mutex_);
  if (const auto place = places_.find(file); place != places_.end()) {
    recent_.erase(place->second);
    places_.erase(place);
  }
}

Result<std::size_t> DiskFile::read_at(std::uint64_t at, std::span<std::byte> into) const {
  if (at >= state_.size || into.empty()) {
    return std::size_t{0};
  }
  auto descriptor = pool_->find(this);
  if (!descriptor) {
    NPG_TRY(Descriptor opened, open_below(place_.root, place_.below));
    NPG_TRY(const FileState now, state_of(opened));
    if (now.device != state_.device || now.inode != state_.inode) {
      return fail(ErrorCode::io, 0, "file.replaced", ESTALE);
    }
    descriptor = std::make_shared<Descriptor>(std::move(opened));
    pool_->keep(this, descriptor);
  }
  // What was appended since the collection was opened is not evidence of that moment.
  into =
      into.first(static_cast<std::size_t>(std::min<std::uint64_t>(into.size(), state_.size - at)));
  std::size_t done = 0;
  while (done < into.size()) {
    const auto rest = into.subspan(done);
    const ssize_t got =
        ::pread(descriptor->number(), rest.data(), rest.size(), static_cast<off_t>(at + done));
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got < 0) {
      return fail(ErrorCode::io, at + done, "file.read", static_cast<std::uint64_t>(errno));
    }
    if (got == 0) {
      break;
    }
    done += static_cast<std::size_t>(got);
  }
  return done;
}

bool DiskFile::changed() const {
  const auto opened = open_below(place_.root, place_.below);
  if (!opened) {
    return true;
  }
  const auto now = state_of(*opened);
  return !now || *now != state_;
}

}  // namespace npg
