#include "analysis/exposure/clock_correction.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>

#include "analysis/exposure/clock.hpp"
#include "base/evidence_text.hpp"
#include "fact/readings.hpp"

namespace npg {
namespace {

using exposure::ClockRun;
using exposure::ClockStep;

std::string_view name_of(ClockedLog log) {
  return log == ClockedLog::security ? "Security" : "Sysmon";
}

/// Which log a fact's record is of, as its event id tells.
template <typename Fact>
ClockedLog log_of(const Fact& fact) {
  // Sysmon's ids are below 30, Security's above 1100.
  constexpr std::uint32_t first_of_security = 1100;
  constexpr std::uint32_t last_of_sysmon = 30;
  if constexpr (std::is_same_v<Fact, LogonFact>) {
    return fact.source <= LogonSource::security_4801 ? ClockedLog::security : ClockedLog::none;
  } else if constexpr (std::is_same_v<Fact, SystemEventFact>) {
    const bool is_security =
        equal_names(fact.provider.raw(), "Microsoft-Windows-Security-Auditing");
    return is_security ? ClockedLog::security : ClockedLog::none;
  } else if constexpr (std::is_same_v<Fact, ModuleLoadFact> ||
                       std::is_same_v<Fact, FileChangeFact>) {
    return ClockedLog::sysmon;
  } else if constexpr (requires { fact.event_id; }) {
    return fact.event_id > first_of_security ? ClockedLog::security
           : fact.event_id < last_of_sysmon  ? ClockedLog::sysmon
                                             : ClockedLog::none;
  } else {
    return ClockedLog::none;
  }
}

/// Calls visit(fact, log) for each fact whose record is one of a log that can be placed.
template <typename Facts, typename Visit>
void for_each_placed(Facts& facts, const Visit& visit) {
  FactSet::for_each_kind(facts, [&](auto& kind) {
    for (auto& fact : kind) {
      if constexpr (requires {
                      fact.time;
                      fact.record_id;
                    }) {
        const ClockedLog log = log_of(fact);
        if (log != ClockedLog::none && fact.record_id != 0 && fact.time.given()) {
          visit(fact, log);
        }
      }
    }
  });
}

/// A setting of the clock, and the first record of the log behind it.
struct Placed {
  std::uint64_t record_id = 0;
  ClockStep step;
};

struct Recorded {
  std::uint64_t record_id = 0;
  FileTime time;
};

std::optional<ClockStep> step_of(const SystemEventFact& event) {
  return event.event == SystemEventKind::time_changed ? exposure::logged_step(event) : std::nullopt;
}

std::vector<Placed> logged_in_security(const FactSet& facts) {
  std::vector<Placed> placed;
  for (const SystemEventFact& event : facts.system_events) {
    const auto step = step_of(event);
    if (step && event.record_id != 0 && log_of(event) == ClockedLog::security) {
      placed.push_back({event.record_id, *step});
    }
  }
  std::ranges::stable_sort(placed, {}, &Placed::record_id);
  return placed;
}

/// Where the times of a log fall as a setting of the clock says that another log tells of.
std::vector<Placed> placed_by_falls(const FactSet& facts, ClockedLog log,
                                    const std::vector<ClockStep>& told) {
  std::vector<Recorded> records;
  for_each_placed(facts, [&](const auto& fact, ClockedLog its_log) {
    if (its_log == log) {
      records.push_back({fact.record_id, fact.time});
    }
  });
  std::ranges::sort(records, [](const Recorded& a, const Recorded& b) {
    return std::pair(a.record_id, a.time) < std::pair(b.record_id, b.time);
  });
  constexpr std::uint64_t near = exposure::Clock::step_min;
  std::vector<Placed> placed;
  for (std::size_t i = 1; i < records.size(); ++i) {
    const FileTime before = records[i - 1].time;
    const FileTime after = records[i].time;
    if (before.ticks <= after.ticks + near || records[i - 1].record_id == records[i].record_id) {
      continue;
    }
    const auto step = std::ranges::find_if(told, [&](const ClockStep& each) {
      return each.after < each.before && before.ticks <= each.before.ticks + near &&
             after.ticks + near >= each.after.ticks;
    });
    if (step == told.end()) {
      return {};  // A fall that nothing explains: the order of this log is not understood.
    }
    placed.push_back({records[i].record_id, *step});
  }
  return placed;
}

std::string span_text(std::int64_t ticks) {
  const std::uint64_t seconds =
      static_cast<std::uint64_t>(ticks < 0 ? -ticks : ticks) / FileTime::per_second;
  return fmt::format("{} h {} min {} s {}", seconds / 3600, seconds / 60 % 60, seconds % 60,
                     ticks < 0 ? "earlier" : "later");
}

/// Nothing where it is not known since when the clock was wrong: no start of Windows is seen before
/// the first setting, or it would have run wrong for longer than can be believed.
std::vector<ClockRun> trusted_runs(const std::vector<Placed>& placed, const FactSet& facts) {
  // Limit: a clock that is further off when Windows starts was off at that start, too.
  constexpr std::uint64_t believed = 31ULL * 24 * 3600 * FileTime::per_second;
  std::vector<ClockStep> steps;
  std::ranges::transform(placed, std::back_inserter(steps), &Placed::step);
  std::vector<FileTime> boots;
  for (const SystemEventFact& event : facts.system_events) {
    if (event.event == SystemEventKind::boot) {
      boots.push_back(event.time);
    }
  }
  std::ranges::sort(boots);
  std::vector<ClockRun> runs = exposure::runs_of(steps, boots);
  const std::int64_t first = runs.front().offset;
  const FileTime boot = runs.front().from;
  const bool is_believed = static_cast<std::uint64_t>(first < 0 ? -first : first) <= believed &&
                           runs.front().to.ticks - boot.ticks <= believed;
  const bool is_known = first == 0 || (boot.given() && (is_believed || boot > steps.front().after));
  return is_known ? runs : std::vector<ClockRun>();
}

/// Two records of one number are of two installations, or of a log whose numbers began anew.
bool has_one_numbering(const FactSet& facts, ClockedLog log) {
  std::map<std::uint64_t, FileTime> times;
  bool is_one = true;
  for_each_placed(facts, [&](const auto& fact, ClockedLog its_log) {
    if (its_log == log) {
      const auto [known, is_new] = times.try_emplace(fact.record_id, fact.time);
      const std::uint64_t a = known->second.ticks;
      const std::uint64_t b = fact.time.ticks;
      // Two dialects of one record may cut its time differently.
      is_one = is_one && (is_new || (a > b ? a - b : b - a) <= FileTime::per_second);
    }
  });
  return is_one;
}

/// Moves the facts of a log; gives what is to be said of it.
std::vector<std::string> move_records(FactSet& facts, ClockedLog log,
                                      const std::vector<Placed>& placed,
                                      const std::vector<ClockRun>& runs,
                                      std::map<Origin, FileTime>& recorded) {
  std::vector<std::uint64_t> count(runs.size());
  FileTime earliest;
  for_each_placed(facts, [&](auto& fact, ClockedLog its_log) {
    if constexpr (std::is_same_v<std::remove_cvref_t<decltype(fact)>, SystemEventFact>) {
      if (fact.event == SystemEventKind::time_changed) {
        return;  // It tells of both clocks.
      }
    }
    const auto behind = std::ranges::upper_bound(placed, fact.record_id, {}, &Placed::record_id);
    const auto run = static_cast<std::size_t>(behind - placed.begin());
    if (its_log != log || run == runs.size() || runs[run].offset == 0 ||
        fact.time < runs[run].from ||
        fact.time.ticks > runs[run].to.ticks + exposure::Clock::step_min) {
      return;
    }
    if constexpr (std::is_same_v<std::remove_cvref_t<decltype(fact)>, RegistryChangeFact>) {
      recorded.emplace(fact.origin, fact.time);
    }
    fact.time = exposure::moved(fact.time, runs[run].offset);
    earliest = earliest.given() ? std::min(earliest, fact.time) : fact.time;
    ++count[run];
  });
  // By that clock the log begins earlier, too.
  for (LogCoverageFact& coverage : facts.log_coverage) {
    if (earliest.given() && contains_name(coverage.channel.raw(), name_of(log))) {
      coverage.first = std::min(coverage.first, earliest);
    }
  }
  std::vector<std::string> statements;
  for (std::size_t run = 0; run < placed.size(); ++run) {
    if (count[run] != 0) {
      statements.push_back(fmt::format(
          "{} event{} of the {} log stand{} before a setting of the clock ({} to {}, in front of "
          "record {}): {} told by the clock as it was set then, {} than recorded.",
          count[run], count[run] == 1 ? "" : "s", name_of(log), count[run] == 1 ? "s" : "",
          to_screen_time(placed[run].step.before), to_screen_time(placed[run].step.after),
          placed[run].record_id, count[run] == 1 ? "it is" : "they are",
          span_text(runs[run].offset)));
    }
  }
  return statements;
}

}  // namespace

bool ClockCorrection::is_sure(FileTime time, const FactSet& facts) const {
  return !logs.empty() && std::ranges::any_of(facts.registry_changes, [&](const auto& change) {
    return change.time == time && change.record_id != 0 && logs.contains(log_of(change));
  });
}

bool ClockCorrection::is_sure(const LogonFact& logon) const {
  return logon.record_id != 0 && logs.contains(log_of(logon));
}

void ClockCorrection::tell_recorded(std::vector<Change>& changes) const {
  for (Change& change : changes) {
    const auto link = std::ranges::find(change.chain, "time", &AttributionLink::link);
    if (link == change.chain.end()) {
      continue;
    }
    for (const Origin& origin : change.evidence) {
      if (const auto found = recorded.find(origin); found != recorded.end()) {
        link->text += fmt::format("; by the clock as it was set then: the record bears {}",
                                  to_rfc3339(found->second));
        break;
      }
    }
  }
}

ClockCorrection correct_clock(FactSet& facts) {
  ClockCorrection correction;
  std::vector<ClockStep> told;
  for (const SystemEventFact& event : facts.system_events) {
    if (const auto step = step_of(event)) {
      told.push_back(*step);
    }
  }
  const bool is_set_back =
      std::ranges::any_of(told, [](const ClockStep& step) { return step.after < step.before; });
  if (!is_set_back) {
    return correction;
  }
  for (const ClockedLog log : {ClockedLog::security, ClockedLog::sysmon}) {
    std::vector<Placed> placed =
        log == ClockedLog::security ? logged_in_security(facts) : std::vector<Placed>();
    if (placed.empty()) {
      placed = placed_by_falls(facts, log, told);
    }
    const std::vector<ClockRun> runs =
        placed.empty() ? std::vector<ClockRun>() : trusted_runs(placed, facts);
    if (runs.empty() || !has_one_numbering(facts, log)) {
      continue;
    }
    correction.logs.insert(log);
    std::ranges::move(move_records(facts, log, placed, runs, correction.recorded),
                      std::back_inserter(correction.statements));
  }
  if (!correction.statements.empty()) {
    facts.normalise();
  }
  return correction;
}

}  // namespace npg
