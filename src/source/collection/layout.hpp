// How collectors lay Windows paths out in folders: which path a file had on its host, and which
// part of the collection is one host's. Pure functions over path text (EvidenceText::raw).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/evidence_text.hpp"

namespace npg {

/// The path that a collected file had on Windows, such as "C:\Windows\System32\drprov.dll". Known
/// are drive folders ("C", "C:", "C%3A", "%5C%5C.%5CC%3A", shadow copies, with percent signs
/// decoded once a component where the drive folder has them), "[root]" and "sysvol", and a bare
/// "Windows", "Program Files" or "ProgramData" folder. Where the layout keeps no drive letter, C:
/// is assumed. `named_bytes` is how much of the path the user named (CollectedFile::named_bytes).
/// Nothing when the layout is flat, or when a component could not have been a Windows name ("..",
/// control characters, backslashes).
[[nodiscard]] std::optional<EvidenceText> windows_path_of(std::string_view path,
                                                          std::size_t named_bytes = 0);

/// The root that a file belongs to: the path in front of the drive folder or the Windows folder
/// (Velociraptor's accessor folder taken off too), else its parent folder. "" is the folder that
/// relative paths start from. Shadow copies are roots of their own.
[[nodiscard]] std::string group_of(std::string_view path, std::size_t named_bytes = 0);

/// True when a file of the group whose name is the first `group_bytes` of `path` stands where a
/// Windows path belongs: below the group's drive folder, or right below the group for drive C:.
/// Asked with the wanted path in hand, this needs no guess which folder is a drive's.
[[nodiscard]] bool stands_at(std::string_view path, std::size_t group_bytes,
                             std::string_view windows_path);

/// A Windows path in the form that windows_path_of gives: backslashes, no empty, "." or ".." parts,
/// a capital drive letter. Nothing when it has no drive letter or leads out of the drive.
[[nodiscard]] std::optional<std::string> normal_windows_path(std::string_view windows_path);

}  // namespace npg
