// `npguard attack analysis`: npguard's own statements about ATT&CK objects, and which of them are
// stale against the mirror.
#pragma once

#include <string>
#include <vector>

#include "app/attack_mirror.hpp"
#include "attack/release.hpp"

namespace npg {

struct AnalysisRequest {
  std::vector<std::string> files;  ///< besides the shipped statements
  std::string release;             ///< empty: the newest of each file's domain
};
/// Not sound when a statement is stale or its object is gone.
[[nodiscard]] MirrorResult mirror_analysis(const MirrorRequest& request,
                                           const AnalysisRequest& analysis, const Limits& limits);

/// The shipped statements about one object for `show`: our words, apart from MITRE's. Empty when
/// there are none.
[[nodiscard]] std::string statements_about(const attack::Release& release,
                                           const std::string& stix_id);

}  // namespace npg
