// Which logs belong to a hive, in what order, and their replay into a copy of it
// (docs/formats/regf.md, 10).
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "base/evidence_text.hpp"
#include "format/regf/cell.hpp"
#include "format/regf/transaction_log.hpp"

namespace npg::regf {

bool pages_contradict(const CellSpace& bins, std::span<const LogEntry> entries) {
  std::uint64_t tested = 0;
  std::uint64_t wrong = 0;
  for (const LogEntry& entry : entries) {
    for (const LogPage& page : entry.pages) {
      const auto bin = bins.bin(page.position);
      if (page.position % Bin::unit_bytes != 0 || !bin || !bin->sound) {
        continue;
      }
      ++tested;
      const auto position = page.bytes.get<std::uint32_t>(4, "regf.hbin.position");
      wrong += !page.bytes.starts_with("hbin") || !position || *position != page.position ? 1U : 0U;
    }
  }
  return wrong * 2 > tested;
}

namespace {

/// The hive as it was collected, as far as replay needs to know it.
struct Primary {
  Bytes file;
  std::optional<BaseBlock> block;  ///< nothing when it cannot be trusted
  CellSpace space;

  [[nodiscard]] bool clean() const { return block && block->clean(); }
};

struct Candidate {
  std::size_t index = 0;
  TransactionLog log;
};

bool all_zero(Bytes bytes) {
  return std::ranges::all_of(bytes.data(), [](std::byte b) { return b == std::byte{0}; });
}

/// Why the log is another hive's; empty when nothing speaks against it.
std::string belongs_elsewhere(const Primary& primary, const TransactionLog& log) {
  if (!primary.block) {
    return pages_contradict(primary.space, log.entries) ? "its pages do not fit to the hive's bins"
                                                        : "";
  }
  const Bytes hive_id = primary.block->resource_manager;
  const Bytes log_id = log.block.resource_manager;
  const bool both_have_id = !all_zero(hive_id) && !all_zero(log_id);
  if (both_have_id && !std::ranges::equal(hive_id.data(), log_id.data())) {
    return "it carries the resource manager id of another hive";
  }
  const auto hive_name = EvidenceText::from_utf16(primary.block->file_name.data());
  const auto log_name = EvidenceText::from_utf16(log.block.file_name.data());
  if (!both_have_id && !hive_name.empty() && !log_name.empty() &&
      !equal_names(hive_name.raw(), log_name.raw())) {
    return fmt::format("it names the hive file \"{}\", this one is \"{}\"",
                       escape_for_terminal(log_name), escape_for_terminal(hive_name));
  }
  if (pages_contradict(primary.space, log.entries)) {
    return "its pages do not fit to the hive's bins";
  }
  return "";
}

/// Why an old-format log is of another time than the hive; empty when it fits.
std::string old_log_unfit(const Primary& primary, const TransactionLog& log) {
  if (log.block.sequence1 != log.block.sequence2) {
    return "the log itself was being written";
  }
  const auto first_bin = primary.space.bin(0);
  const std::uint64_t time = primary.block ? primary.block->last_written.ticks
                             : first_bin   ? first_bin->timestamp
                                           : 0;
  if (time != log.block.last_written.ticks) {
    return "its time is not the hive's: it was written before or after this copy";
  }
  return "";
}

/// A log that cannot be applied may still hold pages of the hive.
bool may_belong(const Primary& primary, Bytes file, const Limits& limits) {
  const auto block = read_base_block(file);
  if (!block || !block->checksum_ok()) {
    return false;
  }
  const TransactionLog log{
      .block = *block, .entries = read_every_entry(file, limits), .stopped = {}};
  return !log.entries.empty() && belongs_elsewhere(primary, log).empty();
}

void refuse(LogOutcome& outcome, Severity severity, std::string reason) {
  outcome.diagnostics.add(DiagnosticCode::hive_log_refused, severity, 0, 0,
                          fmt::format("the log is not applied: {}", reason));
  outcome.reason = std::move(reason);
}

/// Collects the ranges that replay wrote; a later write takes its range from earlier ones.
class RangeMap {
 public:
  void write(const ReplacedRange& range) {
    const std::uint64_t end = range.offset + range.length;
    auto next = ranges_.upper_bound(range.offset);
    if (next != ranges_.begin()) {
      const auto before = std::prev(next);
      const ReplacedRange old = before->second;
      if (old.offset + old.length > range.offset) {
        ranges_.erase(before);
        keep(old, old.offset, range.offset);
        keep(old, end, old.offset + old.length);
      }
    }
    next = ranges_.lower_bound(range.offset);
    while (next != ranges_.end() && next->first < end) {
      const ReplacedRange old = next->second;
      next = ranges_.erase(next);
      keep(old, end, old.offset + old.length);
    }
    keep(range, range.offset, end);
  }
  [[nodiscard]] std::vector<ReplacedRange> take() const {
    std::vector<ReplacedRange> all;
    all.reserve(ranges_.size());
    for (const auto& [offset, range] : ranges_) {
      all.push_back(range);
    }
    return all;
  }

