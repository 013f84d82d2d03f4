#include "report/timeline.hpp"

#include <gtest/gtest.h>

namespace npg {
namespace {

constexpr FileTime when{134'200'000'000'000'000};

Assessment with_a_window() {
  Assessment made;
  HostAssessment host;
  host.host.name = std::string_view("HOST");
  host.exposures.push_back({.provider = std::string_view("Evil"),
                            .earliest_start = {when.ticks + 10},
                            .latest_start = {when.ticks + 20},
                            .end = {when.ticks + 40},
                            .earliest_end = {when.ticks + 30},
                            .end_kind = WindowEnd::removed});
  made.hosts.push_back(std::move(host));
  return made;
}

TimelineEntry entry(std::uint64_t tick, std::string text, TimelineKind kind = TimelineKind::logon) {
  return {.time = {when.ticks + tick},
          .host = std::string_view("HOST"),
          .kind = kind,
          .source = "Security 4624",
          .account = std::string_view("=cmd|x"),
          .text = std::move(text),
          .record_id = 7,
          .evidence = {},
          .windows = {}};
}

TEST(Timeline, TheWindowIsDrawn) {
  const std::vector entries{
      entry(5, "before"),       entry(10, "opens", TimelineKind::window_opens),
      entry(15, "maybe"),       entry(25, "sure"),
      entry(35, "maybe again"), entry(45, "behind")};
  const std::string text = timeline_text(entries, with_a_window(), 0, 100);
  std::vector<char> drawn;
  for (std::size_t at = text.find("2026-"); at != std::string::npos;
       at = text.find("2026-", at + 9)) {
    drawn.push_back(text[at + 21]);
  }
  EXPECT_EQ(drawn, (std::vector<char>{' ', '+', ':', '|', ':', ' '})) << text;
}

TEST(Timeline, WhereItWasSwitchedOffNothingIsDrawn) {
  Assessment made = with_a_window();
  made.hosts[0].exposures[0].parts = {{{when.ticks + 20}, {when.ticks + 22}},
                                      {{when.ticks + 26}, {when.ticks + 30}}};
  const std::vector entries{entry(21, "on"), entry(24, "off"), entry(27, "on again")};
  const std::string text = timeline_text(entries, made, 0, 100);
  std::string drawn;
  for (std::size_t at = text.find("2026-"); at != std::string::npos;
       at = text.find("2026-", at + 9)) {
    drawn.push_back(text[at + 21]);
  }
  EXPECT_EQ(drawn, "| |") << text;
}

TEST(Timeline, CellsAreSafeAndRecordsWhole) {
  const std::vector entries{entry(1, "=HYPERLINK(\"x\"),\"quoted\"\nline")};
  for (const std::string& csv : {timeline_csv(entries, {}), timeline_timesketch(entries, {})}) {
    EXPECT_NE(csv.find("'=HYPERLINK"), std::string::npos) << csv;
    EXPECT_NE(csv.find("'=cmd|x"), std::string::npos) << csv;
    EXPECT_TRUE(csv.ends_with("\r\n"));
  }
  const std::string jsonl = timeline_jsonl(entries, {});
  EXPECT_EQ(std::count(jsonl.begin(), jsonl.end(), '\n'), 1);
}

TEST(Timeline, TimesketchHasNoEntryWithoutATime) {
  TimelineEntry timeless = entry(0, "no time");
  timeless.time = {};
  const std::vector entries{timeless};
  const std::string csv = timeline_timesketch(entries, {});
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 1);
}

}  // namespace
}  // namespace npg
