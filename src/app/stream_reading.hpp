// Reading events written as text (JSON, CSV, XML) into facts.
#pragma once

#include "app/reading.hpp"
#include "view/file_view.hpp"

namespace npg {

/// Facts of every event that an interest names, and what was there to be read, unless the reading
/// gives up. The kind is one of the three event kinds.
void read_event_stream(const FileView& whole, FileKind kind, const ReadingOptions& options,
                       const Limits& limits, Reading& reading);

}  // namespace npg
