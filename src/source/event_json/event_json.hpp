// Reads a stream of events written as JSON, in any mixture of dialects: counts every event, and
// gives those that somebody asked for as events. The same for CSV tables and for event XML.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/diagnostic.hpp"
#include "base/stream_limits.hpp"
#include "source/event_json/dialect.hpp"
#include "source/event_json/stream_counter.hpp"
#include "view/file_view.hpp"
#include "view/win_event.hpp"

namespace npg {

/// What one dialect brought of one computer.
struct DialectSummary {
  Dialect dialect = Dialect::unknown;
  EvidenceText computer;
  std::uint64_t events = 0;
  std::uint64_t without_zone = 0;    ///< their times were taken as UTC
  std::uint64_t without_names = 0;   ///< wanted ones whose values could not be named
  std::uint64_t from_collector = 0;  ///< name the collecting host alone
  std::uint64_t without_time = 0;    ///< no usable one
  std::uint64_t not_events = 0;      ///< objects of the file that are no events, whosever they are
};

/// What one file holds. objects_seen = events + not_events + objects_failed.
struct EventStreamSummary {
  std::vector<StreamChannel> channels;   ///< sorted by channel, then computer
  std::vector<DialectSummary> dialects;  ///< sorted by dialect, then computer
  std::uint64_t objects_seen = 0;
  std::uint64_t events = 0;
  std::uint64_t duplicates = 0;      ///< of those: came twice
  std::uint64_t not_events = 0;      ///< JSON objects that are no Windows events
  std::uint64_t objects_failed = 0;  ///< lines that are no JSON; each has a diagnostic
  std::uint64_t events_built = 0;    ///< of the events: read whole
  std::uint64_t bytes_not_understood = 0;
};

using EventSink = std::function<void(const WinEvent&)>;

/// Reads the whole file, a block at a time. Every event is counted in the summary; those whose
/// provider and event id an interest names go to `sink` in the order of the file, with `evidence`
/// in their origin; the event lives until sink returns. Changes of the registry without a usable
/// time come last, with the time of the event before or behind them. What is no JSON goes to
/// `diagnostics` and costs its line. Error: io.
[[nodiscard]] Result<EventStreamSummary> read_event_json(
    const FileView& file, std::uint32_t evidence, std::span<const EventInterest> interests,
    const StreamLimits& limits, const EventSink& sink, Diagnostics& diagnostics);

/// The same of event XML: Event elements, alone or in Events. What is no well-formed element costs
/// itself.
[[nodiscard]] Result<EventStreamSummary> read_event_xml(
    const FileView& file, std::uint32_t evidence, std::span<const EventInterest> interests,
    const StreamLimits& limits, const EventSink& sink, Diagnostics& diagnostics);

/// The same of a CSV table whose first row holds the names that a dialect of event JSON has.
[[nodiscard]] Result<EventStreamSummary> read_event_csv(
    const FileView& file, std::uint32_t evidence, std::span<const EventInterest> interests,
    const StreamLimits& limits, const EventSink& sink, Diagnostics& diagnostics);

}  // namespace npg
