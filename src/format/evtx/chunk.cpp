#include "format/evtx/chunk.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "base/byte_search.hpp"
#include "base/checksum.hpp"
#include "format/evtx/layout.hpp"

namespace npg::evtx {
namespace {

using layout::ChunkHeader;
using layout::RecordHeader;

constexpr std::size_t record_size_min = RecordHeader::size + RecordHeader::size_copy;
/// Windows writes records of sizes that this divides.
constexpr std::size_t record_alignment = 8;

bool holds_record(const Chunk& chunk) {
  return find_record(chunk, ChunkHeader::size, chunk.bytes.size()).has_value();
}

bool header_checksum_matches(Bytes slot, const Record<ChunkHeader>& header) {
  // The checksum leaves out itself and the flags before it.
  const std::uint32_t first = crc32(slot.clamp(0, 120).data());
  const std::uint32_t both = crc32(slot.clamp(128, ChunkHeader::size - 128).data(), first);
  return both == header.get<ChunkHeader::header_checksum>();
}

/// Takes the header's free-space offset when it agrees with the header's last record, or with a
/// sound header that knows of none.
void find_records_end(Chunk& chunk, const Record<ChunkHeader>& header) {
  const std::uint64_t free_space = header.get<ChunkHeader::free_space_offset>();
  const std::uint64_t last = header.get<ChunkHeader::last_record_offset>();
  chunk.records_end = chunk.bytes.size();
  if (free_space < ChunkHeader::size || free_space > chunk.bytes.size()) {
    return;
  }
  chunk.free_space_offset = free_space;
  // A chunk without records has nothing to sum up.
  const bool empty = free_space == ChunkHeader::size && chunk.header_checksum_matches &&
                     header.get<ChunkHeader::records_checksum>() == 0;
  const auto record = empty ? std::nullopt : record_at(chunk, last);
  if (empty || (record && last + record->size == free_space)) {
    chunk.records_end = free_space;
    chunk.records_end_trusted = true;
  }
}

}  // namespace

bool read_record(Bytes chunk, std::uint64_t position, RecordRef& record) {
  const auto bytes = chunk.data();
  if (position > bytes.size() || bytes.size() - position < record_size_min) {
    return false;
  }
  const auto at = static_cast<std::size_t>(position);
  if (load_at<std::uint32_t>(bytes, at) != RecordHeader::magic) {
    return false;
  }
  const auto size = load_at<std::uint32_t>(bytes, at + RecordHeader::record_size.at);
  if (size < record_size_min || size > bytes.size() - at ||
      load_at<std::uint32_t>(bytes, at + size - RecordHeader::size_copy) != size) {
    return false;
  }
  record.offset = chunk.offset() + position;
  record.chunk_offset = static_cast<std::uint32_t>(position);
  record.size = size;
  record.id = load_at<std::uint64_t>(bytes, at + RecordHeader::id.at);
  record.written = FileTime{load_at<std::uint64_t>(bytes, at + RecordHeader::written.at)};
  record.binxml = Bytes(part_of(bytes, at + RecordHeader::size, size - record_size_min),
                        record.offset + RecordHeader::size);
  return true;
}

std::optional<RecordRef> record_at(const Chunk& chunk, std::uint64_t position) {
  RecordRef record;
  if (!read_record(chunk.bytes, position, record)) {
    return std::nullopt;
  }
  record.verified = chunk.verified();
  return record;
}

std::optional<RecordRef> find_record(const Chunk& chunk, std::uint64_t begin, std::uint64_t end) {
  constexpr std::byte mark{RecordHeader::magic & 0xff};
  const auto bytes = chunk.bytes.data().first(
      static_cast<std::size_t>(std::min<std::uint64_t>(end, chunk.bytes.size())));
  for (std::size_t at = find_byte(bytes, static_cast<std::size_t>(begin), mark); at < bytes.size();
       at = find_byte(bytes, at + 1, mark)) {
    if (auto record = record_at(chunk, at)) {
      return record;
    }
  }
  return std::nullopt;
}

std::size_t count_record_marks(const Chunk& chunk) {
  const std::size_t end =
      std::min<std::size_t>(chunk.bytes.size(), static_cast<std::size_t>(chunk.records_end));
  if (end < ChunkHeader::size) {
    return 0;
  }
  return count_words(part_of(chunk.bytes.data(), ChunkHeader::size, end - ChunkHeader::size),
                     RecordHeader::magic);
}

std::size_t marks_of(const RecordRef& record) {
  constexpr std::size_t word = sizeof(std::uint32_t);
  if (record.chunk_offset % word != 0) {
    return 0;
  }
  // Quirk: what Windows pads a record with is what lay there before, often an older record's magic.
  const auto binxml = record.binxml.data();
  const bool pads = record.size % word == 0 && binxml.size() >= word &&
                    load_at<std::uint32_t>(binxml, binxml.size() - word) == RecordHeader::magic;
  return pads ? 2 : 1;
}

std::vector<RecordRef> records_inside(const Chunk& chunk, const RecordRef& outer) {
  const auto bytes = chunk.bytes.data();
  const std::size_t end = std::size_t{outer.chunk_offset} + outer.size;
  std::vector<RecordRef> inside;
  for (std::size_t at = outer.chunk_offset + record_alignment; at + record_size_min <= end;
       at += record_alignment) {
    if (load_at<std::uint32_t>(bytes, at) != RecordHeader::magic) {
      continue;
    }
    const auto size = load_at<std::uint32_t>(bytes, at + RecordHeader::record_size.at);
    if (size < record_size_min || size > end - at ||
        (size != end - at &&
         load_at<std::uint32_t>(bytes, at + size - RecordHeader::size_copy) != size)) {
      continue;
    }
    inside.push_back(
        {.offset = chunk.bytes.offset() + at,
         .chunk_offset = static_cast<std::uint32_t>(at),
         .size = size,
         .id = load_at<std::uint64_t>(bytes, at + RecordHeader::id.at),
         .written = FileTime{load_at<std::uint64_t>(bytes, at + RecordHeader::written.at)},
         .binxml = chunk.bytes.clamp(at + RecordHeader::size, size - record_size_min),
         .verified = false});
    at += size - record_alignment;
  }
  return inside;
}

Chunk inspect_chunk(Bytes slot) {
  Chunk chunk{.bytes = slot, .records_end = slot.size()};
  const auto header = slot.record<ChunkHeader>(0);
  const bool has_magic = slot.starts_with(ChunkHeader::magic);
  if (header && has_magic) {
    chunk.kind = SlotKind::chunk;
    chunk.header_checksum_matches = header_checksum_matches(slot, *header);
    find_records_end(chunk, *header);
    chunk.first_id = header->get<ChunkHeader::first_record_id>();
    chunk.records_checksum_matches =
        crc32(slot.clamp(ChunkHeader::size, chunk.records_end - ChunkHeader::size).data()) ==
        header->get<ChunkHeader::records_checksum>();
  }
  if (!has_magic) {
    chunk.kind = all_zero(slot.data()) ? SlotKind::empty
                 : holds_record(chunk) ? SlotKind::headerless
                                       : SlotKind::garbage;
  }
  return chunk;
}

void report_chunk(const Chunk& chunk, Diagnostics& diagnostics) {
  const auto add = [&](DiagnosticCode code, Severity severity, std::string_view text) {
    diagnostics.add(code, severity, chunk.bytes.offset(), chunk.bytes.size(), std::string(text));
  };
  if (chunk.kind == SlotKind::headerless) {
    add(DiagnosticCode::evtx_chunk_damaged, Severity::notice,
        "the chunk's header is damaged; its records were read without it");
  } else if (!chunk.header_checksum_matches) {
    add(DiagnosticCode::evtx_chunk_checksum, Severity::notice,
        "the chunk header's checksum disagrees; its records were read and marked unverified");
  } else if (!chunk.records_checksum_matches) {
    add(DiagnosticCode::evtx_chunk_checksum, Severity::notice,
        "the checksum of the chunk's records disagrees; they were read and marked unverified");
  }
  if (!chunk.records_end_trusted) {
    add(DiagnosticCode::evtx_chunk_damaged, Severity::notice,
        "the chunk's free-space offset does not fit its last record; records were followed until "
        "they end");
  }
}

RecordWalk::RecordWalk(const Chunk& chunk, Diagnostics& diagnostics)
    : chunk_(chunk),
      chunk_verified_(chunk.verified()),
      diagnostics_(diagnostics),
      position_(ChunkHeader::size),
      position_after_(ChunkHeader::size) {}

bool RecordWalk::next(RecordRef& record) {
  if (position_ < chunk_.records_end && read_record(chunk_.bytes, position_, record)) {
    record.verified = chunk_verified_ && !damage_seen_;
  } else {
    auto found = next_before_end();
    if (!found) {
      found = next_behind_end();
    }
    if (!found) {
      return false;
    }
    record = *found;
  }
  position_ = std::uint64_t{record.chunk_offset} + record.size;
  position_after_ = position_;
  last_id_ = record.id;
  return true;
}

std::optional<RecordRef> RecordWalk::next_before_end() {
  if (position_ >= chunk_.records_end) {
    return std::nullopt;
  }
  auto record = record_at(chunk_, position_);
  if (!record) {
    record = record_with_torn_size();
  }
  if (!record) {
    record = find_next();
    if (record) {
      report_loss(position_, record->chunk_offset);
    } else if (chunk_.records_end_trusted || !last_id_) {
      report_loss(position_, chunk_.records_end);
    } else if (chunk_.free_space_offset > position_) {
      // What follows the header's free-space offset is most likely unused.
      report_loss(position_, chunk_.free_space_offset);
    }
    position_ = record ? record->chunk_offset : chunk_.records_end;
    damage_seen_ = true;
  }
  if (record) {
    record->verified = record->verified && !damage_seen_;
  }
  return record;
}

std::optional<RecordRef> RecordWalk::next_behind_end() {
  // Quirk: a log copied while in use can hold whole records that its chunk header does not count
  // yet. Older generations stand here too; their ids do not go on where the chunk's stop.
  auto record = record_at(chunk_, position_);
  if (!record || !last_id_ || record->id != *last_id_ + 1) {
    return std::nullopt;
  }
  record->verified = false;
  return record;
}

std::optional<RecordRef> RecordWalk::record_with_torn_size() {
  const auto header = chunk_.bytes.record<RecordHeader>(position_);
  if (!header || header->get<RecordHeader::signature>() != RecordHeader::magic) {
    return std::nullopt;
  }
  const std::uint32_t size = header->get<RecordHeader::record_size>();
  if (size < record_size_min || size > chunk_.records_end - position_) {
    return std::nullopt;
  }
  const std::uint64_t end = position_ + size;
  const auto following = chunk_.bytes.get<std::uint32_t>(end, "evtx.record.signature");
  const bool ends_well = end == chunk_.records_end ? chunk_.records_end_trusted
                                                   : following && *following == RecordHeader::magic;
  if (!ends_well) {
    return std::nullopt;
  }
  diagnostics_.add(DiagnosticCode::evtx_record_damaged, Severity::notice, header->offset(), size,
                   "the two sizes of a record disagree, but the next record stands where the "
                   "first one says; it was read and marked unverified");
  return RecordRef{
      .offset = header->offset(),
      .chunk_offset = static_cast<std::uint32_t>(position_),
      .size = size,
      .id = header->get<RecordHeader::id>(),
      .written = FileTime{header->get<RecordHeader::written>()},
      .binxml = chunk_.bytes.clamp(position_ + RecordHeader::size, size - record_size_min),
      .verified = false,
  };
}

std::optional<RecordRef> RecordWalk::find_next() const {
  const std::uint64_t end = chunk_.records_end;
  auto record = find_record(chunk_, position_ + 1, end);
  while (record && !fits_after_damage(*record)) {
    record = find_record(chunk_, std::uint64_t{record->chunk_offset} + 1, end);
  }
  return record;
}

bool RecordWalk::fits_after_damage(const RecordRef& record) const {
  // Quirk: files copied from shadow copies hold clusters of other files and of other times of the
  // same log. The records of a chunk are numbered without gaps, so those missing before this one
  // must have had room in the bytes before it. 128 bytes is less than any record of the corpus.
  constexpr std::uint64_t usual_size_min = 128;
  const auto has_room = [&](std::uint64_t expected_id, std::uint64_t from) {
    return record.id >= expected_id &&
           record.id - expected_id <= (record.chunk_offset - from) / usual_size_min;
  };
  const bool first_known = chunk_.header_checksum_matches;
  return (first_known && has_room(chunk_.first_id, ChunkHeader::size)) ||
         (last_id_ && has_room(*last_id_ + 1, position_)) || (!first_known && !last_id_);
}

void RecordWalk::report_loss(std::uint64_t begin, std::uint64_t end) {
  bytes_lost_ += end - begin;
  lost_.push_back({begin, end});
  diagnostics_.add(DiagnosticCode::evtx_record_damaged, Severity::data_loss,
                   chunk_.bytes.offset() + begin, end - begin,
                   "no whole record starts here; reading went on at the next one");
}

}  // namespace npg::evtx
