// One 64 KiB chunk in whatever state it is, and the walk over its records. Decoding a record's
// BinXML is binxml.hpp's work (docs/formats/evtx.md, "Chunk" and "Record").
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.hpp"
#include "base/diagnostic.hpp"
#include "base/filetime.hpp"

namespace npg::evtx {

/// What a 64 KiB slot holds.
enum class SlotKind : std::uint8_t {
  empty,       ///< zeros only
  chunk,       ///< the chunk magic
  headerless,  ///< no chunk magic, but a whole record somewhere
  garbage,     ///< none of these
};

/// A slot's bytes and what its header says. A view: lives no longer than the bytes.
struct Chunk {
  Bytes bytes;  ///< 64 KiB, or fewer at the end of a truncated file
  SlotKind kind = SlotKind::garbage;
  bool header_checksum_matches = false;
  bool records_checksum_matches = false;
  /// Where the records end (chunk-relative). Trusted when the header's last record ends there;
  /// otherwise the end of the bytes.
  std::uint64_t records_end = 0;
  bool records_end_trusted = false;
  /// What the header says of the same, for the account of what is missing; 0 when it cannot be.
  std::uint64_t free_space_offset = 0;
  std::uint64_t first_id = 0;  ///< the header's; only worth something when its checksum matches

  [[nodiscard]] bool verified() const {
    return kind == SlotKind::chunk && header_checksum_matches && records_checksum_matches &&
           records_end_trusted;
  }
};

[[nodiscard]] Chunk inspect_chunk(Bytes slot);
/// Says in `diagnostics` what is wrong with the chunk's header or checksums. Loses no bytes: the
/// records are read all the same.
void report_chunk(const Chunk& chunk, Diagnostics& diagnostics);

/// One record as its header has it. `binxml` is a view into the chunk.
struct RecordRef {
  std::uint64_t offset = 0;        ///< absolute in the file
  std::uint32_t chunk_offset = 0;  ///< in the chunk
  std::uint32_t size = 0;
  std::uint64_t id = 0;
  FileTime written;
  Bytes binxml;
  /// False in a chunk whose checksums disagree, after damage, and past the header's free-space
  /// offset.
  bool verified = false;
};

/// The record that starts at a chunk-relative position, if one does: magic, a size that fits, and
/// the same size again at its end.
[[nodiscard]] std::optional<RecordRef> record_at(const Chunk& chunk, std::uint64_t position);
/// The same into `record`, all but `verified`; false when there is none.
[[nodiscard]] bool read_record(Bytes chunk, std::uint64_t position, RecordRef& record);

/// The first whole record that starts at or behind `begin` and before `end`, both chunk-relative.
[[nodiscard]] std::optional<RecordRef> find_record(const Chunk& chunk, std::uint64_t begin,
                                                   std::uint64_t end);

/// How many words of the chunk are a record's magic: at least as many as it has records.
[[nodiscard]] std::size_t count_record_marks(const Chunk& chunk);
/// How many of them are the record's own, with the one that may stand in its last, padding word.
[[nodiscard]] std::size_t marks_of(const RecordRef& record);
/// Records that stand inside of another one: a record whose size was made to cover the next ones
/// hides them from readers that follow the sizes. The last of them may have the outer one's size
/// behind it. All unverified.
[[nodiscard]] std::vector<RecordRef> records_inside(const Chunk& chunk, const RecordRef& outer);

/// Chunk-relative.
struct ByteRange {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

/// Gives the live records of a chunk in file order. After damage it goes on at the next record that
/// is whole; the bytes between are reported as lost. Records behind the free-space offset are older
/// generations and are not given, except those that continue the record ids: a header that was not
/// yet rewritten when the file was copied.
class RecordWalk {
 public:
  RecordWalk(const Chunk& chunk, Diagnostics& diagnostics);
  [[nodiscard]] std::optional<RecordRef> next() {
    RecordRef record;
    return next(record) ? std::optional(record) : std::nullopt;
  }
  /// The same into `record`; false when there is none.
  [[nodiscard]] bool next(RecordRef& record);
  /// Bytes reported as lost so far.
  [[nodiscard]] std::uint64_t bytes_lost() const { return bytes_lost_; }
  /// The ranges reported as lost so far, in order.
  [[nodiscard]] const std::vector<ByteRange>& lost() const { return lost_; }
  /// Behind the last record or lost range: where unused space begins once next() gave nothing.
  [[nodiscard]] std::uint64_t end() const {
    return lost_.empty() ? position_after_ : std::max(position_after_, lost_.back().end);
  }

 private:
  [[nodiscard]] std::optional<RecordRef> next_before_end();
  [[nodiscard]] std::optional<RecordRef> next_behind_end();
  [[nodiscard]] std::optional<RecordRef> record_with_torn_size();
  [[nodiscard]] std::optional<RecordRef> find_next() const;
  [[nodiscard]] bool fits_after_damage(const RecordRef& record) const;
  void report_loss(std::uint64_t begin, std::uint64_t end);

  const Chunk& chunk_;
  bool chunk_verified_;
  Diagnostics& diagnostics_;
  std::uint64_t position_;
  std::uint64_t position_after_;  ///< behind the last record
  std::uint64_t bytes_lost_ = 0;
  std::vector<ByteRange> lost_;
  std::optional<std::uint64_t> last_id_;
  bool damage_seen_ = false;
};

}  // namespace npg::evtx
