// The 128 bytes at the start of an event log file. Its counts are stale in logs that were copied
// while in use, so nothing here is needed to find chunks (docs/formats/evtx.md, "File header").
#pragma once

#include <cstdint>

#include "base/bytes.hpp"

namespace npg::evtx {

struct FileHeader {
  std::uint64_t next_record_id = 0;
  std::uint16_t minor_version = 0;
  std::uint16_t major_version = 0;
  std::uint16_t chunk_count = 0;
  bool dirty = false;
  bool checksum_matches = false;
};

/// Errors: truncated; bad_signature.
[[nodiscard]] Result<FileHeader> read_file_header(Bytes bytes);

/// True when the first bytes of a file (some KiB, or all of it) are those of an event log: the file
/// header's magic, or a chunk's where the first chunk must stand.
[[nodiscard]] bool looks_like_evtx(Bytes first_bytes);

}  // namespace npg::evtx

namespace npg {
using evtx::looks_like_evtx;
}
