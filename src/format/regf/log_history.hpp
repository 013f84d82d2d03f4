// Log history: older versions of keys in the pages of transaction logs, and in the pages of the
// primary file that replay replaced (docs/formats/regf.md, 14).
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "format/regf/recovery.hpp"
#include "format/regf/transaction_log.hpp"

namespace npg::regf {

/// An older version of a key, or a key that the live hive does not have.
struct OldKey {
  std::uint32_t cell_offset = no_cell;
  std::uint32_t state = 0;  ///< which of the history's states holds it
  bool was_in_use = true;   ///< false: its cell was free then already
};

/// What the history is made from. All of it must outlive the history.
struct HistoryInput {
  const Hive& live;      ///< after replay
  const Survey& survey;  ///< of `live`
  Bytes primary;
  std::span<const Bytes> logs;
  const Replay& replay;  ///< of these logs
};

class LogHistory {
 public:
  /// Reads every entry of every log that belongs to the hive. Linear in the bytes of the logs.
  [[nodiscard]] static LogHistory read(const HistoryInput& input);

  /// Oldest state first; in one state by place. A version that stands in several states is given
  /// for the first: the entry that wrote it has its values beside it.
  [[nodiscard]] std::span<const OldKey> keys() const { return keys_; }
  /// How many were found and not kept, being over the limit.
  [[nodiscard]] std::uint64_t left_out() const { return left_out_; }

  [[nodiscard]] KeyNode key(const OldKey& old) const;
  [[nodiscard]] RecoveredValues values(const OldKey& old) const;
  /// The live tree counts as the place of a parent that the old state does not hold itself.
  [[nodiscard]] ProvedPath path(const OldKey& old) const;
  [[nodiscard]] Place place(const OldKey& old) const { return states_[old.state].place; }
  /// 0 the primary file, else 1 + the index of the log.
  [[nodiscard]] std::uint32_t source(const OldKey& old) const { return states_[old.state].source; }
  /// Of the log entry; of the primary file its second number.
  [[nodiscard]] std::uint32_t sequence(const OldKey& old) const {
    return states_[old.state].sequence;
  }
  /// True when the live hive has a key of the same name in the same cell: this is what it was
  /// before.
  [[nodiscard]] bool is_older_version(const OldKey& old) const;

 private:
  struct State {
    Place place = Place::log_history;
    std::uint32_t source = 0;
    std::uint32_t sequence = 0;
    std::vector<LogPage> pages;  ///< by position
  };
  explicit LogHistory(const HistoryInput& input);
  void add_states(const HistoryInput& input);
  void scan(std::uint32_t state, std::unordered_set<std::uint64_t>& known);
  [[nodiscard]] Piece own_piece(const State& state, std::uint32_t cell_offset) const;
  [[nodiscard]] Piece piece(const OldKey& old, std::uint32_t cell_offset,
                            std::uint64_t content_bytes) const;

  const Hive* live_;
  const Survey* survey_;
  Bytes primary_;
  /// The largest hive that any state is of: a hive may have been larger than it is now.
  std::uint64_t bins_bytes_;
  std::vector<State> states_;
  std::vector<OldKey> keys_;
  std::uint64_t left_out_ = 0;
  mutable std::uint64_t steps_left_ = 0;
};

}  // namespace npg::regf
