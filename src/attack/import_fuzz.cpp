// Import of any bytes: nothing is written, and what is accepted can be made again byte for byte.
#include <cstdint>

#include "attack/bundle.hpp"
#include "attack/canonical.hpp"
#include "attack/container.hpp"
#include "attack/import.hpp"
#include "attack/json_scan.hpp"
#include "attack/layout.hpp"
#include "base/check.hpp"

namespace {

using namespace npg;
using namespace npg::attack;

/// Small, so that an input costs what its own size asks for.
Limits small_limits() {
  Limits limits;
  limits.attack_file_bytes_max = 64 << 10;
  limits.attack_decoder_bytes_max = 1 << 20;
  limits.attack_objects_max = 500;
  return limits;
}

Result<void> check_forms(const BundleObject& object, Hasher& hasher) {
  std::string stripped;
  const auto layout = append_stripped(stripped, object.raw, object.tape);
  NPG_CHECK(!layout || lay_out(stripped, *layout) == object.raw);
  JsonTape again;
  NPG_CHECK(scan_json(stripped, 0, 0, Limits{}, again).has_value());
  const ObjectHashes hashes = hashes_of(object.raw, object.tape, hasher);
  const ObjectHashes stripped_hashes = hashes_of(stripped, again, hasher);
  NPG_CHECK(hashes.minified == stripped_hashes.minified);
  NPG_CHECK(hashes.canonical == stripped_hashes.canonical);
  NPG_CHECK(hashes.content == stripped_hashes.content);
  return {};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Limits limits = small_limits();
  // A folder that cannot be written to: everything up to the writing runs, and the store stays as
  // it is.
  static Store store = Store::open("/nonexistent/npguard", limits).value();
  static Hasher hasher;
  const Bytes file(std::as_bytes(std::span(data, size)));
  const auto text = unpack(file, limits);
  if (!text) {
    NPG_CHECK(text.error().offset <= limits.attack_file_bytes_max + size);
    return 0;
  }
  const auto read = read_bundle(
      text->view(), limits, [](const BundleObject& object) { return check_forms(object, hasher); });
  if (!read) {
    NPG_CHECK(read.error().offset <= text->view().size());
    return 0;
  }
  const ImportRequest request{
      .source = "fuzz", .release = "1.0", .domain = "enterprise-attack", .imported = {}};
  const auto imported = import_bundle(store, file, request, {}, limits);
  NPG_CHECK(!imported.has_value());
  NPG_CHECK(store.releases().empty());
  return 0;
}
