// Reading events written as text (JSON, CSV, XML) into facts.
#pragma once

#include "app/reading.hpp"
#include "view/file_view.hpp"

namespace npg {

/// Facts of every event that an interest names, and what was there to be read. The kind is one of
/// the three event kinds.
void read_event_stream(const FileView& file, FileKind kind,
                       std::span<const EventInterest> interests, const Limits& limits,
                       Reading& reading);

}  // namespace npg
