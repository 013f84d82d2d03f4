// The tables of a case file, as numbered steps from nothing to now. docs/casefile.md says what they
// hold.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "casefile/sqlite.hpp"

namespace npg {

/// "npgc" in the header of the file.
inline constexpr std::int64_t case_application_id = 0x6e706763;

/// The SQL of each step; a file of schema n has had the first n. A step is never changed again.
[[nodiscard]] std::span<const std::string_view> schema_steps();

/// Brings an open file to the newest schema, in one transaction. Refuses a newer one, another
/// program's file and one whose tables are not those that npguard makes. A new file becomes a case
/// when `access` allows it.
[[nodiscard]] CaseResult<void> settle_schema(sqlite::Database& database, CaseAccess access);

}  // namespace npg
