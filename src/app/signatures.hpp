// Verifies what signs the images that registrations name: embedded signatures, then the catalogs of
// the collection. What the answers mean for a provider is the analysis' matter.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "app/hosts.hpp"
#include "app/reading.hpp"
#include "source/collection/collection.hpp"
#include "source/trust/verify.hpp"

namespace npg {

class Signatures {
 public:
  /// All are kept by reference and must outlive this. `threads` as in ScanOptions.
  Signatures(const Collection& collection, const trust::Terms& terms, const Limits& limits,
             unsigned threads)
      : collection_(collection), terms_(terms), limits_(limits), threads_(threads) {}

  /// The embedded signature of the file with that index, of which this is the whole content.
  [[nodiscard]] SignatureFact embedded(std::size_t index, std::span<const std::byte> content);
  /// Looks for the hosts' images in the catalogs that came with each host or were named for all.
  /// An image without a signature, of a host without catalogs, is `not_checked` afterwards: it may
  /// be signed by a catalog that was not collected. Tells in `readings` what was read.
  void look_in_catalogs(std::span<Host> hosts, std::vector<Reading>& readings);

 private:
  const Collection& collection_;
  const trust::Terms& terms_;
  const Limits& limits_;  ///< of images
  unsigned threads_;
  std::map<std::uint32_t, trust::CatalogHashes> hashes_;  ///< by index of the image's file
};

}  // namespace npg
