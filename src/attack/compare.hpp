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
  form,         ///< STIX 2.0 against 2.1, the content the same: no lesser level can be told
  bookkeeping,  ///< only members that say nothing of the subject
  content,
};
[[nodiscard]] std::string_view name_of(Level level);

/// Which of two objects' forms are the same. The one definition of a level, whether the forms are
/// at hand or only their hashes.
struct SameForms {
  bool bytes = false;
  bool minified = false;
  bool canonical = false;
  bool arranged = false;
  bool content = false;
};
[[nodiscard]] Level level_of(const SameForms& same);

/// Whether two objects are both STIX 2.0 or both 2.1. Members that only the form brings
/// (spec_version; is_family and labels of software) say nothing when they are not.
enum class StixForms : std::uint8_t { same, differ };

struct FieldChange {
  std::string field;
  /// "content", "order-only", "bookkeeping", "empty-added", "empty-removed", "form"
  std::string kind;
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
/// The level counts white space too where the values are of the files' exact bytes.
[[nodiscard]] ObjectDifference compare_objects(const JsonValue& before, const JsonValue& after,
                                               StixForms forms = StixForms::same);

/// What of an object's state makes it live or not.
struct ObjectState {
  bool revoked = false;
  bool deprecated = false;
};
/// "revoked", "deprecated" (and not revoked), "restored" when it is neither any more, or empty.
[[nodiscard]] std::string_view state_change(ObjectState before, ObjectState after);

/// "major" when the first number differs, "minor" for the second by one or more upwards, "other"
/// for the rest, "unchanged".
[[nodiscard]] std::string version_kind(std::string_view before, std::string_view after);

/// Old and new text in one, changed words marked; unchanged stretches are cut to a few words.
[[nodiscard]] std::string word_difference(std::string_view before, std::string_view after);

}  // namespace npg::attack
