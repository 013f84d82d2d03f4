// What the files of this module share. Nobody else includes it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/checksum.hpp"
#include "casefile/case_file.hpp"
#include "casefile/sqlite.hpp"

namespace npg::case_parts {

/// The bytes of hexadecimal text; empty when it is none.
[[nodiscard]] std::string from_hex(std::string_view hex);
[[nodiscard]] std::string hex_of(std::string_view bytes);
/// The first `size` bytes of a digest, as columns and text have them.
[[nodiscard]] std::string digest_text(const Sha256Digest& digest, std::size_t size = 32);

/// 16 bytes over facts_layout() and over how readings know what they lay beside, made once.
[[nodiscard]] const std::string& current_layout();

/// 16 bytes over kind, computer, the reading's identity and the fact's body.
[[nodiscard]] std::string fact_id_of(std::string_view kind, std::string_view computer,
                                     std::string_view identity, std::string_view body);

/// 32 bytes over everything that is kept of a reading: which files, its state, its parts and the
/// ids of their facts; of an evidence file: its row and the images that were read of it; and of a
/// host: its name and profile, its assessments, its findings and which values it has; and of a
/// value. Whoever makes them anew after a change is not told by them.
class Sealer {
 public:
  [[nodiscard]] static CaseResult<Sealer> of_readings(sqlite::Database& database);
  [[nodiscard]] static CaseResult<Sealer> of_evidence(sqlite::Database& database);
  [[nodiscard]] static CaseResult<Sealer> of_hosts(sqlite::Database& database);
  [[nodiscard]] static CaseResult<Sealer> of_values(sqlite::Database& database);
  [[nodiscard]] CaseResult<std::string> seal(std::int64_t row);

 private:
  struct Query {
    sqlite::Statement rows;
    int columns = 0;
  };
  struct Text {
    std::string_view sql;  ///< of one row's id
    int columns;
  };
  [[nodiscard]] static CaseResult<Sealer> prepare(sqlite::Database& database,
                                                  std::span<const Text> texts);
  void add(std::string_view text);
  void add(std::int64_t number);
  std::vector<Query> queries_;
  std::string text_;  ///< what is to be hashed next
};

/// "name=number,name=number" and back; what is no such text gives nothing.
[[nodiscard]] std::string counts_text(const std::map<std::string, std::uint64_t>& counts);
[[nodiscard]] std::map<std::string, std::uint64_t> counts_of(std::string_view text);

/// Columns id, sha256, path, kind, size, status, detail, counts from `first` on.
[[nodiscard]] CaseResult<EvidenceItem> evidence_item(const sqlite::Statement& row, int first);

[[nodiscard]] inline CaseError damaged(std::string text) {
  return {CaseFailure::damaged, std::move(text)};
}

}  // namespace npg::case_parts
