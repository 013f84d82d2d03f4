#include "source/evtx_log/channel_counter.hpp"

#include <algorithm>
#include <tuple>

namespace npg {

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
  channel.records_unverified += record.verified ? 0U : 1U;
  channel.first_id = std::min(channel.first_id, record.record_id);
  channel.last_id = std::max(channel.last_id, record.record_id);
  if (record.time.given()) {
    channel.first_time = std::min(channel.first_time, record.time);
    channel.last_time = std::max(channel.last_time, record.time);
  }
  channel.forwarded = channel.forwarded || record.record_id != record.header_id;
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
  for (const Channel& more : part.channels_) {
    const std::size_t owner = channel_of(renamed(more.channel), renamed(more.computer));
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
    channel.forwarded = channel.forwarded || more.forwarded;
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
      channel.time_reversals += back ? 1U : 0U;
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
