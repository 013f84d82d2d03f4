#include "format/regf/survey.hpp"

#include <algorithm>

#include "format/regf/names.hpp"
#include "format/regf/walk.hpp"

namespace npg::regf {

namespace {

constexpr std::uint16_t signature_lf = 0x666c;
constexpr std::uint16_t signature_lh = 0x686c;
constexpr std::uint16_t signature_li = 0x696c;
constexpr std::uint16_t signature_ri = 0x6972;
constexpr std::uint16_t signature_db = 0x6264;
constexpr std::uint64_t list_header_bytes = 4;
constexpr std::uint64_t key_record_bytes = 0x4c;
constexpr std::uint64_t value_record_bytes = 0x14;
constexpr std::uint64_t security_record_bytes = 0x14;
constexpr std::uint64_t segment_bytes = 16344;
// Limit: a sound hive's data each have one place; where many values share theirs, marking them over
// and over must not multiply the hive.
constexpr std::uint64_t marked_max = 4;

/// A list of sub-keys being gone through.
struct List {
  Bytes entries;
  std::uint64_t at = 0;
  std::uint32_t left = 0;
  std::uint32_t entry_bytes = 4;
  std::uint16_t signature = 0;
};

/// A key whose lists are being gone through.
struct Level {
  std::uint32_t cell_offset = no_cell;
  std::uint32_t subkey_count = 0;
  std::uint64_t count_offset = 0;  ///< absolute: where the count stands
  List index;
  List leaf;
  Name before;  ///< of the sub-key before
  std::uint32_t before_cell = no_cell;
  std::uint64_t promised = 0;
  bool counted = true;  ///< false when a list was damaged: its count says nothing
};

class Surveyor {
 public:
  explicit Surveyor(const Hive& hive)
      : hive_(hive),
        steps_left_(hive.cells().size() / 4),
        marks_left_(hive.cells().size() * marked_max),
        survey_{.used = UnitSet(hive.cells().size()),
                .keys = UnitSet(hive.cells().size()),
                .values = UnitSet(hive.cells().size()),
                .disagreements = Disagreements(hive.limits().disagreements_per_kind_max),
                .dropped = {}} {}

  Survey run() {
    if (const auto root = hive_.key(hive_.root())) {
      walk_from(*root);
    }
    // Keys that a damaged list lost are shown by the view below the parent that they name, so they
    // are live; the ruling on all of them takes a walk of its own, which sound hives do not need.
    if (incomplete_) {
      Diagnostics ignored(0);
      const TreeRulings rulings = examine_tree(hive_, ignored);
      for (const auto& [parent, children] : rulings.adopted) {
        for (const std::uint32_t child : children) {
          adopt(parent, child);
        }
      }
    }
    return std::move(survey_);
  }

 private:
  void adopt(std::uint32_t parent, std::uint32_t child) {
    const auto node = hive_.key(child);
    if (!node || survey_.keys.contains(child)) {
      return;
    }
    survey_.disagreements.add({.kind = DisagreementKind::key_not_listed,
                               .key = parent,
                               .other = child,
                               .offset = node->offset,
                               .length = node->length});
    walk_from(*node);
  }

  // One body with all that is called in it: a hive has a hundred thousand records, and calls that
  // give whole cells and records back take most of the time otherwise.
  [[gnu::flatten]] void walk_from(const KeyNode& start) {
    levels_.clear();
    enter(start);
    while (!levels_.empty()) {
      if (steps_left_ == 0 || survey_.key_count > hive_.limits().hive_keys_max) {
        survey_.complete = false;
        return;
      }
      step();
    }
  }

  void step() {
    Level& level = levels_.back();
    if (level.leaf.left == 0) {
      if (level.index.left == 0) {
        leave(level);
        levels_.pop_back();
        return;
      }
      --steps_left_;
      open_list(level, take(level.index), false);
      return;
    }
    --steps_left_;
    const std::uint64_t entry_at = level.leaf.at;
    const std::uint32_t cell = take(level.leaf);
    if (level.leaf.left > 0) {
      fetch_ahead(level.leaf.entries.at<std::uint32_t>(level.leaf.at));
    }
    const auto child = hive_.key(cell);
    if (!child) {
      incomplete_ = true;
      return;
    }
    examine_entry(level, *child, entry_at);
    if (levels_.size() > hive_.limits().key_depth_max || survey_.keys.contains(cell)) {
      survey_.disagreements.add({.kind = DisagreementKind::listed_twice,
                                 .key = level.cell_offset,
                                 .other = cell,
                                 .offset = level.leaf.entries.offset() + entry_at,
                                 .length = level.leaf.entry_bytes});
      return;
    }
    enter(*child);  // `level` is gone after this
  }

