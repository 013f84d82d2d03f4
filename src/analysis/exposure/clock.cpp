#include "analysis/exposure/clock.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <tuple>

#include "base/evidence_text.hpp"

namespace npg::exposure {
namespace {

std::uint64_t apart(FileTime a, FileTime b) {
  return a > b ? a.ticks - b.ticks : b.ticks - a.ticks;
}

std::int64_t size_of(const ClockStep& step) {
  const auto distance = static_cast<std::int64_t>(
      std::min<std::uint64_t>(apart(step.before, step.after), INT64_MAX / 1024));
  return step.after > step.before ? distance : -distance;
}

struct Recorded {
  std::tuple<std::uint32_t, std::size_t, std::uint32_t>
      log;  ///< facts of one key are of one channel
  std::uint64_t record_id = 0;
  FileTime time;
  Origin origin;
};

/// Which channel a fact is of, as far as it must be told from another in the same file.
template <typename T>
std::uint32_t source_of(const T& fact) {
  if constexpr (requires { fact.source; }) {
    return static_cast<std::uint32_t>(fact.source);
  } else if constexpr (requires { fact.event_id; }) {
    return fact.event_id;
  } else {
    return 0;
  }
}

/// Neighbouring records of one log whose times fall by more than a step. Ids say so where a log was
/// decoded and where a stream carries them.
std::vector<ClockStep> disorders(const FactSet& facts) {
  // Limit: a clock is not set back that often; the ids are then not those of one log.
  constexpr std::size_t falls_max = 64;
  std::vector<ClockStep> found;
  const bool has_reversal = std::ranges::any_of(
      facts.log_coverage, [](const LogCoverageFact& log) { return log.time_reversals > 0; });
  if (!has_reversal) {
    return found;
  }
  std::size_t kind_index = 0;
  FactSet::for_each_kind(facts, [&](const auto& kind) {
    ++kind_index;
    using Fact = typename std::remove_cvref_t<decltype(kind)>::value_type;
    if constexpr (requires(const Fact& fact) {
                    fact.time;
                    fact.record_id;
                  }) {
      std::vector<Recorded> records;
      records.reserve(kind.size());
      for (const Fact& fact : kind) {
        if (fact.record_id != 0 && fact.time.given()) {
          records.push_back({{fact.origin.evidence, kind_index, source_of(fact)},
                             fact.record_id,
                             fact.time,
                             fact.origin});
        }
      }
      std::ranges::sort(records, [](const Recorded& a, const Recorded& b) {
        return std::tie(a.log, a.record_id, a.time) < std::tie(b.log, b.record_id, b.time);
      });
      std::vector<ClockStep> of_kind;
      for (std::size_t i = 1; i < records.size(); ++i) {
        const Recorded& a = records[i - 1];
        const Recorded& b = records[i];
        const bool falls = a.log == b.log && a.record_id != b.record_id &&
                           a.time.ticks > b.time.ticks + Clock::step_min;
        if (falls) {
          of_kind.push_back(
              {.before = a.time, .after = b.time, .is_logged = false, .origin = b.origin});
        }
      }
      if (of_kind.size() <= falls_max) {
        found.insert(found.end(), of_kind.begin(), of_kind.end());
      }
    }
  });
  return found;
}

}  // namespace

FileTime moved(FileTime time, std::int64_t ticks) {
  if (ticks < 0) {
    const auto back = static_cast<std::uint64_t>(-ticks);
    return {time.ticks > back ? time.ticks - back : 1};
  }
  return {time.ticks + static_cast<std::uint64_t>(ticks)};
}

std::optional<ClockStep> logged_step(const SystemEventFact& event) {
  constexpr std::string_view hardware = "hardware clock";
  const std::string_view detail = event.detail.raw();
  const std::size_t to = detail.find(" to ");
  if (to == std::string_view::npos || event.subject.raw() == hardware) {
    return std::nullopt;
  }
  const auto before = parse_time(detail.substr(0, to));
  const auto after = parse_time(detail.substr(to + 4));
  if (!before || !after || apart(*before, *after) < Clock::step_min) {
    return std::nullopt;
  }
  return ClockStep{.before = *before, .after = *after, .origin = event.origin};
}

std::vector<ClockRun> runs_of(const std::vector<ClockStep>& steps,
                              const std::vector<FileTime>& boots) {
  const auto undoes_the_one_before = [&steps](std::size_t k) {
    if (k == 0 || k >= steps.size()) {
      return false;
    }
    const std::int64_t size = size_of(steps[k]);
    const std::int64_t moved_back = size_of(steps[k - 1]) + size;
    // Limit: what undoes a step may miss it by a tenth.
    return size > 0 && size_of(steps[k - 1]) < 0 &&
           (moved_back < 0 ? -moved_back : moved_back) <= size / 10;
  };
  const auto boot_between = [&boots](FileTime from, FileTime to) {
    const auto next = std::ranges::upper_bound(boots, to);
    const FileTime last = next == boots.begin() ? FileTime{} : *std::prev(next);
    return last > from ? last : FileTime{};
  };
  std::vector<ClockRun> runs(steps.size());
  for (std::size_t k = steps.size(); k-- > 0;) {
    const std::int64_t size = size_of(steps[k]);
    const bool is_last = k + 1 == steps.size();
    const bool reaches_next =
        !is_last && (undoes_the_one_before(k + 1) ||
                     !boot_between(steps[k].after, steps[k + 1].before).given());
    const std::int64_t through = (reaches_next ? runs[k + 1].offset : 0) + size;
    const bool undoes = undoes_the_one_before(k);
    runs[k].offset = size < 0 || undoes ? through : std::min<std::int64_t>(through, 0);
    const FileTime behind_last = k == 0 ? FileTime{} : steps[k - 1].after;
    const FileTime boot = boot_between(behind_last, steps[k].before);
    runs[k].from = undoes ? behind_last : std::max(behind_last, boot);
    runs[k].to = steps[k].before;
  }
  return runs;
}

Clock::Clock(const FactSet& facts) {
  std::map<std::uint32_t, std::vector<std::pair<std::uint64_t, ClockStep>>> by_event;
  for (const SystemEventFact& event : facts.system_events) {
    if (event.event == SystemEventKind::boot) {
      boots_.push_back(event.time);
    } else if (event.event == SystemEventKind::time_changed) {
      if (const auto step = logged_step(event)) {
        by_event[event.event_id].push_back({event.record_id, *step});
        told_.push_back(*step);
      }
    }
  }
  for (auto& [event_id, steps] : by_event) {
    // The times themselves jump about; the record ids say in which order it happened.
    std::ranges::stable_sort(steps, {}, [](const auto& step) { return step.first; });
    Sequence& sequence = sequences_.emplace_back();
    for (auto& [record_id, step] : steps) {
      sequence.push_back(step);
    }
  }
  for (const ClockStep& step : disorders(facts)) {
    const bool is_explained = std::ranges::any_of(told_, [&](const ClockStep& known) {
      return known.is_logged && known.after < known.before &&
             known.after.ticks <= step.before.ticks + step_min &&
             step.after.ticks <= known.before.ticks + step_min;
    });
    const bool is_known = std::ranges::any_of(told_, [&](const ClockStep& known) {
      return !known.is_logged && apart(known.before, step.before) < step_min &&
             apart(known.after, step.after) < step_min;
    });
    if (!is_explained && !is_known) {
      told_.push_back(step);
      sequences_.push_back({step});
    }
  }
}

Clock::Range Clock::range_of(FileTime recorded) const {
  Range range{.earliest = recorded, .latest = recorded, .evidence = {}};
  if (!recorded.given()) {
    return range;
  }
  for (const Sequence& steps : sequences_) {
    const std::vector<ClockRun> runs = runs_of(steps, boots_);
    for (std::size_t k = steps.size(); k-- > 0;) {
      const std::int64_t offset = runs[k].offset;
      const std::uint64_t size = static_cast<std::uint64_t>(offset < 0 ? -offset : offset);
      if (recorded < runs[k].from || recorded > runs[k].to || size < step_min) {
        continue;
      }
      const FileTime other = moved(recorded, offset);
      range.earliest = std::min(range.earliest, other);
      range.latest = std::max(range.latest, other);
      range.evidence.push_back(steps[k].origin);
      if (k > 0) {
        range.evidence.push_back(steps[k - 1].origin);
      }
    }
  }
  std::ranges::sort(range.evidence);
  range.evidence.erase(std::ranges::unique(range.evidence).begin(), range.evidence.end());
  return range;
}

}  // namespace npg::exposure
