// What is shown of one object: itself, its references kept apart, and what is related to it, all
// from one release.
#pragma once

#include <string>
#include <vector>

#include "attack/canonical.hpp"
#include "attack/release.hpp"

namespace npg::attack {

struct PageReference {
  std::uint64_t number = 0;  ///< by first citation in the description; those not cited follow
  bool cited = false;
  std::string source_name;
  std::string external_id;
  std::string description;  ///< blanks at its ends taken off; raw keeps them
  std::string url;
};

struct PageRelation {
  std::string id;
  std::string kind;
  bool outgoing = false;
  Named other;
  std::string other_type;
  std::string description;
  std::vector<std::uint64_t> references;  ///< its own, by number in either list of Page
  bool dropped = false;  ///< the relationship or its far end is revoked or deprecated
};

struct PageLogSource {
  Named component;
  std::string name;
  std::string channel;
};
struct PageAnalytic {
  Named analytic;
  Named strategy;  ///< empty for an analytic shown by itself
  std::string description;
  std::vector<std::string> platforms;
  std::vector<PageLogSource> log_sources;
  std::vector<std::pair<std::string, std::string>> mutable_elements;
};

struct Page {
  ReleaseInfo release;
  Named object;
  std::string type;
  std::string version;
  std::string created;
  std::string modified;
  bool revoked = false;
  bool deprecated = false;
  std::vector<Named> successors;            ///< of a revoked object: each revoked by the next
  Named successor;                          ///< the last of them, which counts
  std::vector<std::string> same_attack_id;  ///< other objects of this ATT&CK id
  std::string description;
  std::string detection;  ///< x_mitre_detection; empty in newer releases
  std::vector<std::string> platforms;
  std::vector<std::string> contributors;
  std::vector<std::string> data_sources;
  std::vector<Named> tactics;
  std::vector<PageReference> references;
  /// Those of the relationships that the object has not, each once; numbered on from the object's.
  std::vector<PageReference> relation_references;
  std::vector<PageRelation> relations;
  std::vector<PageAnalytic> analytics;
  std::string statement;  ///< of the marking definition, as the release words it
  ObjectHashes hashes;
  std::uint64_t raw_bytes = 0;
  std::uint64_t raw_offset = 0;
};
[[nodiscard]] Result<Page> page_of(const Release& release, std::uint32_t row, const Limits& limits);
/// The same without the hashes and the place in the file, which cost a walk over the release.
[[nodiscard]] Result<Page> page_without_source(const Release& release, std::uint32_t row,
                                               const Limits& limits);

/// The page for a terminal, and as a JSON object. Both carry `licence`, which MITRE's terms ask
/// for.
[[nodiscard]] std::string page_text(const Page& page, std::string_view licence);
[[nodiscard]] std::string page_json(const Page& page, std::string_view licence);

}  // namespace npg::attack
