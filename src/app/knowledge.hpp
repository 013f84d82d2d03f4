// Reads data/known_providers.tsv.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "fact/knowledge.hpp"

namespace npg {

/// The rows of a known-providers table. Error: a sentence with the line number, for a row that does
/// not fit the header.
[[nodiscard]] std::expected<Knowledge, std::string> parse_known_providers(std::string_view table);
/// The table that npguard ships.
[[nodiscard]] const Knowledge& shipped_knowledge();

}  // namespace npg
