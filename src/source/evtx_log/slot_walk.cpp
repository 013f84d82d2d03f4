#include "source/evtx_log/slot_walk.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "format/evtx/layout.hpp"

namespace npg {
namespace {

using evtx::chunk_size;
using evtx::SlotKind;

/// Limit: what is in memory at a time, whatever the file's size. Larger reads cost less a byte, and
/// this many still lie in the processor's cache when they are decoded.
constexpr std::uint64_t piece_size = 16 * chunk_size;
constexpr std::uint64_t magic_size = 8;

/// The place of a chunk's magic in the bytes; their size when there is none.
std::uint64_t find_chunk_magic(Bytes bytes) {
  const auto magic = bytes_of(evtx::layout::ChunkHeader::magic);
  const auto found = std::ranges::search(bytes.data(), magic);
  return static_cast<std::uint64_t>(found.begin() - bytes.data().begin());
}

}  // namespace

Result<Bytes> read_piece(const FileView& file, std::uint64_t at, std::span<std::byte> into) {
  std::size_t done = 0;
  while (done < into.size()) {
    NPG_TRY(const std::size_t got, file.read_at(at + done, into.subspan(done)));
    if (got == 0) {
      break;
    }
    done += got;
  }
  return Bytes(into.first(done), at);
}

bool chunk_magic_at(const FileView& file, std::uint64_t at) {
  std::array<std::byte, 8> magic{};
  const auto piece = read_piece(file, at, magic);
  return piece && piece->starts_with(evtx::layout::ChunkHeader::magic);
}

void add_empty(const evtx::ByteRange& slot, std::vector<evtx::ByteRange>& all) {
  if (!all.empty() && all.back().end == slot.begin) {
    all.back().end = slot.end;
  } else {
    all.push_back(slot);
  }
}

PartCounts SlotWalk::run(std::uint64_t begin, std::uint64_t end, Diagnostics& diagnostics,
                         const std::function<void(const evtx::Chunk&)>& visit) {
  diagnostics_ = &diagnostics;
  visit_ = &visit;
  found_ = {.counts = {}, .begin = begin};
  position_ = begin;
  careful_until_ = 0;
  end = std::min(end, file_.size());
  while (position_ < end) {
    const std::uint64_t slots = (end - position_ + chunk_size - 1) / chunk_size * chunk_size;
    const std::uint64_t most = position_ < careful_until_ ? chunk_size : piece_size;
    const std::uint64_t wanted = std::min({most, slots, file_.size() - position_});
    if (buffer_.size() < wanted) {
      buffer_.resize(static_cast<std::size_t>(wanted));
    }
    const auto piece =
        read_piece(file_, position_, std::span(buffer_).first(static_cast<std::size_t>(wanted)));
    if (!piece && wanted > chunk_size) {
      careful_until_ = position_ + wanted;  // Most of it may be readable: slot by slot.
      continue;
    }
    if (!piece) {
      unreadable(piece.error(), wanted);
      continue;
    }
    if (piece->empty()) {
      diagnostics.add(DiagnosticCode::file_changed_while_read, Severity::data_loss, position_,
                      end - position_, "the file became shorter while it was read");
      found_.counts.bytes_lost += end - position_;
      position_ = end;
      break;
    }
    walk_piece(*piece);
  }
  found_.end = position_;
  return found_;
}

void SlotWalk::unreadable(const Error& error, std::uint64_t length) {
  diagnostics_->add(DiagnosticCode::file_unreadable, Severity::data_loss, position_, length,
                    describe(error) + "; reading went on behind it");
  found_.counts.bytes_lost += length;
  position_ += length;
}

/// Walks the slots of a piece; leaves position_ at the next slot to read.
void SlotWalk::walk_piece(Bytes piece) {
  found_.counts.bytes += piece.size();
  const std::uint64_t start = position_;
  for (std::uint64_t at = 0; at < piece.size(); at += chunk_size) {
    const Bytes slot = piece.clamp(at, chunk_size);
    position_ = start + at + slot.size();
    const std::uint64_t skipped = walk_slot(slot, piece.from(at));
    if (skipped != slot.size()) {
      position_ = start + at + skipped;
      return;
    }
  }
}

/// Gives the slot's size, or how many bytes to skip to where a chunk starts out of line.
std::uint64_t SlotWalk::walk_slot(Bytes slot, Bytes rest) {
  const evtx::Chunk chunk = evtx::inspect_chunk(slot);
  ++found_.counts.chunks_seen;
  if (chunk.kind == SlotKind::empty) {
    add_empty({slot.offset(), slot.offset() + slot.size()}, found_.empty);
    return slot.size();
  }
  const std::uint64_t shift = chunk.kind == SlotKind::chunk ? 0 : shift_of(slot, rest);
  if (shift != 0 || chunk.kind == SlotKind::garbage) {
    return skip_garbage(slot, shift);
  }
  use(chunk);
  const std::uint64_t early = early_chunk(chunk, rest);
  if (early < slot.size()) {
    diagnostics_->add(DiagnosticCode::evtx_chunk_damaged, Severity::notice, slot.offset() + early,
                      slot.size() - early,
                      fmt::format("the next chunk stands {} bytes early: bytes are missing "
                                  "before it",
                                  slot.size() - early));
  }
  return early;
}

/// Missing bytes draw every later chunk towards the front, into what was the free space of the
/// one before. Gives where in the slot the next chunk begins; the slot's size when it is in line.
std::uint64_t SlotWalk::early_chunk(const evtx::Chunk& chunk, Bytes rest) const {
  const std::uint64_t size = chunk.bytes.size();
  const std::uint64_t next = chunk.bytes.offset() + size;
  const bool is_in_line = size < chunk_size || next >= file_.size() ||
                          (rest.size() >= size + magic_size
                               ? rest.from(size).starts_with(evtx::layout::ChunkHeader::magic)
                               : chunk_magic_at(file_, next));
  const std::uint64_t used = chunk.records_end_trusted ? chunk.records_end : 0;
  if (is_in_line || used == 0) {
    return size;
  }
  const std::uint64_t magic = find_chunk_magic(chunk.bytes.from(used));
  std::vector<std::byte> there(magic < size - used ? chunk_size : 0);
  const auto bytes = read_piece(file_, chunk.bytes.offset() + used + magic, there);
  const bool is_chunk =
      !there.empty() && bytes && evtx::inspect_chunk(*bytes).header_checksum_matches;
  return is_chunk ? used + magic : size;
}

void SlotWalk::use(const evtx::Chunk& chunk) {
  ++found_.counts.chunks_used;
  found_.counts.chunks_bad += chunk.verified() ? 0U : 1U;
  found_.last_used = found_.counts.chunks_seen;
  found_.last_used_end = chunk.bytes.offset() + chunk.bytes.size();
  if (chunk.bytes.size() < chunk_size) {
    diagnostics_->add(DiagnosticCode::evtx_truncated, Severity::data_loss,
                      chunk.bytes.offset() + chunk.bytes.size(), 0,
                      fmt::format("the file ends {} bytes before the end of its last chunk",
                                  chunk_size - chunk.bytes.size()));
  }
  evtx::report_chunk(chunk, *diagnostics_);
  (*visit_)(chunk);
}

/// Inserted or missing bytes put every later chunk out of line: gives how far. A lone bad slot
/// does not, and a chunk's magic inside it must not hide the real chunk behind it.
std::uint64_t SlotWalk::shift_of(Bytes slot, Bytes rest) const {
  const std::uint64_t magic = find_chunk_magic(rest.clamp(0, slot.size() + 7));
  const bool shifted = magic < slot.size() && !chunk_magic_at(file_, slot.offset() + slot.size());
  return shifted ? magic : 0;
}

std::uint64_t SlotWalk::skip_garbage(Bytes slot, std::uint64_t shift) {
  ++found_.counts.chunks_bad;
  const bool shifted = shift != 0;
  const std::uint64_t skipped = shifted ? shift : slot.size();
  const bool tail = !shifted && slot.size() < chunk_size;
  found_.counts.bytes_lost += skipped;
  diagnostics_->add(
      tail ? DiagnosticCode::evtx_trailing_data : DiagnosticCode::evtx_chunk_damaged,
      Severity::data_loss, slot.offset(), skipped,
      tail ? "bytes behind the last chunk are no chunk" : "no chunk stands where one should");
  return skipped;
}

}  // namespace npg
