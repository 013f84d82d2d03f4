#include "source/evtx_log/channel_counter.hpp"

#include <algorithm>
#include <tuple>

namespace npg {

std::size_t ChannelCounter::channel_of(const CountedRecord& record) {
  if (!channels_.empty() && channels_[last_channel_].channel == record.channel &&
      channels_[last_channel_].computer == record.computer) {
    return last_channel_;
  }
  std::pair key(record.channel, record.computer);
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
  }
  return found->second;
}

void ChannelCounter::count(const CountedRecord& record) {
  last_channel_ = channel_of(record);
  Channel& channel = channels_[last_channel_];
  ++channel.records;
  channel.records_unverified += record.verified ? 0U : 1U;
  channel.first_id = std::min(channel.first_id, record.record_id);
  channel.last_id = std::max(channel.last_id, record.record_id);
  if (record.time.given()) {
    channel.first_time = std::min(channel.first_time, record.time);
    channel.last_time = std::max(channel.last_time, record.time);
  }
  channel.forwarded = channel.forwarded || record.record_id != record.header_id;
  const std::pair kind(record.provider, record.event_id);
  auto found = channel.counts.find(kind);
  if (found == channel.counts.end()) {
    if (kinds_ >= limits_.evtx_event_kinds_max) {
      limit_hit_ = true;
      found = channel.counts.try_emplace({NameTable::empty_name, 0}, 0).first;
    } else {
      ++kinds_;
      found = channel.counts.emplace(kind, 0).first;
    }
  }
  ++found->second;
  extend_runs(channel, record, last_channel_);
}

void ChannelCounter::extend_runs(Channel& channel, const CountedRecord& record, std::size_t owner) {
  if (!channel.runs.empty()) {
    Run& run = channel.runs.back();
    if (record.record_id != 0 && run.last_id == record.record_id - 1) {
      const bool back = record.time.given() && record.time.ticks < run.last_time.ticks &&
                        run.last_time.ticks - record.time.ticks > FileTime::per_second;
      channel.time_reversals += back ? 1U : 0U;
      run.last_id = record.record_id;
      run.last_time = record.time;
      return;
    }
  }
  if (runs_ >= limits_.evtx_gaps_max) {
    limit_hit_ = true;
    return;
  }
  ++runs_;
  channel.runs.push_back({.first_id = record.record_id,
                          .last_id = record.record_id,
                          .first_time = record.time,
                          .last_time = record.time,
                          .owner = owner});
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
    forwarded[channel.channel] = forwarded[channel.channel] || channel.forwarded;
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

std::vector<LogChannelSummary> ChannelCounter::finish(const NameTable& names,
                                                      Diagnostics& diagnostics) const {
  if (limit_hit_ || names.full()) {
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
