// File versions as numbers.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace npg {

/// The numbers of "10.0.22621.1 (WinBuild.160101.0800)", up to what is none; empty when there is
/// none in front.
[[nodiscard]] std::vector<std::uint64_t> version_numbers(std::string_view text);

}  // namespace npg
