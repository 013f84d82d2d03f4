#include "analysis/baseline/folder_writers.hpp"

#include <algorithm>
#include <span>
#include <string>

#include "base/evidence_text.hpp"

namespace npg {
namespace {

/// Below Windows: folders in which ordinary users may make files, as lists of application control
/// bypasses name them. Not read from real file systems here; a folder too many costs an approval.
constexpr std::string_view writable_in_windows[] = {
    "DEBUG\\",
    "REGISTRATION\\CRMLOG\\",
    "SYSTEM32\\COM\\DMP\\",
    "SYSTEM32\\FXSTMP\\",
    "SYSTEM32\\MICROSOFT\\CRYPTO\\RSA\\MACHINEKEYS\\",
    "SYSTEM32\\SPOOL\\DRIVERS\\COLOR\\",
    "SYSTEM32\\SPOOL\\PRINTERS\\",
    "SYSTEM32\\SPOOL\\SERVERS\\",
    "SYSTEM32\\TASKS\\",
    "SYSWOW64\\COM\\DMP\\",
    "SYSWOW64\\FXSTMP\\",
    "SYSWOW64\\TASKS\\",
    "TASKS\\",
    "TEMP\\",
    "TRACING\\",
};
constexpr std::string_view writable_in_root[] = {"PROGRAMDATA\\", "USERS\\", "TEMP\\",
                                                 "WINDOWS.OLD\\"};
constexpr std::string_view guarded_in_root[] = {"PROGRAM FILES\\", "PROGRAM FILES (X86)\\"};

bool begins_with_any(std::string_view path, std::span<const std::string_view> folders) {
  return std::ranges::any_of(folders,
                             [&](std::string_view folder) { return path.starts_with(folder); });
}

}  // namespace

FolderWriters default_writers_of(std::string_view resolved_path) {
  const std::string key = name_key(resolved_path);
  constexpr std::string_view root = "C:\\";
  constexpr std::string_view windows = "WINDOWS\\";
  if (!key.starts_with(root)) {
    return FolderWriters::not_known;
  }
  std::string_view path = std::string_view(key).substr(root.size());
  if (begins_with_any(path, writable_in_root)) {
    return FolderWriters::everyone;
  }
  if (begins_with_any(path, guarded_in_root)) {
    return FolderWriters::administrators;
  }
  if (!path.starts_with(windows)) {
    return FolderWriters::not_known;
  }
  path.remove_prefix(windows.size());
  return begins_with_any(path, writable_in_windows) ? FolderWriters::everyone
                                                    : FolderWriters::administrators;
}

}  // namespace npg
