// Which DLLs that a host's images import lie in the image's own folder: candidates for being loaded
// in the place of Windows' own.
#pragma once

#include "app/hosts.hpp"
#include "source/collection/collection.hpp"

namespace npg {

/// Sets `imports_beside` of every image that does not lie in System32 itself. Only files that the
/// evidence has at just that path count.
void note_imports_beside(const Collection& collection, Host& host);

}  // namespace npg
