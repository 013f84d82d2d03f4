// CaseWriter::Work: the statements of one transaction, and what each piece of it needs. Its parts:
// case_writer.cpp keeps readings, case_hosts.cpp hosts and their values.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "casefile/case_file.hpp"
#include "casefile/case_parts.hpp"
#include "casefile/sqlite.hpp"

namespace npg {

struct CaseWriter::Work {
  sqlite::Database& database;
  sqlite::Transaction transaction;
  sqlite::Statement add_evidence, find_evidence;
  sqlite::Statement readings_of_file, find_reading, add_reading, renew_reading,
      add_reading_evidence;
  sqlite::Statement find_part, add_part, add_key, drop_keys, drop_facts, add_fact, add_kind,
      find_kind;
  sqlite::Statement add_image;
  sqlite::Statement seal, drop_host_seal;
  case_parts::Sealer reading_seals, host_seals, evidence_seals, value_seals;
  sqlite::Statement host_of_part, add_host, renew_host, give_part;
  sqlite::Statement move_assessments, drop_assessments, drop_findings, drop_host;
  sqlite::Statement add_assessment, close_findings, add_finding;
  sqlite::Statement values_of, add_value, find_value, add_host_value, renew_host_value, count_value,
      recount_value, drop_host_value;
  using RowByText = std::map<std::string, std::int64_t, std::less<>>;
  RowByText kinds;
  std::map<std::string, RowByText, std::less<>> values;  ///< by what they are and their text
  /// What hosts of this transaction add to a value's count: most of them have most values in
  /// common, so each row is written once, at the end.
  struct Added {
    std::int64_t hosts = 0;
    std::int64_t first_seen = INT64_MAX;
  };
  std::map<std::int64_t, Added> added_to_value;
  std::set<std::int64_t> recorded_hosts;    ///< rows that hosts of this transaction have
  std::set<std::int64_t> written_evidence;  ///< rows of files that are to be sealed

  struct Found {
    std::int64_t row = 0;  ///< 0: not there
    bool is_current = false;
  };

  [[nodiscard]] CaseResult<void> prepare();
  [[nodiscard]] CaseResult<Found> find(const ReadingToKeep& reading);
  [[nodiscard]] CaseResult<std::int64_t> evidence_row(const EvidenceItem& item);
  [[nodiscard]] CaseResult<std::int64_t> kind_row(std::string_view kind);
  [[nodiscard]] CaseResult<std::int64_t> part_row(std::int64_t reading,
                                                  const std::string& computer);
  [[nodiscard]] CaseResult<void> keep_part(std::int64_t part, const std::string& identity,
                                           const PartToKeep& content,
                                           const EvidencePositions& positions);
  [[nodiscard]] CaseResult<std::int64_t> host_row(const HostRecord& record);
  [[nodiscard]] CaseResult<void> record_values(std::int64_t host,
                                               const std::vector<HostValue>& wanted);
  [[nodiscard]] CaseResult<std::int64_t> value_row(const HostValue& value);
  [[nodiscard]] CaseResult<void> count_values();
  [[nodiscard]] CaseResult<void> recount(std::int64_t value);
  [[nodiscard]] CaseResult<void> seal_evidence();
  [[nodiscard]] CaseResult<void> merge_host(std::int64_t from, std::int64_t into);
};

namespace case_parts {

/// The first column of the first row, or `otherwise` where there is none; the statement is reset.
[[nodiscard]] inline CaseResult<std::int64_t> first_number(sqlite::Statement& statement,
                                                           std::int64_t otherwise) {
  NPG_TRY(const bool has_row, statement.step());
  const std::int64_t number = has_row ? statement.number(0) : otherwise;
  statement.reset();
  return number;
}

/// A time as SQLite's signed numbers hold it; later ones become the latest.
[[nodiscard]] inline std::int64_t signed_ticks(FileTime time) {
  return static_cast<std::int64_t>(std::min<std::uint64_t>(time.ticks, INT64_MAX));
}

}  // namespace case_parts

}  // namespace npg
