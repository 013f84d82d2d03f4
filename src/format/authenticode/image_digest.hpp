// What of an image its Authenticode digest covers, as ranges of bytes in the order in which they
// are hashed, and its page hashes. Hashing itself is the caller's.
#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.hpp"
#include "format/authenticode/certificate_table.hpp"

namespace npg::authenticode {

/// The whole file in its order, without checksum, certificate directory entry and certificate
/// table. This is what Windows hashes; it covers every byte that it does not name.
[[nodiscard]] std::vector<Bytes> digest_ranges(Bytes file, const ImageLayout& layout);

/// The same by the letter of the specification: headers, sections by their file offset, then as
/// many bytes from the end as are left. For an image whose sections follow each other without gaps
/// and overlaps the two are one; otherwise this leaves bytes out.
[[nodiscard]] std::vector<Bytes> digest_ranges_by_specification(Bytes file,
                                                                const ImageLayout& layout);

/// Zeros to add behind the ranges of an image that has no table yet: signing pads it to eight
/// bytes.
[[nodiscard]] std::uint64_t digest_padding(Bytes file, const ImageLayout& layout);

/// One page as page hashes have it: `ranges` and then zeros up to the page's size.
struct HashedPage {
  std::uint32_t offset = 0;  ///< in the file
  std::vector<Bytes> ranges;
  std::uint64_t zeros = 0;
};
/// The pages of an image in the order of its page hashes, without the last entry, which marks the
/// end; `end` is that entry's offset. No pages when the layout's page size cannot be used.
struct HashedPages {
  std::vector<HashedPage> pages;
  std::uint32_t end = 0;
};
[[nodiscard]] HashedPages hashed_pages(Bytes file, const ImageLayout& layout,
                                       std::uint64_t pages_max);

}  // namespace npg::authenticode
