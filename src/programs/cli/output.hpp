// Output to stdout or to a file that is complete or not there at all.
#pragma once

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace npg::cli {

/// Writes text to a file, or to stdout for "-". A file is written beside its name, synchronised and
/// renamed, so that a reader sees the old or the new one whole. Error: errno.
[[nodiscard]] std::expected<void, int> write_output(const std::string& path, std::string_view text);

/// Appends text to stdout. Error: errno.
[[nodiscard]] std::expected<void, int> write_stdout(std::string_view text);

/// True when writing to `output` would change what was given as evidence: the file itself, or a
/// folder's content.
[[nodiscard]] bool lies_in_evidence(const std::string& output,
                                    const std::vector<std::string>& paths);

/// The terminal's columns between 60 and 120; 100 where there is none.
[[nodiscard]] std::size_t screen_width();

}  // namespace npg::cli
