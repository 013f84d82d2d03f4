// The walk over sub-key lists and value lists (docs/formats/regf.md, 7).
#include <fmt/format.h>

#include <algorithm>

#include "format/regf/hive.hpp"

namespace npg::regf {

namespace {

constexpr std::uint64_t list_header_bytes = 4;
constexpr std::uint16_t signature_lf = 0x666c;
constexpr std::uint16_t signature_lh = 0x686c;
constexpr std::uint16_t signature_li = 0x696c;
constexpr std::uint16_t signature_ri = 0x6972;

}  // namespace

SubkeyCursor::SubkeyCursor(const Hive& hive, const KeyNode& key, Diagnostics& diagnostics)
    : hive_(&hive),
      diagnostics_(&diagnostics),
      key_(key),
      // Limit: an entry takes four bytes and belongs to one list, so a key cannot have more.
      steps_max_(hive.cells().size() / 4) {
  if (key.subkey_count != 0 || list_is_ours(key.subkey_list)) {
    open_first(key.subkey_list);
  }
}

// A count of zero is believed unless the list that the key still names leads to a key that names
// this one as its parent: then the count was damaged.
bool SubkeyCursor::list_is_ours(std::uint32_t cell_offset) const {
  if (cell_offset == no_cell) {
    return false;
  }
  const auto cell = hive_->cells().cell(cell_offset);
  if (!cell || !cell->allocated || !cell->fits || cell->content.size() < 8) {
    return false;
  }
  const auto signature = cell->content.at<std::uint16_t>(0);
  if (signature != signature_lf && signature != signature_lh && signature != signature_li) {
    return false;
  }
  const auto child = hive_->key(cell->content.at<std::uint32_t>(list_header_bytes));
  return child && child->allocated && child->parent == key_.cell_offset;
}

void SubkeyCursor::report_list(const Error& error) {
  incomplete_ = true;
  diagnostics_->add(DiagnosticCode::hive_list_damaged, Severity::data_loss, error,
                    "sub-keys of a key are lost with this list");
}

std::optional<SubkeyCursor::ListKind> SubkeyCursor::read_list(std::uint32_t cell_offset,
                                                              List& list) {
  const auto cell = hive_->cells().cell(cell_offset);
  if (!cell) {
    report_list(cell.error());
    return std::nullopt;
  }
  const auto header = cell->content.slice(0, list_header_bytes, "regf.subkey_list");
  if (!header) {
    report_list(header.error());
    return std::nullopt;
  }
  const auto signature = header->at<std::uint16_t>(0);
  const auto count = header->at<std::uint16_t>(2);
  const bool with_hash = signature == signature_lf || signature == signature_lh;
  if (!with_hash && signature != signature_li && signature != signature_ri) {
    report_list(Error{.code = ErrorCode::bad_signature,
                      .offset = header->offset(),
                      .what = "regf.subkey_list.signature",
                      .need = signature_lf,
                      .have = signature});
    return std::nullopt;
  }
  list = List{.entries = cell->content.from(list_header_bytes), .entry_bytes = with_hash ? 8U : 4U};
  const std::uint64_t room = list.entries.size() / list.entry_bytes;
  list.count = static_cast<std::uint32_t>(std::min<std::uint64_t>(count, room));
  if (count > room) {
    report_list(Error{.code = ErrorCode::truncated,
                      .offset = header->offset() + 2,
                      .what = "regf.subkey_list.count",
                      .need = std::uint64_t{count} * list.entry_bytes,
                      .have = list.entries.size()});
  }
  return signature == signature_ri ? ListKind::index : ListKind::leaf;
}

void SubkeyCursor::open_first(std::uint32_t cell_offset) {
  List list;
  const auto kind = read_list(cell_offset, list);
  if (!kind) {
    return;
  }
  if (*kind == ListKind::index) {
    index_ = list;
  } else {
    leaf_ = list;
    promised_ += list.count;
  }
}

void SubkeyCursor::open_leaf(std::uint32_t cell_offset) {
  List list;
  const auto kind = read_list(cell_offset, list);
  if (!kind) {
    return;
  }
  if (*kind == ListKind::index) {
    report_list(Error{.code = ErrorCode::bad_signature,
                      .offset = list.entries.offset() - list_header_bytes,
                      .what = "regf.ri.nested",
                      .need = signature_lh,
                      .have = signature_ri});
    return;
  }
  leaf_ = list;
  promised_ += list.count;
}

std::optional<KeyNode> SubkeyCursor::next() {
  while (!finished_) {
    if (leaf_.done() && index_.done()) {
      finish();
      break;
    }
    if (++steps_ > steps_max_) {
      diagnostics_->add(DiagnosticCode::limit_hit, Severity::data_loss, key_.offset, key_.length,
                        fmt::format("the lists of this key hold more than the {} entries that the "
                                    "hive has room for; the rest is left out",
                                    steps_max_));
      incomplete_ = true;
      finished_ = true;
      break;
    }
    if (leaf_.done()) {
      open_leaf(index_.take());
      continue;
    }
    const std::uint64_t entry_offset = leaf_.entry_offset();
    auto node = hive_->key(leaf_.take());
    if (!node) {
      incomplete_ = true;
      diagnostics_->add(
          DiagnosticCode::hive_key_damaged, Severity::data_loss, node.error(),
          fmt::format("the sub-key that the list entry at 0x{:x} names is lost", entry_offset));
      continue;
    }
    ++given_;
    return *node;
  }
  return std::nullopt;
}

void SubkeyCursor::finish() {
  finished_ = true;
  if (promised_ == key_.subkey_count) {
    return;
  }
  incomplete_ = incomplete_ || promised_ < key_.subkey_count;
  diagnostics_->add(DiagnosticCode::hive_list_damaged,
                    promised_ < key_.subkey_count ? Severity::data_loss : Severity::notice,
                    key_.offset, key_.length,
                    fmt::format("the key says that it has {} sub-keys, its lists hold {}",
                                key_.subkey_count, promised_));
}

ValueCursor::ValueCursor(const Hive& hive, const KeyNode& key, Diagnostics& diagnostics)
    : hive_(&hive), diagnostics_(&diagnostics) {
  if (key.value_count == 0) {
    return;
  }
  const auto cell = hive.cells().cell(key.value_list);
  if (!cell) {
    diagnostics.add(
        DiagnosticCode::hive_list_damaged, Severity::data_loss, cell.error(),
        fmt::format("{} values of the key at 0x{:x} are lost", key.value_count, key.offset));
    return;
  }
  entries_ = cell->content;
  const std::uint64_t room =
      std::min<std::uint64_t>(entries_.size() / 4, hive.limits().values_per_key_max);
  count_ = static_cast<std::uint32_t>(std::min<std::uint64_t>(key.value_count, room));
  if (key.value_count > room) {
    diagnostics.add(
        DiagnosticCode::hive_list_damaged, Severity::data_loss, cell->offset, entries_.size(),
        fmt::format("the key at 0x{:x} says that it has {} values, its list has room for {}",
                    key.offset, key.value_count, room));
  }
}

bool hides_values(const Hive& hive, const KeyNode& key) {
  if ((key.flags & key_flag::predefined_handle) != 0) {
    return true;
  }
  if (key.value_count != 0 || key.value_list == no_cell) {
    return false;
  }
  const auto list = hive.cells().cell(key.value_list);
  if (!list || !list->allocated || !list->fits || list->content.size() < 4) {
    return false;
  }
  const auto value = list->content.at<std::uint32_t>(0);
  const auto cell = hive.cells().cell(value);
  return cell && cell->allocated && hive.value(value).has_value();
}

std::optional<ValueRecord> ValueCursor::next() {
  while (at_ < count_) {
    const std::uint64_t position = std::uint64_t{at_++} * 4;
    auto record = hive_->value(entries_.at<std::uint32_t>(position));
    if (record) {
      return *record;
    }
    diagnostics_->add(DiagnosticCode::hive_value_damaged, Severity::data_loss, record.error(),
                      fmt::format("the value that the list entry at 0x{:x} names is lost",
                                  entries_.offset() + position));
  }
  return std::nullopt;
}

}  // namespace npg::regf
