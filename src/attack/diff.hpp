// Releases compared: every object by its hashes alone, one object in full, and one over all
// releases.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "attack/compare.hpp"
#include "attack/release.hpp"

namespace npg::attack {

/// One object that two releases have differently, or that only one has.
struct ReleaseChange {
  Named object;
  std::string relation;  ///< a relationship's kind; empty for other objects
  Named source;          ///< its ends
  Named target;
  bool revoked = false;  ///< as its release has it
  bool deprecated = false;
  bool same_modified = false;
  std::optional<ObjectDifference> difference;  ///< only after add_differences
};

/// Whether objects of no other content are listed, or only counted.
enum class Listing : std::uint8_t { content, everything };

struct ReleaseDifference {
  bool same_form = true;  ///< both STIX 2.0 or both 2.1; otherwise content alone is compared
  std::uint64_t common = 0;
  /// How many objects of both are on each level; docs/attack.md defines them.
  std::array<std::uint64_t, 6> levels{};
  std::uint64_t changed = 0;  ///< another RFC 8785 form: what a plain comparison calls changed
  std::uint64_t changed_same_modified = 0;  ///< of these, `modified` stayed
  std::uint64_t content_same_modified = 0;  ///< another content, but `modified` stayed
  std::uint64_t modified_only = 0;          ///< `modified` moved, content stayed
  std::vector<ReleaseChange> content;       ///< by id, as all lists here
  std::vector<ReleaseChange> added;
  std::vector<ReleaseChange> removed;
  std::vector<std::pair<Level, ReleaseChange>> lesser;  ///< with Listing::everything
  /// Objects that are revoked now and were not before, each with the chain that it leads to.
  struct Revocation {
    ReleaseChange change;
    std::vector<Named> successors;
  };
  std::vector<Revocation> revoked;
  /// Objects that were revoked before, by another object than now.
  struct Succession {
    ReleaseChange change;
    Named before;
    Named after;
  };
  std::vector<Succession> succeeded;
  std::vector<ReleaseChange> deprecated;  ///< now, and neither that nor revoked before
  std::vector<ReleaseChange> restored;    ///< revoked or deprecated before, and neither now
  struct Tactic {
    std::string attack_id;
    std::string before;
    std::string after;
  };
  std::vector<Tactic> tactics;  ///< names under one id that differ, or that only one release has

  [[nodiscard]] std::uint64_t on(Level level) const {
    return levels.at(static_cast<std::size_t>(level));
  }
};
/// Collections are left out: they list every object's time.
[[nodiscard]] Result<ReleaseDifference> compare_releases(const Release& before,
                                                         const Release& after,
                                                         Listing listing = Listing::content);

/// Compares every object of other content field by field, which takes the texts of all of them.
[[nodiscard]] Result<void> add_differences(const Release& before, const Release& after,
                                           ReleaseDifference& difference);

struct RelationChange {
  std::string id;
  std::string kind;
  bool outgoing = false;
  Named other;                      ///< the far end, as named in the later release that has it
  Named other_before;               ///< where the far end changed; otherwise empty
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

/// An object in one release, against the release before it in the list that has it.
struct HistoryStep {
  std::size_t release = 0;
  bool present = false;
  bool first = false;
  std::size_t compared_with = 0;  ///< the release that the difference is to
  std::string name;
  std::string version;
  std::string modified;
  std::vector<std::string> tactics;  ///< as named in that release
  bool revoked = false;
  std::vector<Named> successors;  ///< of a revoked one, as Release::successors_of
  bool deprecated = false;
  bool same_form = true;  ///< as the step that it is compared with
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