  static std::uint32_t take(List& list) {
    const std::uint32_t cell = list.entries.at<std::uint32_t>(list.at);
    list.at += list.entry_bytes;
    --list.left;
    return cell;
  }

  /// Asks for the bytes of a cell that is looked at soon: most of the time goes into waiting for
  /// them.
  void fetch_ahead(std::uint32_t cell_offset) const {
    const auto bytes = hive_.cells().bytes().data();
    if (cell_offset < bytes.size()) {
      __builtin_prefetch(&bytes[cell_offset]);
    }
  }

  void enter(const KeyNode& key) {
    if (key.value_count != 0) {
      fetch_ahead(key.value_list);
    }
    survey_.keys.insert(key.cell_offset);
    ++survey_.key_count;
    mark_record(key, key_record_bytes + key.name.bytes.size());
    examine_slack(key, key_record_bytes + key.name.bytes.size(), key.cell_offset, no_cell);
    mark_class_name(key);
    mark_security(key.security);
    walk_values(key);
    if (key.subkey_count == 0 && !lists_own_child(key)) {
      return;  // Nothing to go through, and the count is right.
    }
    Level& level = levels_.emplace_back();
    level.cell_offset = key.cell_offset;
    level.subkey_count = key.subkey_count;
    level.count_offset = key.offset + hive_.cells().header_bytes() + 0x14;
    open_list(level, key.subkey_list, true);
  }

  /// A count of zero is not believed when the list still leads to a child of this key: SubkeyCursor
  /// reads it, too.
  [[nodiscard]] bool lists_own_child(const KeyNode& key) const {
    if (key.subkey_list == no_cell) {
      return false;
    }
    const auto cell = hive_.cells().cell(key.subkey_list);
    if (!cell || !cell->allocated || !cell->fits || cell->content.size() < 8) {
      return false;
    }
    const auto signature = cell->content.at<std::uint16_t>(0);
    if (signature != signature_lf && signature != signature_lh && signature != signature_li) {
      return false;
    }
    const auto child = hive_.key(cell->content.at<std::uint32_t>(list_header_bytes));
    return child && child->allocated && child->parent == key.cell_offset;
  }

  void open_list(Level& level, std::uint32_t cell_offset, bool is_first) {
    const auto cell = hive_.cells().cell(cell_offset);
    if (!cell || cell->content.size() < list_header_bytes) {
      incomplete_ = true;
      level.counted = false;
      return;
    }
    const auto signature = cell->content.at<std::uint16_t>(0);
    const bool hashed = signature == signature_lf || signature == signature_lh;
    if ((!hashed && signature != signature_li && signature != signature_ri) ||
        (signature == signature_ri && !is_first)) {
      incomplete_ = true;
      level.counted = false;
      return;
    }
    const std::uint32_t stated = cell->content.at<std::uint16_t>(2);
    List list{.entries = cell->content,
              .at = list_header_bytes,
              .entry_bytes = hashed ? 8U : 4U,
              .signature = signature};
    const std::uint64_t room = (cell->content.size() - list_header_bytes) / list.entry_bytes;
    list.left = static_cast<std::uint32_t>(std::min<std::uint64_t>(stated, room));
    incomplete_ = incomplete_ || stated > room;
    mark(*cell, list_header_bytes + std::uint64_t{list.left} * list.entry_bytes);
    if (signature == signature_ri) {
      level.index = list;
    } else {
      level.promised += list.left;
      level.leaf = list;
    }
  }

  void leave(const Level& level) {
    if (level.counted && level.promised != level.subkey_count) {
      incomplete_ = incomplete_ || level.promised < level.subkey_count;
      survey_.disagreements.add({.kind = DisagreementKind::subkey_count,
                                 .key = level.cell_offset,
                                 .offset = level.count_offset,
                                 .length = 4,
                                 .need = level.promised,
                                 .have = level.subkey_count});
    }
  }

  /// What a list entry says of the sub-key that it leads to.
  void examine_entry(Level& level, const KeyNode& child, std::uint64_t entry_at) {
    Disagreement found{.key = level.cell_offset,
                       .other = child.cell_offset,
                       .offset = level.leaf.entries.offset() + entry_at,
                       .length = level.leaf.entry_bytes};
    if (child.parent != level.cell_offset) {
      found.kind = DisagreementKind::parent_differs;
      found.need = level.cell_offset;
      found.have = child.parent;
      survey_.disagreements.add(found);
    }
    if (level.leaf.entry_bytes == 8) {
      const auto stored = level.leaf.entries.at<std::uint32_t>(entry_at + 4);
      const std::uint32_t right =
          level.leaf.signature == signature_lh ? name_hash(child.name) : name_hint(child.name);
      const bool agrees =
          level.leaf.signature == signature_lh ? stored == right : hint_agrees(stored, right);
      if (!agrees) {
        found.kind = DisagreementKind::name_hash;
        found.need = right;
        found.have = stored;
        survey_.disagreements.add(found);
      }
    }
    if (level.before_cell != no_cell) {
      const int order = compare_names(level.before, child.name);
      if (order == 0 && level.before_cell != child.cell_offset) {
        found.kind = DisagreementKind::name_twice;
        found.need = level.before_cell;
        found.have = child.cell_offset;
        survey_.disagreements.add(found);
      } else if (order > 0) {
        found.kind = DisagreementKind::name_order;
        found.need = level.before_cell;
        found.have = child.cell_offset;
        survey_.disagreements.add(found);
      }
    }
    level.before = child.name;
    level.before_cell = child.cell_offset;
    examine_encoding(level.cell_offset, child);
  }

