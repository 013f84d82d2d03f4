#include "app/stream_reading.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "extract/events.hpp"
#include "extract/key_deletions.hpp"
#include "fact/text_pool.hpp"
#include "source/event_json/event_json.hpp"
#include "view/sensors.hpp"

namespace npg {
namespace {

constexpr std::string_view security = "Microsoft-Windows-Security-Auditing";
constexpr std::string_view sysmon = "Microsoft-Windows-Sysmon";

/// Of a provider and of the sensors whose events have its shape.
std::uint64_t count_of(const StreamChannel& channel, std::string_view provider,
                       std::initializer_list<std::uint32_t> ids) {
  std::uint64_t sum = 0;
  for (const auto& [what, count] : channel.counts) {
    if (std::ranges::find(ids, what.second) != ids.end() &&
        equal_names(shape_of(what.first), provider)) {
      sum += count;
    }
  }
  return sum;
}

LogCoverageFact coverage_fact(const StreamChannel& channel, std::uint32_t evidence,
                              std::uint64_t file_size, TextPool& pool) {
  LogCoverageFact fact{.channel = pool.share(channel.channel),
                       .computer = pool.share(channel.computer),
                       .records = channel.records,
                       .first_id = channel.first_id,
                       .last_id = channel.last_id,
                       .first = channel.first_time,
                       .last = channel.last_time};
  fact.registry_value_events =
      count_of(channel, security, {4657}) + count_of(channel, sysmon, {12, 13, 14});
  fact.module_load_events = count_of(channel, sysmon, {7});
  fact.process_access_events = count_of(channel, sysmon, {10});
  fact.file_creation_events = count_of(channel, sysmon, {11});
  fact.process_start_events = count_of(channel, security, {4688}) + count_of(channel, sysmon, {1});
  fact.logon_events = count_of(channel, security, {4624});
  fact.origin = {.evidence = evidence, .offset = 0, .length = file_size};
  for (const auto& [after, next] : channel.silences) {
    fact.gaps.push_back({.after_id = 0, .next_id = 1, .after_time = after, .next_time = next});
  }
  for (const StreamGap& gap : channel.gaps) {
    fact.gaps.push_back({gap.after_id, gap.next_id, gap.after_time, gap.next_time});
  }
  return fact;
}

EventDialectFact dialect_fact(const DialectSummary& dialect, std::uint32_t evidence,
                              TextPool& pool) {
  const DialectInfo& info = info_of(dialect.dialect);
  return {.dialect = pool.share(EvidenceText::from_literal(info.name)),
          .computer = pool.share(dialect.computer),
          .loses = pool.share(EvidenceText::from_literal(info.loses)),
          .events = dialect.events,
          .is_alerts = info.is_alerts,
          .is_sensor = info.is_sensor,
          .without_zone = dialect.without_zone,
          .without_names = dialect.without_names,
          .from_collector = dialect.from_collector,
          .without_time = dialect.without_time,
          .not_events = dialect.not_events,
          .origin = {.evidence = evidence}};
}

void describe(const EventStreamSummary& summary, Reading& reading) {
  std::string names;
  Dialect last = Dialect::unknown;
  for (const DialectSummary& dialect : summary.dialects) {
    if (dialect.dialect != last) {
      names += (names.empty() ? "" : ", ") + std::string(info_of(dialect.dialect).name);
      last = dialect.dialect;
    }
  }
  reading.item.detail = fmt::format("{} events ({})", summary.events, names);
  if (summary.duplicates > 0) {
    reading.item.detail += fmt::format(", {} of them delivered again", summary.duplicates);
  }
  reading.item.counts = {{"objects_seen", summary.objects_seen},
                         {"events", summary.events},
                         {"duplicates", summary.duplicates},
                         {"not_events", summary.not_events},
                         {"objects_failed", summary.objects_failed},
                         {"events_built", summary.events_built},
                         {"bytes_not_understood", summary.bytes_not_understood}};
}

auto reader_of(FileKind kind) {
  switch (kind) {
    case FileKind::event_xml: return read_event_xml;
    case FileKind::event_csv: return read_event_csv;
    default: return read_event_json;
  }
}

/// How often times of one computer's records fall while their ids rise, by channel: streams need
/// not come in the order of either.
class ReversalCounts {
 public:
  void take(const WinEvent& event) {
    if (event.record_id == 0 || !event.time().given()) {
      return;
    }
    Last& last = channels_[std::string(event.channel.raw())];
    const bool has_fallen = last.record_id != 0 &&
                            (event.record_id > last.record_id ? is_behind(event.time(), last.time)
                                                              : is_behind(last.time, event.time()));
    last.count += has_fallen && event.record_id != last.record_id ? 1U : 0U;
    last.record_id = event.record_id;
    last.time = event.time();
  }
  [[nodiscard]] std::uint64_t of(std::string_view channel) const {
    const auto found = channels_.find(std::string(channel));
    return found == channels_.end() ? 0 : found->second.count;
  }

