// The bounds of base/limits.hpp that concern signatures and catalogs alone, passed in like those.
#pragma once

#include <cstdint>

namespace npg {

struct SignatureLimits {
  std::uint32_t certificate_entries_max = 16;      ///< WIN_CERTIFICATEs of one image
  std::uint64_t signature_bytes_max = 4ULL << 20;  ///< one signed message
  std::uint32_t signature_certificates_max = 64;   ///< certificates in one signed message
  std::uint32_t nested_signatures_max = 8;         ///< Limit: signing tools write one.
  std::uint64_t hashed_pages_max = 1'000'000;      ///< pages of one image's page hashes
  std::uint64_t catalog_bytes_max = 128ULL << 20;  ///< Limit: the largest of Windows are 20 MB.
  std::uint64_t catalog_members_max = 2'000'000;   ///< members of one catalog
  std::uint64_t catalog_attributes_max = 1024;     ///< names and values of one catalog
};

}  // namespace npg