  void examine_encoding(std::uint32_t key, const auto& record) {
    if (!stored_as_windows_does(record.name)) {
      survey_.disagreements.add({.kind = DisagreementKind::name_encoding,
                                 .key = key,
                                 .other = record.cell_offset,
                                 .offset = record.name.bytes.offset(),
                                 .length = record.name.bytes.size()});
    }
  }

  void walk_values(const KeyNode& key) {
    if (key.value_count == 0 && !hides_values(hive_, key)) {
      return;
    }
    const auto cell = hive_.cells().cell(key.value_list);
    if (!cell) {
      return;
    }
    if (key.value_count == 0) {
      examine_hidden_values(key, *cell);
      return;
    }
    const std::uint64_t room = cell->content.size() / 4;
    const std::uint64_t bound = std::min<std::uint64_t>(room, hive_.limits().values_per_key_max);
    const std::uint64_t count = std::min<std::uint64_t>(key.value_count, bound);
    if (key.value_count > room) {
      survey_.disagreements.add({.kind = DisagreementKind::value_count,
                                 .key = key.cell_offset,
                                 .offset = key.offset + hive_.cells().header_bytes() + 0x24,
                                 .length = 4,
                                 .need = room,
                                 .have = key.value_count});
    }
    if (count > steps_left_) {
      steps_left_ = 0;
      return;
    }
    steps_left_ -= count;
    mark(*cell, count * 4);
    constexpr std::uint64_t ahead = 4;
    for (std::uint64_t i = 0; i < std::min(count, ahead); ++i) {
      fetch_ahead(cell->content.at<std::uint32_t>(i * 4));
    }
    for (std::uint64_t i = 0; i < count; ++i) {
      if (i + ahead < count) {
        fetch_ahead(cell->content.at<std::uint32_t>((i + ahead) * 4));
      }
      take_value(key, cell->content.at<std::uint32_t>(i * 4));
    }
    note_dropped(key, *cell, count, bound);
  }

  /// A key that says it has no values, and still leads to a list of them: Windows, which takes the
  /// list away with the last value, shows none.
  void examine_hidden_values(const KeyNode& key, const Cell& list) {
    const std::size_t before = survey_.dropped.size();
    note_dropped(
        key, list, 0,
        std::min<std::uint64_t>(list.content.size() / 4, hive_.limits().values_per_key_max));
    if (const std::size_t hidden = survey_.dropped.size() - before; hidden > 0) {
      survey_.disagreements.add({.kind = DisagreementKind::value_count,
                                 .key = key.cell_offset,
                                 .offset = key.offset + hive_.cells().header_bytes() + 0x24,
                                 .length = 4,
                                 .need = hidden,
                                 .have = 0});
    }
  }

  void take_value(const KeyNode& key, std::uint32_t cell_offset) {
    const auto value = hive_.value(cell_offset);
    if (!value || !survey_.values.insert(cell_offset)) {
      return;
    }
    ++survey_.value_count;
    mark_record(*value, value_record_bytes + value->name.bytes.size());
    examine_slack(*value, value_record_bytes + value->name.bytes.size(), key.cell_offset,
                  cell_offset);
    examine_size(key, *value);
    examine_encoding(key.cell_offset, *value);
    if (!value->resident && value->data_bytes != 0) {
      mark_data(*value);
    }
  }

  /// Windows makes a record's cell as large as the record, NT 4 up to 8 bytes larger.
  void examine_slack(const auto& record, std::uint64_t content_bytes, std::uint32_t key,
                     std::uint32_t other) {
    constexpr std::uint64_t slack_max = 8;
    const std::uint64_t needed = hive_.cells().header_bytes() + content_bytes;
    const std::uint64_t unit = UnitSet::unit_bytes;
    if (record.length > (needed + unit - 1) / unit * unit + slack_max) {
      survey_.disagreements.add({.kind = DisagreementKind::record_slack,
                                 .key = key,
                                 .other = other,
                                 .offset = record.offset,
                                 .length = record.length,
                                 .need = needed,
                                 .have = record.length});
    }
  }

