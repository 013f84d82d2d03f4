#include "source/evtx_log/channel_counter.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

namespace npg {
namespace {

/// Windows writes a record when it gets it, seconds after the event at most.
constexpr std::uint64_t far_apart = FileTime::per_day;
/// What clocks are put back by when they are kept right.
constexpr std::uint64_t reversal_min = 3600 * FileTime::per_second;

}  // namespace

void ChannelCounter::report_oddities(const Channel& channel, const EvidenceText& name,
                                     Diagnostics& diagnostics) {
  const std::string_view log = name.raw();
  if (!is_forwarded(channel) && channel.ids_differ + channel.times_differ > 0) {
    diagnostics.add(
        DiagnosticCode::evtx_record_damaged, Severity::notice, channel.first_differing, 0,
        fmt::format("records of the {} log whose header disagrees with what they say: {} in the "
                    "number, {} by more than a day in the time; the first is here",
                    log, channel.ids_differ, channel.times_differ));
  }
  if (channel.largest_reversal > reversal_min) {
    diagnostics.add(
        DiagnosticCode::evtx_record_damaged, Severity::notice, 0, 0,
        fmt::format("records of the {} log that are earlier than the one before them: "
                    "{}, by up to {} hours: the clock was put back, or their time is "
                    "not true",
                    log, channel.time_reversals, channel.largest_reversal / reversal_min));
  }
}

std::size_t ChannelCounter::channel_of(std::uint32_t channel, std::uint32_t computer) {
  std::pair key(channel, computer);
  auto found = index_.find(key);
  if (found == index_.end() && channels_.size() >= limits_.evtx_channels_max) {
    limit_hit_ = true;
    key = {NameTable::empty_name, NameTable::empty_name};
    found = index_.find(key);
  }
  if (found == index_.end()) {
    found = index_.emplace(key, channels_.size()).first;
    channels_.emplace_back();
    channels_.back().channel = key.first;
    channels_.back().computer = key.second;
    channels_.back().number = channels_.size() - 1;
  }
  return found->second;
}

ChannelCounter::Kind ChannelCounter::kind_of(std::size_t channel, std::uint32_t provider,
                                             std::uint32_t event_id) {
  auto& counts = channels_[channel].counts;
  const std::pair kind(provider, event_id);
  auto found = counts.find(kind);
  if (found == counts.end()) {
    if (kinds_ >= limits_.evtx_event_kinds_max) {
      limit_hit_ = true;
      found = counts.try_emplace({NameTable::empty_name, 0}, 0).first;
    } else {
      ++kinds_;
      found = counts.emplace(kind, 0).first;
    }
  }
  return {&channels_[channel], &found->second};
}

void ChannelCounter::count(const Kind& kind, const CountedRecord& record) {
  Channel& channel = *kind.channel;
  ++*kind.count;
  ++channel.records;
  if (channel.number != last_) {
    channel.entered += last_ == none ? 0U : 1U;
    first_ = first_ == none ? channel.number : first_;
    last_ = channel.number;
  }
  channel.records_unverified += record.verified ? 0U : 1U;
  channel.first_id = std::min(channel.first_id, record.record_id);
  channel.last_id = std::max(channel.last_id, record.record_id);
  if (record.time.given()) {
    channel.first_time = std::min(channel.first_time, record.time);
    channel.last_time = std::max(channel.last_time, record.time);
    channel.days.add(record.time);
  }
  const std::uint64_t apart = record.time > record.written
                                  ? record.time.ticks - record.written.ticks
                                  : record.written.ticks - record.time.ticks;
  const bool is_other_id = record.record_id != record.header_id;
  const bool is_other_time = record.written.given() && apart > far_apart;
  if (is_other_id || is_other_time) {
    channel.ids_differ += is_other_id ? 1U : 0U;
    channel.times_differ += is_other_time ? 1U : 0U;
    channel.first_differing =
        channel.first_differing == 0 ? record.offset : channel.first_differing;
  }
  if (!channel.runs.empty() && record.record_id == channel.runs.back().last_id + 1 &&
      record.time >= channel.runs.back().last_time && record.record_id != 0) {
    channel.runs.back().last_id = record.record_id;
    channel.runs.back().last_time = record.time;
    return;
  }
  extend_runs(channel, {.first_id = record.record_id,
                        .last_id = record.record_id,
                        .first_time = record.time,
                        .last_time = record.time,
                        .owner = channel.number});
}

void ChannelCounter::append(const ChannelCounter& part, const NameTable& part_names,
                            NameTable& names) {
  limit_hit_ = limit_hit_ || part.limit_hit_;
  const auto renamed = [&](std::uint32_t name) { return names.id_of(part_names.text(name)); };
  const std::size_t behind = last_;
  for (const Channel& more : part.channels_) {
    const std::size_t owner = channel_of(renamed(more.channel), renamed(more.computer));
    if (more.number == part.first_) {
      first_ = first_ == none ? owner : first_;
      channels_[owner].entered += behind == none || behind == owner ? 0U : 1U;
    }
    last_ = more.number == part.last_ ? owner : last_;
    for (const auto& [kind, count] : more.counts) {
      *kind_of(owner, renamed(kind.first), kind.second).count += count;
    }
    Channel& channel = channels_[owner];
    channel.records += more.records;
    channel.records_unverified += more.records_unverified;
    channel.first_id = std::min(channel.first_id, more.first_id);
    channel.last_id = std::max(channel.last_id, more.last_id);
    channel.first_time = std::min(channel.first_time, more.first_time);
    channel.last_time = std::max(channel.last_time, more.last_time);
    channel.time_reversals += more.time_reversals;
    channel.largest_reversal = std::max(channel.largest_reversal, more.largest_reversal);
    channel.entered += more.entered;
    channel.ids_differ += more.ids_differ;
    channel.times_differ += more.times_differ;
    channel.first_differing =
        channel.first_differing == 0 ? more.first_differing : channel.first_differing;
    channel.days.append(more.days);
    for (Run run : more.runs) {
      run.owner = owner;
      extend_runs(channel, run);
    }
  }
}

void ChannelCounter::extend_runs(Channel& channel, const Run& next) {
  if (!channel.runs.empty()) {
    Run& run = channel.runs.back();
    if (next.first_id != 0 && run.last_id == next.first_id - 1) {
      const bool back = next.first_time.given() && next.first_time.ticks < run.last_time.ticks &&
                        run.last_time.ticks - next.first_time.ticks > FileTime::per_second;
      if (back) {
        ++channel.time_reversals;
        channel.largest_reversal =
            std::max(channel.largest_reversal, run.last_time.ticks - next.first_time.ticks);
      }
      run.last_id = next.last_id;
      run.last_time = next.last_time;
      return;
    }
  }
  if (runs_ >= limits_.evtx_gaps_max) {
    limit_hit_ = true;
    return;
  }
  ++runs_;
  channel.runs.push_back(next);
}

void ChannelCounter::add_gaps(std::vector<Run> runs,
                              std::vector<LogChannelSummary>& summaries) const {
  std::ranges::sort(runs, {}, [](const Run& run) {
    return std::tuple(run.first_id, run.last_id, run.owner, run.first_time);
  });
  Run last;
  bool any = false;
  for (const Run& run : runs) {
    if (any && run.first_id > last.last_id && run.first_id - last.last_id > 1) {
      summaries[last.owner].gaps.push_back({.after_id = last.last_id,
                                            .next_id = run.first_id,
                                            .after_time = last.last_time,
                                            .next_time = run.first_time});
    }
    if (!any || run.last_id >= last.last_id) {
      last = run;
    }
    any = true;
  }
}

void ChannelCounter::find_gaps(std::vector<LogChannelSummary>& summaries) const {
  // A computer that was renamed goes on in the same numbering, so in a log of its own the runs of a
  // channel are looked at together. Forwarded records bring the ids of many logs.
  std::map<std::uint32_t, std::vector<Run>> local;
  std::map<std::uint32_t, bool> forwarded;
  for (const Channel& channel : channels_) {
    forwarded[channel.channel] = forwarded[channel.channel] || is_forwarded(channel);
  }
  for (const Channel& channel : channels_) {
    if (forwarded[channel.channel]) {
      add_gaps(channel.runs, summaries);
    } else {
      auto& runs = local[channel.channel];
      runs.insert(runs.end(), channel.runs.begin(), channel.runs.end());
    }
  }
  for (auto& [channel, runs] : local) {
    add_gaps(std::move(runs), summaries);
  }
}

std::vector<LogChannelSummary> ChannelCounter::finish(const NameTable& names, bool names_full,
                                                      Diagnostics& diagnostics) const {
  if (limit_hit_ || names_full || names.full()) {
    diagnostics.add(
        DiagnosticCode::limit_hit, Severity::notice, 0, 0,
        "the log names more channels, computers, kinds of event or breaks in its record "
        "ids than are kept apart; the rest is counted without names");
  }
  std::vector<LogChannelSummary> summaries;
  for (const Channel& channel : channels_) {
    LogChannelSummary& summary = summaries.emplace_back();
    summary.channel = names.text(channel.channel);
    summary.computer = names.text(channel.computer);
    summary.records = channel.records;
    summary.records_unverified = channel.records_unverified;
    summary.first_id = channel.first_id;
    summary.last_id = channel.last_id;
    summary.first_time = channel.last_time.given() ? channel.first_time : FileTime{};
    summary.last_time = channel.last_time;
    summary.time_reversals = channel.time_reversals;
    summary.entered = channel.entered;
    summary.is_forwarded = is_forwarded(channel);
    summary.silences = channel.days.stretches();
    report_oddities(channel, summary.channel, diagnostics);
    for (const auto& [kind, count] : channel.counts) {
      summary.counts[{std::string(names.text(kind.first).raw()), kind.second}] += count;
    }
  }
  find_gaps(summaries);
  std::ranges::sort(summaries, {}, [](const LogChannelSummary& summary) {
    return std::pair(summary.channel.raw(), summary.computer.raw());
  });
  return summaries;
}

}  // namespace npg
