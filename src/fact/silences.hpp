// Long stretches in which a log holds nothing though no record id is missing.
#pragma once

#include <string_view>
#include <vector>

#include "fact/fact_set.hpp"

namespace npg {

/// A gap of a LogCoverageFact from id 0 to id 1, between which no record can be missing: the log is
/// silent for long, not cut.
[[nodiscard]] bool is_silence(const LogGap& gap);
/// The silences of a channel that no other log of it fills, in order of time.
[[nodiscard]] std::vector<LogGap> channel_silences(const FactSet& facts, std::string_view channel);

}  // namespace npg
