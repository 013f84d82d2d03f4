// JSON text checked by RFC 8259 and turned into a tape. What is refused is refused with its offset.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "attack/json_tape.hpp"
#include "base/error.hpp"
#include "base/limits.hpp"

namespace npg::attack {

/// Reads the value at `at` (no white space before it) and gives the position after it. `base` is
/// added to offsets in errors. Errors: truncated; bad_value for broken syntax, a control character,
/// invalid UTF-8, a lone surrogate, a key that its object has already, a number beyond the largest
/// double; limit_exceeded.
[[nodiscard]] Result<std::size_t> scan_json(std::string_view text, std::size_t at,
                                            std::uint64_t base, const Limits& limits,
                                            JsonTape& tape);

}  // namespace npg::attack
