// Import of any bytes: nothing is written, and what is accepted can be made again byte for byte.
#include <cstdint>

#include "attack/bundle.hpp"
#include "attack/canonical.hpp"
#include "attack/container.hpp"
#include "attack/import.hpp"
#include "base/check.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace npg;
  using namespace npg::attack;
  Limits limits;
  limits.attack_file_bytes_max = 1 << 20;
  limits.attack_decoder_bytes_max = 8 << 20;
  limits.attack_objects_max = 2000;
  const Bytes file(std::as_bytes(std::span(data, size)));
  // A folder that cannot be written to: everything up to the writing runs.
  auto store = Store::open("/nonexistent/npguard", limits);
  NPG_CHECK(store.has_value());
  const ImportRequest request{.source = "fuzz", .release = {}, .domain = {}, .imported = {}};
  const auto imported = import_bundle(*store, file, request, {}, limits);
  NPG_CHECK(!imported.has_value());
  NPG_CHECK(store->releases().empty());
  const auto text = unpack(file, limits);
  if (text) {
    const auto read =
        read_bundle(text->view(), limits, [](const BundleObject& object) -> Result<void> {
          std::string stripped;
          const auto layout = append_stripped(stripped, object.raw, object.tape);
          NPG_CHECK(!layout || lay_out(stripped, *layout) == object.raw);
          Hasher hasher;
          JsonTape again;
          NPG_CHECK(scan_json(stripped, 0, 0, Limits{}, again).has_value());
          NPG_CHECK(hashes_of(object.raw, object.tape, hasher).content ==
                    hashes_of(stripped, again, hasher).content);
          return {};
        });
    NPG_CHECK(read || read.error().offset <= text->view().size());
  }
  const auto segment = decode_segment(characters_of(file.data()), limits);
  if (segment) {
    static_cast<void>(unpack_blocks(segment->block_table, segment->blocks.size(), 1000, limits));
  }
  return 0;
}
