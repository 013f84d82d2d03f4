// What import gathers while a bundle is read: each object's text without white space, its four
// hashes, and what the checks over all objects need.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "attack/bundle.hpp"
#include "attack/import_checks.hpp"
#include "attack/layout.hpp"

namespace npg::attack {

/// Set in Candidate::layout where the white space is irregular: the rest is the number of an exact
/// text.
inline constexpr std::uint32_t irregular_layout = 1U << 31;

class Gathering {
 public:
  explicit Gathering(const Limits& limits) : limits_(limits) {}

  /// Reads the whole bundle, whose text must outlive this. Errors: those of read_bundle;
  /// bad_value for a member that the store's columns cannot hold.
  [[nodiscard]] Result<BundleInfo> read(std::string_view text);

  std::vector<Candidate> objects;
  std::string stripped;
  std::vector<Layout> layouts;
  std::vector<std::string> exact;
  BundleChecks checks;
  std::string hashes_sha256;  ///< over all hashes, in the bundle's order

 private:
  Result<void> take(const BundleObject& object);
  void strip(const BundleObject& object, Candidate& candidate);
  void hash(const BundleObject& object, const JsonValue& value, Candidate& candidate);

  const Limits& limits_;
  Hasher hasher_;
  Hasher all_;
  std::string minified_;
  ObjectForms forms_;
};

}  // namespace npg::attack
