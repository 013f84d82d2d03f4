// `npguard dump pe`: one image as one JSON object, for people and for comparing with other tools.
#pragma once

#include <functional>
#include <string_view>

#include "base/diagnostic.hpp"
#include "base/error.hpp"
#include "base/filetime.hpp"
#include "base/limits.hpp"
#include "view/file_view.hpp"

namespace npg {

/// `as_of` is when a signature without a timestamp must be valid; not given: it is not trusted.
/// Gives `out` the JSON object and a line feed. Errors as for read_image(); then `out` was not
/// called.
[[nodiscard]] Result<void> dump_pe(const FileView& file, FileTime as_of, const Limits& limits,
                                   const std::function<void(std::string_view)>& out,
                                   Diagnostics& diagnostics);

}  // namespace npg
