// Any bytes as bins, without a base block: the survey of the tree and everything recovered from
// the rest, each with its bytes in the file and its path.
#include <cstdint>
#include <span>

#include "base/check.hpp"
#include "format/regf/hive_of_bins_test.hpp"
#include "format/regf/recovery.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace npg;
  using namespace npg::regf;
  constexpr std::size_t bytes_max = 2048;
  if (size > bytes_max) {
    return -1;
  }
  const HiveOfBins made{Bytes(std::as_bytes(std::span(data, size)))};
  if (!made.hive) {
    return 0;
  }
  Survey survey = survey_hive(*made.hive);
  NPG_CHECK(survey.key_count <= size / 8 + 1);
  const Recovery recovery = Recovery::run(*made.hive, survey);
  const std::uint64_t end = base_block_bytes + size;
  for (const FoundKey& found : recovery.keys()) {
    const KeyNode key = recovery.key(found);
    NPG_CHECK(!survey.keys.contains(found.cell_offset));
    NPG_CHECK(key.offset < end && key.length <= end - key.offset);
    static_cast<void>(recovery.path(found));
    static_cast<void>(recovery.values(found));
  }
  for (const FoundValue& found : recovery.values()) {
    NPG_CHECK(!survey.values.contains(found.cell_offset));
    static_cast<void>(recovery.value(found));
  }
  recovery.for_each_stretch(
      16, [&](Bytes bytes, Place /*place*/) { NPG_CHECK(bytes.offset() + bytes.size() <= end); });
  for (const Disagreement& one : survey.disagreements.kept()) {
    NPG_CHECK(one.offset <= end && one.length <= end - one.offset);
    if (one.key != no_cell) {
      static_cast<void>(recovery.live_path(one.key));
    }
  }
  return 0;
}
