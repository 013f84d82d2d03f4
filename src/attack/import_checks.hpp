// What import gathers of each object, and the checks that need all of a bundle's objects.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "attack/bundle.hpp"
#include "attack/canonical.hpp"
#include "attack/import.hpp"

namespace npg::attack {

/// One object of the bundle that is being imported. Views are of the bundle's text.
struct Candidate {
  std::string_view id;
  std::string_view modified;
  std::string attack_id;
  std::string name;           ///< empty for relationships
  std::string_view relation;  ///< a relationship's kind and ends; empty for other objects
  std::string_view source;
  std::string_view target;
  std::uint64_t offset = 0;
  std::uint64_t stripped_at = 0;
  std::uint32_t raw_size = 0;
  std::uint32_t stripped_size = 0;
  std::uint32_t layout = 0;
  bool is_collection = false;
  bool revoked = false;
  bool deprecated = false;
  bool plain = false;        ///< its JSON.stringify form is its text without white space
  bool is_arranged = false;  ///< its lists without order stand sorted
  Digest blob{};
  Digest minified{};
  Digest canonical{};
  Digest arranged{};
  Digest content{};
};

/// Gathers what must hold over all objects of a bundle.
class BundleChecks {
 public:
  void reserve(std::size_t objects) {
    ids_.reserve(objects);
    references_.reserve(objects);
  }
  /// Error: bad_value "stix.duplicate_id" at the object.
  [[nodiscard]] Result<void> see(const BundleObject& object, const JsonValue& value,
                                 std::uint32_t index);
  /// Fills the report's counts and notes. `objects` are all that were seen.
  void finish(const std::vector<Candidate>& objects, ImportReport& report) const;

  std::string collection_id;
  std::string collection_name;
  std::string collection_version;
  std::string collection_modified;
  std::string
      matrix_domain;  ///< the matrix' external id; empty when there is none or several differ
  std::string spec_version;
  std::uint64_t collections = 0;

 private:
  void see_references(const JsonValue& value, std::uint64_t offset);
  void see_collection(const JsonValue& value);

  struct Listed {
    std::string_view id;
    std::string_view modified;
  };
  void note_reference(const JsonValue& reference, std::uint64_t offset);

  std::unordered_map<std::string_view, std::uint32_t> ids_;
  /// What is referred to, as it stands between the quotes, and the first object that names it. The
  /// bundle's text outlives the checks.
  std::unordered_map<std::string_view, std::uint64_t> references_;
  /// Most references are to one identity and one marking: these need no look-up.
  std::array<std::string_view, 4> recent_;
  std::size_t next_recent_ = 0;
  std::vector<Listed> listed_;
};

}  // namespace npg::attack
