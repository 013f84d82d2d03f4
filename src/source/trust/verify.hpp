// Verifies what signs an image: its embedded signatures, or a catalog that names its hash. Fills
// SignatureFact; judges no provider.
#pragma once

#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/signature_limits.hpp"
#include "fact/signature_fact.hpp"
#include "format/authenticode/certificate_table.hpp"
#include "source/trust/anchors.hpp"

namespace npg::trust {

/// What every verification needs besides the file. `as_of` is the time at which signatures without
/// a timestamp must be valid; when it is not given they cannot be trusted.
struct Terms {
  AnchorSource anchors;
  FileTime as_of;
  SignatureLimits limits;
};

struct ImageFile {
  Bytes file;  ///< wholly in memory
  authenticode::ImageLayout layout;
  std::uint32_t evidence = 0;
};

/// The embedded signature of an image: the first of its certificate table decides, the others stand
/// in `others`. An image without one is `unsigned_file`; its hash is computed all the same.
[[nodiscard]] SignatureFact verify_image(const ImageFile& image, const Terms& terms);

/// The hashes under which catalogs may name an image: SHA-256 and SHA-1 as signing computes them.
struct CatalogHashes {
  std::vector<std::byte> sha256;
  std::vector<std::byte> sha1;
};
[[nodiscard]] CatalogHashes catalog_hashes(const ImageFile& image);

/// A catalog's own signature, over its list: form catalog. `unsigned_file` when nobody signed it.
[[nodiscard]] SignatureFact verify_catalog(Bytes file, std::uint32_t evidence, const Terms& terms);

/// An image's signature with what a catalog adds: `catalog` is the answer of verify_catalog() for
/// one that names the image. A trusted catalog decides where the file has no signature of its own
/// or an unbroken one that is not trusted; any other vouches for nothing and stands in `others`.
struct CatalogWitness {
  SignatureFact catalog;
  SharedText path;
  std::string member;  ///< the hash under which the image was found
  Origin origin;       ///< of the member
};
void add_catalog(SignatureFact& image, CatalogWitness witness);

}  // namespace npg::trust
