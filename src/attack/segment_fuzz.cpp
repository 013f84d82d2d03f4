// A store's files of any bytes: a segment and its table of blocks, and the list of releases.
#include <cstdint>

#include "attack/container.hpp"
#include "attack/manifest.hpp"
#include "attack/segment.hpp"
#include "base/bytes.hpp"
#include "base/check.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace npg;
  using namespace npg::attack;
  Limits limits;
  limits.attack_file_bytes_max = 64 << 10;
  const std::string_view file = characters_of(std::as_bytes(std::span(data, size)));
  if (const auto segment = decode_segment(file, limits, Checksum::not_held)) {
    NPG_CHECK(segment->blocks_at <= file.size());
    const auto blocks = unpack_blocks(segment->block_table, segment->blocks.size(), 1000, limits);
    for (std::size_t i = 0; blocks && i < blocks->size(); ++i) {
      NPG_CHECK((*blocks)[i].at + (*blocks)[i].packed <= segment->blocks.size());
    }
  } else {
    NPG_CHECK(segment.error().offset <= size);
  }
  if (const auto releases = parse_manifest(file, limits)) {
    NPG_CHECK(parse_manifest(manifest_text(*releases), limits).has_value());
  }
  return 0;
}
