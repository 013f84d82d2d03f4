// A host's own folders, variables and search path, from its hives. Never the analyst's.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "fact/fact_set.hpp"

namespace npg {

using Variables = std::map<std::string, std::string>;  ///< name_key(name) to value

/// What a host's hives say about its folders and variables.
struct HostPaths {
  std::string system_root = "C:\\Windows";
  bool system_root_is_assumed = true;
  Variables variables;
  Variables folders;  ///< of Windows and its installer alone: nothing of the machine's environment
  /// What the machine's environment sets those to that Windows sets itself, where that is another
  /// folder.
  Variables overridden;
  /// Of the profile of SYSTEM, under which mpnotify.exe runs: %USERPROFILE% and what lies below.
  /// Empty when no hive names it.
  Variables profile;
  Variables volumes;                     ///< name_key("Volume{GUID}") to "C:"
  std::vector<std::string> search_path;  ///< the folders of the machine's Path, expanded
  std::string computer_name;             ///< empty when no hive names it
  std::string machine;  ///< "x64", "x86", "arm64", as PROCESSOR_ARCHITECTURE says; else empty
};
[[nodiscard]] HostPaths host_paths(const FactSet& facts);

/// Limit: ExpandEnvironmentStrings and paths end at 32,767 characters; without the bound a few
/// values that name each other would grow without end.
inline constexpr std::size_t path_bytes_max = 32'767;

struct ExpandedText {
  std::string text;
  bool has_unknown = false;
  bool too_long = false;
};
/// Replaces every %name% once; what a variable holds is not expanded again, and where it still
/// holds a %name% the result has an unknown one.
[[nodiscard]] ExpandedText expand_variables(std::string_view text, const Variables& variables);

/// True when the text names a folder variable of Windows, such as %windir%, that the machine's own
/// environment leads to another folder than Windows and its installer do.
[[nodiscard]] bool names_changed_folder(std::string_view text, const HostPaths& host);

/// "SystemRoot to C:\evil" for a text that names a variable which the machine's environment sets
/// and Windows sets itself; empty for any other.
[[nodiscard]] std::string named_override(std::string_view text, const HostPaths& host);

[[nodiscard]] bool has_drive(std::string_view path);

}  // namespace npg
