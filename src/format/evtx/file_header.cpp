#include "format/evtx/file_header.hpp"

#include "base/checksum.hpp"
#include "format/evtx/layout.hpp"

namespace npg::evtx {

Result<FileHeader> read_file_header(Bytes bytes) {
  using L = layout::FileHeader;
  NPG_TRY(const auto header, bytes.record<L>(0));
  if (!bytes.starts_with(L::magic)) {
    return fail(ErrorCode::bad_signature, bytes.offset(), "evtx.file_header.magic");
  }
  return FileHeader{
      .next_record_id = header.get<L::next_record_id>(),
      .minor_version = header.get<L::minor_version>(),
      .major_version = header.get<L::major_version>(),
      .chunk_count = header.get<L::chunk_count>(),
      .dirty = (header.get<L::flags>() & L::dirty) != 0,
      .checksum_matches = crc32(bytes.clamp(0, 120).data()) == header.get<L::checksum>(),
  };
}

bool looks_like_evtx(Bytes first_bytes) {
  return first_bytes.starts_with(layout::FileHeader::magic) ||
         first_bytes.from(first_chunk_offset).starts_with(layout::ChunkHeader::magic) ||
         first_bytes.starts_with(layout::ChunkHeader::magic);  // without its header
}

}  // namespace npg::evtx
