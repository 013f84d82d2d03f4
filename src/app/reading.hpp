// Reading: one evidence file turned into facts. Files are read independently of each other, so that
// a bad one costs nothing but itself.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/diagnostic.hpp"
#include "base/limits.hpp"
#include "fact/assessment.hpp"
#include "fact/fact_set.hpp"
#include "fact/stream_facts.hpp"
#include "source/collection/collection.hpp"
#include "source/hive/hive_kind.hpp"
#include "view/win_event.hpp"

namespace npg {

/// What one log file holds of one channel of one computer, for telling hosts apart.
struct LogIdentity {
  EvidenceText channel;
  EvidenceText computer;
  std::uint64_t first_id = 0;
  std::uint64_t last_id = 0;
  /// The file collects several computers, as far as its numbering and its order of records tell.
  bool is_collected = false;
};

struct Reading {
  std::uint32_t evidence = 0;  ///< index in Collection::files and in the assessment's evidence list
  FileKind kind = FileKind::other;
  /// CollectedFile::group(); of a reading of a case that of the files it lay beside, or words that
  /// are no path.
  std::string group;
  /// Groups of the collection that hold the same file, and whether it stands there where Windows
  /// has it. Only with a case.
  std::map<std::string, bool> also_in;
  std::string windows_path;  ///< empty when the layout keeps none
  HiveKind hive_kind = HiveKind::other;
  bool is_part = false;      ///< a hive that holds one key of hive_kind
  bool has_cut_log = false;  ///< a hive that needs its logs, and one of them ends in damage
  bool is_dirty_without_log = false;                  ///< a hive whose last writes may be missing
  bool is_replayed = false;                           ///< a hive with what its logs hold
  std::pair<std::uint32_t, std::uint32_t> sequences;  ///< of a hive's file, before replay
  /// The latest write that the header or the upper keys of a SYSTEM or SOFTWARE hive tell of.
  FileTime newest_key;
  /// The same without the few times that lie more than a day behind all others.
  FileTime surely_written;
  /// Of a SYSTEM hive: the key of all services in its current control set, else the root; and
  /// whether each service it had can be read. Of a SOFTWARE hive: the root; and whether all of it
  /// can be read.
  Origin services;
  bool lists_services = false;
  /// As HiveCopyFact has them.
  bool has_all_services = true;
  bool has_all_orders = true;
  std::vector<LogIdentity> logs;
  /// Facts by the computer they are of, as name_key(Computer); hives use "".
  std::map<std::string, FactSet> facts;
  /// How the events of each computer came here, under the same names.
  std::map<std::string, std::vector<EventDialectFact>> streams;
  /// With a case: what it calls the reading, and its rows for the parts by computer.
  std::string case_identity;
  std::map<std::string, std::int64_t> case_parts;
  EvidenceItem item;
  /// Status and detail of transaction logs that this hive's reading used, by their evidence index.
  std::map<std::uint32_t, EvidenceItem> log_items;
  Diagnostics diagnostics;
  bool gave_up = false;  ///< more events than ReadingOptions allows; nothing here counts
};

struct ReadingOptions {
  std::span<const EventInterest> interests;  ///< events of no interest are counted only
  bool hash_hives = true;                    ///< while they are in memory anyway
  unsigned threads = 1;                      ///< for the parts of one file
  /// Limit on the events that are kept of a text stream; behind it reading stops (gave_up).
  std::uint64_t stream_events_max = UINT64_MAX;
};

/// Says in the reading that nothing of the file could be read, and why.
void mark_unreadable(Reading& reading, const Error& error, DiagnosticCode code);

/// Reads the file with that index: a hive with its logs, or an event log. Other kinds give an item
/// and no facts.
[[nodiscard]] Reading read_evidence(const Collection& collection, std::size_t index,
                                    const ReadingOptions& options, const Limits& limits);

}  // namespace npg
