// Any bytes as bins, without a base block: each place where a cell may start is read as every kind
// of record, and what a key there leads to is followed one step.
#include <algorithm>
#include <cstdint>
#include <span>

#include "base/check.hpp"
#include "base/security_descriptor.hpp"
#include "format/regf/hive_of_bins_test.hpp"
#include "format/regf/names.hpp"

namespace {

using namespace npg;
using namespace npg::regf;

void read_values(const Hive& hive, const KeyNode& key, Diagnostics& diagnostics) {
  std::vector<std::byte> scratch;
  ValueCursor values(hive, key, diagnostics);
  // Limit: a list may name one value of segments over and over.
  for (int left = 16; left > 0; --left) {
    const auto value = values.next();
    if (!value) {
      return;
    }
    const ValueData data = read_value_data(hive, *value, scratch);
    NPG_CHECK(data.bytes.size() <= std::max<std::uint64_t>(4, hive.cells().size()));
    NPG_CHECK(data.lost || data.bytes.size() == value->data_bytes);
    static_cast<void>(value->name.text());
  }
}

void read_key(const Hive& hive, const KeyNode& key, Diagnostics& diagnostics) {
  NPG_CHECK(compare_names(key.name, key.name) == 0);
  static_cast<void>(key.name.text());
  static_cast<void>(name_hash(key.name));
  static_cast<void>(stored_as_windows_does(key.name));
  static_cast<void>(hive.class_name(key));
  if (const auto security = hive.security(key)) {
    static_cast<void>(read_security_descriptor(*security));
  }
  SubkeyCursor children(hive, key, diagnostics);
  std::uint64_t count = 0;
  while (const auto child = children.next()) {
    NPG_CHECK(++count <= hive.cells().size());
  }
  read_values(hive, key, diagnostics);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t bytes_max = 1024;
  if (size > bytes_max) {
    return -1;
  }
  HiveOfBins made{Bytes(std::as_bytes(std::span(data, size)))};
  if (!made.hive) {
    return 0;
  }
  const Hive& hive = *made.hive;
  const std::uint64_t end = base_block_bytes + size;
  for (std::uint32_t at = 0; at < size; at += 8) {
    const auto cell = hive.cells().cell(at);
    if (!cell) {
      continue;
    }
    NPG_CHECK(cell->content.offset() + cell->content.size() <= end);
    if (const auto key = read_key_node(*cell, hive.limits())) {
      NPG_CHECK(key->offset + key->length <= end);
      read_key(hive, *key, made.diagnostics);
    }
    if (const auto value = read_value_record(*cell, hive.limits())) {
      NPG_CHECK(value->offset + value->length <= end);
    }
    static_cast<void>(read_security_record(*cell));
  }
  return 0;
}
