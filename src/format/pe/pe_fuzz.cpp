// Fuzz target: any bytes as an image. Bounds are checked here, memory by the sanitizers. The limits
// are low so that each input is quick; the parts have targets of their own.
#include <cstddef>
#include <cstdint>

#include "format/pe/pe_file.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace npg;
  Limits limits;
  limits.sections_max = 8;
  limits.exports_max = 64;
  limits.imports_max = 64;
  limits.resource_nodes_max = 64;
  limits.image_name_bytes_max = 128;
  limits.image_text_bytes_max = 4096;
  Diagnostics diagnostics(8);
  const Bytes file(std::as_bytes(std::span(data, size)));
  const auto image = pe::read_pe(file, limits, diagnostics);
  if (!image) {
    return 0;
  }
  NPG_CHECK(looks_like_pe(file));
  NPG_CHECK(image->sections.size() <= limits.sections_max);
  if (image->exports) {
    NPG_CHECK(image->exports->entries.size() <= 2 * std::size_t{limits.exports_max});
  }
  for (const pe::Section& section : image->sections) {
    NPG_CHECK(section.entropy.value_or(0) <= 800);
  }
  if (image->rich) {
    NPG_CHECK(image->rich->offset + image->rich->size <= size);
  }
  NPG_CHECK(!image->overlay || image->overlay->offset + image->overlay->size <= size);
  return 0;
}
