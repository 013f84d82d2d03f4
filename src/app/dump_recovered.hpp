// The `dump hive --recovered` use case: what a hive and its logs hold of the past, as JSON lines
// (docs/formats/regf.md, 14).
#pragma once

#include <functional>
#include <span>
#include <string_view>

#include "base/diagnostic.hpp"
#include "base/error.hpp"
#include "base/limits.hpp"
#include "view/file_view.hpp"

namespace npg {

/// Writes one object for each recovered key, value and text, and for each place where the hive
/// contradicts itself. Errors and diagnostics as dump_hive().
Result<void> dump_recovered(const FileView& file, std::span<const FileView* const> logs,
                            const Limits& limits, const std::function<void(std::string_view)>& out,
                            Diagnostics& diagnostics);

}  // namespace npg
