// The time line in its forms: text with the windows drawn, JSON lines, CSV (RFC 4180), and CSV as
// Timesketch imports it. Pure functions; text of evidence is escaped for each place.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "fact/assessment.hpp"
#include "fact/timeline.hpp"

namespace npg {

/// For a terminal: a column a window (at most eight), where it may have been open, was open, and
/// ended.
[[nodiscard]] std::string timeline_text(std::span<const TimelineEntry> entries,
                                        const Assessment& assessment, std::uint64_t left_out,
                                        std::size_t width);
/// One object a line: time, host, kind, source, account, text, record_id, windows, evidence.
[[nodiscard]] std::string timeline_jsonl(std::span<const TimelineEntry> entries,
                                         const Assessment& assessment);
/// The same with a heading; lists are divided by "; ". Safe to open in a spreadsheet.
[[nodiscard]] std::string timeline_csv(std::span<const TimelineEntry> entries,
                                       const Assessment& assessment);
/// Timesketch's three columns first (message, datetime, timestamp_desc), then the others. Entries
/// without a time have no place there and are left out.
[[nodiscard]] std::string timeline_timesketch(std::span<const TimelineEntry> entries,
                                              const Assessment& assessment);

}  // namespace npg
