#include "base/diagnostic.hpp"

#include <gtest/gtest.h>

#include <set>

namespace npg {
namespace {

TEST(Diagnostics, KeepsTheFirstAndCountsAll) {
  Diagnostics diagnostics(2);
  for (std::uint64_t i = 0; i < 5; ++i) {
    diagnostics.add(DiagnosticCode::evtx_chunk_checksum, Severity::notice, i, 0, "text");
  }
  EXPECT_EQ(diagnostics.kept().size(), 2U);
  EXPECT_EQ(diagnostics.count(DiagnosticCode::evtx_chunk_checksum), 5U);
  EXPECT_EQ(diagnostics.count(DiagnosticCode::hive_loop), 0U);
  EXPECT_EQ(diagnostics.worst(), Severity::notice);
}

TEST(Diagnostics, AddsUpTheBytesThatWereLost) {
  Diagnostics first;
  first.add(DiagnosticCode::hive_cell_damaged, Severity::data_loss, 0x20, 100, "lost");
  first.add(DiagnosticCode::hive_trailing_data, Severity::notice, 0x90, 7, "not lost");
  Diagnostics second;
  second.add(DiagnosticCode::hive_cell_damaged, Severity::error, 0x20, 11, "lost");
  first.merge(second);
  EXPECT_EQ(first.bytes_lost(), 111U);
  EXPECT_EQ(first.worst(), Severity::error);
  EXPECT_EQ(first.count(DiagnosticCode::hive_cell_damaged), 2U);
}

TEST(Diagnostics, NamesTheEvidenceOnlyWhereItIsMissing) {
  Diagnostics diagnostics;
  diagnostics.add({.code = DiagnosticCode::file_skipped, .evidence = 7});
  diagnostics.add(DiagnosticCode::file_skipped, Severity::notice, 0, 0, "text");
  diagnostics.set_evidence_where_missing(3);
  EXPECT_EQ(diagnostics.kept()[0].evidence, 7U);
  EXPECT_EQ(diagnostics.kept()[1].evidence, 3U);
}

TEST(Diagnostics, EveryCodeHasItsOwnName) {
  std::set<std::string_view> names;
  const auto last = static_cast<int>(DiagnosticCode::catalog_not_trusted);
  for (int code = 0; code <= last; ++code) {
    EXPECT_TRUE(names.insert(name_of(static_cast<DiagnosticCode>(code))).second) << code;
  }
}

TEST(Errors, SayWhatWasNeededAndWhatIsThere) {
  EXPECT_EQ(describe({ErrorCode::truncated, 0x104c, "regf.nk.name", 12, 3}),
            "truncated at 0x104c: regf.nk.name needs 12 bytes, 3 are there");
  EXPECT_EQ(describe({ErrorCode::limit_exceeded, 16, "x", 9, 8}),
            "limit_exceeded at 0x10: x is 9, the limit is 8");
  EXPECT_EQ(describe({ErrorCode::loop, 16, "x"}), "loop at 0x10: x");
}

}  // namespace
}  // namespace npg
