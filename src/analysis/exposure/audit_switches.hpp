// When the log says that success auditing of a sub-category was taken out of the policy (4719), so
// that silence behind it says nothing.
#pragma once

#include <string_view>
#include <vector>

#include "fact/fact_set.hpp"

namespace npg::exposure {

/// A stretch in which successes of a sub-category were not audited.
struct AuditPause {
  FileTime from;
  FileTime to;  ///< not given: to the end of the evidence
  Origin origin;
};

/// The stretches of one sub-category ("Logon", "Registry"), in order of time.
[[nodiscard]] std::vector<AuditPause> audit_pauses(const FactSet& facts,
                                                   std::string_view subcategory);

}  // namespace npg::exposure
