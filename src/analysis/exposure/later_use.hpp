// Later use: exposed accounts on other hosts of the same scan, and the reset list over all hosts.
#pragma once

#include <span>
#include <vector>

#include "fact/assessment.hpp"
#include "fact/fact_set.hpp"

namespace npg {

/// The logons of one host by account: what other hosts' exposures ask of it. Small: one entry an
/// account and day.
struct AccountUse {
  SharedText sid;
  SharedText account;
  FileTime first;
  FileTime last;
  std::uint64_t logons = 0;
  std::vector<std::string> addresses;  ///< escaped, sorted
};
[[nodiscard]] std::vector<AccountUse> account_uses(const FactSet& facts);

/// Fills used_later of every exposed domain account of each host from the uses on the other hosts
/// (`uses` by host index) after it was first exposed.
void add_later_use(std::span<HostAssessment> hosts, std::span<const std::vector<AccountUse>> uses);

/// Every account to reset or review over all hosts, each once, the most urgent first: action, then
/// domain controllers before servers before workstations, certainty, privilege, use elsewhere
/// since.
[[nodiscard]] std::vector<ResetItem> reset_list(std::span<const HostAssessment> hosts);

}  // namespace npg
