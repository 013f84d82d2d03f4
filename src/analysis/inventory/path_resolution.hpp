// Which file a registered path means on its host. Never uses the analyst's own environment.
#pragma once

#include <cstdint>
#include <string>

#include "analysis/inventory/host_paths.hpp"
#include "fact/assessment.hpp"

namespace npg {

/// The file that LoadLibrary would be given, and everything unusual about the way it was written:
///   unc, webdav, unc_to_self, junction, sysnative, device_path, relative, bare_name, quoted,
///   forward_slashes, parent_folder, idle_part, alternate_stream, short_name,
///   trailing_dot_or_space, no_extension, embedded_nul, unexpanded_variable, unknown_variable,
///   changed_variable, unusual_type, no_text, too_long, long_path, hidden_character,
///   illegal_character, arguments, other_extension, drive_relative, empty, and device_share: a
///   share or drive reached around the name space of files.
/// `resolved` is empty for empty, no_text, too_long, a REG_SZ that begins with a variable and a
/// device_path that names no drive. What stands in quotes is resolved without them, so that the
/// file that was meant is looked at. A REG_SZ is not expanded, as MPR does not; a bare name is
/// taken to be in System32, the first folder searched. `candidates` has every place that the loader
/// may take the file from. A program's name gets ".exe" where it has no extension, a library's
/// ".dll".
enum class NamedFile : std::uint8_t { library, program };
[[nodiscard]] ResolvedPath resolve_path(const SharedText& raw, std::uint32_t type,
                                        const HostPaths& host, NamedFile kind = NamedFile::library);

}  // namespace npg
