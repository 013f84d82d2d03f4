#include "source/evtx_log/chunk_walk.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "format/evtx/file_header.hpp"
#include "format/evtx/layout.hpp"

namespace npg {
namespace {

using evtx::chunk_size;
using evtx::SlotKind;

/// Limit: 4 chunks in memory at a time, whatever the file's size. They stay in the second-level
/// cache from reading to decoding.
constexpr std::uint64_t piece_size = 4 * chunk_size;

/// Fills `into` as far as the file goes; gives what was read.
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

/// The place of a chunk's magic in the bytes; their size when there is none.
std::uint64_t find_chunk_magic(Bytes bytes) {
  const auto magic = bytes_of(evtx::layout::ChunkHeader::magic);
  const auto found = std::ranges::search(bytes.data(), magic);
  return static_cast<std::uint64_t>(found.begin() - bytes.data().begin());
}

class Walk {
 public:
  Walk(const FileView& file, Diagnostics& diagnostics,
       const std::function<void(const evtx::Chunk&)>& visit)
      : file_(file), diagnostics_(diagnostics), visit_(visit) {}

  Result<ChunkCounts> run() {
    NPG_TRY_VOID(read_header());
    std::vector<std::byte> buffer(static_cast<std::size_t>(
        std::min(piece_size, file_.size() - std::min(file_.size(), position_))));
    while (position_ < file_.size()) {
      const std::uint64_t wanted = std::min<std::uint64_t>(buffer.size(), file_.size() - position_);
      const auto piece =
          read_piece(file_, position_, std::span(buffer).first(static_cast<std::size_t>(wanted)));
      if (!piece) {
        unreadable(piece.error(), wanted);
        continue;
      }
      if (piece->empty()) {
        diagnostics_.add(DiagnosticCode::file_changed_while_read, Severity::data_loss, position_,
                         file_.size() - position_, "the file became shorter while it was read");
        counts_.bytes_lost += file_.size() - position_;
        break;
      }
      walk_piece(*piece);
    }
    compare_with_header();
    return counts_;
  }

 private:
  Result<void> read_header() {
    std::array<std::byte, evtx::first_chunk_offset> first{};
    NPG_TRY(const Bytes bytes, read_piece(file_, 0, first));
    counts_.bytes = bytes.size();
    const auto header = evtx::read_file_header(bytes);
    if (!header && header.error().code == ErrorCode::truncated) {
      return std::unexpected(header.error());
    }
    if (!header && !chunk_magic_at(file_, evtx::first_chunk_offset)) {
      return fail(ErrorCode::not_this_format, 0, "evtx.file_header.magic");
    }
    position_ = evtx::first_chunk_offset;
    if (!header) {
      diagnostics_.add(DiagnosticCode::evtx_header_damaged, Severity::notice, 0, bytes.size(),
                       "the file header is destroyed; the chunks were read without it");
      return {};
    }
    header_ = *header;
    counts_.dirty = header->dirty;
    counts_.header_ok = header->checksum_matches;
    if (!header->checksum_matches) {
      diagnostics_.add(DiagnosticCode::evtx_header_damaged, Severity::notice, 0, 128,
                       "the file header's checksum disagrees; nothing in it was needed");
    }
    if (bytes.size() < first.size()) {
      diagnostics_.add(DiagnosticCode::evtx_truncated, Severity::data_loss, bytes.size(), 0,
                       "the file ends inside its header");
    }
    return {};
  }

  void unreadable(const Error& error, std::uint64_t length) {
    diagnostics_.add(DiagnosticCode::file_unreadable, Severity::data_loss, position_, length,
                     describe(error) + "; reading went on behind it");
    counts_.bytes_lost += length;
    position_ += length;
  }

  /// Walks the slots of a piece; leaves position_ at the next slot to read.
  void walk_piece(Bytes piece) {
    counts_.bytes += piece.size();
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
  std::uint64_t walk_slot(Bytes slot, Bytes rest) {
    const evtx::Chunk chunk = evtx::inspect_chunk(slot);
    ++counts_.chunks_seen;
    if (chunk.kind == SlotKind::empty) {
      return slot.size();
    }
    const std::uint64_t shift = chunk.kind == SlotKind::chunk ? 0 : shift_of(slot, rest);
    if (shift != 0 || chunk.kind == SlotKind::garbage) {
      return skip_garbage(slot, shift);
    }
    use(chunk);
    return slot.size();
  }

  void use(const evtx::Chunk& chunk) {
    ++counts_.chunks_used;
    counts_.chunks_bad += chunk.verified() ? 0U : 1U;
    last_used_ = counts_.chunks_seen;
    if (chunk.bytes.size() < chunk_size) {
      diagnostics_.add(DiagnosticCode::evtx_truncated, Severity::data_loss,
                       chunk.bytes.offset() + chunk.bytes.size(), 0,
                       fmt::format("the file ends {} bytes before the end of its last chunk",
                                   chunk_size - chunk.bytes.size()));
    }
    evtx::report_chunk(chunk, diagnostics_);
    visit_(chunk);
  }

  /// Inserted or missing bytes put every later chunk out of line: gives how far. A lone bad slot
  /// does not, and a chunk's magic inside it must not hide the real chunk behind it.
  [[nodiscard]] std::uint64_t shift_of(Bytes slot, Bytes rest) const {
    const std::uint64_t magic = find_chunk_magic(rest.clamp(0, slot.size() + 7));
    const bool shifted = magic < slot.size() && !chunk_magic_at(file_, slot.offset() + slot.size());
    return shifted ? magic : 0;
  }

  std::uint64_t skip_garbage(Bytes slot, std::uint64_t shift) {
    ++counts_.chunks_bad;
    const bool shifted = shift != 0;
    const std::uint64_t skipped = shifted ? shift : slot.size();
    const bool tail = !shifted && slot.size() < chunk_size;
    counts_.bytes_lost += skipped;
    diagnostics_.add(
        tail ? DiagnosticCode::evtx_trailing_data : DiagnosticCode::evtx_chunk_damaged,
        Severity::data_loss, slot.offset(), skipped,
        tail ? "bytes behind the last chunk are no chunk" : "no chunk stands where one should");
    return skipped;
  }

  void compare_with_header() {
    // A header may be older than the chunks but not newer: Windows writes it last.
    const std::uint64_t promised = header_ && header_->checksum_matches ? header_->chunk_count : 0;
    if (promised > counts_.chunks_seen) {
      diagnostics_.add(DiagnosticCode::evtx_truncated, Severity::data_loss, position_, 0,
                       fmt::format("the file ends after {} of the {} chunks that its header counts",
                                   counts_.chunks_seen, promised));
    }
    if (header_ && header_->chunk_count != last_used_ % 65'536) {
      diagnostics_.add(
          DiagnosticCode::evtx_header_stale, Severity::info, 0, 0,
          fmt::format("the file header counts {} chunks, the last one in use is number {}",
                      header_->chunk_count, last_used_));
    }
  }

  const FileView& file_;
  Diagnostics& diagnostics_;
  const std::function<void(const evtx::Chunk&)>& visit_;
  ChunkCounts counts_;
  std::optional<evtx::FileHeader> header_;
  std::uint64_t position_ = 0;
  std::uint64_t last_used_ = 0;
};

}  // namespace

Result<ChunkCounts> for_each_chunk(const FileView& file, Diagnostics& diagnostics,
                                   const std::function<void(const evtx::Chunk&)>& visit) {
  return Walk(file, diagnostics, visit).run();
}

}  // namespace npg