  /// Data of four bytes or fewer stand in the record since format 1.2.
  void examine_size(const KeyNode& key, const ValueRecord& value) {
    if (value.resident || value.data_bytes > 4 || hive_.cells().header_bytes() == 8) {
      return;
    }
    const auto cell = hive_.cells().cell(value.data_cell);
    if (cell && cell->allocated && cell->fits) {
      survey_.disagreements.add({.kind = DisagreementKind::value_size,
                                 .key = key.cell_offset,
                                 .other = value.cell_offset,
                                 .offset = value.offset + hive_.cells().header_bytes() + 4,
                                 .length = 4,
                                 .need = cell->content.size(),
                                 .have = value.data_bytes});
    }
  }

  /// Windows closes the gap when it takes a value from a list; what stood last stays behind it.
  void note_dropped(const KeyNode& key, const Cell& list, std::uint64_t from, std::uint64_t to) {
    if (!list.fits) {
      return;
    }
    for (std::uint64_t i = from; i < to && steps_left_ > 0; ++i) {
      const auto cell_offset = list.content.at<std::uint32_t>(i * 4);
      if (cell_offset == 0 || cell_offset % 8 != 0 || cell_offset >= hive_.cells().size()) {
        continue;
      }
      --steps_left_;
      if (hive_.value(cell_offset)) {
        survey_.dropped.push_back({.value = cell_offset, .key = key.cell_offset});
      }
    }
  }

  void mark_data(const ValueRecord& value) {
    const auto cell = hive_.cells().cell(value.data_cell);
    if (!cell) {
      return;
    }
    const bool segmented = value.data_bytes > segment_bytes && cell->content.size() >= 8 &&
                           cell->content.at<std::uint16_t>(0) == signature_db &&
                           (cell->content.size() < value.data_bytes || !cell->fits);
    if (!segmented) {
      mark(*cell, value.data_bytes);
      return;
    }
    mark(*cell, 8);
    const auto list_offset = cell->content.at<std::uint32_t>(4);
    const auto list = hive_.cells().cell(list_offset);
    if (!list) {
      return;
    }
    const std::uint64_t count =
        std::min<std::uint64_t>(cell->content.at<std::uint16_t>(2), list->content.size() / 4);
    mark(*list, count * 4);
    std::uint64_t left = value.data_bytes;
    for (std::uint64_t i = 0; i < count && left > 0 && steps_left_ > 0; ++i) {
      --steps_left_;
      const std::uint64_t piece = std::min(segment_bytes, left);
      if (const auto segment = hive_.cells().cell(list->content.at<std::uint32_t>(i * 4))) {
        mark(*segment, piece);
      }
      left -= piece;
    }
  }

  void mark_class_name(const KeyNode& key) {
    if (key.class_name == no_cell || key.class_name_bytes == 0) {
      return;
    }
    if (const auto cell = hive_.cells().cell(key.class_name)) {
      mark(*cell, key.class_name_bytes);
    }
  }

  void mark_security(std::uint32_t cell_offset) {
    if (cell_offset == no_cell || survey_.used.contains(cell_offset)) {
      return;  // Many keys share one descriptor.
    }
    if (const auto cell = hive_.cells().cell(cell_offset)) {
      const auto descriptor = read_security_record(*cell);
      mark(*cell, security_record_bytes + (descriptor ? descriptor->size() : 0));
    }
  }

  /// The cell's header and so many bytes of its content, as far as the cell goes.
  void mark(const Cell& cell, std::uint64_t content_bytes) {
    mark_from(cell.cell_offset, std::min<std::uint64_t>(content_bytes, cell.content.size()));
  }
  /// The same for a key or value record, which knows the length of its cell.
  void mark_record(const auto& record, std::uint64_t content_bytes) {
    mark_from(record.cell_offset,
              std::min<std::uint64_t>(content_bytes, record.length - hive_.cells().header_bytes()));
  }
  void mark_from(std::uint32_t cell_offset, std::uint64_t content_bytes) {
    const std::uint64_t bytes = content_bytes + hive_.cells().header_bytes();
    if (bytes > marks_left_) {
      survey_.complete = false;
      return;
    }
    marks_left_ -= bytes;
    survey_.used.insert_range(cell_offset, cell_offset + bytes);
  }

  const Hive& hive_;
  std::uint64_t steps_left_;
  std::uint64_t marks_left_;
  bool incomplete_ = false;
  Survey survey_;
  std::vector<Level> levels_;
};

}  // namespace

Survey survey_hive(const Hive& hive) {
  return Surveyor(hive).run();
}

}  // namespace npg::regf
