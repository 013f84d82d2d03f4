#include "format/regf/log_history.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "format/regf/marvin32.hpp"
#include "format/regf/names.hpp"

namespace npg::regf {

namespace {

constexpr std::uint64_t key_record_bytes = 0x4c;
constexpr std::uint16_t signature_nk = 0x6b6e;
constexpr std::uint32_t header_bytes = 4;
// Limit: as in Recovery.
constexpr std::uint64_t path_step_cost = 16;

/// The cell at a place in a run of pages; what lies behind the run's end is not there.
Cell cell_in(const LogPage& page, std::uint32_t cell_offset) {
  const Bytes rest = page.bytes.from(cell_offset - page.position);
  const auto stored = rest.at<std::uint32_t>(0);
  const bool allocated = (stored & 0x80000000U) != 0;
  const std::uint64_t size = allocated ? 0x100000000ULL - stored : stored;
  const bool fits = size >= 8 && size % 8 == 0 && size <= rest.size();
  return Cell{.cell_offset = cell_offset,
              .offset = rest.offset(),
              .size = size,
              .allocated = allocated,
              .fits = fits,
              .content = rest.clamp(header_bytes, (fits ? size : rest.size()) - header_bytes)};
}

Bytes record_of(const KeyNode& node, Bytes content) {
  return content.clamp(0, key_record_bytes + node.name.bytes.size());
}

}  // namespace

LogHistory::LogHistory(const HistoryInput& input)
    : live_(&input.live),
      survey_(&input.survey),
      primary_(input.primary),
      bins_bytes_(std::max<std::uint64_t>(input.live.cells().size(), input.primary.size())) {
  std::uint64_t bytes = input.primary.size();
  for (const Bytes log : input.logs) {
    bytes += log.size();
  }
  // Limit: as in Recovery; a lookup goes through the states before it, so it takes more steps.
  steps_left_ = std::max<std::uint64_t>(bytes * 2, 1U << 20U);
}

LogHistory LogHistory::read(const HistoryInput& input) {
  LogHistory history(input);
  history.add_states(input);
  std::unordered_set<std::uint64_t> known;
  for (std::uint32_t state = 0; state < history.states_.size(); ++state) {
    history.scan(state, known);
  }
  return history;
}

namespace {

/// True for an entry that would come behind what the hive holds after replay.
bool is_unapplied(const HistoryInput& input, std::size_t log, const LogEntry& entry) {
  const auto block = read_base_block(input.logs[log]);
  if (block && block->kind() == FileKind::old_log) {
    return false;  // Its number is the file's, not an entry's.
  }
  std::optional<std::uint32_t> applied;
  for (const LogOutcome& outcome : input.replay.logs) {
    if (outcome.applied && outcome.entries_applied > 0) {
      applied = std::max(applied.value_or(0), outcome.first_sequence + outcome.entries_applied - 1);
    }
  }
  if (applied) {
    return entry.sequence > *applied;
  }
  const auto primary = read_base_block_leniently(input.primary);
  return primary && !primary->is_zero && entry.sequence >= primary->sequence2;
}

}  // namespace

/// Pages of the primary file that replay replaced, as pages of a log would stand.
void LogHistory::add_states(const HistoryInput& input) {
  State before{.place = Place::primary_superseded, .pages = {}};
  if (const auto block = read_base_block_leniently(input.primary)) {
    before.sequence = block->sequence2;
  }
  for (const ReplacedRange& range : input.replay.ranges) {
    const Bytes bytes = input.primary.clamp(range.offset, range.length);
    if (range.offset >= base_block_bytes && !bytes.empty()) {
      before.pages.push_back(
          {.position = static_cast<std::uint32_t>(range.offset - base_block_bytes),
           .bytes = bytes});
    }
  }
  std::vector<State> history;
  std::vector<State> applied;
  std::vector<State> unapplied;
  // A replay that was given up has no outcomes.
  for (std::size_t i = 0; i < std::min(input.logs.size(), input.replay.logs.size()); ++i) {
    const LogOutcome& outcome = input.replay.logs[i];
    if (!outcome.belongs) {
      continue;
    }
    for (LogEntry& entry : read_every_entry(input.logs[i], live_->limits())) {
      const std::uint32_t behind = entry.sequence - outcome.first_sequence;
      const bool was_applied = outcome.applied && behind < outcome.entries_applied;
      if (!was_applied && pages_contradict(live_->cells(), std::span(&entry, 1))) {
        continue;  // Left behind by another hive, or by this one before it was cut up anew.
      }
      bins_bytes_ = std::max<std::uint64_t>(bins_bytes_, entry.bins_bytes);
      const Place place = was_applied                     ? Place::log_superseded
                          : is_unapplied(input, i, entry) ? Place::log_unapplied
                                                          : Place::log_history;
      State state{.place = place,
                  .source = static_cast<std::uint32_t>(i + 1),
                  .sequence = entry.sequence,
                  .pages = std::move(entry.pages)};
      (place == Place::log_superseded  ? applied
       : place == Place::log_unapplied ? unapplied
                                       : history)
          .push_back(std::move(state));
    }
  }
  const auto by_sequence = [](const State& left, const State& right) {
    return left.sequence < right.sequence;
  };
  std::ranges::stable_sort(history, by_sequence);
  std::ranges::stable_sort(applied, by_sequence);
  std::ranges::stable_sort(unapplied, by_sequence);
  states_ = std::move(history);
  states_.push_back(std::move(before));
  for (auto* later : {&applied, &unapplied}) {
    states_.insert(states_.end(), std::make_move_iterator(later->begin()),
                   std::make_move_iterator(later->end()));
  }
  for (State& state : states_) {
    std::ranges::stable_sort(state.pages, {}, &LogPage::position);
  }
}

/// Takes the keys of a state's pages that are not byte for byte those of the live hive.
void LogHistory::scan(std::uint32_t index, std::unordered_set<std::uint64_t>& known) {
  const Bytes live_bytes = live_->cells().bytes();
  for (const LogPage& page : states_[index].pages) {
    for (std::uint64_t at = 0; page.bytes.size() - at >= header_bytes + key_record_bytes; at += 8) {
      if (page.bytes.at<std::uint16_t>(at + header_bytes) != signature_nk) {
        continue;
      }
      const auto cell_offset = static_cast<std::uint32_t>(page.position + at);
      const Cell cell = cell_in(page, cell_offset);
      const auto node = read_key_node(cell, live_->limits());
      if (!node || !is_sane_key(*node, bins_bytes_)) {
        continue;
      }
      const Bytes record = record_of(*node, cell.content);
      const Bytes now = live_bytes.clamp(std::uint64_t{cell_offset} + header_bytes, record.size());
      if (std::ranges::equal(record.data(), now.data())) {
        continue;
      }
      const std::uint64_t identity = marvin32(record.data()) ^ (std::uint64_t{cell_offset} << 20U);
      if (!known.insert(identity).second) {
        continue;
      }
      if (keys_.size() >= live_->limits().recovered_records_max) {
        ++left_out_;
        continue;
      }
      keys_.push_back({.cell_offset = cell_offset, .state = index, .was_in_use = cell.allocated});
    }
  }
}

Piece LogHistory::own_piece(const State& state, std::uint32_t cell_offset) const {
  auto page = std::ranges::upper_bound(state.pages, cell_offset, {}, &LogPage::position);
  if (page == state.pages.begin() || cell_offset % 8 != 0) {
    return {.state = Piece::State::outside, .cell = {}};
  }
  --page;
  const std::uint64_t at = cell_offset - page->position;
  if (at >= page->bytes.size() || page->bytes.size() - at < 8) {
    return {.state = Piece::State::outside, .cell = {}};
  }
  return {
      .state = Piece::State::found, .cell = cell_in(*page, cell_offset), .source = state.source};
}

/// The cell as the key's state had it: in its own pages; for a state of the live chain, or one that
/// comes behind it, in those of the states before; else in the primary file, unless something else
/// stands there that is in use now.
Piece LogHistory::piece(const OldKey& old, std::uint32_t cell_offset,
                        std::uint64_t content_bytes) const {
  const State& state = states_[old.state];
  Piece found = own_piece(state, cell_offset);
  if (found.state == Piece::State::found) {
    return found;
  }
  if (state.place == Place::log_superseded || state.place == Place::log_unapplied) {
    for (std::uint32_t i = old.state; i-- > 0 && steps_left_ > 0;) {
      --steps_left_;
      if (states_[i].place == Place::log_history) {
        break;
      }
      found = own_piece(states_[i], cell_offset);
      if (found.state == Piece::State::found) {
        return found;
      }
    }
  }
  const CellSpace space(primary_.from(base_block_bytes), false);
  const auto cell = space.cell(cell_offset);
  if (!cell || cell_offset == 0) {
    return {.state = Piece::State::outside, .cell = {}};
  }
  if (state.place == Place::log_history && !is_older_version(old)) {
    const std::uint64_t wanted = std::min<std::uint64_t>(content_bytes, cell->content.size());
    if (survey_->used.any_in(cell_offset, cell_offset + header_bytes + wanted)) {
      return {.state = Piece::State::reused, .cell = {}};
    }
  }
  return {.state = Piece::State::found, .cell = *cell};
}

KeyNode LogHistory::key(const OldKey& old) const {
  const Piece own = own_piece(states_[old.state], old.cell_offset);
  NPG_CHECK(own.state == Piece::State::found);
  const auto node = read_key_node(own.cell, live_->limits());
  NPG_CHECK(node.has_value());
  KeyNode key = *node;
  key.length = std::min<std::uint64_t>(
      key.length, (header_bytes + key_record_bytes + key.name.bytes.size() + 7) / 8 * 8);
  return key;
}

RecoveredValues LogHistory::values(const OldKey& old) const {
  const auto lookup = [this, &old](std::uint32_t cell_offset, std::uint64_t content_bytes) {
    return piece(old, cell_offset, content_bytes);
  };
  return read_recovered_values(key(old), lookup, live_->limits(), steps_left_);
}

bool LogHistory::is_older_version(const OldKey& old) const {
  if (!survey_->keys.contains(old.cell_offset)) {
    return false;
  }
  const auto now = live_->key(old.cell_offset);
  const KeyNode then = key(old);
  return now && compare_names(now->name, then.name) == 0 && now->parent == then.parent;
}

ProvedPath LogHistory::path(const OldKey& old) const {
  KeyNode node = key(old);
  ProvedPath path;
  if (old.cell_offset == live_->root()) {
    path.complete = true;
    return path;
  }
  path.steps.push_back({.cell_offset = old.cell_offset, .name = node.name, .live = false});
  bool in_use = old.was_in_use;
  while (path.steps.size() < live_->limits().key_depth_max && steps_left_ > 0) {
    steps_left_ -= std::min(steps_left_, path_step_cost);
    const std::uint32_t above = node.parent;
    const bool live = above % 8 == 0 && survey_->keys.contains(above);
    const Piece own = own_piece(states_[old.state], above);
    auto parent = own.state == Piece::State::found ? read_key_node(own.cell, live_->limits())
                  : live                           ? live_->key(above)
                                                   : fail(ErrorCode::not_found, above, "regf.nk");
    if (!parent ||
        (own.state == Piece::State::found && !is_sane_key(*parent, bins_bytes_) &&
         above != live_->root()) ||
        (!in_use && parent->last_written < node.last_written)) {
      break;
    }
    if (above == live_->root()) {
      path.complete = true;
      break;
    }
    path.steps.push_back({.cell_offset = above, .name = parent->name, .live = live});
    in_use = parent->allocated;
    node = *parent;
  }
  std::ranges::reverse(path.steps);
  return path;
}

}  // namespace npg::regf
