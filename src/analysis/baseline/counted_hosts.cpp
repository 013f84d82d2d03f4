#include "analysis/baseline/counted_hosts.hpp"

#include <algorithm>

#include "analysis/baseline/host_names.hpp"
#include "base/evidence_text.hpp"

namespace npg {
namespace {

bool disagree(const std::string& a, const std::string& b) {
  return !a.empty() && !b.empty() && a != b;
}
bool agree(const std::string& a, const std::string& b) {
  return !a.empty() && a == b;
}

}  // namespace

/// As a scan tells machines of one name apart: MachineGuid, SID, and the domain where neither of
/// them says that it is one machine. What nothing holds apart is one: a host too few makes no value
/// known that is not.
CountedHosts::Host& CountedHosts::host_of(const HostProfile& profile) {
  const Host wanted{.name = profile.host,
                    .guid = name_key(profile.machine_guid),
                    .sid = name_key(profile.machine_sid),
                    .domain = name_key(profile.domain)};
  std::vector<Host>& same = by_name_[name_key(plain_host_name(profile.host))];
  const auto known = std::ranges::find_if(same, [&](const Host& host) {
    const bool is_one_machine = agree(host.guid, wanted.guid) || agree(host.sid, wanted.sid);
    return !disagree(host.guid, wanted.guid) && !disagree(host.sid, wanted.sid) &&
           (is_one_machine || !disagree(host.domain, wanted.domain));
  });
  if (known == same.end()) {
    return same.emplace_back(wanted);
  }
  known->guid = known->guid.empty() ? wanted.guid : known->guid;
  known->sid = known->sid.empty() ? wanted.sid : known->sid;
  known->domain = known->domain.empty() ? wanted.domain : known->domain;
  return *known;
}

void CountedHosts::add(const HostProfile& profile, std::string_view tag, Baseline& baseline) {
  Host& host = host_of(profile);
  ++host.profiles;
  const GroupKey group{.build = profile.build, .role = profile.role, .tag = std::string(tag)};
  baseline.add(profile, tag, host.in_groups[group]);
}

std::map<std::string, std::uint64_t> CountedHosts::repeated() const {
  std::map<std::string, std::uint64_t> often;
  for (const auto& [name, hosts] : by_name_) {
    for (const Host& host : hosts) {
      if (host.profiles > 1) {
        often[host.name] += host.profiles;
      }
    }
  }
  return often;
}

}  // namespace npg
