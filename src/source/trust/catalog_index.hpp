// Members of many catalogs by hash. Which catalog is signed by whom is asked only of those that
// name a file that somebody wants to know of.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "base/bytes.hpp"
#include "base/diagnostic.hpp"
#include "base/error.hpp"
#include "base/signature_limits.hpp"

namespace npg::trust {

/// Where a catalog names a hash.
struct CatalogEntry {
  std::uint32_t catalog = 0;  ///< the number that add() was given
  std::uint64_t offset = 0;   ///< of the member
  std::uint64_t length = 0;
};

class CatalogIndex {
 public:
  /// Adds the members of one catalog; the bytes are not kept. A member whose tag and digest
  /// disagree names nothing; it is reported. Gives how many there are. Errors as for
  /// read_catalog().
  [[nodiscard]] Result<std::uint64_t> add(Bytes catalog, std::uint32_t number,
                                          const SignatureLimits& limits, Diagnostics& diagnostics);
  /// Takes over another index, for catalogs that were read side by side.
  void merge(CatalogIndex&& other);
  /// To be called when all is added, before find().
  void sort();

  /// Every member with that hash (20 or 32 bytes), by catalog number, then offset.
  [[nodiscard]] std::vector<CatalogEntry> find(std::span<const std::byte> digest) const;
  [[nodiscard]] std::size_t size() const { return sha1_.size() + sha256_.size(); }

 private:
  template <std::size_t Size>
  struct Row {
    std::array<std::byte, Size> digest{};
    CatalogEntry entry;
  };
  std::vector<Row<20>> sha1_;
  std::vector<Row<32>> sha256_;
};

}  // namespace npg::trust