 private:
  void keep(ReplacedRange range, std::uint64_t from, std::uint64_t to) {
    if (from < to) {
      range.log_offset += from - range.offset;
      range.offset = from;
      range.length = to - from;
      ranges_[from] = range;
    }
  }
  std::map<std::uint64_t, ReplacedRange> ranges_;
};

class Replayer {
 public:
  Replayer(const Primary& primary, std::span<const Bytes> logs, Replay& replay)
      : replay_(replay), room_bytes_(primary.file.size()) {
    for (const Bytes log : logs) {
      room_bytes_ += log.size();
    }
    replay_.bytes.assign(primary.file.data().begin(), primary.file.data().end());
  }

  /// Writes one entry; false when it reaches further than hive and logs together can hold.
  bool apply(std::size_t log, const LogEntry& entry) {
    for (const LogPage& page : entry.pages) {
      // Limit: a hive grows by pages that stand in a log, so a forged position cannot make it huge.
      if (base_block_bytes + page.position + page.bytes.size() > room_bytes_) {
        return false;
      }
    }
    for (const LogPage& page : entry.pages) {
      write(base_block_bytes + page.position, page.bytes, log, entry.sequence);
    }
    bins_bytes_ = entry.bins_bytes;
    last_sequence_ = entry.sequence;
    return true;
  }
  void take_base_block(std::size_t log, const TransactionLog& from, Bytes file) {
    write(0, file.clamp(0, base_block_used_bytes), log, from.block.sequence1);
  }
  void finish() {
    replay_.ranges = ranges_.take();
    auto block = read_base_block_leniently(Bytes(replay_.bytes));
    replay_.block = *block;
    replay_.block.type = 0;
    replay_.block.sequence1 = replay_.block.sequence2 = last_sequence_ + 1;
    replay_.block.bins_bytes = bins_bytes_;
    replay_.block.checksum_computed = replay_.block.checksum_stored;
    replay_.applied = true;
  }

 private:
  void write(std::uint64_t at, Bytes bytes, std::size_t log, std::uint32_t sequence) {
    const std::uint64_t end = at + bytes.size();
    if (end > replay_.bytes.size()) {
      replay_.bytes.resize(static_cast<std::size_t>(end));
    }
    std::ranges::copy(
        bytes.data(),
        std::span(replay_.bytes).subspan(static_cast<std::size_t>(at), bytes.size()).begin());
    ranges_.write({.offset = at,
                   .length = bytes.size(),
                   .log = log,
                   .log_offset = bytes.offset(),
                   .sequence = sequence});
  }

