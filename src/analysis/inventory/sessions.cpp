#include "analysis/inventory/sessions.hpp"

#include <algorithm>
#include <iterator>

#include "base/evidence_text.hpp"

namespace npg {
namespace {

/// The last element at or before a time that passes, none when there is none.
template <typename T, typename Passes>
const T* latest(const std::unordered_map<std::uint64_t, std::vector<const T*>>& index,
                std::uint64_t id, FileTime at, const Passes& passes) {
  const auto found = index.find(id);
  if (found == index.end()) {
    return nullptr;
  }
  auto after = std::upper_bound(found->second.begin(), found->second.end(), at,
                                [](FileTime t, const T* fact) { return t < fact->time; });
  while (after != found->second.begin()) {
    --after;
    if (passes(**after)) {
      return *after;
    }
  }
  return nullptr;
}

}  // namespace

Sessions::Sessions(const FactSet& facts) : facts_(facts), scripts_(provider_scripts(facts)) {
  // One start is told by Kernel-General 12, EventLog 6005 and Security 4608 within a few minutes.
  constexpr std::uint64_t same_boot = 300 * FileTime::per_second;
  for (const SystemEventFact& event : facts.system_events) {
    const bool is_new = boots_.empty() || event.time.ticks - boots_.back().ticks > same_boot ||
                        (!shutdowns_.empty() && shutdowns_.back() > boots_.back());
    if (event.event == SystemEventKind::boot && is_new) {
      boots_.push_back(event.time);
    } else if (event.event == SystemEventKind::shutdown && event.event_id == 13) {
      shutdowns_.push_back(event.time);
    }
  }
  for (const LogonFact& logon : facts.logons) {
    if (logon.source == LogonSource::security_4778 && logon.logon_id) {
      reconnects_[*logon.logon_id].push_back(&logon);
    }
    if (logon.source != LogonSource::security_4624) {
      continue;
    }
    if (logon.logon_id) {
      logons_[*logon.logon_id].push_back(&logon);
    }
    if (logon.linked_logon_id) {
      logons_[*logon.linked_logon_id].push_back(&logon);
    }
  }
  for (const LogoffFact& logoff : facts.logoffs) {
    if (logoff.logon_id && logoff.event_id == 4634) {
      logoffs_[*logoff.logon_id].push_back(&logoff);
    }
  }
  for (const ProcessStartFact& start : facts.process_starts) {
    processes_by_id_[start.process_id].push_back(&start);
    if (!start.process_guid.empty()) {
      processes_by_guid_.try_emplace(std::string(start.process_guid.raw()), &start);
    }
  }
}

std::span<const SystemEventFact> Sessions::events_near(FileTime at, std::uint64_t seconds) const {
  const std::uint64_t far = seconds * FileTime::per_second;
  const auto begin =
      std::ranges::lower_bound(facts_.system_events, FileTime{at.ticks - std::min(at.ticks, far)},
                               {}, &SystemEventFact::time);
  const auto end = std::ranges::upper_bound(facts_.system_events, FileTime{at.ticks + far}, {},
                                            &SystemEventFact::time);
  return {begin, end};
}

FileTime Sessions::boot_before(FileTime at) const {
  const auto after = std::ranges::upper_bound(boots_, at);
  return after == boots_.begin() ? FileTime{} : *std::prev(after);
}

bool Sessions::is_off_at(FileTime at) const {
  // A start that is logged late must not make the minute before it look like an offline change.
  constexpr std::uint64_t margin = 120 * FileTime::per_second;
  const auto after = std::ranges::upper_bound(shutdowns_, at);
  const auto next = std::ranges::upper_bound(boots_, at);
  if (after == shutdowns_.begin() || next == boots_.end()) {
    return false;
  }
  const FileTime down = *std::prev(after);
  return boot_before(at) < down && at.ticks - down.ticks > margin &&
         next->ticks - at.ticks > margin;
}

bool Sessions::is_same_boot(FileTime a, FileTime b) const {
  return boot_before(a) == boot_before(b);
}

const LogonFact* Sessions::logon(std::uint64_t logon_id, FileTime at, const SharedText& sid) const {
  return latest(logons_, logon_id, at, [&](const LogonFact& fact) {
    const bool is_other = !sid.empty() && !fact.sid.empty() && sid != fact.sid;
    return !is_other && is_same_boot(fact.time, at);
  });
}

FileTime Sessions::ended_before(const LogonFact& logon, FileTime at) const {
  // Two logs, or two processors, need not agree on the order within a moment.
  constexpr std::uint64_t slack = 2 * FileTime::per_second;
  const LogoffFact* end =
      logon.logon_id ? latest(logoffs_, *logon.logon_id, at,
                              [&](const LogoffFact& fact) {
                                return fact.time >= logon.time && is_same_boot(fact.time, at);
                              })
                     : nullptr;
  return end != nullptr && at.ticks - end->time.ticks > slack ? end->time : FileTime{};
}

const LogonFact* Sessions::taken_over_before(const LogonFact& logon, FileTime at) const {
  for (const auto& id : {logon.logon_id, logon.linked_logon_id}) {
    const LogonFact* found =
        !id ? nullptr : latest(reconnects_, *id, at, [&](const LogonFact& fact) {
          return fact.time >= logon.time && is_same_boot(fact.time, at);
        });
    if (found != nullptr) {
      return found;
    }
  }
  return nullptr;
}

const ProcessStartFact* Sessions::by_id(std::uint64_t process_id, FileTime at,
                                        std::string_view image) const {
  // Process ids are used again: the newest one decides, and its image must be the same one.
  const ProcessStartFact* start =
      latest(processes_by_id_, process_id, at,
             [&](const ProcessStartFact& fact) { return is_same_boot(fact.time, at); });
  return start != nullptr && equal_names(start->image.raw(), image) ? start : nullptr;
}

const ProcessStartFact* Sessions::process(const ActorFact& actor, FileTime at) const {
  if (!actor.process_guid.empty()) {
    const auto found = processes_by_guid_.find(std::string(actor.process_guid.raw()));
    if (found != processes_by_guid_.end()) {
      return found->second;
    }
  }
  return actor.process_id ? by_id(*actor.process_id, at, actor.process.raw()) : nullptr;
}

const ProcessStartFact* Sessions::parent(const ProcessStartFact& start) const {
  if (!start.parent_process_guid.empty()) {
    const auto found = processes_by_guid_.find(std::string(start.parent_process_guid.raw()));
    if (found != processes_by_guid_.end()) {
      return found->second;
    }
  }
  return start.parent_process_id == 0
             ? nullptr
             : by_id(start.parent_process_id, start.time, start.parent_image.raw());
}

}  // namespace npg
