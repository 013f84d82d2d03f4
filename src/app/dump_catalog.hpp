// `npguard dump catalog`: a security catalog as JSON lines, its own signature first, then one
// object a member.
#pragma once

#include <functional>
#include <string_view>

#include "base/diagnostic.hpp"
#include "base/error.hpp"
#include "base/filetime.hpp"
#include "base/signature_limits.hpp"
#include "view/file_view.hpp"

namespace npg {

/// `as_of` as in trust::Terms. Errors as for catalog::read_catalog(); then `out` was not called.
[[nodiscard]] Result<void> dump_catalog(const FileView& file, FileTime as_of,
                                        const SignatureLimits& limits,
                                        const std::function<void(std::string_view)>& out,
                                        Diagnostics& diagnostics);

}  // namespace npg
