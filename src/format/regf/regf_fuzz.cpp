// Any bytes as a hive: every key, value, class name and security descriptor that the walk reaches.
#include <cstdint>
#include <span>
#include <vector>

#include "base/security_descriptor.hpp"
#include "format/regf/walk.hpp"

namespace {

using namespace npg;
using namespace npg::regf;

struct ReadAll {
  const Hive& hive;
  Diagnostics& diagnostics;
  std::uint64_t values_left;
  std::uint64_t data_left;
  std::vector<std::byte> scratch = {};
  std::uint64_t sum = 0;

  void key(const KeyNode& node, std::size_t depth) {
    sum += depth + node.name.text().raw().size();
    if (const auto class_name = hive.class_name(node)) {
      sum += class_name->size();
    }
    if (const auto security = hive.security(node)) {
      if (const auto descriptor = read_security_descriptor(*security)) {
        sum += descriptor->owner.size() + (descriptor->dacl ? descriptor->dacl->entries.size() : 0);
      }
    }
    ValueCursor cursor(hive, node, diagnostics);
    // Limit: values and their data have places of their own in a sound hive.
    while (values_left > 0) {
      const auto value = cursor.next();
      if (!value) {
        break;
      }
      --values_left;
      const auto data = read_value_data(hive, *value, scratch);
      sum += value->name.text().raw().size();
      if (data.bytes.size() > data_left) {
        values_left = 0;
        break;
      }
      data_left -= data.bytes.size();
    }
  }
  [[nodiscard]] bool follows(const KeyNode& /*parent*/, const KeyNode& /*child*/,
                             std::size_t /*depth*/) const {
    return true;
  }
  void refused(const KeyNode& parent, const KeyNode& child) {
    sum += parent.cell_offset ^ child.cell_offset;
  }
  void incomplete(const KeyNode& parent) { sum += parent.cell_offset; }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes file(std::as_bytes(std::span(data, size)));
  Diagnostics diagnostics;
  const Limits limits;
  const auto hive = Hive::open(file, limits, diagnostics);
  if (!hive) {
    return 0;
  }
  hive->examine_bins(diagnostics);
  CellSet visited(hive->cells());
  regf::WalkBudget budget(*hive);
  walk(*hive, hive->root(), visited, diagnostics, ReadAll{*hive, diagnostics, size / 24, size},
       budget, 0);
  std::uint64_t cells = 0;
  for_each_cell(hive->cells(), [&](const Cell& cell) { cells += cell.size; });
  NPG_CHECK(cells <= size);
  const TreeRulings rulings = examine_tree(*hive, diagnostics);
  NPG_CHECK(rulings.keys <= size / 8 + 1);
  return 0;
}
