#include "source/collection/standard_input.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string>
#include <vector>

#include "source/collection/disk_file.hpp"

namespace npg {
namespace {

std::unexpected<Error> refused(int error) {
  return fail(ErrorCode::io, 0, "standard_input", static_cast<std::uint64_t>(error));
}

class DescriptorFile final : public FileView {
 public:
  DescriptorFile(Descriptor file, std::uint64_t start, std::uint64_t size)
      : file_(std::move(file)), start_(start), size_(size) {}

  [[nodiscard]] const EvidenceText& path() const override { return path_; }
  [[nodiscard]] std::uint64_t size() const override { return size_; }
  [[nodiscard]] Result<std::size_t> read_at(std::uint64_t at,
                                            std::span<std::byte> into) const override {
    if (at >= size_) {
      return std::size_t{0};
    }
    const std::uint64_t wanted = std::min<std::uint64_t>(into.size(), size_ - at);
    ssize_t got = 0;
    do {
      got = ::pread(file_.number(), into.data(), static_cast<std::size_t>(wanted),
                    static_cast<off_t>(start_ + at));
    } while (got < 0 && errno == EINTR);
    if (got < 0) {
      return refused(errno);
    }
    return static_cast<std::size_t>(got);
  }

 private:
  EvidenceText path_ = EvidenceText::from_literal("-");
  Descriptor file_;
  std::uint64_t start_;
  std::uint64_t size_;
};

/// A file that no name leads to.
Result<Descriptor> nameless_file() {
  const char* chosen = std::getenv("TMPDIR");
  std::string folder = chosen != nullptr && *chosen != '\0' ? chosen : "/var/tmp";
  const int file = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (file >= 0) {
    return Descriptor(file);
  }
  std::string name = folder + "/npguard-XXXXXX";
  Descriptor named(::mkostemp(name.data(), O_CLOEXEC));
  if (!named.open()) {
    return refused(errno);
  }
  (void)::unlink(name.c_str());  // A name that stays is no loss of evidence.
  return named;
}

Result<void> write_all(int file, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t put = ::write(file, bytes.data(), bytes.size());
    if (put < 0 && errno != EINTR) {
      return refused(errno);
    }
    bytes = bytes.subspan(static_cast<std::size_t>(std::max<ssize_t>(put, 0)));
  }
  return {};
}

/// Gives how many bytes came.
Result<std::uint64_t> copy_all(int from, int to) {
  std::vector<std::byte> block(std::size_t{1} << 20U);
  std::uint64_t copied = 0;
  for (;;) {
    const ssize_t got = ::read(from, block.data(), block.size());
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got < 0) {
      return refused(errno);
    }
    if (got == 0) {
      return copied;
    }
    NPG_TRY_VOID(write_all(to, std::span(block).first(static_cast<std::size_t>(got))));
    copied += static_cast<std::uint64_t>(got);
  }
}

}  // namespace

Result<std::unique_ptr<FileView>> open_descriptor(int descriptor) {
  struct stat info{};
  if (::fstat(descriptor, &info) != 0) {
    return refused(errno);
  }
  if (S_ISDIR(info.st_mode)) {
    return refused(EISDIR);
  }
  if (S_ISREG(info.st_mode)) {
    const off_t start = ::lseek(descriptor, 0, SEEK_CUR);
    Descriptor own(::dup(descriptor));
    if (start < 0 || !own.open()) {
      return refused(errno);
    }
    const auto begin = static_cast<std::uint64_t>(start);
    const auto end = static_cast<std::uint64_t>(info.st_size);
    return std::make_unique<DescriptorFile>(std::move(own), begin, end > begin ? end - begin : 0);
  }
  NPG_TRY(Descriptor copy, nameless_file());
  NPG_TRY(const std::uint64_t size, copy_all(descriptor, copy.number()));
  return std::make_unique<DescriptorFile>(std::move(copy), 0, size);
}

Result<std::unique_ptr<FileView>> open_standard_input() {
  return open_descriptor(STDIN_FILENO);
}

}  // namespace npg
