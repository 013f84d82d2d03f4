// Fuzz target: import and delay import descriptors alone, mapped as they are: the lowest bit of
// four bytes says 64-bit, the others where the delay imports stand.
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
  const auto first = file.at<std::uint32_t>(0);
  Headers headers;
  headers.is_pe32_plus = (first & 1U) != 0;
  headers.directories[static_cast<std::size_t>(Directory::imports)] = {.address = 4, .size = 20};
  headers.directories[static_cast<std::size_t>(Directory::delay_imports)] = {.address = first >> 1U,
                                                                             .size = 32};
  Diagnostics diagnostics(8);
  const AddressSpace space(file, headers, {});
  TextBudget text(limits);
  Reading reading{.file = file,
                  .headers = headers,
                  .space = space,
                  .limits = limits,
                  .text = text,
                  .diagnostics = diagnostics};
  for (const auto& dlls : {read_imports(reading), read_delay_imports(reading)}) {
    std::size_t functions = 0;
    for (const ImportedDll& dll : dlls) {
      functions += 1 + dll.functions.size();
    }
    NPG_CHECK(functions <= limits.imports_max);
  }
  return 0;
}
