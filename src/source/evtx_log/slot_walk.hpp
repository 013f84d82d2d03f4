// SlotWalk: goes through the 64 KiB slots of a part of an event log, wherever its chunks really
// stand.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "base/diagnostic.hpp"
#include "base/error.hpp"
#include "format/evtx/chunk.hpp"
#include "source/evtx_log/chunk_walk.hpp"
#include "view/file_view.hpp"

namespace npg {

/// Fills `into` as far as the file goes; gives what was read. Error: io.
[[nodiscard]] Result<Bytes> read_piece(const FileView& file, std::uint64_t at,
                                       std::span<std::byte> into);
/// True when a chunk's magic stands there.
[[nodiscard]] bool chunk_magic_at(const FileView& file, std::uint64_t at);

/// What was found between two places of a file.
struct PartCounts {
  ChunkCounts counts;
  std::uint64_t begin = 0;
  std::uint64_t end = 0;               ///< where reading goes on
  std::uint64_t last_used = 0;         ///< number of the last slot in use, from 1; 0: none
  std::uint64_t last_used_end = 0;     ///< where in the file it ends
  std::vector<evtx::ByteRange> empty;  ///< slots of zeros, those that touch as one
};

/// Adds a slot of zeros; those that touch become one.
void add_empty(const evtx::ByteRange& slot, std::vector<evtx::ByteRange>& all);

/// Walks the slots of a part of a file. Keeps its memory from part to part.
class SlotWalk {
 public:
  explicit SlotWalk(const FileView& file) : file_(file) {}

  /// Gives every chunk that begins between the two places to `visit`, and what was found.
  PartCounts run(std::uint64_t begin, std::uint64_t end, Diagnostics& diagnostics,
                 const std::function<void(const evtx::Chunk&)>& visit);

 private:
  void unreadable(const Error& error, std::uint64_t length);
  void walk_piece(Bytes piece);
  std::uint64_t walk_slot(Bytes slot, Bytes rest);
  void use(const evtx::Chunk& chunk);
  [[nodiscard]] std::uint64_t early_chunk(const evtx::Chunk& chunk, Bytes rest) const;
  [[nodiscard]] std::uint64_t shift_of(Bytes slot, Bytes rest) const;
  std::uint64_t skip_garbage(Bytes slot, std::uint64_t shift);

  const FileView& file_;
  Diagnostics* diagnostics_ = nullptr;
  const std::function<void(const evtx::Chunk&)>* visit_ = nullptr;
  std::vector<std::byte> buffer_;
  PartCounts found_;
  std::uint64_t position_ = 0;
  std::uint64_t careful_until_ = 0;
};

}  // namespace npg
