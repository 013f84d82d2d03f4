// Fuzz target: a resource tree alone, mapped as it is, with the version resources that it leads to.
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
  Headers headers;
  headers.directories[static_cast<std::size_t>(Directory::resources)] = {
      .address = 4, .size = static_cast<std::uint32_t>(size)};
  Diagnostics diagnostics(8);
  const AddressSpace space(file, headers, {});
  TextBudget text(limits);
  Reading reading{.file = file,
                  .headers = headers,
                  .space = space,
                  .limits = limits,
                  .text = text,
                  .diagnostics = diagnostics};
  const auto versions = read_versions(reading);
  NPG_CHECK(versions.size() <= limits.resource_nodes_max);
  return 0;
}
