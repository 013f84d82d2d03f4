// Small files that people name: keys, baselines, exceptions, calendars. Read whole up to a bound,
// written whole or not at all.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "app/failure.hpp"

namespace npg {

[[nodiscard]] Outcomed<std::string> read_small_file(const std::string& path,
                                                    std::uint64_t bytes_max);

/// Beside its name, synchronised, renamed, the folder synchronised.
[[nodiscard]] Outcomed<void> write_small_file(const std::string& path, std::string_view content);

/// The path as it may be shown.
[[nodiscard]] std::string shown_path(std::string_view path);

}  // namespace npg
