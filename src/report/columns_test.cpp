#include "report/columns.hpp"

#include <gtest/gtest.h>

namespace npg {
namespace {

TEST(Columns, LongLinesGoOnBelowTheirStart) {
  EXPECT_EQ(fit_columns("short\n", 10), "short\n");
  EXPECT_EQ(fit_columns("  one two three four\n", 10), "  one two\n  three\n  four\n");
  // Entries hang: an id, a sign, a number in brackets, a label.
  EXPECT_EQ(fit_columns("  T1 two three\n", 10), "  T1 two\n    three\n");
  EXPECT_EQ(fit_columns("  - two three\n", 10), "  - two\n    three\n");
  EXPECT_EQ(fit_columns("  [x] two three\n", 10), "  [x] two\n    three\n");
  EXPECT_EQ(fit_columns("  a b: two three\n", 10), "  a b: two\n    three\n");
  EXPECT_EQ(fit_columns("no blanks in front here\n", 12), "no blanks in\nfront here\n");
}

TEST(Columns, AWordThatFitsNoLineStaysWhole) {
  EXPECT_EQ(fit_columns("  see https://example.org/a/long/path end\n", 20),
            "  see\n  https://example.org/a/long/path\n  end\n");
}

TEST(Columns, BlanksAtTheEndGoAndEmptyLinesStay) {
  EXPECT_EQ(fit_columns("a  \n   \nb", 10), "a\n\nb\n");
  EXPECT_EQ(fit_columns("", 10), "");
}

/// Cells, not bytes.
TEST(Columns, LettersOfSeveralBytesAreOneCell) {
  EXPECT_EQ(fit_columns("\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\n", 5),
            "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\n");
}

}  // namespace
}  // namespace npg
