// Which of Windows' hives a registry tree is, told by the keys below its root, never by a file
// name.
#pragma once

#include <cstdint>
#include <string_view>

#include "view/registry_view.hpp"

namespace npg {

enum class HiveKind : std::uint8_t {
  system,
  software,
  security,
  sam,
  ntuser,  ///< a user's NTUSER.DAT, and DEFAULT, which has the same shape
  usrclass,
  amcache,
  other,
};
/// "system", "software" and so on.
[[nodiscard]] std::string_view name_of(HiveKind kind);
/// `other` when no known set of root keys is there.
[[nodiscard]] HiveKind kind_of(const RegistryView& view);

}  // namespace npg
