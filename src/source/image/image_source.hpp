// Images: fills view/image.hpp from a DLL or EXE of the evidence. Values only; nothing is loaded.
#pragma once

#include <cstdint>

#include "base/diagnostic.hpp"
#include "base/error.hpp"
#include "base/limits.hpp"
#include "view/file_view.hpp"
#include "view/image.hpp"

namespace npg {

/// What one image says about itself, with its size and SHA-256. Exports stand in stored order: the
/// name table's, then those by ordinal only. The version is the first language's that can be read.
/// `evidence` goes into the origin. Errors: io; limit_exceeded when the file is larger than
/// image_bytes_max; not_this_format when it is no PE; truncated or bad_value at the offset where
/// its headers are damaged.
[[nodiscard]] Result<Image> read_image(Bytes content, std::uint32_t evidence, const Limits& limits,
                                       Diagnostics& diagnostics);
/// The same for a file that is not in memory.
[[nodiscard]] Result<Image> read_image(const FileView& file, std::uint32_t evidence,
                                       const Limits& limits, Diagnostics& diagnostics);

}  // namespace npg
