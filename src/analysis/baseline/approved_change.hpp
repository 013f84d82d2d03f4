// Approved deployment as evidence: a change calendar, installer and servicing events and the
// software inventory lower a finding by one grade and say why. They never remove one: an attacker
// can install, too.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
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
  /// What is changed: a word of it must be in the name of the provider, its file (not the folders
  /// of it) or their maker; or any_change.
  std::string what;
};
inline constexpr std::string_view any_change = "any change";
inline constexpr std::uint64_t longest_change_days = 31;

/// True of an installer's event that says that it failed.
[[nodiscard]] bool is_failed_installation(const SystemEventFact& event);

/// A calendar's entry counts when the time, the host and `what` fit; an installation that succeeded
/// within 15 minutes when msiexec.exe (Windows' servicing) or a child of it wrote the keys, or,
/// where no log says who wrote them, when its product or maker bears a name of the provider or its
/// file (Microsoft signed the file); a product of the software inventory whose key was written
/// within 15 minutes, when its folder holds the file or its name bears such a name, and no log says
/// that somebody else wrote the keys. The text says what fitted. The time of a DLL that differs
/// from the baseline is that of a logged write of the file: without one nothing lowers its finding.
void lower_by_approved_changes(std::span<const ApprovedChange> calendar, const FactSet& facts,
                               HostAssessment& host);

}  // namespace npg
