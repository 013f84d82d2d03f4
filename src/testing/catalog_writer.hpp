// Builds security catalogs that nobody signed, as makecat does before signing.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace npg::testing {

struct CatalogMemberRecipe {
  std::vector<std::byte> digest;  ///< 20 or 32 bytes
  bool is_image = true;
  bool has_indirect_data = true;              ///< false: the tag alone names the hash
  std::optional<std::vector<std::byte>> tag;  ///< instead of what the version writes
};

struct CatalogRecipe {
  bool is_version_2 = true;  ///< tags are hashes; else their text in UTF-16
  std::vector<CatalogMemberRecipe> members;
  std::vector<std::pair<std::string, std::string>> attributes;  ///< ASCII
};

[[nodiscard]] std::vector<std::byte> write_catalog(const CatalogRecipe& recipe);

/// A DER element of that identifier octet around the content.
[[nodiscard]] std::vector<std::byte> der(unsigned char identifier,
                                         const std::vector<std::byte>& content);

}  // namespace npg::testing
