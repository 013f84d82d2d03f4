// Transaction logs: the pages that Windows had written to a log but not yet to the hive, and their
// replay in memory (docs/formats/regf.md, 8 to 10).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/diagnostic.hpp"
#include "base/limits.hpp"
#include "format/regf/base_block.hpp"
#include "format/regf/cell.hpp"

namespace npg::regf {

/// One page or run of pages in a log.
struct LogPage {
  std::uint32_t position = 0;  ///< relative to the hive bins
  Bytes bytes;                 ///< in the log
};

/// One entry of a new-format log; of an old-format log the whole content as one.
struct LogEntry {
  std::uint64_t offset = 0;  ///< absolute in the log
  std::uint64_t size = 0;
  std::uint32_t sequence = 0;
  std::uint32_t bins_bytes = 0;  ///< of the hive after the entry
  std::vector<LogPage> pages;
};

struct TransactionLog {
  BaseBlock block;
  std::vector<LogEntry> entries;  ///< the live chain: each sequence one more than the one before
  std::optional<Error>
      stopped;  ///< what damage ended the chain; nothing when it ended as it should
};

/// Reads a log's base block and its live chain of entries. Damaged entries end the chain and are
/// reported. Errors: truncated, bad_signature, bad_checksum for the base block; not_this_format
/// when the file is a hive; bad_signature for an old-format log without its bitmap.
[[nodiscard]] Result<TransactionLog> read_transaction_log(Bytes file, const Limits& limits,
                                                          Diagnostics& diagnostics);

/// Every whole entry of a log in file order: of a new-format log the live chain, and what is left
/// of earlier ones behind it; of an old-format log its one entry, as far as its sectors are there,
/// in runs. Whatever is damaged is passed over.
[[nodiscard]] std::vector<LogEntry> read_every_entry(Bytes file, const Limits& limits);

/// True when most pages, where that can be told, do not fit to where bins start.
[[nodiscard]] bool pages_contradict(const CellSpace& bins, std::span<const LogEntry> entries);

/// Bytes of the hive that replay put there.
struct ReplacedRange {
  std::uint64_t offset = 0;  ///< absolute in the replayed hive
  std::uint64_t length = 0;
  std::size_t log = 0;           ///< index in the logs given
  std::uint64_t log_offset = 0;  ///< where the bytes are in that log, absolute
  std::uint32_t sequence = 0;    ///< of the entry
};

/// What became of one log.
struct LogOutcome {
  bool applied = false;
  bool belongs = false;       ///< a readable log, and nothing says that it is another hive's
  std::uint32_t entries = 0;  ///< in the live chain
  std::uint32_t entries_applied = 0;
  std::uint32_t first_sequence = 0;  ///< of the live chain
  std::uint32_t last_sequence = 0;
  std::string reason;  ///< why nothing was applied; empty when something was
  Diagnostics diagnostics;
};

struct Replay {
  bool applied = false;
  std::vector<std::byte> bytes;       ///< the hive after replay; empty when nothing was applied
  BaseBlock block;                    ///< as Windows would have it after replay; views into `bytes`
  std::vector<ReplacedRange> ranges;  ///< sorted, without overlaps; the last writer has the range
  std::vector<LogOutcome> logs;       ///< one for each log given, in that order
};

/// Replays what belongs to the hive, in memory. Logs that do not belong, are older, or are not
/// needed are refused with a reason. With `until`, entries behind that sequence are left out: the
/// hive as it was then.
[[nodiscard]] Replay replay_logs(Bytes hive, std::span<const Bytes> logs, const Limits& limits,
                                 std::optional<std::uint32_t> until = std::nullopt);

}  // namespace npg::regf
