#include "format/regf/survey.hpp"

#include <algorithm>
#include <bit>
#include <numeric>

#include "base/check.hpp"
#include "format/regf/names.hpp"
#include "format/regf/walk.hpp"

namespace npg::regf {

void UnitSet::insert_range(std::uint64_t from, std::uint64_t to) {
  to = std::min<std::uint64_t>(to, words_.size() * word_bytes);
  if (from >= to) {
    return;
  }
  const std::uint64_t first = from / unit_bytes;
  const std::uint64_t last = (to - 1) / unit_bytes;
  const std::uint64_t head = ~std::uint64_t{0} << (first % 64);
  const std::uint64_t tail = ~std::uint64_t{0} >> (63 - last % 64);
  if (first / 64 == last / 64) {
    words_[first / 64] |= head & tail;
    return;
  }
  words_[first / 64] |= head;
  std::fill(words_.begin() + static_cast<std::ptrdiff_t>(first / 64 + 1),
            words_.begin() + static_cast<std::ptrdiff_t>(last / 64), ~std::uint64_t{0});
  words_[last / 64] |= tail;
}

std::uint64_t UnitSet::next(std::uint64_t from, std::uint64_t to, Look look) const {
  const std::uint64_t flip = look == Look::clear ? ~std::uint64_t{0} : 0;
  while (from < to && from / word_bytes < words_.size()) {
    const std::uint64_t word = (words_[from / word_bytes] ^ flip) >> (from / unit_bytes % 64);
    if (word != 0) {
      return std::min(to, from / unit_bytes * unit_bytes +
                              static_cast<std::uint64_t>(std::countr_zero(word)) * unit_bytes);
    }
    from = (from / word_bytes + 1) * word_bytes;
  }
  // Behind the end nothing is in.
  return look == Look::clear ? std::min(from, to) : to;
}

std::string_view name_of(DisagreementKind kind) {
  switch (kind) {
    case DisagreementKind::key_not_listed: return "key_not_listed";
    case DisagreementKind::value_not_listed: return "value_not_listed";
    case DisagreementKind::parent_differs: return "parent_differs";
    case DisagreementKind::listed_twice: return "listed_twice";
    case DisagreementKind::subkey_count: return "subkey_count";
    case DisagreementKind::value_count: return "value_count";
    case DisagreementKind::name_order: return "name_order";
    case DisagreementKind::name_hash: return "name_hash";
    case DisagreementKind::name_twice: return "name_twice";
    case DisagreementKind::name_encoding: return "name_encoding";
  }
  NPG_CHECK(false);
}

void Disagreements::add(const Disagreement& one) {
  if (++counts_.at(static_cast<std::size_t>(one.kind)) <= max_) {
    kept_.push_back(one);
  }
}

std::uint64_t Disagreements::total() const {
  return std::accumulate(counts_.begin(), counts_.end(), std::uint64_t{0});
}

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

struct Level {
  KeyNode key;
  List index;
  List leaf;
  Name before;  ///< of the sub-key before
  std::uint32_t before_cell = no_cell;
  std::uint64_t promised = 0;
  bool in_order = true;
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

