// Ids and names of ATT&CK objects that npguard knows as facts, without an imported bundle:
// data/attack_names.tsv.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace npg {

/// One line of the table. Nothing in it is a text of MITRE's.
struct NameRow {
  std::string kind;  ///< technique, tactic, mitigation, strategy, analytic, component, log_source
  std::string id;
  std::string name;
  std::vector<std::string> related;  ///< ids
  std::string note;                  ///< in our words; may be empty
};
/// Error: a sentence with the line.
[[nodiscard]] std::expected<std::vector<NameRow>, std::string> name_rows(std::string_view table);
/// The row of an id; null when there is none.
[[nodiscard]] const NameRow* row_of(const std::vector<NameRow>& rows, std::string_view id);

/// What npguard knows of an id (any case) without a source object, for people or as JSON
/// (npguard.attack_fact/1); empty when it knows nothing. `why` says why there is no source object.
[[nodiscard]] std::string known_facts(std::string_view id, std::string_view why, bool as_json);

}  // namespace npg