 private:
  struct Last {
    std::uint64_t record_id = 0;
    FileTime time;
    std::uint64_t count = 0;
  };
  /// By more than what several processors make of it.
  static bool is_behind(FileTime a, FileTime b) { return a.ticks + FileTime::per_second < b.ticks; }

  std::map<std::string, Last> channels_;
};

/// A file that ends when nobody wants more of it.
class StoppableFile final : public FileView {
 public:
  StoppableFile(const FileView& file, const bool& stopped) : file_(file), stopped_(stopped) {}
  [[nodiscard]] const EvidenceText& path() const override { return file_.path(); }
  [[nodiscard]] std::uint64_t size() const override { return file_.size(); }
  [[nodiscard]] Result<std::size_t> read_at(std::uint64_t at,
                                            std::span<std::byte> into) const override {
    return stopped_ ? Result<std::size_t>(0) : file_.read_at(at, into);
  }

 private:
  const FileView& file_;
  const bool& stopped_;
};

}  // namespace

void read_event_stream(const FileView& whole, FileKind kind, const ReadingOptions& options,
                       const Limits& plain_limits, Reading& reading) {
  const StreamLimits limits(plain_limits);
  TextPool pool;
  FactSet* facts = nullptr;
  std::map<std::string, KeyDeletions> deletions;
  KeyDeletions* deleted = nullptr;
  EvidenceText computer;
  std::map<std::string, ReversalCounts> reversals;
  ReversalCounts* reversed = nullptr;
  const StoppableFile file(whole, reading.gave_up);
  std::uint64_t taken = 0;
  const EventSink sink = [&](const WinEvent& event) {
    reading.gave_up = reading.gave_up || ++taken > options.stream_events_max;
    if (reading.gave_up) {
      return;
    }
    if (facts == nullptr || event.computer != computer) {
      computer = event.computer;
      const std::string key = name_key(computer.raw());
      facts = &reading.facts[key];
      deleted = &deletions[key];
      reversed = &reversals[key];
    }
    reversed->take(event);
    extract_event(event, pool, *facts);
    deleted->take(event, pool);
  };
  Diagnostics found(limits.diagnostics_per_code_max);
  const auto summary =
      reader_of(kind)(file, reading.evidence, options.interests, limits, sink, found);
  if (reading.gave_up) {
    return;
  }
  if (!summary) {
    reading.item.status = EvidenceStatus::damaged;
    reading.item.detail = describe(summary.error());
    reading.diagnostics.add(DiagnosticCode::file_unreadable, Severity::error, summary.error(),
                            "nothing was read from this file");
    return;
  }
  if (summary->events == 0) {
    // What the lines of a file of something else look like is no loss.
    reading.item.status = EvidenceStatus::skipped;
    reading.item.detail = "text, but no Windows events";
    return;
  }
  reading.diagnostics.merge(found);
  for (const auto& [key, found_deletions] : deletions) {
    found_deletions.finish(reading.facts[key]);
  }
  for (const StreamChannel& channel : summary->channels) {
    reading.facts[name_key(channel.computer.raw())].log_coverage.push_back(
        coverage_fact(channel, reading.evidence, file.size(), pool));
    reading.facts[name_key(channel.computer.raw())].log_coverage.back().time_reversals =
        reversals[name_key(channel.computer.raw())].of(channel.channel.raw());
  }
  for (const DialectSummary& dialect : summary->dialects) {
    const std::string computer_key = name_key(dialect.computer.raw());
    (void)reading.facts[computer_key];  // An alert alone makes a host known, too.
    reading.streams[computer_key].push_back(dialect_fact(dialect, reading.evidence, pool));
  }
  // Unlike a log of its own, a stream may bring many hosts, so reading.logs stays empty: record ids
  // that do not overlap are no sign of a renamed computer.
  describe(*summary, reading);
}

}  // namespace npg
