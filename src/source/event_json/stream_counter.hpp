// Counts the events of a stream while it is read: of which channel and computer, what kinds, when,
// which record ids are missing and which came twice. Events of many hosts may be interleaved.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/day_spans.hpp"
#include "base/diagnostic.hpp"
#include "base/evidence_text.hpp"
#include "base/filetime.hpp"
#include "base/stream_limits.hpp"

namespace npg {

/// Record ids that are missing between two records of one channel.
struct StreamGap {
  std::uint64_t after_id = 0;
  std::uint64_t next_id = 0;
  FileTime after_time;
  FileTime next_time;
};

/// What one channel of one computer holds in one stream.
struct StreamChannel {
  EvidenceText channel;
  EvidenceText computer;
  std::uint64_t records = 0;     ///< each once
  std::uint64_t duplicates = 0;  ///< of an id and a time that were there before
  std::uint64_t first_id = 0;    ///< 0 when the dialect keeps no record ids
  std::uint64_t last_id = 0;
  FileTime first_time;
  FileTime last_time;
  std::map<std::pair<std::string, std::uint32_t>, std::uint64_t> counts;  ///< by provider and id
  std::vector<StreamGap> gaps;                                            ///< in order of ids
  std::vector<std::pair<FileTime, FileTime>> silences;  ///< long stretches without an event
};

/// Names, each kept once and called by a number. Number 0 is the empty name.
class StreamNames {
 public:
  explicit StreamNames(std::uint64_t names_max) : names_max_(names_max), texts_(1) {}
  /// The number of a name as JSON writes it, escapes unresolved. Names that find no place any more
  /// get number 0, and full() says so.
  [[nodiscard]] std::uint32_t of_json(std::string_view raw);
  [[nodiscard]] const EvidenceText& text(std::uint32_t id) const { return texts_[id]; }
  [[nodiscard]] std::size_t size() const { return texts_.size(); }
  [[nodiscard]] bool full() const { return full_; }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };
  /// What was asked for of late, by a few of its characters: most names come again at once.
  struct Recent {
    std::string_view name;  ///< a key of ids_, which stays where it is
    std::uint32_t id = 0;
  };
  std::uint64_t names_max_;
  std::array<Recent, 64> recent_;
  std::unordered_map<std::string, std::uint32_t, Hash, std::equal_to<>> ids_;
  std::vector<EvidenceText> texts_;
  bool full_ = false;
};

/// One event as the counter wants it; the names are numbers of StreamNames.
struct CountedEvent {
  std::uint32_t provider = 0;
  std::uint32_t channel = 0;
  std::uint32_t computer = 0;
  std::uint32_t event_id = 0;
  std::uint64_t record_id = 0;  ///< 0: not known
  FileTime time;
};

class StreamCounter {
 public:
  explicit StreamCounter(const StreamLimits& limits) : limits_(limits) {}
  void count(const CountedEvent& event);
  /// Sorted by channel and computer. Says in `diagnostics` when a limit cut them.
  [[nodiscard]] std::vector<StreamChannel> finish(const StreamNames& names,
                                                  Diagnostics& diagnostics) const;

 private:
  /// Consecutive record ids.
  struct Run {
    std::uint64_t last_id = 0;
    FileTime first_time;
    FileTime last_time;
  };
  using Runs = std::map<std::uint64_t, Run>;  ///< by first id
  struct Channel {
    std::uint32_t channel = 0;
    std::uint32_t computer = 0;
    std::uint64_t records = 0;
    std::uint64_t duplicates = 0;
    FileTime first_time;
    FileTime last_time;
    DaySpans days;
    std::unordered_map<std::uint64_t, std::uint64_t> counts;  ///< by provider << 32 | id
    Runs runs;
    Runs::iterator last_run;
    std::uint64_t last_kind = UINT64_MAX;
    std::uint64_t* last_count = nullptr;
  };
  [[nodiscard]] Channel& channel_of(const CountedEvent& event);
  /// False when the id and time were there before.
  [[nodiscard]] bool add_id(Channel& channel, const CountedEvent& event);
  void count_kind(Channel& channel, const CountedEvent& event);

  const StreamLimits& limits_;
  std::map<std::pair<std::uint32_t, std::uint32_t>, Channel> channels_;
  Channel* last_ = nullptr;
  std::uint64_t kinds_ = 0;
  std::uint64_t runs_ = 0;
  bool limit_hit_ = false;
};

}  // namespace npg
