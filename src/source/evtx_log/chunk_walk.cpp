#include "source/evtx_log/chunk_walk.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <vector>

#include "base/parallel.hpp"
#include "format/evtx/file_header.hpp"
#include "format/evtx/layout.hpp"
#include "source/evtx_log/slot_walk.hpp"

namespace npg {
namespace {

using evtx::chunk_size;

/// What a thread reads before another may take over: 2 MiB.
constexpr std::uint64_t part_size = 32 * chunk_size;

/// The file header, and what all parts together come to.
class LogFile {
 public:
  LogFile(const FileView& file, Diagnostics& diagnostics)
      : file_(file), diagnostics_(diagnostics) {}

  Result<void> read_header() {
    std::array<std::byte, evtx::first_chunk_offset> first{};
    NPG_TRY(const Bytes bytes, read_piece(file_, 0, first));
    counts_.bytes = bytes.size();
    const auto header = evtx::read_file_header(bytes);
    if (!header && header.error().code == ErrorCode::truncated) {
      return std::unexpected(header.error());
    }
    if (!header && bytes.starts_with(evtx::layout::ChunkHeader::magic)) {
      position_ = 0;
      diagnostics_.add(DiagnosticCode::evtx_header_damaged, Severity::notice, 0, 0,
                       "the file begins with a chunk, without a file header");
      return {};
    }
    if (!header && !chunk_magic_at(file_, evtx::first_chunk_offset)) {
      return fail(ErrorCode::not_this_format, 0, "evtx.file_header.magic");
    }
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

  /// Parts come in file order.
  void add(const PartCounts& part) {
    if (part.last_used != 0) {
      last_used_ = counts_.chunks_seen + part.last_used;
      last_used_end_ = part.last_used_end;
    }
    for (const evtx::ByteRange& range : part.empty) {
      add_empty(range, empty_);
    }
    counts_.chunks_seen += part.counts.chunks_seen;
    counts_.chunks_used += part.counts.chunks_used;
    counts_.chunks_bad += part.counts.chunks_bad;
    counts_.bytes += part.counts.bytes;
    counts_.bytes_lost += part.counts.bytes_lost;
    position_ = part.end;
  }
  /// Where the next part begins.
  [[nodiscard]] std::uint64_t position() const { return position_; }

  ChunkCounts finish() {
    report_empty();
    compare_with_header();
    return counts_;
  }

 private:
  /// Windows fills the chunks in order: one of zeros between others had records.
  void report_empty() {
    for (const evtx::ByteRange& range : empty_) {
      if (range.begin >= last_used_end_) {
        break;
      }
      lose(range.begin, range.end - range.begin, "a chunk between others is all zeros");
    }
  }
  void lose(std::uint64_t begin, std::uint64_t length, std::string text) {
    counts_.bytes_lost += length;
    diagnostics_.add(DiagnosticCode::evtx_chunk_damaged, Severity::data_loss, begin, length,
                     std::move(text));
  }

  void compare_with_header() {
    // A header may be older than the chunks but not newer: Windows writes it last.
    const std::uint64_t promised = header_ && header_->checksum_matches ? header_->chunk_count : 0;
    if (promised > counts_.chunks_seen) {
      diagnostics_.add(DiagnosticCode::evtx_truncated, Severity::data_loss, position_, 0,
                       fmt::format("the file ends after {} of the {} chunks that its header counts",
                                   counts_.chunks_seen, promised));
    }
    const std::uint64_t left = last_used_;
    const std::uint64_t behind = evtx::first_chunk_offset + left * chunk_size;
    const bool has_whole_slot = file_.size() >= behind + chunk_size;
    if (promised > left && counts_.chunks_seen > left && has_whole_slot) {
      const std::uint64_t gone = std::min(promised, counts_.chunks_seen) - left;
      lose(behind, gone * chunk_size,
           fmt::format("the file header counts {} chunks with records, and behind number {} "
                       "everything is zero",
                       promised, left));
    } else if (header_ && header_->chunk_count != last_used_ % 65'536) {
      diagnostics_.add(
          DiagnosticCode::evtx_header_stale, Severity::info, 0, 0,
          fmt::format("the file header counts {} chunks, the last one in use is number {}",
                      header_->chunk_count, last_used_));
    }
  }

  const FileView& file_;
  Diagnostics& diagnostics_;
  ChunkCounts counts_;
  std::optional<evtx::FileHeader> header_;
  std::uint64_t position_ = evtx::first_chunk_offset;
  std::uint64_t last_used_ = 0;
  std::uint64_t last_used_end_ = 0;     ///< where in the file it ends
  std::vector<evtx::ByteRange> empty_;  ///< slots of zeros
};

/// Reads the parts of one file on several threads, each part as if the ones before it end where
/// they should. Where one does not, since bytes are missing or too many, the rest is read in order.
class PartedReading {
 public:
  PartedReading(const FileView& file, unsigned threads, LogParts& parts, LogFile& log,
                Diagnostics& diagnostics)
      : file_(file), threads_(threads), parts_(parts), log_(log), diagnostics_(diagnostics) {}

