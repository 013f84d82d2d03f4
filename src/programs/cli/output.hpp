// Output to stdout or to a file that is complete or not there at all.
#pragma once

#include <expected>
#include <string>
#include <string_view>

namespace npg::cli {

/// Writes text to a file, or to stdout for "-". A file is written beside its name, synchronised and
/// renamed, so that a reader sees the old or the new one whole. Error: errno.
[[nodiscard]] std::expected<void, int> write_output(const std::string& path, std::string_view text);

/// Appends text to stdout. Error: errno.
[[nodiscard]] std::expected<void, int> write_stdout(std::string_view text);

}  // namespace npg::cli
