// Domain news: what other hosts, domain controllers above all, log of the accounts that are exposed
// on one: resets of their passwords and their groups.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "fact/assessment.hpp"
#include "fact/fact_set.hpp"

namespace npg {

/// What one host's log says of an account, by its SID.
struct AccountNews {
  struct Password {
    FileTime time;
    std::uint32_t event_id = 0;
    SharedText by;
    Origin origin;
  };
  struct Group {
    std::string name;
    FileTime since;  ///< the newest event that shows it
    FileTime left;   ///< the newest that takes it away; not given where none does
    Origin origin;
  };
  std::vector<Password> passwords;  ///< by time; tries that failed are left out
  std::map<std::string, Group> groups;
};
/// What one host's log says, of every account.
struct HostNews {
  SharedText host;
  std::map<std::string, AccountNews, std::less<>> accounts;
};
[[nodiscard]] HostNews account_news(const SharedText& host, const FactSet& facts);

/// Gives the exposed domain accounts of a host the resets and powerful groups that the logs of
/// other hosts tell, and chooses their action anew; its own news among them say nothing new. Its
/// own local accounts are left alone: cloned computers have the same SIDs for theirs.
void add_domain_news(const HostSummary& host, std::span<const HostNews> news,
                     std::vector<Exposure>& exposures);

}  // namespace npg
