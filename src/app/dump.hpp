// `npguard dump`: opens the named file and prints what its parser reads.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.hpp"
#include "base/error.hpp"
#include "base/filetime.hpp"
#include "base/limits.hpp"

namespace npg {

struct DumpRequest {
  std::string kind;  ///< "hive", "evtx", "pe" or "catalog"
  std::string path;
  std::vector<std::string> logs;  ///< hive: transaction logs by path
  bool find_logs = true;          ///< hive: look for them beside the file
  FileTime as_of;                 ///< pe, catalog: when undated signatures must be valid
  /// hive: what is deleted, hidden or overwritten instead of the tree; evtx: whole records in
  /// unused space instead of the live ones
  bool recovered = false;
  unsigned threads = 1;  ///< evtx
};

/// What a reader of a dump is told beside its lines.
struct DumpNotes {
  /// The files that diagnostics speak of, by their evidence number: the dumped one, then its logs.
  std::vector<std::string> files;
  /// hive: of each log what was applied of it, or why nothing was. Whole sentences without an end.
  std::vector<std::string> logs;
};

/// Gives `out` the JSON lines. Errors: io (need = errno) when a file cannot be opened; those of the
/// parser.
[[nodiscard]] Result<void> dump(const DumpRequest& request, const Limits& limits,
                                const std::function<void(std::string_view)>& out,
                                Diagnostics& diagnostics, DumpNotes& notes);

}  // namespace npg
