#include "app/recovered_reading.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "extract/recovered.hpp"
#include "fact/text_pool.hpp"
#include "source/hive/recovered.hpp"
#include "source/hive/saved_part.hpp"

namespace npg {
namespace {

/// The ends of older orders, behind the present ones in their cells. `view` is the hive in its
/// place.
void read_order_slack(const HiveView& hive, const RegistryView& view,
                      RecoveredExtractor& extractor) {
  for (const KeyId set : view.subkeys(view.root())) {
    const auto set_key = view.key(set);
    const auto parent = find_key(view, set, "Control\\NetworkProvider");
    if (!set_key || !parent) {
      continue;
    }
    for (const std::string_view name : {"Order", "HwOrder"}) {
      const auto key = find_subkey(view, *parent, name);
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

/// A path that begins at the root of a part of a hive, as one of the whole hive.
class Placing {
 public:
  explicit Placing(std::string_view place) {
    while (!place.empty()) {
      const std::size_t end = std::min(place.find('\\'), place.size());
      above_.push_back(EvidenceText::from_utf8(place.substr(0, end)));
      place.remove_prefix(std::min(end + 1, place.size()));
    }
  }
  [[nodiscard]] bool is_needed() const { return !above_.empty(); }
  void place(RecoveredPath& path) const {
    if (path.complete) {
      path.names.insert(path.names.begin(), above_.begin(), above_.end());
      path.live.insert(path.live.begin(), above_.size(), true);
    }
  }

 private:
  std::vector<EvidenceText> above_;
};

RecoveredSink sink_for(RecoveredExtractor& extractor, bool is_system) {
  return {.wants_key = &RecoveredExtractor::wants,
          .key = [&extractor](const RecoveredRegistryKey& key) { extractor.key(key); },
          .value = [&extractor](const RecoveredLoneValue& value) { extractor.value(value); },
          .stretch =
              [&extractor, is_system](const RecoveredStretch& stretch) {
                if (is_system) {
                  extractor.stretch(stretch);
                }
              },
          .disagreement =
              [&extractor](const RegistryDisagreement& one) { extractor.disagreement(one); }};
}

/// The same with each path in its place.
RecoveredSink placed_sink(const RecoveredSink& sink, const Placing& placing) {
  const auto placed = [&placing](auto item, auto path) {
    placing.place(item.*path);
    return item;
  };
  RecoveredSink out = sink;
  out.key = [sink, placed](const RecoveredRegistryKey& key) {
    sink.key(placed(key, &RecoveredRegistryKey::path));
  };
  out.value = [sink, placed](const RecoveredLoneValue& value) {
    sink.value(value.owner.names.empty() ? value : placed(value, &RecoveredLoneValue::owner));
  };
  out.disagreement = [sink, placed](const RegistryDisagreement& one) {
    sink.disagreement(placed(one, &RegistryDisagreement::key));
  };
  return out;
}

}  // namespace

std::set<std::uint32_t> read_recovered_facts(const HiveView& hive, std::string_view place,
                                             TextPool& pool, FactSet& facts, Reading& reading) {
  if (reading.hive_kind != HiveKind::system && reading.hive_kind != HiveKind::software) {
    return {};
  }
  RecoveredExtractor extractor(pool, facts);
  const RecoveredSink sink = sink_for(extractor, reading.hive_kind == HiveKind::system);
  const Placing placing(place);
  const RecoveredCounts counts =
      read_recovered(hive, placing.is_needed() ? placed_sink(sink, placing) : sink);
  if (placing.is_needed()) {
    read_order_slack(hive, SavedPartView(hive, place), extractor);
  } else {
    read_order_slack(hive, hive, extractor);
  }
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
  return extractor.entries_of_interest();
}

}  // namespace npg
