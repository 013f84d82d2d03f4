// Until when a hive was written, by its header and its keys.
#pragma once

#include "base/filetime.hpp"
#include "source/hive/hive_view.hpp"

namespace npg {

struct LastWrite {
  FileTime newest;
  /// The same without a few times that lie more than a day behind all others, which may have been
  /// set; `newest` where there are none.
  FileTime sure;
};
/// Its header says it up to Windows 8 and in saved copies, its keys say it always; a header that
/// does not hold together says nothing.
[[nodiscard]] LastWrite last_known_write(const HiveView& hive);

}  // namespace npg
