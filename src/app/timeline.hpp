// The time line: everything that bears on providers and passwords, of all hosts, in one order, with
// the windows of exposure drawn into it.
#pragma once

#include <string>
#include <vector>

#include "app/scan.hpp"
#include "fact/timeline.hpp"

namespace npg {

struct TimelineOptions {
  ScanOptions scan;  ///< read_people and on_host are set by build_timeline
  std::optional<FileTime> from;
  std::optional<FileTime> to;  ///< entries outside are left out and counted
  bool all_logons = false;     ///< also those that reach no provider
};

struct Timeline {
  std::vector<TimelineEntry> entries;  ///< by time, host, kind, source, record
  std::uint64_t left_out = 0;          ///< outside from and to
  Assessment assessment;
};

/// The time line of the evidence. The same evidence gives the same line. Error: as scan.
[[nodiscard]] Result<Timeline> build_timeline(TimelineOptions options);

enum class TimelineForm : std::uint8_t { text, jsonl, csv, timesketch };
[[nodiscard]] std::optional<TimelineForm> timeline_form_of(std::string_view name);
/// The time line in one of its forms; `width` matters for text alone.
[[nodiscard]] std::string render_timeline(const Timeline& timeline, TimelineForm form,
                                          std::size_t width);

}  // namespace npg
