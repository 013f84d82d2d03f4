// What collected streams leave out, in sentences.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "fact/stream_facts.hpp"

namespace npg {

/// One sentence for each dialect that leaves something out of this host's events, and for events
/// whose time, names or host could not be told for certain.
[[nodiscard]] std::vector<std::string> stream_statements(std::span<const EventDialectFact> streams);

}  // namespace npg