  Replay& replay_;
  RangeMap ranges_;
  std::uint64_t room_bytes_;
  std::uint32_t bins_bytes_ = 0;
  std::uint32_t last_sequence_ = 0;
};

/// The entries that are there are whole, but the one that should come first is none of them.
bool is_gap(const Error& stopped) {
  return std::string_view(stopped.what) == "regf.log_entry.sequence";
}

/// Keeps the logs that may be replayed, in the order of their sequence; the others get a reason.
std::vector<Candidate> choose(const Primary& primary, std::vector<Candidate> logs, Replay& replay) {
  std::vector<Candidate> chosen;
  for (Candidate& candidate : logs) {
    LogOutcome& outcome = replay.logs[candidate.index];
    const TransactionLog& log = candidate.log;
    if (log.entries.empty()) {
      refuse(outcome, log.stopped ? Severity::data_loss : Severity::info,
             !log.stopped           ? "it holds no live entries"
             : is_gap(*log.stopped) ? "its first entries are not there"
                                    : "its first entry is damaged");
      continue;
    }
    if (std::string why = belongs_elsewhere(primary, log); !why.empty()) {
      refuse(outcome, Severity::notice, std::move(why));
      continue;
    }
    const bool is_old = log.block.kind() == FileKind::old_log;
    if (primary.clean()) {
      const auto newer = std::ranges::count_if(log.entries, [&](const LogEntry& entry) {
        return !is_old && entry.sequence >= primary.block->sequence2;
      });
      if (newer > 0) {
        outcome.diagnostics.add(
            DiagnosticCode::hive_log_unapplied_entries, Severity::notice, log.entries.back().offset,
            log.entries.back().size,
            fmt::format("{} entries are newer than the hive, but the hive is clean: Windows would "
                        "not apply them, and they are not applied here",
                        newer));
      }
      refuse(outcome, Severity::info, "the hive is clean and needs no log");
      continue;
    }
    std::string why = is_old ? old_log_unfit(primary, log) : "";
    if (!is_old && primary.block && log.entries.front().sequence < primary.block->sequence2) {
      why = fmt::format("it starts with sequence {}, the hive was last written with {}",
                        log.entries.front().sequence, primary.block->sequence2);
    }
    if (!why.empty()) {
      refuse(outcome, Severity::info, std::move(why));
      continue;
    }
    chosen.push_back(std::move(candidate));
  }
  std::ranges::sort(chosen, {}, [](const Candidate& c) {
    return std::tuple(c.log.block.kind() == FileKind::new_log, c.log.entries.front().sequence,
                      c.index);
  });
  // An old log is whole in itself, and a base block that cannot be trusted says nothing about the
  // order: then the newest log alone counts.
  const bool only_newest =
      !primary.block || (!chosen.empty() && chosen.back().log.block.kind() == FileKind::old_log);
  const bool mixed =
      !chosen.empty() && chosen.front().log.block.kind() != chosen.back().log.block.kind();
  while (chosen.size() > 1 &&
         (only_newest || (mixed && chosen.front().log.block.kind() == FileKind::old_log))) {
    refuse(replay.logs[chosen.front().index], Severity::notice, "a newer log is used instead");
    chosen.erase(chosen.begin());
  }
  return chosen;
}

bool comes_after(std::uint32_t sequence, std::optional<std::uint32_t> until) {
  return until && sequence - *until - 1 < 0x7fffffffU;
}

void apply_all(const Primary& primary, std::span<const Bytes> logs,
               const std::vector<Candidate>& chosen, std::optional<std::uint32_t> until,
               Replay& replay) {
  Replayer replayer(primary, logs, replay);
  std::optional<std::uint32_t> expected;
  for (const Candidate& candidate : chosen) {
    LogOutcome& outcome = replay.logs[candidate.index];
    const auto& entries = candidate.log.entries;
    if (expected && entries.front().sequence != *expected) {
      const std::uint32_t first = entries.front().sequence;
      const bool is_behind = *expected - first < 0x80000000U;
      refuse(outcome, is_behind ? Severity::notice : Severity::data_loss,
             is_behind
                 ? fmt::format("it starts with sequence {}, which the log before it has "
                               "brought",
                               first)
                 : fmt::format("it starts with sequence {}, the entries from {} on are missing",
                               first, *expected));
      break;
    }
    if (!primary.block) {
      replayer.take_base_block(candidate.index, candidate.log, logs[candidate.index]);
    }
    for (const LogEntry& entry : entries) {
      if (comes_after(entry.sequence, until)) {
        break;
      }
      if (!replayer.apply(candidate.index, entry)) {
        outcome.diagnostics.add(DiagnosticCode::hive_log_entry_damaged, Severity::data_loss,
                                entry.offset, entry.size,
                                "a page of the entry lies further behind the hive's end than the "
                                "logs could have made it grow; the log is used up to here");
        break;
      }
      ++outcome.entries_applied;
      expected = entry.sequence + 1;
    }
    if (outcome.entries_applied == 0) {
      refuse(outcome, Severity::data_loss, "its first entry cannot be applied");
      break;
    }
    outcome.applied = true;
    outcome.diagnostics.add(
        DiagnosticCode::hive_log_applied, Severity::info, entries.front().offset, 0,
        fmt::format("{} entries applied, sequence {} to {}", outcome.entries_applied,
                    entries.front().sequence, *expected - 1));
    if (outcome.entries_applied < entries.size()) {
      break;
    }
  }
  for (const Candidate& candidate : chosen) {
    LogOutcome& outcome = replay.logs[candidate.index];
    if (!outcome.applied && outcome.reason.empty()) {
      refuse(outcome, Severity::data_loss, "the log before it ends too early");
    }
  }
  if (expected) {
    replayer.finish();
  } else {
    replay.bytes.clear();
  }
}

}  // namespace

Replay replay_logs(Bytes hive, std::span<const Bytes> logs, const Limits& limits,
                   std::optional<std::uint32_t> until) {
  Replay replay;
  replay.logs.resize(logs.size());
  const auto block = read_base_block(hive);
  const Primary primary{
      .file = hive,
      .block = block && block->checksum_ok() ? std::optional(*block) : std::nullopt,
      .space = CellSpace(hive.from(base_block_bytes), false)};
  std::vector<Candidate> candidates;
  for (std::size_t i = 0; i < logs.size(); ++i) {
    LogOutcome& outcome = replay.logs[i];
    if (hive.size() <= base_block_bytes) {
      refuse(outcome, Severity::notice, "the hive is too short to apply it to");
      continue;
    }
    auto log = read_transaction_log(logs[i], limits, outcome.diagnostics);
    if (!log) {
      // Windows leaves a log that it does not use empty or filled with zeros.
      const bool unused = logs[i].empty() || all_zero(logs[i].clamp(0, base_block_used_bytes));
      refuse(outcome, unused ? Severity::info : Severity::data_loss,
             unused ? "it is empty" : describe(log.error()));
      outcome.belongs = may_belong(primary, logs[i], limits);
      continue;
    }
    outcome.entries = static_cast<std::uint32_t>(log->entries.size());
    if (!log->entries.empty()) {
      outcome.first_sequence = log->entries.front().sequence;
      outcome.last_sequence = log->entries.back().sequence;
    }
    outcome.belongs = belongs_elsewhere(primary, *log).empty();
    candidates.push_back({.index = i, .log = std::move(*log)});
  }
  const auto chosen = choose(primary, std::move(candidates), replay);
  if (!chosen.empty()) {
    apply_all(primary, logs, chosen, until, replay);
  }
  return replay;
}

}  // namespace npg::regf
