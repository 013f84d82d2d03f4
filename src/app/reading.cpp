#include "app/reading.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "extract/events.hpp"
#include "extract/registry.hpp"
#include "source/evtx_log/evtx_log.hpp"
#include "source/hive/hive_view.hpp"

namespace npg {
namespace {

void mark_unreadable(Reading& reading, const Error& error, DiagnosticCode code) {
  const bool is_other = error.code == ErrorCode::not_this_format;
  reading.item.status = is_other ? EvidenceStatus::skipped : EvidenceStatus::damaged;
  reading.item.detail = describe(error);
  reading.diagnostics.add(code, is_other ? Severity::notice : Severity::error, error,
                          "nothing was read from this file");
}

/// A file with losses was read in part.
void settle_status(Reading& reading) {
  if (reading.item.status == EvidenceStatus::read &&
      reading.diagnostics.worst() >= Severity::data_loss) {
    reading.item.status = EvidenceStatus::partial;
    reading.item.detail =
        fmt::format("{} bytes were not understood", reading.diagnostics.bytes_lost());
  }
}

bool is_same_registration(const RegistrationFact& a, const RegistrationFact& b) {
  return a.control_set == b.control_set && equal_names(a.name.raw(), b.name.raw()) &&
         a.last_written == b.last_written && a.provider_path == b.provider_path &&
         a.authent_provider_path == b.authent_provider_path &&
         a.provider_class == b.provider_class && a.values.size() == b.values.size();
}

bool is_same_order(const ProviderOrderFact& a, const ProviderOrderFact& b) {
  return a.control_set == b.control_set && a.is_hw_order == b.is_hw_order && a.raw == b.raw;
}

/// Takes away what the primary file alone and the replayed hive agree on.
void keep_differences(FactSet& before, const FactSet& now) {
  std::erase_if(before.registrations, [&](const RegistrationFact& then) {
    return std::any_of(
        now.registrations.begin(), now.registrations.end(),
        [&](const RegistrationFact& fact) { return is_same_registration(fact, then); });
  });
  std::erase_if(before.orders, [&](const ProviderOrderFact& then) {
    return std::any_of(now.orders.begin(), now.orders.end(),
                       [&](const ProviderOrderFact& fact) { return is_same_order(fact, then); });
  });
  before.identities.clear();
}

void describe_logs(const HiveView& hive, Reading& reading) {
  std::uint64_t applied = 0;
  for (const HiveLog& log : hive.state().logs) {
    EvidenceItem item{.status =
                          log.sha256.empty() ? EvidenceStatus::damaged : EvidenceStatus::read};
    item.sha256 = log.sha256;
    item.detail = log.applied
                      ? fmt::format("{} entries applied, sequence {} to {}", log.entries_applied,
                                    log.first_sequence, log.last_sequence)
                      : fmt::format("not applied: {}", log.reason);
    item.counts["entries_applied"] = log.entries_applied;
    reading.log_items[log.evidence] = std::move(item);
    applied += log.applied ? 1 : 0;
  }
  const HiveState& state = hive.state();
  reading.item.detail = fmt::format("{} hive, format {}.{}, {}", name_of(reading.hive_kind),
                                    state.major, state.minor, state.clean ? "clean" : "dirty");
  if (applied > 0) {
    reading.item.detail +=
        fmt::format(", {} transaction log{} replayed", applied, applied == 1 ? "" : "s");
  }
  reading.item.counts["replayed_bytes"] = state.replayed_bytes;
  reading.is_dirty_without_log = !state.clean && !state.replayed;
}

void read_hive(const Collection& collection, std::size_t index, const Limits& limits,
               Reading& reading) {
  std::vector<HiveFile> logs;
  for (const std::size_t log : logs_of(collection, index)) {
    logs.push_back({collection.files[log].file.get(), static_cast<std::uint32_t>(log)});
  }
  auto opened =
      HiveView::open({collection.files[index].file.get(), reading.evidence}, logs, limits);
  if (!opened) {
    mark_unreadable(reading, opened.error(), DiagnosticCode::hive_header_damaged);
    return;
  }
  const HiveView& hive = **opened;
  reading.hive_kind = kind_of(static_cast<const RegistryView&>(hive));
  reading.item.sha256 = hive.sha256();
  TextPool pool;
  FactSet& facts = reading.facts[""];
  Diagnostics odd(limits.diagnostics_per_code_max);
  extract_registry(hive, HiveMoment::current, pool, facts, odd);
  if (const auto before = hive.before_replay(); before != nullptr) {
    FactSet earlier;
    Diagnostics
        ignored;  // The same odd values again; those that replay took away stand in the facts.
    extract_registry(*before, HiveMoment::before_replay, pool, earlier, ignored);
    keep_differences(earlier, facts);
    facts.append(std::move(earlier));
  }
  reading.diagnostics.merge(hive.diagnostics());
  reading.diagnostics.merge(odd);
  describe_logs(hive, reading);
}

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
  fact.process_start_events = count_of(summary, security, {4688}) + count_of(summary, sysmon, {1});
  fact.logon_events = count_of(summary, security, {4624});
  fact.origin = {.evidence = reading.evidence, .offset = 0, .length = file_size};
  for (const RecordGap& gap : summary.gaps) {
    fact.gaps.push_back({gap.after_id, gap.next_id, gap.after_time, gap.next_time});
  }
  return fact;
}

void read_log(const Collection& collection, std::size_t index, const Limits& limits,
              Reading& reading) {
  const FileView& file = *collection.files[index].file;
  TextPool pool;
  const auto sink = [&](WinEvent&& event) {
    extract_event(event, pool, reading.facts[name_key(event.computer.raw())]);
  };
  const auto summary =
      read_evtx_log(file, reading.evidence, event_interests(), limits, sink, reading.diagnostics);
  if (!summary) {
    mark_unreadable(reading, summary.error(), DiagnosticCode::evtx_header_damaged);
    return;
  }
  for (const LogChannelSummary& channel : summary->channels) {
    reading.facts[name_key(channel.computer.raw())].log_coverage.push_back(
        coverage_fact(channel, reading, file.size(), pool));
    reading.logs.push_back({channel.channel, channel.computer, channel.first_id, channel.last_id});
  }
  reading.item.detail =
      fmt::format("{} records{}", summary->records_seen, summary->dirty ? ", not closed" : "");
  reading.item.counts = {{"records_seen", summary->records_seen},
                         {"records_parsed", summary->records_parsed},
                         {"records_failed", summary->records_failed},
                         {"records_unverified", summary->records_unverified},
                         {"chunks_seen", summary->chunks_seen},
                         {"chunks_used", summary->chunks_used},
                         {"chunks_bad", summary->chunks_bad},
                         {"bytes_not_understood", summary->bytes_not_understood}};
}

}  // namespace