  void walk_from(const KeyNode& start) {
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
    const auto child = hive_.key(cell);
    if (!child) {
      incomplete_ = true;
      return;
    }
    examine_entry(level, *child, entry_at);
    if (levels_.size() > hive_.limits().key_depth_max || survey_.keys.contains(cell)) {
      survey_.disagreements.add({.kind = DisagreementKind::listed_twice,
                                 .key = level.key.cell_offset,
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

  void enter(const KeyNode& key) {
    survey_.keys.insert(key.cell_offset);
    ++survey_.key_count;
    mark(key.cell_offset, key_record_bytes + key.name.bytes.size());
    mark_class_name(key);
    mark_security(key.security);
    walk_values(key);
    levels_.emplace_back();
    Level& level = levels_.back();
    level.key = key;
    if (key.subkey_count != 0 || lists_own_child(key)) {
      open_list(level, key.subkey_list, true);
    }
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
    mark(cell_offset, list_header_bytes + std::uint64_t{list.left} * list.entry_bytes);
    if (signature == signature_ri) {
      level.index = list;
    } else {
      level.promised += list.left;
      level.leaf = list;
    }
  }

  void leave(const Level& level) {
    if (level.counted && level.promised != level.key.subkey_count) {
      incomplete_ = incomplete_ || level.promised < level.key.subkey_count;
      survey_.disagreements.add({.kind = DisagreementKind::subkey_count,
                                 .key = level.key.cell_offset,
                                 .offset = level.key.offset + hive_.cells().header_bytes() + 0x14,
                                 .length = 4,
                                 .need = level.promised,
                                 .have = level.key.subkey_count});
    }
  }

  /// What a list entry says of the sub-key that it leads to.
  void examine_entry(Level& level, const KeyNode& child, std::uint64_t entry_at) {
    Disagreement found{.key = level.key.cell_offset,
                       .other = child.cell_offset,
                       .offset = level.leaf.entries.offset() + entry_at,
                       .length = level.leaf.entry_bytes};
    if (child.parent != level.key.cell_offset) {
      found.kind = DisagreementKind::parent_differs;
      found.need = level.key.cell_offset;
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
    if (!stored_as_windows_does(child.name)) {
      found.kind = DisagreementKind::name_encoding;
      found.offset = child.name.bytes.offset();
      found.length = child.name.bytes.size();
      found.need = found.have = 0;
      survey_.disagreements.add(found);
    }
  }

  void walk_values(const KeyNode& key) {
    if (key.value_count == 0) {
      return;
    }
    const auto cell = hive_.cells().cell(key.value_list);
    if (!cell) {
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
    mark(key.value_list, count * 4);
    for (std::uint64_t i = 0; i < count; ++i) {
      take_value(cell->content.at<std::uint32_t>(i * 4));
    }
    note_dropped(key, *cell, count, bound);
  }

  void take_value(std::uint32_t cell_offset) {
    const auto value = hive_.value(cell_offset);
    if (!value || !survey_.values.insert(cell_offset)) {
      return;
    }
    ++survey_.value_count;
    mark(cell_offset, value_record_bytes + value->name.bytes.size());
    if (!value->resident && value->data_bytes != 0) {
      mark_data(*value);
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
      mark(value.data_cell, value.data_bytes);
      return;
    }
    mark(value.data_cell, 8);
    const auto list_offset = cell->content.at<std::uint32_t>(4);
    const auto list = hive_.cells().cell(list_offset);
    if (!list) {
      return;
    }
    const std::uint64_t count =
        std::min<std::uint64_t>(cell->content.at<std::uint16_t>(2), list->content.size() / 4);
    mark(list_offset, count * 4);
    std::uint64_t left = value.data_bytes;
    for (std::uint64_t i = 0; i < count && left > 0 && steps_left_ > 0; ++i) {
      --steps_left_;
      const std::uint64_t piece = std::min(segment_bytes, left);
      mark(list->content.at<std::uint32_t>(i * 4), piece);
      left -= piece;
    }
  }

  void mark_class_name(const KeyNode& key) {
    if (key.class_name != no_cell && key.class_name_bytes != 0) {
      mark(key.class_name, key.class_name_bytes);
    }
  }

  void mark_security(std::uint32_t cell_offset) {
    if (cell_offset == no_cell || survey_.used.contains(cell_offset)) {
      return;  // Many keys share one descriptor.
    }
    if (const auto cell = hive_.cells().cell(cell_offset)) {
      const auto descriptor = read_security_record(*cell);
      mark(cell_offset, security_record_bytes + (descriptor ? descriptor->size() : 0));
    }
  }

  /// The cell's header and so many bytes of its content, as far as the cell goes.
  void mark(std::uint32_t cell_offset, std::uint64_t content_bytes) {
    const auto cell = hive_.cells().cell(cell_offset);
    if (!cell) {
      return;
    }
    const std::uint64_t bytes =
        std::min<std::uint64_t>(content_bytes, cell->content.size()) + hive_.cells().header_bytes();
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
