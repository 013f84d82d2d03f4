// Reading of one event log: its records counted, facts made of those that somebody asked for.
#pragma once

#include "app/reading.hpp"

namespace npg {

/// Fills what a log gives: facts, coverage, counts, diagnostics. With several threads its parts are
/// read at once; the result is the same.
void read_event_log(const FileView& file, const ReadingOptions& options, const Limits& limits,
                    Reading& reading);

}  // namespace npg
