// Fuzz target: an export directory and its tables alone, mapped as they are: four bytes say how
// long the directory claims to be, behind them it stands.
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
  headers.directories[static_cast<std::size_t>(Directory::exports)] = {
      .address = 4, .size = file.at<std::uint32_t>(0)};
  Diagnostics diagnostics(8);
  const AddressSpace space(file, headers, {});
  TextBudget text(limits);
  Reading reading{.file = file,
                  .headers = headers,
                  .space = space,
                  .limits = limits,
                  .text = text,
                  .diagnostics = diagnostics};
  const auto exports = read_exports(reading);
  if (exports) {
    NPG_CHECK(exports->entries.size() <= 2 * std::size_t{limits.exports_max});
    std::uint64_t bytes = 0;
    for (const Export& entry : exports->entries) {
      bytes += entry.name.raw().size() + entry.forwarder.raw().size();
    }
    // An invalid byte takes up to three in the text.
    NPG_CHECK(bytes <= 3 * (limits.image_text_bytes_max + limits.image_name_bytes_max));
  }
  return 0;
}
