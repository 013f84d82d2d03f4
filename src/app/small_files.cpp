#include "app/small_files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "base/descriptor.hpp"
#include "base/evidence_text.hpp"

namespace npg {
namespace {

std::unexpected<Failure> failed(FailureKind kind, const std::string& path, const std::string& why) {
  return std::unexpected(Failure{kind, fmt::format("{}: {}", shown_path(path), why)});
}

bool write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written < 0 && errno != EINTR) {
      return false;
    }
    text.remove_prefix(written < 0 ? 0 : static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace

std::string shown_path(std::string_view path) {
  return escape_for_terminal(EvidenceText::from_utf8(path));
}

Outcomed<std::string> read_small_file(const std::string& path, std::uint64_t bytes_max) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat info{};
  if (!file.open() || ::fstat(file.number(), &info) != 0) {
    return failed(FailureKind::no_input, path, std::strerror(errno));
  }
  if (!S_ISREG(info.st_mode)) {
    return failed(FailureKind::no_input, path, "not a regular file");
  }
  std::string content;
  std::array<char, 65536> piece{};
  while (true) {
    const ssize_t got = ::read(file.number(), piece.data(), piece.size());
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got < 0) {
      return failed(FailureKind::no_input, path, std::strerror(errno));
    }
    if (got == 0) {
      return content;
    }
    content.append(piece.data(), static_cast<std::size_t>(got));
    if (content.size() > bytes_max) {
      return failed(FailureKind::refused, path, fmt::format("larger than {} bytes", bytes_max));
    }
  }
}

Outcomed<void> write_small_file(const std::string& path, std::string_view content) {
  const std::string temporary = fmt::format("{}.{}.part", path, ::getpid());
  bool is_written = false;
  {
    const Descriptor file(
        ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644));
    is_written = file.open() && write_all(file.number(), content) && ::fsync(file.number()) == 0;
  }
  if (!is_written || std::rename(temporary.c_str(), path.c_str()) != 0) {
    const int error = errno;
    ::unlink(temporary.c_str());
    return failed(FailureKind::not_written, path, std::strerror(error));
  }
  const auto folder = std::filesystem::path(path).parent_path();
  const Descriptor parent(
      ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!parent.open() || ::fsync(parent.number()) != 0) {
    return failed(FailureKind::not_written, path, std::strerror(errno));
  }
  return {};
}

}  // namespace npg
