#include "format/regf/recovery.hpp"

#include <algorithm>
#include <utility>

#include "base/check.hpp"

namespace npg::regf {

namespace {

constexpr std::uint64_t key_record_bytes = 0x4c;
constexpr std::uint64_t value_record_bytes = 0x14;
constexpr std::uint16_t signature_nk = 0x6b6e;
constexpr std::uint16_t signature_vk = 0x6b76;

// Limit: a step up takes a name and room for it; a list entry takes four bytes that are there.
constexpr std::uint64_t path_step_cost = 16;

std::uint64_t aligned(std::uint64_t bytes) {
  return (bytes + UnitSet::unit_bytes - 1) / UnitSet::unit_bytes * UnitSet::unit_bytes;
}

/// The cell at a place where one once was, cut where what can still be its bytes ends.
Cell remnant(const CellSpace& space, std::uint64_t at, std::uint64_t to) {
  const std::uint32_t header = space.header_bytes();
  const auto stored = space.bytes().at<std::uint32_t>(at);
  const bool allocated = (stored & 0x80000000U) != 0;
  const std::uint64_t size = allocated ? 0x100000000ULL - stored : stored;
  const std::uint64_t end = std::min(to, at + std::max<std::uint64_t>(size, header));
  return Cell{.cell_offset = static_cast<std::uint32_t>(at),
              .offset = space.bytes().offset() + at,
              .size = size,
              .allocated = allocated,
              .fits = size >= 8 && size % 8 == 0 && size <= to - at,
              .content = space.bytes().clamp(at + header, end - at - header)};
}

}  // namespace

Recovery::Recovery(const Hive& hive, Survey& survey)
    : hive_(hive.with_remnants()),
      survey_(&survey),
      bins_bytes_(hive.cells().size()),
      found_keys_(hive_.cells().size()),
      found_values_(hive_.cells().size()),
      found_units_(hive_.cells().size()),
      // Limit: lists of recovered keys may overlap in a hostile hive; in a sound one an entry takes
      // four bytes, and paths are short.
      steps_left_(std::max<std::uint64_t>(hive_.cells().size() * 2, 1U << 20U)) {}

Recovery Recovery::run(const Hive& hive, Survey& survey) {
  Recovery recovery(hive, survey);
  recovery.find_regions();
  for (const Region& region : recovery.regions_) {
    recovery.scan(region);
  }
  recovery.hold_values_of_keys();
  recovery.find_owners();
  recovery.report_hidden();
  return recovery;
}

/// Each cell, and what lies between and behind cells, that holds room for two list entries or more
/// which the tree does not use.
[[gnu::flatten]] void Recovery::find_regions() {
  const CellSpace bins(hive_.cells().bytes().clamp(0, bins_bytes_),
                       hive_.cells().header_bytes() == 8);
  std::uint64_t done = 0;
  // Most cells are used whole: those in front of the next gap need no look of their own.
  std::uint64_t gap = survey_->used.next_clear(0, bins_bytes_);
  for_each_cell(bins, [&](const Cell& cell) {
    if (cell.cell_offset > done) {
      add_region(done, cell.cell_offset, Place::outside_cells, Place::outside_cells);
    }
    done = cell.cell_offset + cell.size;
    if (gap < cell.cell_offset) {
      gap = survey_->used.next_clear(cell.cell_offset, bins_bytes_);
    }
    if (gap >= done) {
      return;
    }
    if (cell.allocated) {
      add_region(cell.cell_offset, done, Place::unlisted_cell, Place::cell_slack);
    } else {
      add_region(cell.cell_offset, done, Place::free_cell, Place::free_cell);
    }
  });
  if (done < bins_bytes_) {
    add_region(done, bins_bytes_, Place::outside_cells, Place::outside_cells);
  }
  const std::uint64_t behind = aligned(bins_bytes_);
  if (behind < hive_.cells().size()) {
    add_region(behind, hive_.cells().size(), Place::behind_bins, Place::behind_bins);
  }
}

void Recovery::add_region(std::uint64_t from, std::uint64_t to, Place at_start, Place inside) {
  constexpr std::uint64_t bytes_min = 12;  // two entries of a list, behind the cell's size
  const std::uint64_t first = survey_->used.next_clear(from, to);
  if (first < to && to - first >= bytes_min) {
    regions_.push_back({.from = static_cast<std::uint32_t>(from),
                        .to = static_cast<std::uint32_t>(to),
                        .at_start = at_start,
                        .inside = inside});
  }
}

void Recovery::scan(const Region& region) {
  const std::uint32_t header = hive_.cells().header_bytes();
  const Bytes bytes = hive_.cells().bytes();
  std::uint64_t at = survey_->used.next_clear(region.from, region.to);
  while (at < region.to && region.to - at >= header + value_record_bytes) {
    const auto signature = bytes.at<std::uint16_t>(at + header);
    const Place place = at == region.from ? region.at_start : region.inside;
    std::uint64_t taken = 0;
    if (signature == signature_nk) {
      taken = take_key(at, region.to, place);
    } else if (signature == signature_vk) {
      taken = take_value(at, region.to, place);
    }
    at = survey_->used.next_clear(at + std::max(taken, UnitSet::unit_bytes), region.to);
  }
}

/// Bytes of the key record at a place; 0 when there is none that makes sense.
std::uint64_t Recovery::take_key(std::uint64_t at, std::uint64_t to, Place place) {
  const Cell cell = remnant(hive_.cells(), at, to);
  const auto node = read_key_node(cell, hive_.limits());
  if (!node || !is_sane_key(*node, hive_.cells().size())) {
    return 0;
  }
  const std::uint64_t bytes =
      aligned(hive_.cells().header_bytes() + key_record_bytes + node->name.bytes.size());
  if (survey_->used.any_in(at, at + bytes)) {
    return 0;  // Its end has a new user.
  }
  found_units_.insert_range(at, at + bytes);
  if (keys_.size() >= hive_.limits().recovered_records_max) {
    ++left_out_;
    return bytes;
  }
  keys_.push_back({.cell_offset = static_cast<std::uint32_t>(at), .place = place});
  found_keys_.insert(at);
  return bytes;
}

std::uint64_t Recovery::take_value(std::uint64_t at, std::uint64_t to, Place place) {
  const Cell cell = remnant(hive_.cells(), at, to);
  const auto value = read_value_record(cell, hive_.limits());
  if (!value || !is_sane_value(*value, hive_.cells().size(), hive_.limits())) {
    return 0;
  }
  const std::uint64_t bytes =
      aligned(hive_.cells().header_bytes() + value_record_bytes + value->name.bytes.size());
  if (survey_->used.any_in(at, at + bytes)) {
    return 0;
  }
  found_units_.insert_range(at, at + bytes);
  if (values_.size() >= hive_.limits().recovered_records_max) {
    ++left_out_;
    return bytes;
  }
  values_.push_back({.cell_offset = static_cast<std::uint32_t>(at), .place = place});
  found_values_.insert(at);
  return bytes;
}

/// Takes the values that recovered keys hold from those that stand alone.
void Recovery::hold_values_of_keys() {
  UnitSet held(hive_.cells().size());
  const std::uint32_t header = hive_.cells().header_bytes();
  for (const FoundKey& found : keys_) {
    const KeyNode node = key(found);
    const std::uint64_t count =
        std::min<std::uint64_t>(node.value_count, hive_.limits().values_per_key_max);
    // Limit: looking through a long list's place costs, too, and many keys may name one.
    spend(count / 64 + 1);
    const Piece list = count == 0 || steps_left_ == 0 ? Piece{} : piece(node.value_list, count * 4);
    if (list.state != Piece::State::found) {
      continue;
    }
    const std::uint64_t entries = std::min<std::uint64_t>(count, list.cell.content.size() / 4);
    for (std::uint64_t i = 0; i < entries && steps_left_ > 0; ++i) {
      --steps_left_;
      const auto cell_offset = list.cell.content.at<std::uint32_t>(i * 4);
      if (cell_offset % 8 == 0 && found_values_.contains(cell_offset)) {
        held.insert(cell_offset);
      }
    }
    found_units_.insert_range(node.value_list, node.value_list + header + entries * 4);
  }
  std::uint64_t marks_left = hive_.cells().size() * 2;
  for (const FoundValue& found : values_) {
    const auto record = hive_.value(found.cell_offset);
    if (record && !record->resident && record->data_bytes != 0) {
      const std::uint64_t bytes = std::min<std::uint64_t>(record->data_bytes, marks_left);
      marks_left -= bytes;
      found_units_.insert_range(record->data_cell, record->data_cell + header + bytes);
    }
  }
  std::erase_if(values_, [&](const FoundValue& found) { return held.contains(found.cell_offset); });
}

FoundValue* Recovery::found_value(std::uint32_t cell_offset) {
  const auto at = std::ranges::lower_bound(values_, cell_offset, {}, &FoundValue::cell_offset);
  return at == values_.end() || at->cell_offset != cell_offset ? nullptr : &*at;
}

void Recovery::find_owners() {
  // Regions are visited in file order, so values stand sorted.
  NPG_CHECK(std::ranges::is_sorted(values_, {}, &FoundValue::cell_offset));
  for (const DroppedEntry& entry : survey_->dropped) {
    FoundValue* found = found_value(entry.value);
    if (found != nullptr && found->proof == OwnerProof::none) {
      found->owner = entry.key;
      found->proof = OwnerProof::list_slack;
    }
  }
  if (!values_.empty()) {
    search_former_lists();
  }
}

/// A list that was freed when a value was taken out names that value beside those that stayed.
void Recovery::search_former_lists() {
  UnitSet lone(hive_.cells().size());
  for (const FoundValue& found : values_) {
    if (found.proof == OwnerProof::none) {
      lone.insert(found.cell_offset);
    }
  }
  const Bytes bytes = hive_.cells().bytes();
  const auto link_at = [&](std::uint64_t at) { return bytes.at<std::uint32_t>(at); };
  const auto is_value = [&](std::uint32_t offset) {
    return offset % 8 == 0 && offset != 0 && offset < bytes.size() &&
           (survey_->values.contains(offset) || found_values_.contains(offset));
  };
  // Pairs of a live value and a lone one of the same former list.
  std::vector<std::pair<std::uint32_t, std::uint32_t>> witnesses;
  for (const Region& region : regions_) {
    const std::uint64_t to = region.to;
    for (std::uint64_t at = survey_->used.next_clear(region.from, to); at < to && to - at >= 8;
         at = survey_->used.next_clear(at, to)) {
      // A list begins four bytes into a unit and goes on as long as its words lead to values.
      std::uint64_t end = at + 4;
      std::uint32_t live = no_cell;
      bool has_lone = false;
      while (to - end >= 4 && !survey_->used.contains(end) && is_value(link_at(end))) {
        const std::uint32_t offset = link_at(end);
        live = survey_->values.contains(offset) ? offset : live;
        has_lone = has_lone || lone.contains(offset);
        end += 4;
      }
      if (has_lone && live != no_cell) {
        for (std::uint64_t entry = at + 4; entry < end; entry += 4) {
          if (lone.contains(link_at(entry))) {
            witnesses.emplace_back(live, link_at(entry));
          }
        }
      }
      at = std::max(at + UnitSet::unit_bytes, end / UnitSet::unit_bytes * UnitSet::unit_bytes);
    }
  }
  if (!witnesses.empty()) {
    assign_owners(witnesses);
  }
}

/// Looks for the live keys that hold the live witnesses: one pass over all live lists.
void Recovery::assign_owners(
    const std::vector<std::pair<std::uint32_t, std::uint32_t>>& witnesses) {
  UnitSet wanted(bins_bytes_);
  for (const auto& [live, lone] : witnesses) {
    wanted.insert(live);
  }
  std::vector<std::pair<std::uint32_t, std::uint32_t>> owners;  // live value, its key
  for (std::uint64_t at = survey_->keys.next_set(0, bins_bytes_); at < bins_bytes_;
       at = survey_->keys.next_set(at + UnitSet::unit_bytes, bins_bytes_)) {
    const auto node = hive_.key(static_cast<std::uint32_t>(at));
    const auto list = node ? hive_.cells().cell(node->value_list)
                           : Result<Cell>(fail(ErrorCode::not_found, at, "regf.nk"));
    if (!node || node->value_count == 0 || !list) {
      continue;
    }
    const std::uint64_t count =
        std::min<std::uint64_t>(node->value_count, list->content.size() / 4);
    for (std::uint64_t i = 0; i < count && steps_left_ > 0; ++i) {
      --steps_left_;
      const auto value = list->content.at<std::uint32_t>(i * 4);
      if (value % 8 == 0 && wanted.contains(value)) {
        owners.emplace_back(value, node->cell_offset);
      }
    }
  }
  std::ranges::sort(owners);
  for (const auto& [live, lone] : witnesses) {
    const auto owner = std::ranges::lower_bound(owners, std::pair(live, std::uint32_t{0}));
    FoundValue* found = found_value(lone);
    if (owner == owners.end() || owner->first != live || found == nullptr) {
      continue;
    }
    if (found->proof == OwnerProof::none) {
      found->owner = owner->second;
      found->proof = OwnerProof::former_list;
    }
  }
}

/// A cell in use that holds a key or value is in some list, unless something went wrong or hides
/// it.
void Recovery::report_hidden() {
  for (const FoundKey& found : keys_) {
    const KeyNode node = key(found);
    if (found.place == Place::unlisted_cell && survey_->keys.contains(node.parent)) {
      survey_->disagreements.add({.kind = DisagreementKind::key_not_listed,
                                  .key = node.parent,
                                  .other = node.cell_offset,
                                  .offset = node.offset,
                                  .length = node.length});
    }
  }
  for (const FoundValue& found : values_) {
    if (found.place == Place::unlisted_cell) {
      const auto record = hive_.value(found.cell_offset);
      survey_->disagreements.add({.kind = DisagreementKind::value_not_listed,
                                  .key = found.owner,
                                  .other = found.cell_offset,
                                  .offset = hive_.cells().bytes().offset() + found.cell_offset,
                                  .length = record ? record->length : 0});
    }
  }
}

KeyNode Recovery::key(const FoundKey& found) const {
  const auto cell = hive_.cells().cell(found.cell_offset);
  NPG_CHECK(cell.has_value());
  // A run of free cells that became one states the size of all of them.
  auto node = read_key_node(*cell, hive_.limits());
  NPG_CHECK(node.has_value());
  node->length = std::min<std::uint64_t>(
      node->length,
      aligned(hive_.cells().header_bytes() + key_record_bytes + node->name.bytes.size()));
  return *node;
}

Piece Recovery::piece(std::uint32_t cell_offset, std::uint64_t content_bytes) const {
  const auto cell = hive_.cells().cell(cell_offset);
  if (cell_offset == 0 || !cell) {
    return {.state = Piece::State::outside, .cell = {}};
  }
  const std::uint64_t wanted = std::min<std::uint64_t>(content_bytes, cell->content.size());
  const bool reused =
      survey_->used.any_in(cell_offset, cell_offset + hive_.cells().header_bytes() + wanted);
  return {.state = reused ? Piece::State::reused : Piece::State::found, .cell = *cell};
}

PieceLookup Recovery::lookup() const {
  return [this](std::uint32_t cell_offset, std::uint64_t content_bytes) {
    return piece(cell_offset, content_bytes);
  };
}

RecoveredValues Recovery::values(const FoundKey& found) const {
  return read_recovered_values(key(found), lookup(), hive_.limits(), steps_left_);
}

RecoveredValue Recovery::value(const FoundValue& found) const {
  const auto record = hive_.value(found.cell_offset);
  NPG_CHECK(record.has_value());
  RecoveredValue value{.record = *record, .data = {}};
  value.record.length = std::min<std::uint64_t>(
      value.record.length,
      aligned(hive_.cells().header_bytes() + value_record_bytes + record->name.bytes.size()));
  spend(record->data_bytes / 512 + 1);
  if (steps_left_ > record->data_bytes / 4) {
    read_recovered_data(lookup(), hive_.limits(), value);
    spend(value.data.size() / 4);
  } else {
    value.data_state = DataState::lost;
  }
  return value;
}

/// Adds the keys above a key, nearest first, as far as they can be proved.
void Recovery::climb(KeyNode node, bool in_use, ProvedPath& path) const {
  while (path.steps.size() < hive_.limits().key_depth_max && steps_left_ > 0) {
    spend(path_step_cost);
    const std::uint32_t above = node.parent;
    const bool live = above % 8 == 0 && survey_->keys.contains(above);
    if (!live && !(above % 8 == 0 && found_keys_.contains(above))) {
      return;  // The cell holds something else now: what was above is not known.
    }
    const auto parent = hive_.key(above);
    // Windows writes the parent's time when it deletes a sub-key. A parent written before the key
    // was is another key, in the place of the old one.
    if (!parent || (!in_use && parent->last_written < node.last_written)) {
      return;
    }
    if (above == hive_.root()) {
      path.complete = true;
      return;
    }
    path.steps.push_back({.cell_offset = above, .name = parent->name, .live = live});
    in_use = live || parent->allocated;
    node = *parent;
  }
}

ProvedPath Recovery::path(const FoundKey& found) const {
  const KeyNode node = key(found);
  ProvedPath path;
  path.steps.push_back({.cell_offset = found.cell_offset, .name = node.name, .live = false});
  climb(node, found.place == Place::unlisted_cell, path);
  std::ranges::reverse(path.steps);
  return path;
}

ProvedPath Recovery::live_path(std::uint32_t cell_offset) const {
  ProvedPath path;
  if (cell_offset == hive_.root()) {
    path.complete = true;
    return path;
  }
  if (const auto node = hive_.key(cell_offset)) {
    path.steps.push_back({.cell_offset = cell_offset, .name = node->name, .live = true});
    climb(*node, true, path);
    std::ranges::reverse(path.steps);
  }
  return path;
}

void Recovery::for_each_stretch(std::uint64_t bytes_min,
                                const std::function<void(Bytes, Place)>& visit) const {
  const Bytes bytes = hive_.cells().bytes();
  for (const Region& region : regions_) {
    const std::uint64_t to = region.to;
    for (std::uint64_t at = survey_->used.next_clear(region.from, to); at < to;
         at = survey_->used.next_clear(at, to)) {
      at = found_units_.next_clear(at, to);
      const std::uint64_t end = survey_->used.next_set(at, found_units_.next_set(at, to));
      if (end - at >= bytes_min) {
        visit(bytes.clamp(at, end - at), at == region.from ? region.at_start : region.inside);
      }
      at = std::max(end, at + UnitSet::unit_bytes);
    }
  }
}

}  // namespace npg::regf
