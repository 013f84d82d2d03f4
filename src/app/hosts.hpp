// Which host each reading is of: told by what the evidence says (ComputerName, Computer,
// MachineGuid), never by folder names alone. Disagreement is reported, not settled silently.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "app/reading.hpp"
#include "base/diagnostic.hpp"
#include "fact/fact_set.hpp"

namespace npg {

struct Host {
  /// Empty when no evidence names it; with what tells it apart, "DC01 (corp.example)", where
  /// another host of the scan has the same name.
  SharedText name;
  std::vector<SharedText> names_seen;  ///< every Computer and ComputerName, sorted
  std::vector<std::string> groups;     ///< collection roots that it has files in, sorted
  FactSet facts;
  std::vector<EventDialectFact> streams;  ///< how collected events of it came here
  /// With a case: its rows for the parts of this host, and the readings that they are of.
  std::vector<std::pair<std::int64_t, std::string>> case_parts;
  bool has_dirty_hive = false;  ///< a hive of it whose transaction logs are missing
};

/// Takes the facts out of the readings and gives them to hosts, sorted by name. The order of the
/// readings does not matter. Adds host_names_disagree and host_unknown diagnostics.
[[nodiscard]] std::vector<Host> group_hosts(std::vector<Reading>& readings,
                                            Diagnostics& diagnostics);

}  // namespace npg
