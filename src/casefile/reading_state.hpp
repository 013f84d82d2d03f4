// ReadingState: what is kept of a reading besides its facts.
#pragma once

#include <cstdint>
#include <vector>

#include "base/filetime.hpp"
#include "fact/origin.hpp"
#include "fact/shared_text.hpp"
#include "fact/stream_facts.hpp"

namespace npg {

/// What is known of a reading besides its facts: what tells hosts and hive copies apart.
struct ReadingState {
  struct Log {
    SharedText channel;
    SharedText computer;
    std::uint64_t first_id = 0;
    std::uint64_t last_id = 0;
  };
  SharedText file_kind;
  SharedText hive_kind;
  SharedText windows_path;
  bool is_part = false;
  bool is_dirty_without_log = false;
  bool has_cut_log = false;
  bool is_replayed = false;
  std::uint32_t sequence1 = 0;
  std::uint32_t sequence2 = 0;
  FileTime newest_key;
  FileTime surely_written;
  Origin services;
  bool lists_services = false;
  bool has_all_services = true;
  bool has_all_orders = true;
  std::vector<Log> logs;
  std::vector<EventDialectFact> streams;  ///< how collected events came here, of every computer
};

}  // namespace npg
