// Every file that the loader may take for a stored path: its search order, and the twin that 32-bit
// programs get.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "analysis/inventory/host_paths.hpp"
#include "fact/assessment.hpp"

namespace npg {

/// In the loader's order; the path itself alone where nothing is searched. Twins stand last. None
/// for a path that leads to no file. Hashes are not set.
[[nodiscard]] std::vector<PathCandidate> path_candidates(const ResolvedPath& path,
                                                         const HostPaths& host);

/// Where mpnotify.exe, which lies in System32, finds a DLL that is asked for by its bare name.
[[nodiscard]] std::vector<PathCandidate> search_candidates(std::string_view file_name,
                                                           const HostPaths& host);

/// The folder beside mpnotify.exe from which Windows loads DLLs in the place of others, whatever
/// path they are asked for by: only where the program has no manifest, or DevOverrideEnable is set.
/// Not tried on a Windows.
[[nodiscard]] std::string local_folder(const HostPaths& host);

/// True for a candidate that is not what the path means: what 32-bit programs get, and what lies in
/// that folder.
[[nodiscard]] bool is_aside(const PathCandidate& candidate);

}  // namespace npg
