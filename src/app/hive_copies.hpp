// Which of a host's SYSTEM hives, and of its SOFTWARE hives, is the present.
#pragma once

#include <vector>

#include "app/host_parts.hpp"

namespace npg {

/// Of several SYSTEM hives of one host one is the present; the facts of the others become those of
/// older copies. It is the one at its Windows path; among equals the one that was written to last,
/// by its content; a registry export only where there is no hive, a part of one only where there is
/// no whole one; of two copies of the same state the one with its logs; and then the first by path.
/// Where the present is a part, further parts that show nothing of the same are of the present,
/// too. Each SYSTEM hive becomes a HiveCopyFact, and learns until when it was written
/// (HostIdentityFact::newest_write). What has no moment (policies, keys, environment) is dropped
/// from older copies. `roots` are those of join_parts.
void settle_hive_copies(const std::vector<HostPart>& parts, const std::vector<std::size_t>& roots,
                        std::vector<Reading>& readings);

}  // namespace npg
