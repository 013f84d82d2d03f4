// Which file a registered path means on its host. Never uses the analyst's own environment.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "fact/assessment.hpp"
#include "fact/fact_set.hpp"

namespace npg {

/// What a host's hives say about its folders and variables.
struct HostPaths {
  std::string system_root = "C:\\Windows";
  bool system_root_is_assumed = true;
  std::map<std::string, std::string> variables;  ///< name_key(name) to value
};
[[nodiscard]] HostPaths host_paths(const FactSet& facts);

/// The file that LoadLibrary would be given, and everything unusual about the way it was written:
///   unc, device_path, relative, bare_name, quoted, forward_slashes, parent_folder,
///   alternate_stream, short_name, trailing_dot_or_space, no_extension, embedded_nul,
///   unexpanded_variable, unknown_variable, unusual_type, too_long, empty.
/// `resolved` is empty for empty, too_long, a REG_SZ that begins with a variable and a device_path
/// that names no drive. A REG_SZ is not expanded, as MPR does not; a bare name is taken to be in
/// System32, the first folder searched.
[[nodiscard]] ResolvedPath resolve_path(const SharedText& raw, std::uint32_t type,
                                        const HostPaths& host);

}  // namespace npg
