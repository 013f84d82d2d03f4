#include "source/hive/hive_view.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/checksum.hpp"

namespace npg {

namespace {

// Limit: sound hives are read a few times over; a hostile one, whose keys share lists or whose
// values share data, ends here instead of multiplying itself.
constexpr std::uint64_t rereads_max = 16;
constexpr std::uint64_t steps_min = 2'000'000;
constexpr std::uint64_t data_bytes_min = 64ULL << 20;

constexpr std::uint64_t reorganized_kind_bits = 3;

}  // namespace

Result<std::unique_ptr<HiveView>> HiveView::open(const HiveFile& primary,
                                                 std::span<const HiveFile> logs,
                                                 const Limits& limits) {
  NPG_TRY(HiveBytes content, HiveBytes::read(*primary.file, limits.hive_bytes_max));
  std::unique_ptr<HiveView> view(new HiveView(limits));
  view->evidence_ = primary.evidence;
  view->original_ = std::move(content);
  view->apply_logs(logs);
  NPG_TRY_VOID(view->open_hive());
  return view;
}

void HiveView::apply_logs(std::span<const HiveFile> logs) {
  std::vector<Bytes> log_bytes;
  logs_.reserve(logs.size());
  for (const HiveFile& log : logs) {
    HiveLog entry{.evidence = log.evidence};
    auto content = read_whole(*log.file, limits_.hive_bytes_max);
    if (!content) {
      Diagnostics found;
      found.add(DiagnosticCode::file_unreadable, Severity::data_loss, content.error(),
                "the transaction log is not used");
      found.set_evidence(log.evidence);
      diagnostics_.merge(found);
      content = std::vector<std::byte>();
    } else {
      entry.sha256 = sha256_hex(*content);
    }
    logs_.push_back(std::move(*content));
    log_bytes.emplace_back(logs_.back());
    log_evidence_.push_back(log.evidence);
    state_.logs.push_back(std::move(entry));
  }
  if (!logs.empty()) {
    replay_ = regf::replay_logs(original_.bytes(), log_bytes, limits_);
  }
  for (std::size_t i = 0; i < replay_.logs.size(); ++i) {
    regf::LogOutcome& outcome = replay_.logs[i];
    outcome.diagnostics.set_evidence(log_evidence_[i]);
    diagnostics_.merge(outcome.diagnostics);
    state_.logs[i].applied = outcome.applied;
    state_.logs[i].entries_applied = outcome.entries_applied;
    state_.logs[i].first_sequence = outcome.first_sequence;
    state_.logs[i].last_sequence = outcome.last_sequence;
    state_.logs[i].reason = outcome.reason;
  }
}

Result<void> HiveView::open_hive() {
  Diagnostics found(limits_.diagnostics_per_code_max);
  const Bytes original = original_.bytes();
  if (replay_.applied) {
    auto replayed = regf::Hive::open(Bytes(replay_.bytes), limits_, found, replay_.block);
    if (replayed) {
      hive_.emplace(std::move(*replayed));
    } else {
      // What a log does to the hive must not cost what the hive holds by itself.
      found.add(DiagnosticCode::hive_log_refused, Severity::error, replayed.error(),
                "the hive is unreadable after replay and is shown without its logs");
      for (HiveLog& log : state_.logs) {
        if (log.applied) {
          log.applied = false;
          log.entries_applied = 0;
          log.reason = "the hive is unreadable after replay";
        }
      }
      replay_ = {};
    }
  }
  if (!hive_) {
    NPG_TRY(auto plain, regf::Hive::open(original, limits_, found));
    hive_.emplace(std::move(plain));
  }
  const auto block = regf::read_base_block_leniently(original);
  describe_state(*block);
  if (!state_.header_is_lost && !state_.clean && !state_.replayed && !logs_left_out_) {
    found.add(
        DiagnosticCode::hive_dirty_without_log, Severity::data_loss, 4, 0,
        fmt::format("the hive was copied while it was in use (sequence numbers {} and {}) and "
                    "no log could be applied: changes of up to an hour before may be missing",
                    state_.sequence1, state_.sequence2));
  }
  if (state_.replayed && !state_.header_checksum_ok) {
    found.add(DiagnosticCode::hive_header_damaged, Severity::notice, 0, regf::base_block_used_bytes,
              "the base block's checksum is wrong; the one of the newest log is used");
  }
  hive_->examine_bins(found);
  steps_left_ = std::max(steps_min, hive_->cells().size() / 8 * rereads_max);
  data_left_ = std::max(data_bytes_min, hive_->cells().size() * rereads_max);
  note(std::move(found));
  return {};
}

void HiveView::describe_state(const regf::BaseBlock& block) {
  state_.major = block.major;
  state_.minor = block.minor;
  state_.sequence1 = block.sequence1;
  state_.sequence2 = block.sequence2;
  state_.clean = hive_->has_magic() && block.clean();
  state_.header_is_lost = block.is_zero;
  state_.header_checksum_ok = block.checksum_ok();
  state_.replayed = replay_.applied;
  state_.file_name = EvidenceText::from_utf16(block.file_name.data());
  state_.last_written = block.last_written;
  state_.reorganized = FileTime{block.last_reorganized.ticks & ~reorganized_kind_bits};
  state_.reorganized_kind =
      static_cast<std::uint8_t>(block.last_reorganized.ticks & reorganized_kind_bits);
  state_.bytes = original_.size();
  state_.bins_bytes = hive_->base_block().bins_bytes;
  for (const regf::ReplacedRange& range : replay_.ranges) {
    state_.replayed_bytes += range.length;
  }
}

const std::string& HiveView::sha256() const {
  if (sha256_.empty()) {
    sha256_ = sha256_hex(original_.bytes().data());
  }
  return sha256_;
}

Result<std::unique_ptr<HiveView>> HiveView::before_replay() const {
  if (!state_.replayed) {
    return nullptr;
  }
  std::unique_ptr<HiveView> view(new HiveView(limits_));
  view->evidence_ = evidence_;
  view->original_ = original_;
  view->logs_left_out_ = true;
  NPG_TRY_VOID(view->open_hive());
  return view;
}

Result<std::unique_ptr<HiveView>> HiveView::up_to(std::uint32_t sequence) const {
  std::vector<Bytes> log_bytes;
  for (const std::vector<std::byte>& log : logs_) {
    log_bytes.emplace_back(log);
  }
  std::unique_ptr<HiveView> view(new HiveView(limits_));
  view->evidence_ = evidence_;
  view->original_ = original_;
  view->logs_left_out_ = true;
  view->log_evidence_ = log_evidence_;
  view->replay_ = regf::replay_logs(original_.bytes(), log_bytes, limits_, sequence);
  if (!view->replay_.applied) {
    return nullptr;
  }
  NPG_TRY_VOID(view->open_hive());
  return view;
}

std::optional<ReplaySource> HiveView::replay_source(std::uint64_t offset,
                                                    std::uint64_t length) const {
  const auto after = std::ranges::upper_bound(replay_.ranges, offset, {}, [](const auto& range) {
    return range.offset + range.length - 1;
  });
  // The first range that ends behind `offset`, or holds it as its last byte.
  auto at = after;
  if (at != replay_.ranges.begin() && std::prev(at)->offset + std::prev(at)->length > offset) {
    --at;
  }
  if (at == replay_.ranges.end() || at->offset >= offset + std::max<std::uint64_t>(length, 1)) {
    return std::nullopt;
  }
  const std::uint64_t from = std::max(offset, at->offset);
  const std::uint64_t to = std::min(offset + length, at->offset + at->length);
  return ReplaySource{.evidence = log_evidence_[at->log],
                      .log_offset = at->log_offset + (from - at->offset),
                      .length = to - from,
                      .sequence = at->sequence};
}

Origin HiveView::origin_of(std::uint64_t offset, std::uint64_t length) const {
  if (!replay_.ranges.empty()) {
    if (const auto source = replay_source(offset, length)) {
      return {.evidence = source->evidence,
              .offset = source->log_offset,
              .length = source->length,
              .how = How::replayed};
    }
  }
  return {.evidence = evidence_, .offset = offset, .length = length};
}

/// The record's origin; of a record that replay left alone, that of its data where those are
/// replayed: they are what changed.
Origin HiveView::origin_of(const regf::ValueRecord& value) const {
  const Origin record = origin_of(value.offset, value.length);
  if (record.how == How::replayed || replay_.ranges.empty()) {
    return record;
  }
  const auto data = hive_->cells().cell(value.data_cell);
  const Origin of_data =
      data && data->fits ? origin_of(data->offset, data->size) : Origin{.evidence = evidence_};
  return of_data.how == How::replayed ? of_data : record;
}

/// Of data in one cell of their own; without a length otherwise.
Origin HiveView::origin_of_data(const regf::ValueRecord& value) const {
  const auto cell = value.resident || value.data_bytes == 0
                        ? std::nullopt
                        : std::optional(hive_->cells().cell(value.data_cell));
  return cell && *cell && (*cell)->fits && value.data_bytes <= (*cell)->content.size()
             ? origin_of((*cell)->content.offset(), value.data_bytes)
             : Origin{.evidence = evidence_};
}

void HiveView::note(Diagnostics found) const {
  if (found.counts().empty()) {
    return;
  }
  Diagnostics fresh(limits_.diagnostics_per_code_max);
  for (Diagnostic one : found.kept()) {
    if (noted_.emplace(one.code, one.offset, one.text).second) {
      const auto source = replay_source(one.offset, 1);
      one.evidence = source ? source->evidence : evidence_;
      one.offset = source ? source->log_offset : one.offset;
      fresh.add(std::move(one));
    }
  }
  diagnostics_.merge(fresh);
}

bool HiveView::spend_steps(std::uint64_t steps) const {
  if (steps > steps_left_) {
    steps_left_ = 0;
    Diagnostics found;
    found.add(DiagnosticCode::limit_hit, Severity::data_loss, 0, 0,
              "the hive's keys share their lists over and over; no more of them are read");
    note(std::move(found));
    return false;
  }
  steps_left_ -= steps;
  return true;
}

Result<regf::KeyNode> HiveView::node(KeyId id) const {
  if (id.number >= hive_->cells().size()) {
    return fail(ErrorCode::not_found, id.number, "regf.key_id");
  }
  return hive_->key(static_cast<std::uint32_t>(id.number));
}

Result<RegistryKey> HiveView::key(KeyId id) const {
  NPG_TRY(const regf::KeyNode node, this->node(id));
  Diagnostics found;
  if (!node.name.complete()) {
    found.add(DiagnosticCode::hive_key_damaged, Severity::data_loss, node.offset, node.length,
              fmt::format("the key's name needs {} bytes, {} are there", node.name.declared_bytes,
                          node.name.bytes.size()));
  }
  if (!node.allocated) {
    found.add(DiagnosticCode::hive_cell_damaged, Severity::notice, node.offset, node.length,
              "a live link leads to this key, but its cell is marked free");
  }
  const auto class_name = hive_->class_name(node);
  if (!class_name) {
    found.add(DiagnosticCode::hive_key_damaged, Severity::data_loss, class_name.error(),
              "the key's class name is lost");
  }
  note(std::move(found));
  return RegistryKey{
      .name = node.name.text(),
      .class_name = class_name ? EvidenceText::from_utf16(class_name->data()) : EvidenceText(),
      .last_written = node.last_written,
      .flags = node.flags,
      .access_bits = node.access_bits,
      .layer = node.layer,
      .origin = origin_of(node.offset, node.length)};
}

std::vector<KeyId> HiveView::subkeys(KeyId id) const {
  const auto key = node(id);
  if (!key) {
    return {};
  }
  std::vector<KeyId> ids;
  Diagnostics found(limits_.diagnostics_per_code_max);
  regf::SubkeyCursor cursor(*hive_, *key, found);
  bool odd = false;
  while (const auto child = cursor.next()) {
    // A tree in which each key names the one that lists it has no loops; anything else is decided
    // by a walk over the whole tree.
    odd = odd || child->parent != key->cell_offset || child->cell_offset == hive_->root();
    ids.push_back(KeyId{child->cell_offset});
  }
  note(std::move(found));
  if (!spend_steps(cursor.steps() + 1)) {
    return {};
  }
  if ((odd || cursor.incomplete()) && !rulings_) {
    Diagnostics tree(limits_.diagnostics_per_code_max);
    rulings_ = regf::examine_tree(*hive_, tree);
    note(std::move(tree));
  }
  apply_rulings(*key, ids);
  return ids;
}

void HiveView::apply_rulings(const regf::KeyNode& key, std::vector<KeyId>& ids) const {
  std::vector<KeyId> sorted(ids);
  std::ranges::sort(sorted);
  if (std::ranges::adjacent_find(sorted) != sorted.end()) {
    std::set<KeyId> seen;
    std::erase_if(ids, [&](KeyId id) { return !seen.insert(id).second; });
    Diagnostics found;
    found.add(DiagnosticCode::hive_loop, Severity::notice, key.offset, key.length,
              "this key lists a sub-key more than once; it is shown once");
    note(std::move(found));
  }
  if (!rulings_) {
    return;
  }
  std::erase_if(ids, [&](KeyId id) {
    return !rulings_->counts(key.cell_offset, static_cast<std::uint32_t>(id.number));
  });
  if (const auto adopted = rulings_->adopted.find(key.cell_offset);
      adopted != rulings_->adopted.end()) {
    for (const std::uint32_t child : adopted->second) {
      ids.push_back(KeyId{child});
    }
  }
}

std::vector<RegistryValue> HiveView::values(KeyId id) const {
  const auto key = node(id);
  if (!key) {
    return {};
  }
  std::vector<RegistryValue> values;
  std::vector<std::byte> scratch;
  Diagnostics found(limits_.diagnostics_per_code_max);
  regf::ValueCursor cursor(*hive_, *key, found);
  std::uint64_t steps = 1;
  // Limit: names and data lie in the hive, each in a place of its own, so one key's cannot be
  // larger than the hive.
  std::uint64_t room = std::min(data_left_, hive_->cells().size());
  while (const auto record = cursor.next()) {
    ++steps;
    if (!record->name.complete()) {
      found.add(DiagnosticCode::hive_value_damaged, Severity::data_loss, record->offset,
                record->length,
                fmt::format("the value's name needs {} bytes, {} are there",
                            record->name.declared_bytes, record->name.bytes.size()));
    }
    const regf::ValueData data = regf::read_value_data(*hive_, *record, scratch);
    if (data.lost) {
      found.add(DiagnosticCode::hive_value_damaged, Severity::data_loss, *data.lost,
                fmt::format("the value at 0x{:x} declares {} bytes of data, {} were read",
                            record->offset, record->data_bytes, data.bytes.size()));
    }
    const std::uint64_t bytes = record->name.bytes.size() + data.bytes.size();
    if (bytes > room) {
      found.add(DiagnosticCode::limit_hit, Severity::data_loss, record->offset, record->length,
                "the key's values hold more than the hive has room for; the rest is left out");
      break;
    }
    room -= bytes;
    data_left_ -= bytes;
    values.push_back({.name = record->name.text(),
                      .type = record->type,
                      .data = std::vector<std::byte>(data.bytes.begin(), data.bytes.end()),
                      .declared_bytes = record->data_bytes,
                      .origin = origin_of(*record),
                      .data_origin = origin_of_data(*record)});
  }
  note(std::move(found));
  return spend_steps(steps) ? values : std::vector<RegistryValue>();
}

bool HiveView::has_lost_values(KeyId id) const {
  const auto key = node(id);
  if (!key || regf::hides_values(*hive_, *key)) {
    return true;
  }
  Diagnostics found;
  std::vector<std::byte> scratch;
  regf::ValueCursor cursor(*hive_, *key, found);
  while (const auto record = cursor.next()) {
    if (!record->name.complete() || regf::read_value_data(*hive_, *record, scratch).lost) {
      return true;
    }
  }
  return found.worst() >= Severity::data_loss;
}

Result<std::vector<std::byte>> HiveView::security(KeyId id) const {
  NPG_TRY(const regf::KeyNode key, node(id));
  const auto bytes = hive_->security(key);
  if (!bytes) {
    Diagnostics found;
    found.add(DiagnosticCode::hive_security_damaged, Severity::data_loss, bytes.error(),
              fmt::format("the permissions of the key at 0x{:x} are lost", key.offset));
    note(std::move(found));
    return std::unexpected(bytes.error());
  }
  return std::vector<std::byte>(bytes->data().begin(), bytes->data().end());
}

}  // namespace npg
