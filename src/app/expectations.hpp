// What a host is held against besides knowledge: a baseline, exceptions, approved changes. Applied
// to one host's findings after the rules have run and before the host is judged.
#pragma once

#include <string>
#include <vector>

#include "analysis/baseline/approved_change.hpp"
#include "analysis/baseline/baseline.hpp"
#include "analysis/baseline/exception.hpp"
#include "fact/assessment.hpp"
#include "fact/fact_set.hpp"

namespace npg {

struct Expectations {
  const Baseline* baseline = nullptr;  ///< null: none
  std::vector<ExceptionRule> exceptions;
  std::vector<ApprovedChange> calendar;
  std::vector<std::string>
      tags;        ///< of every host of this scan; the first chooses the baseline's group
  FileTime as_of;  ///< what exceptions are held against; not given: the time of the assessment
  bool is_clock = false;                 ///< as_of is this machine's clock: every host says so
  std::vector<std::string> not_counted;  ///< exceptions that do not count, and why: sentences
  std::vector<std::string> unproven;     ///< what counts although nothing proves it: sentences
};

/// "build 22631, role workstation, tag kiosk"; "a build that is not known, role unknown".
[[nodiscard]] std::string group_name(std::uint32_t build, const std::string& role,
                                     const std::string& tag);

/// What a baseline says of a host; nothing when there is none.
[[nodiscard]] DriftReport drift_from_baseline(const Expectations& expectations,
                                              const HostProfile& profile);

/// What exceptions on a host are held against.
[[nodiscard]] ExceptionContext exception_context(const Expectations& expectations,
                                                 const DriftReport& report,
                                                 const HostProfile& profile,
                                                 const HostAssessment& host);

void apply_expectations(const Expectations& expectations, const FactSet& facts,
                        HostAssessment& host);

}  // namespace npg
