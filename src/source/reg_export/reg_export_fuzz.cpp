// Any bytes as a registry export, read and shown as registry views.
#include <cstdint>
#include <span>

#include "base/check.hpp"
#include "source/reg_export/reg_export_view.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace npg;
  const Bytes bytes(std::as_bytes(std::span(data, size)));
  Diagnostics diagnostics;
  const auto file = read_reg_export(bytes, Limits{}, diagnostics);
  if (!file) {
    return 0;
  }
  NPG_CHECK(looks_like_reg_export(bytes) || size > 512);
  std::uint64_t keys = 0;
  for (const RegExportView& hive : hives_of(*file, 0, Limits{}, diagnostics)) {
    std::vector<KeyId> left = {hive.root()};
    while (!left.empty()) {
      const KeyId id = left.back();
      left.pop_back();
      ++keys;
      const auto key = hive.key(id);
      NPG_CHECK(key.has_value());
      for (const RegistryValue& value : hive.values(id)) {
        NPG_CHECK(value.origin.offset <= size && value.origin.length <= size - value.origin.offset);
      }
      for (const KeyId child : hive.subkeys(id)) {
        left.push_back(child);
      }
    }
  }
  NPG_CHECK(keys <= size + 1);
  return 0;
}
