// Standard input as evidence: a file that somebody else opened, or what a pipe brings.
#pragma once

#include <memory>

#include "view/file_view.hpp"

namespace npg {

/// A regular file is read where it is, from its present position. What a pipe brings is copied to a
/// file without a name below $TMPDIR (or /var/tmp), which the system takes away with the program,
/// since evidence may be read more than once. Error: io, need = errno.
[[nodiscard]] Result<std::unique_ptr<FileView>> open_standard_input();
/// The same for any open descriptor, which stays the caller's.
[[nodiscard]] Result<std::unique_ptr<FileView>> open_descriptor(int descriptor);

}  // namespace npg
