// Fuzz target: the bytes of one version resource.
#include <cstddef>
#include <cstdint>

#include "format/pe/parts.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace npg;
  using namespace npg::pe;
  const Bytes file(std::as_bytes(std::span(data, size)));
  if (size < 4) {
    return 0;
  }
  Limits limits;
  limits.sections_max = 8;
  limits.exports_max = 64;
  limits.imports_max = 64;
  limits.resource_nodes_max = 64;
  limits.image_name_bytes_max = 128;
  limits.image_text_bytes_max = 4096;
  const Headers headers;
  Diagnostics diagnostics(8);
  const AddressSpace space(file, headers, {});
  TextBudget text(limits);
  Reading reading{.file = file,
                  .headers = headers,
                  .space = space,
                  .limits = limits,
                  .text = text,
                  .diagnostics = diagnostics};
  VersionInfo version;
  if (read_version_info(file, reading, version)) {
    std::size_t strings = 0;
    for (const StringTable& table : version.tables) {
      strings += table.strings.size();
    }
    NPG_CHECK(strings + version.tables.size() <= limits.resource_nodes_max);
  }
  return 0;
}
