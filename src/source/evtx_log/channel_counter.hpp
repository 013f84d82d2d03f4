// Counts the events of a log while it is read: what kinds, when, and which record ids are missing.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <utility>
#include <vector>

#include "base/day_spans.hpp"
#include "base/diagnostic.hpp"
#include "base/limits.hpp"
#include "source/evtx_log/evtx_log.hpp"
#include "source/evtx_log/name_table.hpp"

namespace npg {

/// One record as the counter wants it.
struct CountedRecord {
  std::uint64_t record_id = 0;  ///< System/EventRecordID
  std::uint64_t header_id = 0;  ///< the record header's
  FileTime time;
  FileTime written;          ///< the record header's
  std::uint64_t offset = 0;  ///< in the file
  bool verified = true;      ///< its chunk's checksums agree
};

/// Counts one part of a log. Names are numbers of a NameTable.
class ChannelCounter {
 public:
  /// Consecutive record ids.
  struct Run {
    std::uint64_t first_id = 0;
    std::uint64_t last_id = 0;
    FileTime first_time;
    FileTime last_time;
    std::size_t owner = 0;
  };
  struct Channel {
    std::uint32_t channel = 0;
    std::uint32_t computer = 0;
    std::size_t number = 0;
    std::uint64_t records = 0;
    std::uint64_t records_unverified = 0;
    std::uint64_t first_id = UINT64_MAX;
    std::uint64_t last_id = 0;
    FileTime first_time{UINT64_MAX};
    FileTime last_time;
    std::uint64_t time_reversals = 0;
    std::uint64_t largest_reversal = 0;  ///< ticks
    std::uint64_t ids_differ = 0;        ///< records whose header has another id than what they say
    std::uint64_t times_differ = 0;      ///< and whose header has a time far from theirs
    std::uint64_t first_differing = 0;   ///< where the first of either stands; 0: none
    std::uint64_t entered = 0;           ///< as LogChannelSummary has it
    DaySpans days;
    std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint64_t> counts;
    std::vector<Run> runs;
  };
  /// Where records of one kind are counted. Lives as long as the counter.
  struct Kind {
    Channel* channel = nullptr;
    std::uint64_t* count = nullptr;
  };
  explicit ChannelCounter(const Limits& limits) : limits_(limits) {}
  [[nodiscard]] std::size_t channel_of(std::uint32_t channel, std::uint32_t computer);
  [[nodiscard]] Kind kind_of(std::size_t channel, std::uint32_t provider, std::uint32_t event_id);
  void count(const Kind& kind, const CountedRecord& record);
  /// Adds what the part behind this one counted.
  void append(const ChannelCounter& part, const NameTable& part_names, NameTable& names);
  /// The summaries, sorted by channel and computer. Says in `diagnostics` when a limit cut them.
  [[nodiscard]] std::vector<LogChannelSummary> finish(const NameTable& names, bool names_full,
                                                      Diagnostics& diagnostics) const;

 private:
  /// True when the record ids are another log's.
  [[nodiscard]] static bool is_forwarded(const Channel& channel) {
    return channel.ids_differ * 2 > channel.records;
  }
  static void report_oddities(const Channel& channel, const EvidenceText& name,
                              Diagnostics& diagnostics);
  void extend_runs(Channel& channel, const Run& next);
  void add_gaps(std::vector<Run> runs, std::vector<LogChannelSummary>& summaries) const;
  void find_gaps(std::vector<LogChannelSummary>& summaries) const;

  const Limits& limits_;
  std::deque<Channel> channels_;  ///< which does not move them: kinds point into them
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::size_t> index_;
  std::uint64_t kinds_ = 0;
  std::uint64_t runs_ = 0;
  bool limit_hit_ = false;
  static constexpr std::size_t none = SIZE_MAX;
  std::size_t first_ = none;  ///< number of the channel that the first record is of
  std::size_t last_ = none;   ///< and the last one
};

}  // namespace npg
