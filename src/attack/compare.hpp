// Two texts of one object compared member by member, in the levels of docs/attack.md.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "attack/json_tape.hpp"

namespace npg::attack {

/// What a difference is worth, the least first.
enum class Level : std::uint8_t {
  identical,    ///< the same bytes
  layout,       ///< only white space or escapes
  order,        ///< only the order of members, or of lists that have none
  bookkeeping,  ///< only members that say nothing of the subject
  content,
};
[[nodiscard]] std::string_view name_of(Level level);

struct FieldChange {
  std::string field;
  std::string kind;    ///< "content", "order-only", "bookkeeping", "empty-added", "empty-removed"
  std::string before;  ///< the value as RFC 8785 JSON; empty when absent
  std::string after;
  /// Lists without order: what only one side has, as RFC 8785 JSON.
  std::vector<std::string> added;
  std::vector<std::string> removed;
  /// References of one source name with another text: its name.
  std::vector<std::string> altered;
  std::string words;  ///< texts: the change as "[-old-] {+new+}" with the words around; else empty
};

struct ObjectDifference {
  Level level = Level::identical;
  std::vector<FieldChange> fields;  ///< by name
  std::string version_before;       ///< x_mitre_version
  std::string version_after;
  std::string version_kind;  ///< "major", "minor", "other", "unchanged"
  bool modified_moved = false;
  std::string state;  ///< "revoked", "deprecated", "restored", or empty
};
[[nodiscard]] ObjectDifference compare_objects(const JsonValue& before, const JsonValue& after);

/// "major" when the first number differs, "minor" for the second by one or more upwards, "other"
/// for the rest, "unchanged".
[[nodiscard]] std::string version_kind(std::string_view before, std::string_view after);

/// Old and new text in one, changed words marked; unchanged stretches are cut to a few words.
[[nodiscard]] std::string word_difference(std::string_view before, std::string_view after);

}  // namespace npg::attack
