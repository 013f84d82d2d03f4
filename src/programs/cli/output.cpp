#include "programs/cli/output.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>

namespace npg::cli {
namespace {

std::expected<void, int> write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written < 0) {
      if (errno == EINTR) {
        continue;
      }
      return std::unexpected(errno);
    }
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

/// A device or pipe that the user named is written to as it is; renaming over it would replace it.
bool is_special(const std::string& path) {
  struct stat info{};
  return ::stat(path.c_str(), &info) == 0 && !S_ISREG(info.st_mode);
}

}  // namespace

std::expected<void, int> write_stdout(std::string_view text) {
  return write_all(STDOUT_FILENO, text);
}

std::expected<void, int> write_output(const std::string& path, std::string_view text) {
  if (path == "-") {
    return write_stdout(text);
  }
  const bool special = is_special(path);
  const std::string temporary = special ? path : fmt::format("{}.{}.part", path, ::getpid());
  const int flags = special ? O_WRONLY : O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW;
  const int descriptor = ::open(temporary.c_str(), flags | O_CLOEXEC, 0644);
  if (descriptor < 0) {
    return std::unexpected(errno);
  }
  auto result = write_all(descriptor, text);
  if (result && !special && ::fsync(descriptor) != 0) {
    result = std::unexpected(errno);
  }
  if (::close(descriptor) != 0 && result) {
    result = std::unexpected(errno);
  }
  if (result && !special && std::rename(temporary.c_str(), path.c_str()) != 0) {
    result = std::unexpected(errno);
  }
  if (!result && !special) {
    ::unlink(temporary.c_str());
  }
  return result;
}

bool lies_in_evidence(const std::string& output, const std::vector<std::string>& paths) {
  namespace fs = std::filesystem;
  std::error_code
      ignored;  // What cannot be resolved cannot be written to either; opening it says so.
  const fs::path target = fs::weakly_canonical(output, ignored);
  for (const std::string& path : paths) {
    const fs::path evidence = fs::weakly_canonical(path, ignored);
    const auto [end, at] =
        std::mismatch(evidence.begin(), evidence.end(), target.begin(), target.end());
    const bool is_same_file =
        fs::exists(target, ignored) && fs::equivalent(target, evidence, ignored);
    const bool is_below =
        end == evidence.end() || (end->empty() && std::next(end) == evidence.end());
    if (is_same_file || is_below) {
      return true;
    }
  }
  return false;
}

std::size_t screen_width() {
  winsize size{};
  if (isatty(STDOUT_FILENO) != 1 || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 ||
      size.ws_col == 0) {
    return 100;
  }
  return std::clamp<std::size_t>(size.ws_col, 60, 120);
}

}  // namespace npg::cli
