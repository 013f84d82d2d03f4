#include "app/log_reading.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "extract/events.hpp"
#include "extract/key_deletions.hpp"
#include "fact/text_pool.hpp"
#include "source/evtx_log/evtx_log.hpp"

namespace npg {
namespace {

/// Facts of the events of one part of a log.
class PartFacts final : public EventSink {
 public:
  explicit PartFacts(TextPool& pool) : pool_(pool) {}

  void take(const WinEvent& event) override {
    if (found_ == nullptr || event.computer != computer_) {
      computer_ = event.computer;
      const std::string key = name_key(computer_.raw());
      found_ = &facts[key];
      found_deletions_ = &deletions[key];
    }
    if (event.quality == RecordQuality::recovered) {
      take_recovered(event);
    } else {
      extract_event(event, pool_, *found_);
      found_deletions_->take(event, pool_);
    }
  }

  std::map<std::string, FactSet> facts;  ///< by the computer they are of
  std::map<std::string, KeyDeletions> deletions;

 private:
  /// What a record in unused space tells of a key that bears on providers. It is a trace, not a
  /// change: nothing says that it is not from another time of the log, or another log.
  void take_recovered(const WinEvent& event) {
    FactSet told;
    extract_event(event, pool_, told);
    for (RegistryChangeFact& change : told.registry_changes) {
      RecoveredFact fact;
      fact.what = RecoveredKind::event;
      fact.name = change.value_name;
      fact.key = change.key;
      fact.path_complete = true;
      fact.control_set = change.control_set;
      fact.place = pool_.share(EvidenceText::from_literal("log_slack"));
      fact.sequence = change.event_id;
      fact.last_written = change.time;
      fact.text = change.new_value;
      fact.origin = change.origin;
      found_->recovered.push_back(std::move(fact));
    }
  }

  TextPool& pool_;
  FactSet* found_ = nullptr;
  KeyDeletions* found_deletions_ = nullptr;
  EvidenceText computer_;
};

class LogFacts final : public EventSinks {
 public:
  LogFacts(unsigned threads, Reading& reading) : pools_(std::max(threads, 1U)), reading_(reading) {}

  std::unique_ptr<EventSink> begin(unsigned worker) override {
    return std::make_unique<PartFacts>(pools_[worker]);
  }
  void finish(std::unique_ptr<EventSink> sink) override {
    auto& part = dynamic_cast<PartFacts&>(*sink);
    for (auto& [computer, facts] : part.facts) {
      FactSet& all = reading_.facts[computer];
      all.append(std::move(facts));
      drop_copies(all, kept_[computer]);
    }
    for (auto& [computer, deletions] : part.deletions) {
      deletions_[computer].append(std::move(deletions));
    }
  }
  /// Joins what single events do not tell.
  void join() {
    for (const auto& [computer, deletions] : deletions_) {
      deletions.finish(reading_.facts[computer]);
    }
  }
  [[nodiscard]] TextPool& pool() { return pools_.front(); }

 private:
  /// A log that brings the same records again and again takes no more memory for it: copies go
  /// whenever the facts have become twice as many.
  static void drop_copies(FactSet& facts, std::size_t& kept) {
    constexpr std::size_t few = 1024;
    const auto count = [&] {
      std::size_t sum = 0;
      FactSet::for_each_kind(facts, [&](const auto& of_kind) { sum += of_kind.size(); });
      return sum;
    };
    if (count() > 2 * kept + few) {
      facts.normalise();
      kept = count();
    }
  }

  std::vector<TextPool> pools_;              ///< one a worker
  std::map<std::string, std::size_t> kept_;  ///< facts of a computer when copies went last
  std::map<std::string, KeyDeletions> deletions_;
  Reading& reading_;
};

std::uint64_t count_of(const LogChannelSummary& summary, std::string_view provider,
                       std::initializer_list<std::uint32_t> ids) {
  std::uint64_t sum = 0;
  for (const auto& [what, count] : summary.counts) {
    if (std::find(ids.begin(), ids.end(), what.second) != ids.end() &&
        equal_names(what.first, provider)) {
      sum += count;
    }
  }
  return sum;
}

LogCoverageFact coverage_fact(const LogChannelSummary& summary, const Reading& reading,
                              std::uint64_t file_size, TextPool& pool) {
  constexpr std::string_view security = "Microsoft-Windows-Security-Auditing";
  constexpr std::string_view sysmon = "Microsoft-Windows-Sysmon";
  LogCoverageFact fact{.channel = pool.share(summary.channel),
                       .computer = pool.share(summary.computer),
                       .records = summary.records,
                       .first_id = summary.first_id,
                       .last_id = summary.last_id,
                       .first = summary.first_time,
                       .last = summary.last_time,
                       .time_reversals = summary.time_reversals};
  fact.registry_value_events =
      count_of(summary, security, {4657}) + count_of(summary, sysmon, {12, 13, 14});
  fact.module_load_events = count_of(summary, sysmon, {7});
  fact.process_access_events = count_of(summary, sysmon, {10});
  fact.file_creation_events = count_of(summary, sysmon, {11});
  fact.process_start_events = count_of(summary, security, {4688}) + count_of(summary, sysmon, {1});
  fact.records_unverified = summary.records_unverified;
  fact.logon_events = count_of(summary, security, {4624});
  fact.origin = {.evidence = reading.evidence, .offset = 0, .length = file_size};
  for (const auto& [after, next] : summary.silences) {
    fact.gaps.push_back({.after_id = 0, .next_id = 1, .after_time = after, .next_time = next});
  }
  for (const RecordGap& gap : summary.gaps) {
    fact.gaps.push_back({gap.after_id, gap.next_id, gap.after_time, gap.next_time});
  }
  return fact;
}

}  // namespace

void read_event_log(const FileView& file, const ReadingOptions& options, const Limits& limits,
                    Reading& reading) {
  LogFacts facts(options.threads, reading);
  const auto summary = read_evtx_log(
      file,
      {.evidence = reading.evidence, .interests = options.interests, .threads = options.threads},
      limits, facts, reading.diagnostics);
  if (!summary) {
    mark_unreadable(reading, summary.error(), DiagnosticCode::evtx_header_damaged);
    return;
  }
  facts.join();
  for (const LogChannelSummary& channel : summary->channels) {
    reading.facts[name_key(channel.computer.raw())].log_coverage.push_back(
        coverage_fact(channel, reading, file.size(), facts.pool()));
    // Limit: a computer that is renamed goes on under its new name, and back at a restore.
    constexpr std::uint64_t renames_max = 4;
    reading.logs.push_back({.channel = channel.channel,
                            .computer = channel.computer,
                            .first_id = channel.first_id,
                            .last_id = channel.last_id,
                            .is_collected = channel.is_forwarded || channel.entered > renames_max});
  }
  reading.item.detail =
      fmt::format("{} records{}", summary->records_seen, summary->dirty ? ", not closed" : "");
  if (summary->records_unverified > 0) {
    reading.item.detail += fmt::format(
        ", {} records in chunks whose checksum fails or behind "
        "the end that their chunk gives (unverified)",
        summary->records_unverified);
  }
  reading.item.counts = {{"records_seen", summary->records_seen},
                         {"records_parsed", summary->records_parsed},
                         {"records_failed", summary->records_failed},
                         {"records_unverified", summary->records_unverified},
                         {"records_recovered", summary->records_recovered},
                         {"chunks_seen", summary->chunks_seen},
                         {"chunks_used", summary->chunks_used},
                         {"chunks_bad", summary->chunks_bad},
                         {"bytes_not_understood", summary->bytes_not_understood}};
}

}  // namespace npg
