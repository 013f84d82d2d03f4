// Collections: opens the files and folders that the user named, read only, and says what each file
// is by its content. Which host a file is of and where Windows had it is in layout.hpp.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.hpp"
#include "base/error.hpp"
#include "base/limits.hpp"
#include "view/file_view.hpp"

namespace npg {

/// What a file is by its first bytes, whatever its name says.
enum class FileKind : std::uint8_t {
  hive,
  hive_log,
  registry_export,
  event_log,
  event_json,
  event_xml,
  event_csv,
  image,
  catalog,
  other
};
[[nodiscard]] std::string_view name_of(FileKind kind);
/// True for files that are registry trees.
[[nodiscard]] constexpr bool holds_registry(FileKind kind) {
  return kind == FileKind::hive || kind == FileKind::registry_export;
}
/// The kind of a file that begins with these bytes; 8 KiB are enough.
[[nodiscard]] FileKind kind_of(Bytes first_bytes);

struct CollectedFile {
  std::unique_ptr<FileView> file;
  FileKind kind = FileKind::other;
  /// How many bytes of file->path().raw() are what the user named. Layouts are looked for behind it
  /// first, so that folders of the analyst's own are not taken for evidence.
  std::size_t named_bytes = 0;
  bool is_for_every_host = false;  ///< a catalog that the user named beside the evidence

  /// layout.hpp's group_of and windows_path_of for this file.
  [[nodiscard]] std::string group() const;
  [[nodiscard]] std::optional<EvidenceText> windows_path() const;
};

/// A symbolic link below a folder that the user named, such as tools make of junctions. It is not
/// followed here; what it says may be of use on the host that it came from (links.hpp).
struct CollectedLink {
  std::string path;  ///< as CollectedFile's file->path().raw()
  std::size_t named_bytes = 0;
  std::string target;  ///< its text
};

/// The folder of one drive in a group stands for another drive of the host: the letter is the one
/// that the disk had where it was mounted.
struct RenamedDrive {
  std::string group;
  char folder = 0;  ///< capital letter of the folder
  char drive = 0;   ///< capital letter on the host
};

struct Collection {
  std::vector<CollectedFile> files;  ///< sorted by path
  std::vector<CollectedLink> links;  ///< sorted by path
  std::vector<RenamedDrive> drives;
};

/// Opens every regular file that `paths` name or that is below a folder they name; "-" is standard
/// input. The order of
/// `paths` and of the folders does not matter, and a file named twice is there once. A path itself
/// may be a symbolic link; below it none is followed. Links, pipes, sockets and devices are
/// reported as file_skipped, what the system refuses as file_unreadable, and the rest goes on.
/// Files are opened again when they are read, a few at a time. Nothing is written, not even access
/// times where the system lets them be. Error: io, need = errno and have = the index in `paths`,
/// when a path does not exist.
[[nodiscard]] Result<Collection> open_collection(std::span<const std::string> paths,
                                                 const Limits& limits, Diagnostics& diagnostics);

/// Adds the catalogs that `paths` name or that are below a folder they name, for every host; what
/// else is there is no evidence and left out. Errors as above.
[[nodiscard]] Result<void> add_catalogs(Collection& collection, std::span<const std::string> paths,
                                        const Limits& limits, Diagnostics& diagnostics);

/// Reports as file_changed_while_read each file whose size, time or identity is no longer what it
/// was when the collection was opened. To be called when all reading is done.
void report_changes(const Collection& collection, Diagnostics& diagnostics);

/// The files that may be transaction logs of a hive, in path order: in its folder, of its name (or
/// its name without an ending) and .LOG, .LOG1 or .LOG2; or, where no other hive of that folder
/// lays claim to them by name, with the hive's own name in the base block, and of several hives of
/// that name this one's id or next sequence number. May name too many, as the hive reader refuses
/// logs that do not belong.
[[nodiscard]] std::vector<std::size_t> logs_of(const Collection& collection,
                                               std::size_t hive_index);

/// Notes where the drive that Windows is on lies in a folder of another letter: in each of these
/// groups that holds a SYSTEM hive at \Windows\System32\config of one drive folder alone, and not
/// of the drive of `system_root`. find_by_windows_path and path_through_links follow what is noted.
void rename_system_drive(Collection& collection, std::span<const std::string> groups,
                         std::string_view system_root);

/// The letter of the folder that holds a drive of the host; the drive's own where nothing is noted,
/// and 0 where a folder of that letter is another drive.
[[nodiscard]] char folder_of_drive(const Collection& collection, std::string_view group,
                                   char drive);
/// The drive that a folder holds.
[[nodiscard]] char drive_of_folder(const Collection& collection, std::string_view group,
                                   char folder);

/// How sure it is that a file is the one with a Windows path.
enum class FoundBy : std::uint8_t {
  path,                 ///< the collection kept the path
  name_in_flat_folder,  ///< the folder kept no paths; the name alone agrees
};
struct FoundFile {
  std::size_t index = 0;  ///< in Collection::files
  FoundBy by = FoundBy::path;
};
/// The file that had this path ("C:\Windows\System32\ntlanman.dll") in one group (CollectedFile::
/// group), compared as Windows compares names; the first in path order where there are several.
/// Nothing when it was not collected, or when the path is none with a drive. In a flat folder,
/// where paths are lost, an image of that name is given when there is one only.
[[nodiscard]] std::optional<FoundFile> find_by_windows_path(const Collection& collection,
                                                            std::string_view root_group,
                                                            std::string_view windows_path);

}  // namespace npg
