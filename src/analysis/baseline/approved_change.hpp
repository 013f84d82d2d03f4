// Approved deployment as evidence: a change calendar, installer and servicing events and the
// software inventory lower a finding by one grade and say why. They never remove one: an attacker
// can install, too.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/filetime.hpp"
#include "fact/assessment.hpp"
#include "fact/fact_set.hpp"

namespace npg {

/// One row of a change calendar.
struct ApprovedChange {
  std::string ticket;
  FileTime from;
  FileTime to;
  std::vector<std::string> hosts;  ///< names; a * at the end stands for any rest; empty: every host
  std::string what;                ///< for people
};

void lower_by_approved_changes(std::span<const ApprovedChange> calendar, const FactSet& facts,
                               HostAssessment& host);

}  // namespace npg
