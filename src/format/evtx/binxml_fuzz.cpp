// Any bytes as the BinXML of a chunk's first record.
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "format/evtx/binxml.hpp"
#include "format/evtx/layout.hpp"
#include "format/evtx/system_fields.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace npg;
  const auto input = std::as_bytes(std::span(data, size));
  std::vector<std::byte> content(evtx::layout::ChunkHeader::size +
                                 evtx::layout::RecordHeader::size);
  const std::size_t begin = content.size();
  content.insert(content.end(), input.begin(), input.end());
  Limits limits;
  // Limit: small, so that an input takes milliseconds.
  limits.binxml_nodes_max = 5000;
  limits.binxml_output_bytes_max = 1 << 18;
  const Bytes chunk{std::span<const std::byte>(content)};
  evtx::BinXmlDecoder decoder(chunk, limits);
  evtx::XmlTree tree;
  (void)decoder.decode(chunk.from(begin), tree);
  std::size_t text_bytes = 0;
  for (std::uint32_t i = 0; i < tree.size(); ++i) {
    text_bytes += tree.name(i).raw().size() + tree.text(i).raw().size();
  }
  // A value is read once for itself and once for what holds it; the widest text takes six bytes a
  // byte (an array of 8-bit numbers).
  NPG_CHECK(text_bytes <= 16 * limits.binxml_output_bytes_max + 64 * tree.size());
  (void)evtx::read_system(tree);
  return 0;
}
