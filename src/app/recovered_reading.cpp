#include "app/recovered_reading.hpp"

#include <fmt/format.h>

#include <string>

#include "extract/recovered.hpp"
#include "fact/text_pool.hpp"
#include "source/hive/recovered.hpp"

namespace npg {
namespace {

/// The ends of older orders, behind the present ones in their cells.
void read_order_slack(const HiveView& hive, RecoveredExtractor& extractor) {
  for (const KeyId set : hive.subkeys(hive.root())) {
    const auto set_key = hive.key(set);
    const auto parent = find_key(hive, set, "Control\\NetworkProvider");
    if (!set_key || !parent) {
      continue;
    }
    for (const std::string_view name : {"Order", "HwOrder"}) {
      const auto key = find_subkey(hive, *parent, name);
      if (!key) {
        continue;
      }
      for (const ValueSlack& slack : read_value_slack(hive, *key)) {
        if (equal_names(slack.name.raw(), "ProviderOrder")) {
          extractor.order_slack(
              fmt::format("{}\\Control\\NetworkProvider\\{}", set_key->name.raw(), name),
              {.bytes = slack.bytes, .place = "cell_slack", .origin = slack.origin});
        }
      }
    }
  }
}

}  // namespace

void read_recovered_facts(const HiveView& hive, TextPool& pool, FactSet& facts, Reading& reading) {
  if (reading.hive_kind != HiveKind::system && reading.hive_kind != HiveKind::software) {
    return;
  }
  RecoveredExtractor extractor(pool, facts);
  const RecoveredSink sink{
      .wants_key = &RecoveredExtractor::wants,
      .key = [&](const RecoveredRegistryKey& key) { extractor.key(key); },
      .value = [&](const RecoveredLoneValue& value) { extractor.value(value); },
      .stretch =
          [&](const RecoveredStretch& stretch) {
            if (reading.hive_kind == HiveKind::system) {
              extractor.stretch(stretch);
            }
          },
      .disagreement = [&](const RegistryDisagreement& one) { extractor.disagreement(one); }};
  const RecoveredCounts counts = read_recovered(hive, sink);
  read_order_slack(hive, extractor);
  reading.item.counts["recovered_keys"] = counts.keys;
  reading.item.counts["recovered_values"] = counts.values;
  reading.item.counts["recovered_old_versions"] = counts.old_versions;
  reading.item.counts["disagreements"] = counts.disagreements;
  if (counts.left_out > 0 || !counts.complete) {
    reading.diagnostics.add(
        DiagnosticCode::limit_hit, Severity::notice, 0, 0,
        fmt::format("a limit ended the search for deleted keys and values; {} found records are "
                    "left out",
                    counts.left_out));
  }
}

}  // namespace npg
