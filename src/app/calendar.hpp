// A calendar of approved changes as people export it: CSV with a head line, or JSON.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "analysis/baseline/approved_change.hpp"
#include "app/failure.hpp"

namespace npg {

/// Columns or keys: ticket, from, to, hosts (divided by ";" or spaces; empty for all), what. JSON
/// is a list of objects, told by its first character. Error: line and column of the first thing
/// that is wrong; nothing is taken then.
[[nodiscard]] Outcomed<std::vector<ApprovedChange>> parse_calendar(std::string_view text,
                                                                   std::string_view name);
[[nodiscard]] Outcomed<std::vector<ApprovedChange>> read_calendar(const std::string& path);

}  // namespace npg
