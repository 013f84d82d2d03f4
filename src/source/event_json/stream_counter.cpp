#include "source/event_json/stream_counter.hpp"

#include <algorithm>

#include "source/event_json/json_value.hpp"

namespace npg {
namespace {

/// Dialects cut times to seconds at most.
constexpr std::uint64_t same_time = FileTime::per_second;

}  // namespace

std::uint32_t StreamNames::of_json(std::string_view raw) {
  if (raw.empty()) {
    return 0;
  }
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(raw[i]); };
  Recent& recent = recent_[(raw.size() * 7U + byte(raw.size() / 2) + byte(raw.size() - 1) * 5U) %
                           recent_.size()];
  if (recent.name == raw) {
    return recent.id;
  }
  if (const auto found = ids_.find(raw); found != ids_.end()) {
    recent = {.name = found->first, .id = found->second};
    return found->second;
  }
  if (texts_.size() >= names_max_) {
    full_ = true;
    return 0;
  }
  const auto id = static_cast<std::uint32_t>(texts_.size());
  texts_.push_back(unescape_json(raw));
  ids_.emplace(raw, id);
  return id;
}

StreamCounter::Channel& StreamCounter::channel_of(const CountedEvent& event) {
  if (last_ != nullptr && last_->channel == event.channel && last_->computer == event.computer) {
    return *last_;
  }
  std::pair key(event.channel, event.computer);
  auto found = channels_.find(key);
  if (found == channels_.end() && channels_.size() >= limits_.evtx_channels_max) {
    limit_hit_ = true;
    key = {0, 0};
    found = channels_.find(key);
  }
  if (found == channels_.end()) {
    found = channels_.try_emplace(key).first;
    found->second.channel = key.first;
    found->second.computer = key.second;
    found->second.last_run = found->second.runs.end();
  }
  last_ = &found->second;
  return *last_;
}

bool StreamCounter::add_id(Channel& channel, const CountedEvent& event) {
  const std::uint64_t id = event.record_id;
  Runs& runs = channel.runs;
  auto run = channel.last_run;
  if (run == runs.end() || id < run->first || id > run->second.last_id + 1) {
    run = runs.upper_bound(id);
    run = run == runs.begin() ? runs.end() : std::prev(run);
  }
  if (run != runs.end() && id <= run->second.last_id) {
    channel.last_run = run;
    // The same id at another time is a log that began anew.
    return event.time.ticks + same_time < run->second.first_time.ticks ||
           event.time.ticks > run->second.last_time.ticks + same_time;
  }
  const auto next = runs.find(id + 1);
  const bool extends = run != runs.end() && run->second.last_id == id - 1;
  if (extends) {
    run->second.last_id = id;
    run->second.first_time = std::min(run->second.first_time, event.time);
    run->second.last_time = std::max(run->second.last_time, event.time);
    if (next != runs.end()) {
      run->second.last_id = next->second.last_id;
      run->second.first_time = std::min(run->second.first_time, next->second.first_time);
      run->second.last_time = std::max(run->second.last_time, next->second.last_time);
      runs.erase(next);
      --runs_;
    }
    channel.last_run = run;
    return true;
  }
  if (next != runs.end()) {
    Run longer = next->second;
    longer.first_time = std::min(longer.first_time, event.time);
    longer.last_time = std::max(longer.last_time, event.time);
    runs.erase(next);
    channel.last_run = runs.emplace(id, longer).first;
    return true;
  }
  if (runs_ >= limits_.evtx_gaps_max) {
    limit_hit_ = true;
    return true;
  }
  ++runs_;
  channel.last_run =
      runs.emplace(id, Run{.last_id = id, .first_time = event.time, .last_time = event.time}).first;
  return true;
}

void StreamCounter::count_kind(Channel& channel, const CountedEvent& event) {
  const std::uint64_t kind = std::uint64_t{event.provider} << 32U | event.event_id;
  if (channel.last_kind == kind) {
    ++*channel.last_count;
    return;
  }
  auto found = channel.counts.find(kind);
  if (found == channel.counts.end()) {
    if (kinds_ >= limits_.evtx_event_kinds_max) {
      limit_hit_ = true;
      ++channel.counts[0];
      return;
    }
    ++kinds_;
    found = channel.counts.emplace(kind, 0).first;
  }
  channel.last_kind = kind;
  channel.last_count = &found->second;  // Nodes of an unordered_map stay where they are.
  ++found->second;
}

void StreamCounter::count(const CountedEvent& event) {
  Channel& channel = channel_of(event);
  if (event.record_id != 0 && event.record_id < UINT64_MAX && !add_id(channel, event)) {
    ++channel.duplicates;
    return;
  }
  ++channel.records;
  if (event.time.given()) {
    channel.first_time =
        channel.first_time.given() ? std::min(channel.first_time, event.time) : event.time;
    channel.last_time = std::max(channel.last_time, event.time);
    channel.days.add(event.time);
  }
  count_kind(channel, event);
}

std::vector<StreamChannel> StreamCounter::finish(const StreamNames& names,
                                                 Diagnostics& diagnostics) const {
  if (limit_hit_ || names.full()) {
    diagnostics.add(DiagnosticCode::limit_hit, Severity::notice, 0, 0,
                    "the stream names more channels, computers, kinds of event or breaks in its "
                    "record ids than are kept apart; the rest is counted without names");
  }
  std::vector<StreamChannel> out;
  for (const auto& [key, channel] : channels_) {
    StreamChannel& one = out.emplace_back();
    one.channel = names.text(channel.channel);
    one.computer = names.text(channel.computer);
    one.records = channel.records;
    one.duplicates = channel.duplicates;
    one.first_time = channel.first_time;
    one.last_time = channel.last_time;
    one.silences = channel.days.stretches();
    for (const auto& [kind, count] : channel.counts) {
      const EvidenceText& provider = names.text(static_cast<std::uint32_t>(kind >> 32U));
      one.counts[{std::string(provider.raw()), static_cast<std::uint32_t>(kind)}] += count;
    }
    const Run* before = nullptr;
    for (const auto& [first_id, run] : channel.runs) {
      one.first_id = before == nullptr ? first_id : one.first_id;
      one.last_id = run.last_id;
      if (before != nullptr) {
        one.gaps.push_back({.after_id = before->last_id,
                            .next_id = first_id,
                            .after_time = before->last_time,
                            .next_time = run.first_time});
      }
      before = &run;
    }
  }
  std::ranges::sort(out, {}, [](const StreamChannel& channel) {
    return std::pair(channel.channel.raw(), channel.computer.raw());
  });
  return out;
}

}  // namespace npg
