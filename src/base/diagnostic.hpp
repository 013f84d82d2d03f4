// Diagnostic: work went on, something was lost or odd. Codes come from the closed list below; every
// one is counted, stored and shown. Errors (base/error.hpp) end a call; diagnostics do not.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace npg {

enum class Severity : std::uint8_t { info, notice, data_loss, error };
[[nodiscard]] std::string_view name_of(Severity severity);

enum class DiagnosticCode : std::uint8_t {
  // files and collections
  file_unreadable,
  file_skipped,
  file_changed_while_read,
  file_unrecognised,
  limit_hit,
  host_names_disagree,
  host_unknown,
  // registry
  hive_dirty_without_log,
  hive_log_applied,
  hive_log_refused,
  hive_log_entry_damaged,
  hive_log_unapplied_entries,
  hive_header_damaged,
  hive_bin_damaged,
  hive_cell_damaged,
  hive_key_damaged,
  hive_value_damaged,
  hive_list_damaged,
  hive_security_damaged,
  hive_loop,
  hive_truncated,
  hive_trailing_data,
  registry_value_odd,
  export_line_damaged,
  // event logs
  evtx_header_damaged,
  evtx_header_stale,
  evtx_chunk_damaged,
  evtx_chunk_checksum,
  evtx_record_damaged,
  evtx_record_undecodable,
  evtx_truncated,
  evtx_trailing_data,
  event_field_odd,
  // images
  image_damaged,
  image_export_damaged,
  image_resource_damaged,
  image_not_collected,
  catalog_broken,
  catalog_not_trusted,
};
/// The name in the assessment JSON, such as "evtx_chunk_checksum".
[[nodiscard]] std::string_view name_of(DiagnosticCode code);

struct Diagnostic {
  DiagnosticCode code = DiagnosticCode::file_unreadable;
  Severity severity = Severity::notice;
  std::uint64_t offset = 0;  ///< absolute in the evidence; 0 when the whole file is meant
  std::uint64_t length = 0;  ///< bytes concerned; 0 when not a range
  std::string
      text;  ///< a sentence for the analyst; evidence text in it is already escaped for a terminal
  std::uint32_t evidence =
      no_evidence;  ///< index in the manifest, set by the layer that knows the file

  static constexpr std::uint32_t no_evidence = UINT32_MAX;
};

/// Collects the diagnostics of one evidence file. Keeps the first `per_code_max` of each code and
/// counts all.
class Diagnostics {
 public:
  Diagnostics() = default;
  explicit Diagnostics(std::uint64_t per_code_max) : per_code_max_(per_code_max) {}

  void add(DiagnosticCode code, Severity severity, std::uint64_t offset, std::uint64_t length,
           std::string text);
  /// The diagnostic for an error that this call survived: the error's own offset, its need and have
  /// in the text.
  void add(DiagnosticCode code, Severity severity, const Error& error,
           std::string_view consequence);

  /// The same for one that names its evidence already.
  void add(Diagnostic diagnostic);
  /// Names the evidence of every kept diagnostic that names none.
  void set_evidence_where_missing(std::uint32_t evidence);

  [[nodiscard]] const std::vector<Diagnostic>& kept() const { return kept_; }
  /// How many were reported per code, kept or not.
  [[nodiscard]] const std::map<DiagnosticCode, std::uint64_t>& counts() const { return counts_; }
  [[nodiscard]] std::uint64_t count(DiagnosticCode code) const;
  /// The worst severity reported; info when nothing was.
  [[nodiscard]] Severity worst() const { return worst_; }
  /// Sum of the lengths of every data_loss and error diagnostic: bytes that were not understood.
  [[nodiscard]] std::uint64_t bytes_lost() const { return bytes_lost_; }
  /// Appends another collection's diagnostics and counts, in order.
  void merge(const Diagnostics& other);
  /// Gives every kept diagnostic that names no evidence yet this one.
  void set_evidence(std::uint32_t evidence);

 private:
  std::uint64_t per_code_max_ = 200;
  std::vector<Diagnostic> kept_;
  std::map<DiagnosticCode, std::uint64_t> counts_;
  Severity worst_ = Severity::info;
  std::uint64_t bytes_lost_ = 0;
};

/// "truncated at 0x104c: regf.nk.name needs 12 bytes, 3 are there" and the like.
[[nodiscard]] std::string describe(const Error& error);

}  // namespace npg
