// Host parts: what each reading says of the computer that it is of. Joining them to hosts is
// host_joining.hpp's matter.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "app/reading.hpp"

namespace npg {

/// The part of a reading that is of one computer: a hive, or one Computer's events in a log.
struct HostPart {
  std::size_t reading = 0;
  std::string computer;  ///< key in Reading::facts
  /// The short name (upper case, up to the first dot) of what the part says itself; empty when it
  /// says nothing.
  std::string name;
  std::string domain;  ///< what follows the first dot of that name; empty for hives and short names
  std::set<std::string> hive_domains;  ///< DNS domains that a SYSTEM hive names, as name_key
  std::string machine_guid;
  /// "S-1-5-21-x-y-z": of a SECURITY hive, or of the local accounts that a log names. A log has
  /// several when the machine was set up anew.
  std::set<std::string> machine_sids;
  std::string file_stem;  ///< flat folders: the file name without the hive's own word
};
[[nodiscard]] std::vector<HostPart> host_parts(const std::vector<Reading>& readings);

}  // namespace npg
