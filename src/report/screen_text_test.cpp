#include "report/screen_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace npg::screen {
namespace {

using testing::ElementsAre;

TEST(ScreenText, CellsCountWhatATerminalShows) {
  struct Case {
    std::string_view text;
    std::size_t cells;
  };
  const Case cases[] = {{"", 0},
                        {"abc", 3},
                        {"\xc3\xa9", 1},                            // e acute
                        {"e\xcc\x81", 1},                           // e and a combining acute
                        {"\xe6\xbc\xa2\xe5\xad\x97", 4},            // two ideographs
                        {"\xf0\x9f\x98\x80", 2},                    // an emoji
                        {"e\xcc\x81\xcc\x81\xcc\x81\xcc\x81", 3}};  // marks past two count
  for (const Case& each : cases) {
    EXPECT_EQ(cells(each.text), each.cells) << each.text;
  }
}

TEST(ScreenText, WrapLosesNothing) {
  EXPECT_THAT(wrap("", 10, 9), ElementsAre(""));
  EXPECT_THAT(wrap("one two three", 7, 9), ElementsAre("one two", "three"));
  EXPECT_THAT(wrap("one two", 3, 9), ElementsAre("one", "two"));
  EXPECT_THAT(wrap("C:\\Windows\\System32\\x.dll", 12, 9),
              ElementsAre("C:\\Windows\\", "System32\\", "x.dll"));
  EXPECT_THAT(wrap("abcdefgh", 3, 9), ElementsAre("abc", "def", "gh"));
  EXPECT_THAT(wrap("a  b", 2, 9), ElementsAre("a ", "b"));
  EXPECT_THAT(wrap("\xe6\xbc\xa2\xe5\xad\x97", 1, 9), ElementsAre("\xe6\xbc\xa2", "\xe5\xad\x97"));
}

TEST(ScreenText, WrapSaysWhatItCut) {
  EXPECT_THAT(wrap("one two three four", 5, 2), ElementsAre("one", "two …"));
  EXPECT_THAT(wrap("abcdefgh", 3, 1), ElementsAre("ab…"));
}

TEST(ScreenText, NamesThatEndInASpaceAreQuoted) {
  EXPECT_EQ(name("RDPNP"), "RDPNP");
  EXPECT_EQ(name("RDPNP "), "\"RDPNP \"");
  EXPECT_EQ(name(" RDPNP"), "\" RDPNP\"");
  EXPECT_EQ(name(""), "\"\"");
}

TEST(ScreenText, TablesAlignAndShrink) {
  Page page({.width = 24, .color = false, .cell_lines_max = 3});
  page.table(2, {.columns = {{.title = "N", .align = Align::right},
                             {.title = "WHAT", .align = Align::left, .may_shrink = true}},
                 .rows = {{{.text = "1"}, {.text = "short"}},
                          {{.text = "200"}, {.text = "a text that takes two lines"}}}});
  EXPECT_EQ(page.take(),
            "    N  WHAT\n"
            "    1  short\n"
            "  200  a text that takes\n"
            "       two lines\n");
}

TEST(ScreenText, ALabelTooLongToHangBehindRunsOn) {
  Page page({.width = 20, .color = true, .cell_lines_max = 3});
  page.paragraph(2, "a long label here: ", "and its text", Paint::bad);
  EXPECT_EQ(page.take(), "  a long label here:\n  and its text\n");
}

TEST(ScreenText, APageEscapesWhateverItIsGiven) {
  Page page({.width = 40, .color = false, .cell_lines_max = 3});
  page.section("a\x1b");
  page.paragraph(0, "b\r", "c\n");
  page.table(0, {.columns = {{}}, .rows = {{{.text = "d\t"}}}});
  EXPECT_EQ(page.take(), "a\\x1b\nb\\x0dc\\x0a\nd\\x09\n");
}

}  // namespace
}  // namespace npg::screen
