// Finds the chunks of an event log file, whatever its header says, and hands them on in file order.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "base/diagnostic.hpp"
#include "format/evtx/chunk.hpp"
#include "view/file_view.hpp"

namespace npg {

struct ChunkCounts {
  std::uint64_t chunks_seen = 0;  ///< 64 KiB slots in the file
  std::uint64_t chunks_used = 0;  ///< those whose records were walked
  std::uint64_t chunks_bad = 0;   ///< those with a damaged header or a wrong checksum, or garbage
  std::uint64_t bytes = 0;        ///< read
  std::uint64_t bytes_lost = 0;   ///< in slots that could not be used
  bool dirty = false;             ///< the file header says that the log was in use
  bool header_ok = false;
};

/// Calls `visit` for every slot that holds records. The chunk's bytes live until visit returns.
/// Errors: truncated when the file is shorter than a file header; not_this_format when neither the
/// file header's nor a chunk's magic is in its place; io when the first bytes cannot be read.
[[nodiscard]] Result<ChunkCounts> for_each_chunk(
    const FileView& file, Diagnostics& diagnostics,
    const std::function<void(const evtx::Chunk&)>& visit);

/// What is made of one part of a file: its chunks in order.
class LogPart {
 public:
  virtual ~LogPart() = default;
  virtual void visit(const evtx::Chunk& chunk) = 0;
};
/// Makes the parts of a file and takes them back. `begin` may be called by several threads at once,
/// each with a worker's number of its own; `finish` is called for one part at a time, in file
/// order. Not every part that is begun is finished.
class LogParts {
 public:
  virtual ~LogParts() = default;
  [[nodiscard]] virtual std::unique_ptr<LogPart> begin(unsigned worker,
                                                       Diagnostics& diagnostics) = 0;
  virtual void finish(std::unique_ptr<LogPart> part) = 0;
};
/// The same in parts of 2 MiB, on several threads. What is found does not depend on their number.
[[nodiscard]] Result<ChunkCounts> for_each_part(const FileView& file, unsigned threads,
                                                Diagnostics& diagnostics, LogParts& parts);

}  // namespace npg
