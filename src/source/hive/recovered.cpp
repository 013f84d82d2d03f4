#include "source/hive/recovered.hpp"

#include <algorithm>
#include <utility>

#include "format/regf/log_history.hpp"

namespace npg {
namespace {

RecoveredPath path_of(const regf::ProvedPath& proved) {
  RecoveredPath path{.names = {}, .live = {}, .complete = proved.complete};
  for (const regf::PathStep& step : proved.steps) {
    path.names.push_back(step.name.text());
    path.live.push_back(step.live);
  }
  return path;
}

class Reader {
 public:
  Reader(const HiveView& view, const RecoveredSink& sink)
      : view_(view), sink_(sink), survey_(regf::survey_hive(view.hive())) {}

  RecoveredCounts run() {
    const regf::Recovery recovery = regf::Recovery::run(view_.hive(), survey_);
    for (const regf::FoundKey& found : recovery.keys()) {
      give_key(recovery, found);
    }
    for (const regf::FoundValue& found : recovery.values()) {
      give_value(recovery, found);
    }
    if (sink_.stretch) {
      // Limit: a cell of 16 bytes holds 12, too few for two names and what divides them.
      recovery.for_each_stretch(16, [&](Bytes bytes, regf::Place place) {
        sink_.stretch({.bytes = bytes.data(),
                       .place = regf::name_of(place),
                       .origin = origin_in_hive(bytes.offset(), bytes.size())});
      });
    }
    counts_.keys = recovery.keys().size();
    counts_.values = recovery.values().size();
    counts_.left_out = recovery.left_out();
    read_history();
    give_disagreements(recovery);
    counts_.complete = survey_.complete;
    return counts_;
  }

 private:
  [[nodiscard]] Origin origin_in_hive(std::uint64_t offset, std::uint64_t length) const {
    Origin origin = view_.origin_of(offset, length);
    origin.how = How::recovered;
    return origin;
  }
  /// In the primary file (0) or a log, not in the hive as replayed.
  [[nodiscard]] Origin origin_in_file(std::uint32_t source, std::uint64_t offset,
                                      std::uint64_t length) const {
    return {.evidence = source == 0 ? view_.evidence() : view_.state().logs[source - 1].evidence,
            .offset = offset,
            .length = length,
            .how = How::recovered};
  }

  static RecoveredRegistryValue value_of(regf::RecoveredValue&& from, Origin origin) {
    return {.value = {.name = from.record.name.text(),
                      .type = from.record.type,
                      .data = std::move(from.data),
                      .declared_bytes = from.record.data_bytes,
                      .origin = origin},
            .data_state = regf::name_of(from.data_state)};
  }

  void give_key(const regf::Recovery& recovery, const regf::FoundKey& found) {
    const regf::KeyNode node = recovery.key(found);
    if (sink_.wants_key) {
      const auto parent = view_.hive().key(node.parent);
      const EvidenceText parent_name = parent ? parent->name.text() : EvidenceText();
      if (!sink_.wants_key(node.name.text().raw(), parent_name.raw())) {
        return;
      }
    }
    regf::RecoveredValues values = recovery.values(found);
    RecoveredRegistryKey key{.name = node.name.text(),
                             .path = path_of(recovery.path(found)),
                             .last_written = node.last_written,
                             .place = regf::name_of(found.place),
                             .was_in_use = found.place == regf::Place::unlisted_cell,
                             .list_state = regf::name_of(values.list),
                             .values = {},
                             .origin = origin_in_hive(node.offset, node.length)};
    for (regf::RecoveredValue& value : values.values) {
      const Origin origin = origin_in_hive(value.record.offset, value.record.length);
      key.values.push_back(value_of(std::move(value), origin));
    }
    sink_.key(key);
  }

  void give_value(const regf::Recovery& recovery, const regf::FoundValue& found) {
    regf::RecoveredValue value = recovery.value(found);
    const Origin origin = origin_in_hive(value.record.offset, value.record.length);
    sink_.value({.item = value_of(std::move(value), origin),
                 .place = regf::name_of(found.place),
                 .owner = found.owner == regf::no_cell ? RecoveredPath{}
                                                       : path_of(recovery.live_path(found.owner)),
                 .owner_proof = regf::name_of(found.proof)});
  }

  void read_history() {
    std::vector<Bytes> logs;
    for (std::size_t i = 0; i < view_.state().logs.size(); ++i) {
      logs.push_back(view_.log_bytes(i));
    }
    if (logs.empty()) {
      return;
    }
    const auto history = regf::LogHistory::read({.live = view_.hive(),
                                                 .survey = survey_,
                                                 .primary = view_.primary_bytes(),
                                                 .logs = logs,
                                                 .replay = view_.replay()});
    for (const regf::OldKey& old : history.keys()) {
      give_old_key(history, old);
    }
    counts_.old_versions = history.keys().size();
    counts_.left_out += history.left_out();
  }

