// What is left of a registry's past in unused space, and where the registry contradicts itself:
// values that a source gives and an extractor reads. Nothing of it is part of the tree that
// RegistryView shows.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "view/registry_view.hpp"

namespace npg {

/// Names of keys from the root down, as far up as can be proved.
struct RecoveredPath {
  std::vector<EvidenceText> names;
  std::vector<bool> live;  ///< beside each name: the tree holds that key today
  bool complete = false;  ///< the first name stands below the root; else what is above is not known

  /// Divided by backslashes, in stored form, with "?" in front where what is above is not known.
  [[nodiscard]] std::string text() const;
};

struct RecoveredRegistryValue {
  RegistryValue value;          ///< its origin is How::recovered
  std::string_view data_state;  ///< whole, partial, reused (the bytes have a new user), lost
};

struct RecoveredRegistryKey {
  EvidenceText name;
  RecoveredPath path;
  FileTime last_written;
  std::string_view place;         ///< free_cell, cell_slack, unlisted_cell, log_history, ...
  std::uint32_t sequence = 0;     ///< of the log entry; 0 outside logs
  bool is_older_version = false;  ///< the tree still has this key, with a newer record
  bool was_in_use = false;        ///< its cell is, or in the old page was, marked in use
  std::string_view list_state;    ///< none, intact, partial, reused, lost
  std::vector<RecoveredRegistryValue> values;
  Origin origin;
};

/// A value that no recovered key holds.
struct RecoveredLoneValue {
  RecoveredRegistryValue item;
  std::string_view place;
  RecoveredPath owner;           ///< the live key that had it; no names when that is not known
  std::string_view owner_proof;  ///< none, list_slack, former_list
};

/// Bytes that no record uses: data whose record is gone, or what stands behind a record's content
/// in its cell.
struct RecoveredStretch {
  std::span<const std::byte> bytes;
  std::string_view place;
  Origin origin;
};

/// Text in such bytes.
struct RecoveredText {
  EvidenceText text;
  Origin origin;
};
/// Runs of at least eight UTF-16 units of Latin letters, digits and signs, up to what is none.
[[nodiscard]] std::vector<RecoveredText> texts_in(const RecoveredStretch& stretch);

struct RegistryDisagreement {
  std::string_view kind;  ///< key_not_listed, name_order, ...
  RecoveredPath key;      ///< whose lists or place it concerns
  EvidenceText other;     ///< name of the sub-key or value met; empty when there is none
  std::uint64_t need = 0;
  std::uint64_t have = 0;
  /// The list that does not hold it is itself unreadable: bytes were lost, and nobody need have
  /// hidden anything.
  bool by_damage = false;
  Origin origin;
};

struct RecoveredSink {
  /// Of a key in the hive's unused space, its name and that of the key which it says is its parent
  /// (not proved; empty when there is none): whether it is given at all. Empty: every key is.
  std::function<bool(std::string_view name, std::string_view parent)> wants_key;
  std::function<void(const RecoveredRegistryKey&)> key;
  std::function<void(const RecoveredLoneValue&)> value;
  std::function<void(const RecoveredStretch&)> stretch;  ///< may be empty: then none are looked for
  std::function<void(const RegistryDisagreement&)> disagreement;
};

struct RecoveredCounts {
  std::uint64_t keys = 0;  ///< in the hive itself, not in older pages
  std::uint64_t values = 0;
  std::uint64_t old_versions = 0;  ///< of keys in older pages of logs and of the primary file
  std::uint64_t disagreements = 0;
  std::uint64_t left_out = 0;  ///< found and, being over a limit, not given
  bool complete = true;        ///< false when a limit ended the look at the tree
};

}  // namespace npg
