// Fuzz target: any bytes as a catalog. Bounds are checked here, memory by the sanitizers.
#include <cstddef>
#include <cstdint>

#include "base/check.hpp"
#include "format/catalog/catalog.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace npg;
  SignatureLimits limits;
  limits.catalog_members_max = 256;
  limits.catalog_attributes_max = 16;
  Diagnostics diagnostics;
  std::uint64_t members = 0;
  const auto read = catalog::read_catalog(
      Bytes(std::as_bytes(std::span(data, size))), limits, diagnostics,
      [&](const catalog::Member& member) {
        ++members;
        NPG_CHECK(member.offset <= size && member.length <= size - member.offset);
        NPG_CHECK(member.digest.size <= member.digest.bytes.size());
      });
  if (read) {
    NPG_CHECK(read->members == members);
    NPG_CHECK(read->attributes.size() <= limits.catalog_attributes_max);
  }
  return 0;
}
