// Who may write to a folder of Windows by default. File permissions are seldom in evidence; where a
// file lies tells what they are unless somebody changed them.
#pragma once

#include <cstdint>
#include <string_view>

namespace npg {

enum class FolderWriters : std::uint8_t {
  administrators,  ///< below Windows or Program Files, and not one of those below
  everyone,        ///< known to be writable by ordinary users
  not_known,       ///< another folder: what is made in a drive's root is, by default
};
/// For the folder of a file, by its resolved path.
[[nodiscard]] FolderWriters default_writers_of(std::string_view resolved_path);

}  // namespace npg
