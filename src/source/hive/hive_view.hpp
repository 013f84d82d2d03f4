// HiveView: a hive file, with what its transaction logs hold replayed in memory, as a registry
// tree.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "base/diagnostic.hpp"
#include "base/limits.hpp"
#include "format/regf/hive.hpp"
#include "format/regf/transaction_log.hpp"
#include "format/regf/walk.hpp"
#include "source/hive/hive_bytes.hpp"
#include "view/file_view.hpp"
#include "view/registry_view.hpp"

namespace npg {

struct HiveFile {
  const FileView* file = nullptr;
  std::uint32_t evidence = 0;  ///< index in the assessment's evidence list
};

struct HiveLog {
  std::uint32_t evidence = 0;
  bool applied = false;
  std::uint32_t entries_applied = 0;
  std::uint32_t first_sequence = 0;  ///< of the log's live chain; 0 when it has none
  std::uint32_t last_sequence = 0;
  std::string reason;  ///< why nothing of it was applied; empty when something was
  std::string sha256;  ///< of the log as read; empty when it could not be read
};

struct HiveState {
  std::uint32_t major = 0;
  std::uint32_t minor = 0;
  std::uint32_t sequence1 = 0;  ///< of the file as collected, before replay
  std::uint32_t sequence2 = 0;
  bool clean = false;  ///< the file needed no log: sequence numbers agree, checksum holds
  bool header_checksum_ok = false;
  bool header_is_lost = false;        ///< the base block is all zeros: nothing above is known
  bool replayed = false;              ///< at least one log was applied
  EvidenceText file_name;             ///< the end of the path that Windows had the hive at
  FileTime last_written;              ///< base block; not kept up to date since Windows 8.1
  FileTime reorganized;               ///< last reorganisation, with the two kind bits taken off
  std::uint8_t reorganized_kind = 0;  ///< 1 defragmented, 2 access history cleared
  std::vector<HiveLog> logs;          ///< in the order given
  std::uint64_t bytes = 0;            ///< of the primary file
  std::uint64_t bins_bytes = 0;       ///< after replay
  std::uint64_t replayed_bytes = 0;   ///< bytes of the hive that came from logs
};

/// Where replayed bytes are to be found by hand.
struct ReplaySource {
  std::uint32_t evidence = 0;    ///< the log
  std::uint64_t log_offset = 0;  ///< absolute in the log
  std::uint64_t length = 0;
  std::uint32_t sequence = 0;  ///< of the log entry
};

/// Origins and diagnostics name the file that holds the bytes: the primary file, or with
/// How::replayed the log that they were replayed from and the place in it, so that both can be
/// checked by hand. Used by one thread at a time: reading adds to the diagnostics.
class HiveView final : public RegistryView {
 public:
  /// Reads the files whole and replays what belongs together. Errors: io, limit_exceeded for the
  /// primary file; those of regf::Hive::open. A log that cannot be used is no error: it stands in
  /// the state and in the diagnostics.
  [[nodiscard]] static Result<std::unique_ptr<HiveView>> open(const HiveFile& primary,
                                                              std::span<const HiveFile> logs,
                                                              const Limits& limits);

  [[nodiscard]] const HiveState& state() const { return state_; }
  /// Damage met so far: at opening, and while keys and values were read. Each names its evidence.
  [[nodiscard]] const Diagnostics& diagnostics() const { return diagnostics_; }
  /// SHA-256 of the primary file as read; computed when first asked for.
  [[nodiscard]] const std::string& sha256() const;
  /// The hive without its logs, with the damage of the primary file in diagnostics of its own;
  /// nothing when no log was applied. Errors: those of regf::Hive::open, when the primary file
  /// alone is no readable hive.
  [[nodiscard]] Result<std::unique_ptr<HiveView>> before_replay() const;
  /// The hive with its logs' entries up to a sequence, as it was between two of them; nothing when
  /// none of them is applied. Errors: those of regf::Hive::open.
  [[nodiscard]] Result<std::unique_ptr<HiveView>> up_to(std::uint32_t sequence) const;
  /// The first log bytes that replay put into a range of the replayed hive; nothing when it touched
  /// none of it.
  [[nodiscard]] std::optional<ReplaySource> replay_source(std::uint64_t offset,
                                                          std::uint64_t length) const;
  /// Where bytes of the replayed hive are to be found: in the primary file, or with How::replayed
  /// in the log that the first of them came from.
  [[nodiscard]] Origin origin_of(std::uint64_t offset, std::uint64_t length) const;
  /// Index of the primary file in the assessment's evidence list.
  [[nodiscard]] std::uint32_t evidence() const { return evidence_; }
  /// The primary file as read, and the logs in the order given; empty for a log that could not be.
  [[nodiscard]] Bytes primary_bytes() const { return original_.bytes(); }
  [[nodiscard]] Bytes log_bytes(std::size_t log) const { return Bytes(logs_[log]); }
  [[nodiscard]] const regf::Replay& replay() const { return replay_; }
  /// The structures below the view, for what reads cells.
  [[nodiscard]] const regf::Hive& hive() const { return *hive_; }

  [[nodiscard]] KeyId root() const override { return KeyId{hive_->root()}; }
  [[nodiscard]] Result<RegistryKey> key(KeyId id) const override;
  [[nodiscard]] std::vector<KeyId> subkeys(KeyId id) const override;
  [[nodiscard]] std::vector<RegistryValue> values(KeyId id) const override;
  [[nodiscard]] bool has_lost_values(KeyId id) const override;
  [[nodiscard]] Result<std::vector<std::byte>> security(KeyId id) const override;

 private:
  explicit HiveView(const Limits& limits)
      : limits_(limits), diagnostics_(limits.diagnostics_per_code_max) {}
  [[nodiscard]] Result<regf::KeyNode> node(KeyId id) const;
  [[nodiscard]] Origin origin_of(const regf::ValueRecord& value) const;
  [[nodiscard]] Origin origin_of_data(const regf::ValueRecord& value) const;
  void apply_logs(std::span<const HiveFile> logs);
  Result<void> open_hive();
  void describe_state(const regf::BaseBlock& block);
  void apply_rulings(const regf::KeyNode& key, std::vector<KeyId>& ids) const;
  /// Adds what reading found, each thing once however often it is read.
  void note(Diagnostics found) const;
  [[nodiscard]] bool spend_steps(std::uint64_t steps) const;

  Limits limits_;
  std::uint32_t evidence_ = 0;
  bool logs_left_out_ = false;  ///< this is another view's before_replay()
  HiveBytes original_;
  std::vector<std::vector<std::byte>> logs_;
  regf::Replay replay_;
  std::optional<regf::Hive> hive_;
  HiveState state_;
  std::vector<std::uint32_t> log_evidence_;
  mutable std::string sha256_;
  mutable Diagnostics diagnostics_;
  mutable std::set<std::tuple<DiagnosticCode, std::uint64_t, std::string>> noted_;
  mutable std::optional<regf::TreeRulings> rulings_;
  mutable std::uint64_t steps_left_ = 0;
  mutable std::uint64_t data_left_ = 0;
};

}  // namespace npg
