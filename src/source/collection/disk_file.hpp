// DiskFile: a FileView over a file on disk that is opened when it is read and closed when others
// need the descriptor. Opening never follows a symbolic link below the folder that the user named.
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/descriptor.hpp"
#include "view/file_view.hpp"

namespace npg {

/// What tells one state of a file from another.
struct FileState {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint64_t size = 0;
  std::int64_t modified_s = 0;
  std::int64_t modified_ns = 0;
  bool operator==(const FileState&) const = default;
};

/// Opens `name` in a folder for reading, never following a link and never waiting; access times are
/// left alone where the system allows. Error: io.
[[nodiscard]] Result<Descriptor> open_in(int folder, const std::string& name, int extra_flags);
/// Opens what lies at a path below `root` (an absolute folder without links), following no link.
/// Error: io.
[[nodiscard]] Result<Descriptor> open_below(const std::string& root, const std::string& below);
/// The state of an open regular file. Errors: io; unsupported when it is not a regular file.
[[nodiscard]] Result<FileState> state_of(const Descriptor& file);

/// Keeps the last few descriptors open, for all files of one collection. Safe to use from several
/// threads.
class OpenFiles {
 public:
  explicit OpenFiles(std::size_t open_max) : open_max_(open_max) {}
  /// The descriptor kept for a file, or nothing.
  [[nodiscard]] std::shared_ptr<Descriptor> find(const void* file);
  /// Keeps one, closing the one used longest ago when there are too many. Shared, since another
  /// thread may still be reading from the one that is let go.
  void keep(const void* file, std::shared_ptr<Descriptor> descriptor);
  /// Lets a file's descriptor go, as the file's object ends.
  void forget(const void* file);

 private:
  using Entry = std::pair<const void*, std::shared_ptr<Descriptor>>;
  std::size_t open_max_;
  std::mutex mutex_;
  std::list<Entry> recent_;
  std::map<const void*, std::list<Entry>::iterator> places_;
};

class DiskFile final : public FileView {
 public:
  struct Place {
    std::string root;   ///< absolute folder without links
    std::string below;  ///< path below it
  };
  /// `pool` is shared by all files of a collection, which may outlive the collection itself.
  DiskFile(EvidenceText path, Place place, FileState state, std::shared_ptr<OpenFiles> pool)
      : path_(std::move(path)), place_(std::move(place)), state_(state), pool_(std::move(pool)) {}
  ~DiskFile() override;
  DiskFile(const DiskFile&) = delete;
  DiskFile& operator=(const DiskFile&) = delete;

  [[nodiscard]] const EvidenceText& path() const override { return path_; }
  [[nodiscard]] std::uint64_t size() const override { return state_.size; }
  /// Error io also (ESTALE) when another file stands at the path since the collection was opened.
  [[nodiscard]] Result<std::size_t> read_at(std::uint64_t at,
                                            std::span<std::byte> into) const override;
  /// True when the file at the path is no longer as it was, or can no longer be opened.
  [[nodiscard]] bool changed() const;
  /// The absolute path, for telling files apart; not for showing.
  [[nodiscard]] std::string absolute() const { return place_.root + "/" + place_.below; }

 private:
  EvidenceText path_;
  Place place_;
  FileState state_;
  std::shared_ptr<OpenFiles> pool_;
};

}  // namespace npg
