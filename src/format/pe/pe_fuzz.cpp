// Fuzz target: any bytes as an image. Bounds are checked here, memory by the sanitizers.
#include <cstddef>
#include <cstdint>

#include "format/pe/pe_file.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace npg;
  Limits limits;
  limits.exports_max = 512;
  limits.imports_max = 512;
  limits.image_text_bytes_max = 64 << 10;
  Diagnostics diagnostics;
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
  for (const auto* dlls : {&image->imports, &image->delay_imports}) {
    std::size_t functions = 0;
    for (const pe::ImportedDll& dll : *dlls) {
      functions += 1 + dll.functions.size();
    }
    NPG_CHECK(functions <= limits.imports_max);
  }
  for (const pe::VersionInfo& version : image->versions) {
    NPG_CHECK(version.strings.size() <= limits.resource_nodes_max);
  }
  NPG_CHECK(!image->overlay || image->overlay->offset + image->overlay->size <= size);
  return 0;
}
