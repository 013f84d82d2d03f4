// Which host each reading is of: told by what the evidence says (ComputerName, Computer,
// MachineGuid), never by folder names alone. Disagreement is reported, not settled silently.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "analysis/exposure/clock_correction.hpp"
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
  /// Those of them whose other files (DLLs, catalogs) are of this host, too: not where a folder
  /// holds the hives of another host at their Windows path, and of this one a copy or a log.
  std::vector<std::string> file_groups;
  FactSet facts;
  std::vector<ImageFact> other_contents;  ///< of paths of which `facts` has another
  std::vector<EventDialectFact> streams;  ///< how collected events of it came here
  /// With a case: its rows for the parts of this host, the readings that they are of, and where the
  /// file lies in this scan. Where Windows has it comes first, then hives, then the rest.
  struct CasePart {
    int rank = 0;
    std::string identity;
    std::int64_t row = 0;
    std::vector<std::string> groups;
    auto operator<=>(const CasePart&) const = default;
  };
  std::vector<CasePart> case_parts;
  /// What was done to the times of `facts` because the clock was set back.
  ClockCorrection clock;
  bool has_dirty_hive = false;  ///< a hive of it whose transaction logs are missing
  bool has_cut_log = false;     ///< a hive of it whose transaction log is damaged
};

/// True for a SYSTEM hive at its Windows path.
[[nodiscard]] bool is_system_at_home(const Reading& reading);

/// Takes the facts out of the readings and gives them to hosts, sorted by name. The order of the
/// readings does not matter. Adds host_names_disagree and host_unknown diagnostics.
[[nodiscard]] std::vector<Host> group_hosts(std::vector<Reading>& readings,
                                            Diagnostics& diagnostics);

}  // namespace npg
