// What a file lay beside, told by content: a folder that is emptied and filled again, or a mount
// point, is another place though its path is the same.
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "app/host_parts.hpp"
#include "casefile/case_file.hpp"

namespace npg {

/// Of one reading of a scan, for a case.
struct CasePlace {
  std::string group;                ///< ReadingToKeep::group
  std::vector<std::string> beside;  ///< ReadingToKeep::beside
  /// Names of the computers that the scan took the reading's nameless parts to be of, as
  /// HostPart::name; sorted.
  std::vector<std::string> names;
};
/// By reading. Hives must have been hashed.
[[nodiscard]] std::map<std::size_t, CasePlace> case_places(const std::vector<Reading>& readings,
                                                           const std::vector<HostPart>& parts);

/// Where readings of a case are taken to lie in a scan: with those that they share a hive with.
class PlacesOfScan {
 public:
  /// The group's own hives that name their computer lie in this folder of the scan.
  void add_folder(const std::string& kept_group, const std::string& folder);
  /// All that add_folder() or this named must be there before folder_of() is asked.
  void add_kept(const std::string& kept_group);
  /// The folder of the scan that has its hives; words of the case where none has, or several have
  /// the same ones.
  [[nodiscard]] std::string folder_of(const std::string& kept_group) const;
  [[nodiscard]] bool is_spread(const std::string& kept_group) const;

 private:
  [[nodiscard]] std::string root_of(std::string name) const;
  void join(const std::string& a, const std::string& b);
  std::map<std::string, std::string> parents_;
  std::map<std::string, std::set<std::string>> folders_;  ///< by root
};

}  // namespace npg