  void give_old_key(const regf::LogHistory& history, const regf::OldKey& old) {
    const regf::KeyNode node = history.key(old);
    const std::uint32_t source = history.source(old);
    regf::RecoveredValues values = history.values(old);
    RecoveredRegistryKey key{.name = node.name.text(),
                             .path = path_of(history.path(old)),
                             .last_written = node.last_written,
                             .place = regf::name_of(history.place(old)),
                             .sequence = history.sequence(old),
                             .is_older_version = history.is_older_version(old),
                             .was_in_use = old.was_in_use,
                             .list_state = regf::name_of(values.list),
                             .values = {},
                             .origin = origin_in_file(source, node.offset, node.length)};
    for (regf::RecoveredValue& value : values.values) {
      const Origin origin = origin_in_file(value.source, value.record.offset, value.record.length);
      key.values.push_back(value_of(std::move(value), origin));
    }
    sink_.key(key);
  }

  void give_disagreements(const regf::Recovery& recovery) {
    counts_.disagreements = survey_.disagreements.total();
    for (const regf::Disagreement& one : survey_.disagreements.kept()) {
      RegistryDisagreement given{
          .kind = regf::name_of(one.kind),
          .key = one.key == regf::no_cell ? RecoveredPath{} : path_of(recovery.live_path(one.key)),
          .other = {},
          .need = one.need,
          .have = one.have,
          .by_damage = is_by_damage(one),
          .origin = view_.origin_of(one.offset, one.length)};
      if (one.other != regf::no_cell) {
        if (const auto key = view_.hive().key(one.other)) {
          given.other = key->name.text();
        } else if (const auto value = view_.hive().value(one.other)) {
          given.other = value->name.text();
        }
      }
      sink_.disagreement(given);
    }
  }

  /// True when the list that should hold what was met is itself unreadable. A list that is whole
  /// and lacks it was written so.
  [[nodiscard]] bool is_by_damage(const regf::Disagreement& one) const {
    using Kind = regf::DisagreementKind;
    const auto key = one.key == regf::no_cell
                         ? Result<regf::KeyNode>(fail(ErrorCode::not_found, 0, "regf.key"))
                         : view_.hive().key(one.key);
    if (!key) {
      return false;
    }
    if (one.kind == Kind::key_not_listed || one.kind == Kind::subkey_count) {
      Diagnostics found;
      regf::SubkeyCursor cursor(view_.hive(), *key, found);
      while (cursor.next()) {
      }
      // A count that differs from a list which can be read is reported at the key itself.
      return std::ranges::any_of(found.kept(), [&](const Diagnostic& lost) {
        return lost.severity >= Severity::data_loss && lost.offset != key->offset;
      });
    }
    if (one.kind == Kind::value_count || one.kind == Kind::value_not_listed) {
      const auto list = view_.hive().cells().cell(key->value_list);
      return key->value_count != 0 && (!list || !list->fits || !list->allocated);
    }
    return false;
  }

  const HiveView& view_;
  const RecoveredSink& sink_;
  regf::Survey survey_;
  RecoveredCounts counts_;
};

}  // namespace

std::vector<ValueSlack> read_value_slack(const HiveView& hive, KeyId key) {
  std::vector<ValueSlack> found;
  const regf::CellSpace& cells = hive.hive().cells();
  const auto node = hive.hive().key(static_cast<std::uint32_t>(key.number));
  if (key.number >= cells.size() || !node) {
    return found;
  }
  Diagnostics ignored(0);
  regf::ValueCursor cursor(hive.hive(), *node, ignored);
  // Limit: a key has few values of interest; a hostile one has many that share one cell.
  for (int values_left = 100; values_left > 0; --values_left) {
    const auto value = cursor.next();
    if (!value) {
      break;
    }
    const auto cell = value->resident ? Result<regf::Cell>(fail(ErrorCode::not_found, 0, "regf.vk"))
                                      : cells.cell(value->data_cell);
    if (!cell || !cell->fits || cell->content.size() <= value->data_bytes ||
        cell->content.starts_with("db")) {
      continue;
    }
    // Limit: text of interest is short, a cell may be as large as the hive.
    const Bytes behind = cell->content.from(value->data_bytes).clamp(0, 4096);
    const auto is_zero = [](std::byte b) { return b == std::byte{0}; };
    if (std::ranges::all_of(behind.data(), is_zero)) {
      continue;
    }
    Origin origin = hive.origin_of(behind.offset(), behind.size());
    origin.how = How::recovered;
    found.push_back({.name = value->name.text(),
                     .bytes = std::vector<std::byte>(behind.data().begin(), behind.data().end()),
                     .origin = origin});
  }
  return found;
}

RecoveredCounts read_recovered(const HiveView& hive, const RecoveredSink& sink) {
  return Reader(hive, sink).run();
}

}  // namespace npg