  void run() {
    const std::uint64_t size = file_.size() - std::min(file_.size(), evtx::first_chunk_offset);
    const auto count = static_cast<std::size_t>((size + part_size - 1) / part_size);
    const std::size_t ahead_max = std::size_t{threads_} + 2;
    pieces_.resize(std::min(ahead_max, count));
    shifted_ = log_.position() != begin_of(0);  // A file without its header.
    for (unsigned i = 0; i < std::max(threads_, 1U); ++i) {
      walks_.push_back(std::make_unique<SlotWalk>(file_));
    }
    parallel_in_order(
        count, threads_, ahead_max, [&](unsigned worker, std::size_t i) { read(worker, i); },
        [&](unsigned worker, std::size_t i) { take(worker, i); });
  }

 private:
  struct Piece {
    std::unique_ptr<LogPart> part;
    Diagnostics diagnostics;
    PartCounts found;
  };
  static std::uint64_t begin_of(std::size_t index) {
    return evtx::first_chunk_offset + index * part_size;
  }

  void read_from(unsigned worker, std::uint64_t begin, std::size_t index, Piece& piece) {
    piece.diagnostics = Diagnostics();
    piece.part = parts_.begin(worker, piece.diagnostics);
    piece.found = walks_[worker]->run(begin, begin_of(index + 1), piece.diagnostics,
                                      [&](const evtx::Chunk& chunk) { piece.part->visit(chunk); });
  }
  void read(unsigned worker, std::size_t index) {
    if (!shifted_) {
      read_from(worker, begin_of(index), index, pieces_[index % pieces_.size()]);
    }
  }
  void take(unsigned worker, std::size_t index) {
    Piece& piece = pieces_[index % pieces_.size()];
    if (log_.position() != begin_of(index) || piece.part == nullptr) {
      shifted_ = true;
      read_from(worker, log_.position(), index, piece);
    }
    log_.add(piece.found);
    diagnostics_.merge(piece.diagnostics);
    parts_.finish(std::move(piece.part));
  }

  const FileView& file_;
  unsigned threads_;
  LogParts& parts_;
  LogFile& log_;
  Diagnostics& diagnostics_;
  std::vector<std::unique_ptr<SlotWalk>> walks_;
  std::vector<Piece> pieces_;
  std::atomic<bool> shifted_{false};
};

}  // namespace

Result<ChunkCounts> for_each_chunk(const FileView& file, Diagnostics& diagnostics,
                                   const std::function<void(const evtx::Chunk&)>& visit) {
  LogFile log(file, diagnostics);
  NPG_TRY_VOID(log.read_header());
  SlotWalk walk(file);
  // The same parts as on several threads, so that nothing depends on which way was taken.
  while (log.position() < file.size()) {
    const std::uint64_t behind_header =
        log.position() - std::min(log.position(), evtx::first_chunk_offset);
    const std::uint64_t part = behind_header / part_size;
    log.add(walk.run(log.position(), evtx::first_chunk_offset + (part + 1) * part_size, diagnostics,
                     visit));
  }
  return log.finish();
}

Result<ChunkCounts> for_each_part(const FileView& file, unsigned threads, Diagnostics& diagnostics,
                                  LogParts& parts) {
  LogFile log(file, diagnostics);
  NPG_TRY_VOID(log.read_header());
  PartedReading(file, threads, parts, log, diagnostics).run();
  return log.finish();
}

}  // namespace npg
