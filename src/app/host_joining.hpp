// Joining: which parts are of one host, by names, machine SIDs and the folders they lie in.
#pragma once

#include <string>
#include <vector>

#include "app/host_parts.hpp"
#include "base/diagnostic.hpp"

namespace npg {

/// For each part the index of the first part of its host. What cannot be settled stays apart and is
/// said: host_unknown, host_names_disagree.
[[nodiscard]] std::vector<std::size_t> join_parts(const std::vector<Reading>& readings,
                                                  const std::vector<HostPart>& parts,
                                                  Diagnostics& diagnostics);

/// A notice about one reading's file.
void note(DiagnosticCode code, const Reading& reading, std::string text, Diagnostics& diagnostics);

}  // namespace npg
