// Any bytes as a hive behind RegistryView: the whole tree as a reader would walk it who trusts the
// view to end.
#include <cstdint>
#include <span>
#include <vector>

#include "base/check.hpp"
#include "source/hive/hive_kind.hpp"
#include "source/hive/hive_view.hpp"
#include "source/hive/recovered.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace npg;
  const auto bytes = std::as_bytes(std::span(data, size));
  const MemoryFile file(EvidenceText::from_literal("SYSTEM"),
                        std::vector<std::byte>(bytes.begin(), bytes.end()));
  const auto view = HiveView::open({.file = &file, .evidence = 0}, {}, Limits{});
  if (!view) {
    return 0;
  }
  static_cast<void>(kind_of(**view));
  std::uint64_t keys = 0;
  std::vector<KeyId> left = {(*view)->root()};
  while (!left.empty()) {
    const KeyId id = left.back();
    left.pop_back();
    // Limit: each key is shown once, and a key's record takes more than 64 bytes; records may
    // overlap in a hostile hive, but start at different places.
    ++keys;
    NPG_CHECK(keys <= size / 8 + 1);
    static_cast<void>((*view)->key(id));
    static_cast<void>((*view)->security(id));
    if (keys < 200) {
      static_cast<void>((*view)->values(id));
    }
    for (const KeyId child : (*view)->subkeys(id)) {
      left.push_back(child);
    }
  }
  // What is recovered has its bytes in the file, and each record a place of its own.
  std::uint64_t records = 0;
  const auto count = [&](const Origin& origin) {
    NPG_CHECK(origin.offset <= size && origin.length <= size - origin.offset);
    ++records;
  };
  const RecoveredCounts counts = read_recovered(
      **view,
      {.wants_key = {},
       .key = [&](const RecoveredRegistryKey& key) { count(key.origin); },
       .value = [&](const RecoveredLoneValue& value) { count(value.item.value.origin); },
       .stretch = [&](const RecoveredStretch& stretch) { static_cast<void>(texts_in(stretch)); },
       .disagreement = [](const RegistryDisagreement& /*one*/) {}});
  NPG_CHECK(records == counts.keys + counts.values && records <= size / 24 + 1);
  return 0;
}
