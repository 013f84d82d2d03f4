// The store's one list of what it holds. Renaming it into place is what makes an import happen.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/limits.hpp"

namespace npg::attack {

/// One imported release: a segment file and where it came from.
struct ReleaseInfo {
  std::string domain;   ///< "enterprise-attack", "mobile-attack", "ics-attack"
  std::string release;  ///< "19.1"
  bool stix21 = true;
  std::string release_from;  ///< "bundle", "pinned hash" or "user": who says which release it is
  std::string source;        ///< the file's name, without its folder
  std::string imported;      ///< RFC 3339
  std::string bundle_sha256;
  std::uint64_t bundle_bytes = 0;
  std::string pinned;  ///< "match", "mismatch" or "unknown" (no hash known for this release)
  std::string collection_id;
  std::string collection_modified;
  std::string spec_version;     ///< newest x_mitre_attack_spec_version seen
  std::string hashes_sha256;    ///< over the four hashes of every object, in the bundle's order
  std::uint64_t objects = 0;    ///< rows
  std::uint64_t new_blobs = 0;  ///< objects whose text no earlier segment has
  std::uint64_t new_ids = 0;
  std::string file;  ///< name in the store's folder
  std::uint64_t file_bytes = 0;
  std::string file_sha256;

  /// "19.1", or "19.1 (STIX 2.0)" for the older form.
  [[nodiscard]] std::string name() const;
};

/// ReleaseInfo::pinned in words: "the published one", "NOT the published one", "no published hash
/// known".
[[nodiscard]] std::string_view pinned_words(std::string_view pinned);

/// The list as text, one line a segment, its own checksum last.
[[nodiscard]] std::string manifest_text(const std::vector<ReleaseInfo>& releases);
/// Errors: bad_checksum; bad_value with the line's offset.
[[nodiscard]] Result<std::vector<ReleaseInfo>> parse_manifest(std::string_view text,
                                                              const Limits& limits);

/// SHA-256 of a published bundle that an import is held against.
struct PinnedBundle {
  std::string domain;
  std::string release;
  bool stix21 = true;
  std::string sha256;
  std::string source;  ///< who says so
};
/// Rows of domain, release, "2.0" or "2.1", SHA-256, source; # starts a comment. Error: a sentence
/// with the line number.
[[nodiscard]] std::expected<std::vector<PinnedBundle>, std::string> parse_pins(
    std::string_view table);

}  // namespace npg::attack
