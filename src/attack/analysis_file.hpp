// npguard's own analysis of ATT&CK objects: statements in files of their own, each bound to the
// objects it was written against by id, release and content hash. docs/attack.md has the form.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "attack/release.hpp"

namespace npg::attack {

/// An object as it was when a statement about it was written.
struct AnalysedObject {
  std::string attack_id;
  std::string stix_id;
  std::string release;
  std::string content_sha256;  ///< 64 hexadecimal digits
};
struct Statement {
  std::string id;
  std::string kind;             ///< "detection", "posture" or "coverage"
  std::vector<std::string> by;  ///< rules or posture checks that it speaks of
  std::string text;
  std::vector<AnalysedObject> objects;  ///< at least one
};
struct AnalysisFile {
  std::string author;
  std::string date;  ///< YYYY-MM-DD
  std::string domain;
  std::vector<Statement> statements;
};
/// Reads an npguard.attack_analysis/1 document. Error: a sentence with the offset or the
/// statement's id.
[[nodiscard]] std::expected<AnalysisFile, std::string> parse_analysis(std::string_view text,
                                                                      const Limits& limits);

/// How an object of a statement stands today. A statement is as its worst object.
enum class AnalysisState : std::uint8_t { current, not_mirrored, stale, gone };
[[nodiscard]] std::string_view name_of(AnalysisState state);

/// The content hash that a release has for a STIX id; nothing when it lacks it.
[[nodiscard]] std::optional<std::string> content_hash(const Release& release,
                                                      std::string_view stix_id);
/// Against a release of the file's domain, in either STIX form that is imported of it; null when
/// none is imported.
[[nodiscard]] AnalysisState state_of(const AnalysedObject& object, const Release* release);
[[nodiscard]] AnalysisState state_of(const Statement& statement, const Release* release);

}  // namespace npg::attack
