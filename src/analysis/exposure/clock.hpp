// Clock: by how much a recorded time may be off, from logged clock changes (4616, Kernel-General 1)
// and from records whose times fall while their ids rise.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "fact/fact_set.hpp"

namespace npg::exposure {

/// One setting of the clock, or one place where a log shows that it was set.
struct ClockStep {
  FileTime before;
  FileTime after;
  bool is_logged = true;  ///< false: told only by records out of order
  Origin origin;
};

/// Earlier for less than nothing; never before 1601.
[[nodiscard]] FileTime moved(FileTime time, std::int64_t ticks);

/// The setting of the clock that a logged event tells of, where it is one of a minute or more.
[[nodiscard]] std::optional<ClockStep> logged_step(const SystemEventFact& event);

/// The recorded times in front of a setting of the clock, as far as it moves them.
struct ClockRun {
  std::int64_t offset = 0;  ///< ticks by which they are moved to where they happened
  FileTime from;
  FileTime to;
};
/// One in front of each step, so that all stand in the order in which it happened; what comes
/// behind the last step is right. A run begins at the step before it or, behind that, at the last
/// start of Windows (`boots`, in order): before such a start the clock is taken to have been right,
/// as it was behind the step before. A step forwards leaves the order as it is, unless it undoes
/// the step back before it: then the run between the two was wrong, whatever started in between.
[[nodiscard]] std::vector<ClockRun> runs_of(const std::vector<ClockStep>& steps,
                                            const std::vector<FileTime>& boots);

class Clock {
 public:
  /// Steps of less than a minute are the clock being kept right; they are left out.
  static constexpr std::uint64_t step_min = 60 * FileTime::per_second;

  explicit Clock(const FactSet& facts);
  /// Steps as logs tell of them; one that two logs tell is there twice.
  [[nodiscard]] const std::vector<ClockStep>& steps() const { return told_; }

  struct Range {
    FileTime earliest;
    FileTime latest;
    std::vector<Origin> evidence;  ///< of the steps that matter; empty when none does
  };
  /// Where among the recorded times this one may stand, in the order in which it happened; times of
  /// the last run of the clock are taken to be right. Both are the time itself where no step makes
  /// its place unsure: a step forwards puts nothing into another order. Not given stays not given.
  [[nodiscard]] Range range_of(FileTime recorded) const;

 private:
  using Sequence = std::vector<ClockStep>;  ///< in the order in which they happened
  std::vector<Sequence> sequences_;         ///< one a log, and one for each disorder
  std::vector<ClockStep> told_;
  std::vector<FileTime> boots_;
};

}  // namespace npg::exposure
