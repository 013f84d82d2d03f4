// Reads one event log file: counts every record, and gives those that somebody asked for as events.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/diagnostic.hpp"
#include "base/limits.hpp"
#include "view/file_view.hpp"
#include "view/win_event.hpp"

namespace npg {

/// Record ids that are missing between two records of one channel.
struct RecordGap {
  std::uint64_t after_id = 0;
  std::uint64_t next_id = 0;
  FileTime after_time;
  FileTime next_time;
};

/// What one channel of one computer holds in one file.
struct LogChannelSummary {
  EvidenceText channel;
  EvidenceText computer;
  std::uint64_t records = 0;
  std::uint64_t records_unverified = 0;  ///< of those: in chunks whose checksum fails
  std::uint64_t first_id = 0;            ///< the smallest System/EventRecordID
  std::uint64_t last_id = 0;             ///< the largest
  FileTime first_time;                   ///< the earliest TimeCreated
  FileTime last_time;                    ///< the latest
  /// Records more than a second older than the record whose id comes before theirs: the clock was
  /// put back, or the log was tampered with. Smaller steps are ordinary buffering.
  std::uint64_t time_reversals = 0;
  /// How often a record of this computer and channel follows one of another: a log that collects
  /// several computers goes from one to the other and back.
  std::uint64_t entered = 0;
  bool is_forwarded = false;  ///< its record ids are those of another log
  std::map<std::pair<std::string, std::uint32_t>, std::uint64_t> counts;  ///< by provider and id
  std::vector<RecordGap> gaps;                                            ///< in order of ids
  std::vector<std::pair<FileTime, FileTime>> silences;  ///< long stretches without a record
};

/// What one file holds. records_seen = records_parsed + records_failed.
struct EvtxLogSummary {
  std::vector<LogChannelSummary> channels;  ///< sorted by channel, then computer
  std::uint64_t records_seen = 0;
  std::uint64_t records_parsed = 0;
  std::uint64_t records_failed = 0;      ///< decoded in part or not at all; each has a diagnostic
  std::uint64_t records_unverified = 0;  ///< of those seen: their chunk's checksums disagree
  std::uint64_t records_decoded = 0;     ///< of those seen: decoded whole; the plain ones are not
  std::uint64_t records_recovered = 0;   ///< whole records in unused space; not among those seen
  std::uint64_t chunks_seen = 0;         ///< 64 KiB slots
  std::uint64_t chunks_used = 0;         ///< slots with records
  std::uint64_t chunks_bad = 0;  ///< slots with a damaged header or a wrong checksum, or garbage
  std::uint64_t bytes = 0;       ///< read
  bool dirty = false;            ///< the file header says that the log was in use
  bool header_ok = false;
  std::uint64_t bytes_not_understood = 0;
};

/// Takes the events of one part of a log, in file order.
class EventSink {
 public:
  virtual ~EventSink() = default;
  /// The event lives until take returns.
  virtual void take(const WinEvent& event) = 0;
};
/// Makes a sink for each part of a log and takes it back full. `begin` may be called by several
/// threads at once, each with a worker's number of its own; `finish` for one part at a time, in
/// file order. Not every sink that is begun is finished.
class EventSinks {
 public:
  virtual ~EventSinks() = default;
  [[nodiscard]] virtual std::unique_ptr<EventSink> begin(unsigned worker) = 0;
  virtual void finish(std::unique_ptr<EventSink> sink) = 0;
};

struct LogReadingOptions {
  std::uint32_t evidence = 0;  ///< for the events' origins
  std::span<const EventInterest> interests;
  unsigned threads = 1;
};

/// Reads the whole file in pieces of 1 MiB. Every live record is counted in the summary; those
/// whose provider and event id an interest names, and which may pass its tests, go to the sinks as
/// events. A record that was decoded only in part still goes there, as unverified, when its System
/// part could be read. Whole records in unused space go there as recovered, and are counted apart.
/// Damage goes to `diagnostics` and reading goes on behind it. The result is the same with any
/// number of threads. Errors: truncated, not_this_format, io (see for_each_chunk in
/// chunk_walk.hpp).
[[nodiscard]] Result<EvtxLogSummary> read_evtx_log(const FileView& file,
                                                   const LogReadingOptions& options,
                                                   const Limits& limits, EventSinks& sinks,
                                                   Diagnostics& diagnostics);
/// The same on one thread, each event to `sink`.
[[nodiscard]] Result<EvtxLogSummary> read_evtx_log(const FileView& file, std::uint32_t evidence,
                                                   std::span<const EventInterest> interests,
                                                   const Limits& limits,
                                                   const std::function<void(const WinEvent&)>& sink,
                                                   Diagnostics& diagnostics);

}  // namespace npg
