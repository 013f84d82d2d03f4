// The values of a recovered key, read through whatever still holds their cells.
#include <algorithm>

#include "base/check.hpp"
#include "format/regf/recovery.hpp"

namespace npg::regf {

std::string_view name_of(Place place) {
  switch (place) {
    case Place::free_cell: return "free_cell";
    case Place::cell_slack: return "cell_slack";
    case Place::unlisted_cell: return "unlisted_cell";
    case Place::outside_cells: return "outside_cells";
    case Place::behind_bins: return "behind_bins";
    case Place::log_history: return "log_history";
    case Place::log_unapplied: return "log_unapplied";
    case Place::log_superseded: return "log_superseded";
    case Place::primary_superseded: return "primary_superseded";
  }
  NPG_CHECK(false);
}

std::string_view name_of(DataState state) {
  switch (state) {
    case DataState::whole: return "whole";
    case DataState::partial: return "partial";
    case DataState::reused: return "reused";
    case DataState::lost: return "lost";
  }
  NPG_CHECK(false);
}

std::string_view name_of(ListState state) {
  switch (state) {
    case ListState::none: return "none";
    case ListState::intact: return "intact";
    case ListState::partial: return "partial";
    case ListState::reused: return "reused";
    case ListState::lost: return "lost";
  }
  NPG_CHECK(false);
}

std::string_view name_of(OwnerProof proof) {
  switch (proof) {
    case OwnerProof::none: return "none";
    case OwnerProof::list_slack: return "list_slack";
    case OwnerProof::former_list: return "former_list";
  }
  NPG_CHECK(false);
}

namespace {

constexpr std::uint64_t segment_bytes = 16344;

DataState state_of(Piece::State state) {
  return state == Piece::State::reused ? DataState::reused : DataState::lost;
}

void append(std::vector<std::byte>& data, Bytes piece) {
  data.insert(data.end(), piece.data().begin(), piece.data().end());
}

void read_segments(const PieceLookup& lookup, Bytes record, std::uint64_t wanted,
                   RecoveredValue& value) {
  const auto count = record.at<std::uint16_t>(2);
  const Piece list = lookup(record.at<std::uint32_t>(4), std::uint64_t{count} * 4);
  value.data_state = DataState::partial;
  if (list.state != Piece::State::found) {
    return;
  }
  const std::uint64_t entries = std::min<std::uint64_t>(count, list.cell.content.size() / 4);
  for (std::uint64_t i = 0; i < entries && value.data.size() < wanted; ++i) {
    const std::uint64_t need = std::min(segment_bytes, wanted - value.data.size());
    const Piece segment = lookup(list.cell.content.at<std::uint32_t>(i * 4), need);
    if (segment.state != Piece::State::found || segment.cell.content.size() < need) {
      return;
    }
    append(value.data, segment.cell.content.clamp(0, need));
  }
  if (value.data.size() == wanted && wanted == value.record.data_bytes) {
    value.data_state = DataState::whole;
  }
}

}  // namespace

void read_recovered_data(const PieceLookup& lookup, const Limits& limits, RecoveredValue& value) {
  const ValueRecord& record = value.record;
  if (record.resident) {
    append(value.data, record.resident_data);
    value.data_state =
        value.data.size() == record.data_bytes ? DataState::whole : DataState::partial;
    return;
  }
  if (record.data_bytes == 0) {
    return;
  }
  const std::uint64_t wanted = std::min<std::uint64_t>(record.data_bytes, limits.value_bytes_max);
  // Data in segments stand behind a record of eight bytes.
  const Piece first = lookup(record.data_cell, 8);
  if (wanted > segment_bytes && first.state == Piece::State::found &&
      first.cell.content.starts_with("db") && first.cell.content.size() < wanted &&
      first.cell.content.size() >= 8) {
    read_segments(lookup, first.cell.content, wanted, value);
    return;
  }
  const Piece piece = lookup(record.data_cell, wanted);
  if (piece.state != Piece::State::found) {
    value.data_state = state_of(piece.state);
    return;
  }
  append(value.data, piece.cell.content.clamp(0, wanted));
  value.data_state = value.data.size() == record.data_bytes ? DataState::whole : DataState::partial;
}

RecoveredValues read_recovered_values(const KeyNode& key, const PieceLookup& lookup,
                                      const Limits& limits, std::uint64_t& steps_left) {
  RecoveredValues found;
  if (key.value_count == 0) {
    return found;
  }
  const std::uint64_t count = std::min<std::uint64_t>(key.value_count, limits.values_per_key_max);
  // Limit: looking through the place of a long list or of large data costs, too.
  steps_left -= std::min(steps_left, count / 64 + 1);
  const Piece list = steps_left == 0 ? Piece{} : lookup(key.value_list, count * 4);
  if (list.state != Piece::State::found) {
    found.list = list.state == Piece::State::reused ? ListState::reused : ListState::lost;
    return found;
  }
  const std::uint64_t entries = std::min<std::uint64_t>(count, list.cell.content.size() / 4);
  found.list = entries == key.value_count ? ListState::intact : ListState::partial;
  for (std::uint64_t i = 0; i < entries; ++i) {
    if (steps_left == 0) {
      found.list = ListState::partial;
      break;
    }
    --steps_left;
    // The record's fixed part; the name behind it is looked at once its length is known.
    constexpr std::uint64_t record_bytes = 0x14;
    const Piece piece = lookup(list.cell.content.at<std::uint32_t>(i * 4), record_bytes);
    const auto record = piece.state == Piece::State::found
                            ? read_value_record(piece.cell, limits)
                            : Result<ValueRecord>(fail(ErrorCode::not_found, 0, "regf.vk"));
    if (!record || !record->name.complete()) {
      found.list = ListState::partial;
      continue;
    }
    steps_left -= std::min<std::uint64_t>(steps_left, record->data_bytes / 512);
    RecoveredValue value{.record = *record, .source = piece.source, .data = {}};
    read_recovered_data(lookup, limits, value);
    steps_left -= std::min<std::uint64_t>(steps_left, value.data.size() / 4);
    found.values.push_back(std::move(value));
  }
  return found;
}

namespace {

bool is_sane_link(std::uint32_t cell_offset, std::uint64_t bins_bytes) {
  return cell_offset == no_cell || (cell_offset % 8 == 0 && cell_offset < bins_bytes);
}

}  // namespace

bool is_sane_key(const KeyNode& key, std::uint64_t bins_bytes) {
  constexpr std::uint32_t name_bytes_max = 512;  // Limit: 255 characters, and one for luck.
  // FILETIMEs from 1829 to 2057; remnants of other data rarely look like one.
  const std::uint64_t century = key.last_written.ticks >> 56U;
  if (key.name.bytes.empty() || !key.name.complete() || key.name.bytes.size() > name_bytes_max ||
      (!key.name.is_latin1 && key.name.bytes.size() % 2 != 0) || century > 1) {
    return false;
  }
  for (std::size_t i = 0; i < key.name.bytes.size(); i += key.name.is_latin1 ? 1U : 2U) {
    const std::uint32_t unit = key.name.is_latin1 ? key.name.bytes.at<std::uint8_t>(i)
                                                  : key.name.bytes.at<std::uint16_t>(i);
    if (unit == '\\') {
      return false;  // The kernel makes no such name.
    }
  }
  return is_sane_link(key.parent, bins_bytes) && key.parent != key.cell_offset &&
         (key.subkey_count == 0 || is_sane_link(key.subkey_list, bins_bytes)) &&
         (key.value_count == 0 || is_sane_link(key.value_list, bins_bytes)) &&
         is_sane_link(key.security, bins_bytes) && key.security != 0 &&
         key.subkey_count <= bins_bytes / 8 && key.value_count <= bins_bytes / 8;
}

bool is_sane_value(const ValueRecord& value, std::uint64_t bins_bytes, const Limits& limits) {
  constexpr std::uint16_t flags_known = 0x0003;  // narrow name, tombstone
  if (!value.name.complete() || (value.flags & ~flags_known) != 0 ||
      (!value.name.is_latin1 && value.name.bytes.size() % 2 != 0)) {
    return false;
  }
  if (value.resident) {
    return value.data_bytes <= 4;
  }
  return value.data_bytes <= limits.value_bytes_max &&
         (value.data_bytes == 0 || (value.data_cell != no_cell && value.data_cell != 0 &&
                                    is_sane_link(value.data_cell, bins_bytes)));
}

}  // namespace npg::regf
