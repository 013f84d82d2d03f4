// Reads data/known_providers.tsv, data/known_values.tsv and data/default_permissions.tsv.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "fact/knowledge.hpp"

namespace npg {

/// The rows of a known-providers table. Error: a sentence with the line number, for a row that does
/// not fit the header.
[[nodiscard]] std::expected<Knowledge, std::string> parse_known_providers(std::string_view table);
/// The rows of a table of what Windows writes into its own providers' values. Error: a sentence
/// with the line number.
[[nodiscard]] std::expected<std::vector<WindowsValue>, std::string> parse_known_values(
    std::string_view table);
/// The rows of a table of default permissions. Error: a sentence with the line number.
[[nodiscard]] std::expected<std::vector<DefaultPermission>, std::string> parse_default_permissions(
    std::string_view table);
/// The shipped knowledge with the rows of a user's own table behind it. Error: a sentence with the
/// line number, or about a row that says what ships with Windows.
[[nodiscard]] std::expected<Knowledge, std::string> knowledge_with(std::string_view users_table);
/// The names, escaped, that several rows of the user's own table have. That is no error: a product
/// may have a row for each of its versions, and the one that fits best counts.
[[nodiscard]] std::vector<std::string> names_given_twice(const Knowledge& knowledge);
/// The tables that npguard ships.
[[nodiscard]] const Knowledge& shipped_knowledge();

}  // namespace npg
