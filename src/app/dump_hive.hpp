// The `dump hive` use case: a hive as JSON lines, one object a key (docs/formats/regf.md, 12).
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.hpp"
#include "base/error.hpp"
#include "base/limits.hpp"
#include "view/file_view.hpp"

namespace npg {

/// Writes every key of the hive, after replay of the logs that belong to it, in tree order to
/// `out`, in blocks of whole lines. What was damaged or left out goes to `diagnostics`, whose
/// evidence number is 0 for the hive and 1, 2, ... for the logs as given. `log_notes` gets a line
/// for each log: what was applied of it, or why nothing was. Errors: those of HiveView::open;
/// nothing has been written then.
Result<void> dump_hive(const FileView& file, std::span<const FileView* const> logs,
                       const Limits& limits, const std::function<void(std::string_view)>& out,
                       Diagnostics& diagnostics, std::vector<std::string>& log_notes);

}  // namespace npg
