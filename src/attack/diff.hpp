// Releases compared: every object by its hashes alone, one object in full, and one over all
// releases.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "attack/compare.hpp"
#include "attack/release.hpp"

namespace npg::attack {

/// One object that two releases have in different content, or that only one has.
struct ReleaseChange {
  std::string id;
  std::string attack_id;
  bool same_modified = false;
  std::optional<ObjectDifference> difference;  ///< only after add_differences
};

struct ReleaseDifference {
  bool same_form = true;  ///< both STIX 2.0 or both 2.1; otherwise only content is compared
  std::uint64_t common = 0;
  std::uint64_t identical = 0;    ///< the same bytes, but for white space between tokens
  std::uint64_t order = 0;        ///< the same RFC 8785 form
  std::uint64_t bookkeeping = 0;  ///< the same content form
  std::uint64_t changed = 0;      ///< another RFC 8785 form: what a plain comparison calls changed
  std::uint64_t changed_same_modified = 0;  ///< of these, `modified` stayed
  std::uint64_t content_same_modified = 0;  ///< another content, but `modified` stayed
  std::uint64_t modified_only = 0;          ///< `modified` moved, content stayed
  std::vector<ReleaseChange> content;       ///< by id
  std::vector<ReleaseChange> added;
  std::vector<ReleaseChange> removed;
  /// Objects that a new revoked-by relationship leads away from: id and successor's id.
  std::vector<std::pair<ReleaseChange, ReleaseChange>> revoked;
  struct Tactic {
    std::string attack_id;
    std::string before;
    std::string after;
  };
  std::vector<Tactic> tactics;  ///< names under one id that differ, or that only one release has
};
/// Collections are left out: they list every object's time.
[[nodiscard]] Result<ReleaseDifference> compare_releases(const Release& before,
                                                         const Release& after);

/// Compares every object of other content field by field, which takes the texts of all of them.
[[nodiscard]] Result<void> add_differences(const Release& before, const Release& after,
                                           ReleaseDifference& difference);

struct RelationChange {
  std::string id;
  std::string kind;
  std::string other;                ///< STIX id of the far end
  std::string other_name;           ///< as named in the later release
  std::vector<std::string> fields;  ///< members that differ (changed ones)
  bool content = false;             ///< something of substance is among them
  std::string words;                ///< how its text changed, by words; empty when it did not
};
struct RelationDifference {
  std::vector<RelationChange> added;
  std::vector<RelationChange> removed;
  std::vector<RelationChange> changed;
};
[[nodiscard]] Result<RelationDifference> compare_relations(const Release& before,
                                                           const Release& after,
                                                           std::uint32_t id_number);

/// An object in one release, against the release before it in the list.
struct HistoryStep {
  std::size_t release = 0;
  bool present = false;
  bool first = false;
  std::string name;
  std::string version;
  std::string modified;
  std::vector<std::string> tactics;  ///< as named in that release
  bool revoked = false;
  bool deprecated = false;
  bool same_form = true;  ///< as the step before
  ObjectHashes hashes;
  ObjectDifference difference;
  RelationDifference relations;
};
/// Which object an id means over several releases: that of the newest release that has it.
struct Identity {
  std::string stix_id;              ///< empty when no release has the id
  std::vector<std::string> others;  ///< STIX ids of other objects that bear it in some release
};
[[nodiscard]] Result<Identity> identity_of(const Store& store,
                                           const std::vector<std::size_t>& releases,
                                           const std::string& id, const Limits& limits);

/// The releases by index, oldest first; `id` means the object of identity_of.
[[nodiscard]] Result<std::vector<HistoryStep>> history(const Store& store,
                                                       const std::vector<std::size_t>& releases,
                                                       const std::string& id, const Limits& limits);

/// A technique's tactics as its release names them ("Defense Impairment"); the phase where the
/// release has no such tactic.
[[nodiscard]] Result<std::vector<std::string>> tactic_names(const Release& release,
                                                            const JsonValue& technique);

}  // namespace npg::attack
