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
using HostNews = std::map<std::string, AccountNews, std::less<>>;
[[nodiscard]] HostNews account_news(const FactSet& facts);

/// Gives the exposed domain accounts of each host the resets and powerful groups that the logs of
/// the other hosts tell (`news` by host index), and chooses their action anew. A host's own local
/// accounts are left alone: cloned computers have the same SIDs for theirs.
void add_domain_news(std::span<HostAssessment> hosts, std::span<const HostNews> news);

}  // namespace npg
