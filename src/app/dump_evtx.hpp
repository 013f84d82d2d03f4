// `npguard dump evtx`: every record of an event log as one JSON object a line.
#pragma once

#include <functional>
#include <string_view>

#include "base/diagnostic.hpp"
#include "base/limits.hpp"
#include "view/file_view.hpp"

namespace npg {

/// Writes each live record, in file order, as one line (docs/formats/evtx.md, "Dump"). A record
/// that can be decoded only in part is written as far as it goes, with an "error". Errors:
/// truncated, not_this_format, io.
[[nodiscard]] Result<void> dump_evtx(const FileView& file, const Limits& limits,
                                     const std::function<void(std::string_view)>& out,
                                     Diagnostics& diagnostics);

}  // namespace npg
