// Hives that name one computer: whether they are of one machine. Names are given twice (clones, two
// companies' DC01, a machine set up anew); MachineGuid, machine SID and DNS domain tell.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "app/host_parts.hpp"

namespace npg {

struct SameName {
  /// Indexes of the hives' parts by machine, in the order of their first parts.
  std::vector<std::vector<std::size_t>> machines;
  /// "MachineGuid", "machine SID" or "DNS domain": what holds the first two apart; empty for one.
  std::string apart_by;
  /// Hives in several folders are one machine here and share nothing but the name.
  bool is_by_name_alone = false;
};

/// `hives` are parts of one name. Those of one folder are of one machine; of several folders those
/// with the same MachineGuid or machine SID are, and those that nothing holds apart. A hive that
/// fits several machines that are held apart stays alone.
[[nodiscard]] SameName tell_machines_apart(const std::vector<Reading>& readings,
                                           const std::vector<HostPart>& parts,
                                           const std::vector<std::size_t>& hives);

}  // namespace npg
