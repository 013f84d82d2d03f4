// Clock correction: records that a log holds in front of a setting of the clock, by their ids, have
// the time of a clock that was wrong; they are told by the clock as it was set.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "fact/assessment.hpp"
#include "fact/fact_set.hpp"

namespace npg {

/// Logs whose records' order and the settings of the clock are both known.
enum class ClockedLog : std::uint8_t { none, security, sysmon };

struct ClockCorrection {
  std::set<ClockedLog> logs;  ///< of these each record's place among the settings is known
  std::vector<std::string> statements;
  std::map<Origin, FileTime> recorded;  ///< the times that moved registry changes bear in the log
  /// True for the time of a logged change of the registry whose place among the settings is known.
  [[nodiscard]] bool is_sure(FileTime time, const FactSet& facts) const;
  /// The same of a logon.
  [[nodiscard]] bool is_sure(const LogonFact& logon) const;
  /// Says in the chains of moved changes which times their records bear.
  void tell_recorded(std::vector<Change>& changes) const;
};

/// Moves the times of facts whose records stand before a setting of the clock, so that times rise
/// as it happened; the last run of the clock is taken to be right. Settings of a minute and more
/// count, as Security 4616 tells them, or Kernel-General 1 where the times of a log fall as it
/// says. What no log places (key times of hives, other logs) stays as it is.
[[nodiscard]] ClockCorrection correct_clock(FactSet& facts);

}  // namespace npg