Reading read_evidence(const Collection& collection, std::size_t index, const Limits& limits) {
  const CollectedFile& file = collection.files[index];
  Reading reading{
      .evidence = static_cast<std::uint32_t>(index), .kind = file.kind, .group = file.group()};
  if (const auto path = file.windows_path(); path) {
    reading.windows_path = path->raw();
  }
  reading.diagnostics = Diagnostics(limits.diagnostics_per_code_max);
  reading.item.path = file.file->path();
  reading.item.kind = name_of(file.kind);
  reading.item.size = file.file->size();
  switch (file.kind) {
    case FileKind::hive: read_hive(collection, index, limits, reading); break;
    case FileKind::event_log: read_log(collection, index, limits, reading); break;
    case FileKind::hive_log:
      reading.item.status = EvidenceStatus::skipped;
      reading.item.detail = "a transaction log without its hive";
      break;
    case FileKind::image:
      reading.item.status = EvidenceStatus::skipped;
      reading.item.detail = "no registration names it";
      break;
    case FileKind::catalog:
      reading.item.status = EvidenceStatus::skipped;
      reading.item.detail = "catalogs are not read by this version";
      break;
    case FileKind::other:
      reading.item.status = EvidenceStatus::skipped;
      reading.item.detail = "not a kind of file that npguard reads";
      break;
  }
  settle_status(reading);
  return reading;
}

}  // namespace npg
