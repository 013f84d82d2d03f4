// Facts of one registry hive, whichever hive it is: what it holds is looked for from its root.
// Where the hive came from is the source's matter, what the facts mean the analysis'.
#pragma once

#include <functional>
#include <string_view>

#include "base/diagnostic.hpp"
#include "fact/fact_set.hpp"
#include "fact/text_pool.hpp"
#include "view/registry_view.hpp"

namespace npg {

/// Another hive of the same machine, "SOFTWARE" or the like, for links that lead there; nothing
/// where the evidence has none.
using OtherHive = std::function<const RegistryView*(std::string_view name)>;

/// Appends to `facts` what the hive holds: registrations, orders, policies, audit policy,
/// environment and the host's identity. Facts that have no HiveMoment (policies, audit policy,
/// environment) are read of the current moment only. Values that Windows would not have written so
/// are read leniently and reported as registry_value_odd. A hive with none of these adds nothing.
void extract_registry(const RegistryView& view, HiveMoment moment, TextPool& pool, FactSet& facts,
                      Diagnostics& diagnostics, const OtherHive& other_hive = {});

/// What of a SYSTEM hive's current control set stands behind symbolic links that lead out of the
/// evidence: it is not seen, and may hold anything.
struct HiddenParts {
  bool services = false;
  bool orders = false;  ///< one of the two, or both
};
[[nodiscard]] HiddenParts hidden_parts(const RegistryView& view, const OtherHive& other_hive);

}  // namespace npg
