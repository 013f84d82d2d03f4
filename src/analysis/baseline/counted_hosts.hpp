// CountedHosts: which profiles are of one host, so that it counts once in a baseline however often
// it is given: as folders, as cases, as a case beside its folder.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/baseline/baseline.hpp"

namespace npg {

class CountedHosts {
 public:
  /// Counts the profile's host into the baseline, or what this profile adds to a host that is
  /// counted already: its group has it once, and each of its values.
  void add(const HostProfile& profile, std::string_view tag, Baseline& baseline);

  /// Hosts that came more than once, and how often; sorted.
  [[nodiscard]] std::map<std::string, std::uint64_t> repeated() const;

 private:
  struct Host {
    std::string name;  ///< as first met
    std::string guid;  ///< name_key; empty while nothing tells, and so the next two
    std::string sid;
    std::string domain;
    std::uint64_t profiles = 0;
    std::map<GroupKey, CountedHost> in_groups;
  };
  Host& host_of(const HostProfile& profile);

  std::map<std::string, std::vector<Host>> by_name_;
};

}  // namespace npg
