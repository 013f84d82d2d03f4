// `npguard dump evtx`: every record of an event log as one JSON object a line.
#pragma once

#include <functional>
#include <string_view>

#include "base/diagnostic.hpp"
#include "base/limits.hpp"
#include "view/file_view.hpp"

namespace npg {

struct EvtxDumpOptions {
  unsigned threads = 1;
  /// Instead of the live records, those that stand whole in space that the log does not use.
  bool recovered = false;
};

/// Writes each live record, in file order, as one line (docs/formats/evtx.md, "Dump"). A record
/// that can be decoded only in part is written as far as it goes, with an "error". The same with
/// any number of threads. Errors: truncated, not_this_format, io.
[[nodiscard]] Result<void> dump_evtx(const FileView& file, const EvtxDumpOptions& options,
                                     const Limits& limits,
                                     const std::function<void(std::string_view)>& out,
                                     Diagnostics& diagnostics);

}  // namespace npg
