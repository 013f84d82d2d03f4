// Reads one event log file: counts every record, and gives those that somebody asked for as events.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
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
  std::map<std::pair<std::string, std::uint32_t>, std::uint64_t> counts;  ///< by provider and id
  std::vector<RecordGap> gaps;                                            ///< in order of ids
};

/// What one file holds. records_seen = records_parsed + records_failed.
struct EvtxLogSummary {
  std::vector<LogChannelSummary> channels;  ///< sorted by channel, then computer
  std::uint64_t records_seen = 0;
  std::uint64_t records_parsed = 0;
  std::uint64_t records_failed = 0;      ///< decoded in part or not at all; each has a diagnostic
  std::uint64_t records_unverified = 0;  ///< of those seen: their chunk's checksums disagree
  std::uint64_t records_decoded = 0;     ///< of those seen: decoded whole; the plain ones are not
  std::uint64_t chunks_seen = 0;         ///< 64 KiB slots
  std::uint64_t chunks_used = 0;         ///< slots with records
  std::uint64_t chunks_bad = 0;  ///< slots with a damaged header or a wrong checksum, or garbage
  std::uint64_t bytes = 0;       ///< read
  bool dirty = false;            ///< the file header says that the log was in use
  bool header_ok = false;
  std::uint64_t bytes_not_understood = 0;
};

/// Reads the whole file, a quarter of a MiB at a time. Every live record is counted in the summary;
/// those whose provider and event id an interest names go to `sink` as events, in file order, with
/// `evidence` in their origin; the event lives until sink returns. A record that was decoded only
/// in part still goes there, as unverified, when its System part could be read. Damage goes to
/// `diagnostics` and reading goes on behind it. Errors: truncated, not_this_format, io (see
/// for_each_chunk in chunk_walk.hpp).
[[nodiscard]] Result<EvtxLogSummary> read_evtx_log(const FileView& file, std::uint32_t evidence,
                                                   std::span<const EventInterest> interests,
                                                   const Limits& limits,
                                                   const std::function<void(const WinEvent&)>& sink,
                                                   Diagnostics& diagnostics);

}  // namespace npg
