// One import's file in the store: the objects whose text was new, their hashes, and the release's
// rows. docs/attack.md, "The store", describes it.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "attack/canonical.hpp"
#include "attack/manifest.hpp"
#include "base/error.hpp"
#include "base/limits.hpp"

namespace npg::attack {

inline constexpr std::uint32_t nothing = UINT32_MAX;
/// Error::what of a segment that an earlier version of npguard wrote.
inline constexpr StaticText older_segment = "attack.store.segment.older";

/// An object's text, whichever releases have it. Numbers of blobs and ids run over the whole store.
struct Blob {
  std::uint32_t id = nothing;        ///< number of its STIX id
  std::uint32_t size = 0;            ///< of the stripped text
  std::uint32_t base = nothing;      ///< an earlier text of the same object
  std::uint32_t block = 0;           ///< in its segment
  std::uint32_t at = 0;              ///< offset in its block
  std::uint32_t relation = nothing;  ///< number of the relationship's kind in its segment's words
  std::uint32_t source = nothing;    ///< a relationship's ends: numbers of STIX ids
  std::uint32_t target = nothing;
  bool same_content = false;  ///< its content form is that of `base`
  bool revoked = false;
  bool deprecated = false;
  std::uint32_t minified_at = nothing;  ///< place in its segment's column; nothing: as its text
  std::uint32_t arranged_at = nothing;  ///< the same; nothing: as its RFC 8785 form
  std::string_view modified;            ///< as written; a view into the segment's columns
  std::string_view attack_id;
  std::string_view name;  ///< empty for relationships
};

/// The first 16 bytes of a SHA-256: enough to tell whether two forms differ.
using ShortDigest = std::array<std::byte, 16>;

/// A release's object in the bundle's order.
struct Row {
  std::uint32_t blob = 0;
  std::uint32_t layout = 0;    ///< index of its layout; past the layouts: an exact text of its own
  std::uint32_t raw_size = 0;  ///< of its bytes in the bundle
};

struct BlockInfo {
  std::uint64_t size = 0;
  std::uint64_t packed = 0;
  std::uint64_t at = 0;     ///< from the start of the blocks
  std::uint32_t depth = 0;  ///< how many blocks must be unpacked before this one
  bool lists_rows = false;  ///< its prefix is the list of the release's objects (a collection)
  std::vector<std::uint32_t> bases;  ///< blobs whose texts are its prefix
  std::uint32_t first_blob = 0;      ///< its texts; counted while the columns are read
  std::uint32_t blobs = 0;
};

/// The parts of a segment, as they are written. Texts are packed by encode().
struct SegmentParts {
  std::string ids;      ///< one new id a line
  std::string columns;  ///< per new blob: numbers
  std::string words;    ///< per new blob: modified and ATT&CK id; then the kinds of relationship
  std::string blob_sha256;  ///< 32 bytes a new blob
  std::string canonical;    ///< 16 bytes a new blob
  std::string content;      ///< 32 bytes a new blob whose content is not its base's
  std::string minified;     ///< 16 bytes a new blob whose JSON.stringify form is not its text
  std::string arranged;     ///< 16 bytes a new blob with lists whose order says nothing
  std::string names;        ///< per new blob that is no relationship: its name, or that of its base
  std::string rows;
  std::string gaps;  ///< layouts, what stands between the objects, and irregular texts
  std::string block_table;
  std::string blocks;
};
[[nodiscard]] std::string encode_segment(const SegmentParts& parts);
/// The same parts, checked for their sizes; packed ones unpacked unless `lazily`, which leaves
/// `rows`, `gaps` empty. Views into `file` would be cheaper but the packed parts need room anyway.
struct SegmentView {
  std::string ids;
  std::string columns;
  std::string words;
  std::string names;
  std::string block_table;
  std::string_view blob_sha256;
  std::string_view canonical;
  std::string_view content;
  std::string_view minified;
  std::string_view arranged;
  std::string_view packed_rows;
  std::uint64_t rows_size = 0;
  std::string_view packed_gaps;
  std::uint64_t gaps_size = 0;
  std::string_view blocks;
  std::uint64_t blocks_at = 0;  ///< offset of the blocks in the file
};
/// Whether a segment's checksum is held against it. A fuzzer, which cannot make one, leaves it.
enum class Checksum : std::uint8_t { held, not_held };

/// All before the blocks is held against its SHA-256 here; a block's texts have their own. Errors:
/// bad_signature, truncated, bad_checksum, bad_value with the offset in the file. The view lives as
/// long as `file`.
[[nodiscard]] Result<SegmentView> decode_segment(std::string_view file, const Limits& limits,
                                                 Checksum checksum = Checksum::held);

[[nodiscard]] std::string pack_blocks(const std::vector<BlockInfo>& blocks);
[[nodiscard]] Result<std::vector<BlockInfo>> unpack_blocks(std::string_view table,
                                                           std::uint64_t blocks_bytes,
                                                           std::uint64_t blobs_before,
                                                           const Limits& limits);

}  // namespace npg::attack
