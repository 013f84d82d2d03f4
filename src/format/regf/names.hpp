// Stored names as Windows compares, hashes and stores them (docs/formats/regf.md, 7 and 14).
#pragma once

#include <array>
#include <cstdint>

#include "format/regf/records.hpp"

namespace npg::regf {

/// Order of two names in a sub-key list: by upper-cased UTF-16 units; negative when `left` is
/// first.
[[nodiscard]] int compare_names(const Name& left, const Name& right);
/// The hash of an lh list: 37 times what is before, plus each upper-cased unit.
[[nodiscard]] std::uint32_t name_hash(const Name& name);
/// The hint of an lf list: the first four characters, as far as they are narrow.
[[nodiscard]] std::uint32_t name_hint(const Name& name);
/// True when a stored hint could lead to the name: Windows takes an empty one for "unknown".
[[nodiscard]] bool hint_agrees(std::uint32_t stored, std::uint32_t right);
/// False for wide names that Windows would have stored narrow, and for wide names of odd length.
[[nodiscard]] bool stored_as_windows_does(const Name& name);

}  // namespace npg::regf
