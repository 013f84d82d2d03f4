#include "base/day_spans.hpp"

#include <gtest/gtest.h>

namespace npg {
namespace {

FileTime at(std::string_view text) {
  return parse_time(text).value_or(FileTime{});
}

TEST(DaySpans, LongStretchesAreFoundInAnyOrder) {
  DaySpans spans;
  DaySpans part;
  for (const std::string_view time : {"2026-03-10T11:00:00Z", "2026-03-10T10:00:00Z",
                                      "2025-01-01T00:00:00Z", "2026-03-12T00:00:00Z"}) {
    spans.add(at(time));
  }
  part.add(at("2026-03-10T09:00:00Z"));
  spans.append(part);
  spans.add(FileTime{});
  const auto found = spans.stretches();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].first, at("2025-01-01T00:00:00Z"));
  EXPECT_EQ(found[0].second, at("2026-03-10T09:00:00Z"));
}

TEST(DaySpans, WeeksOfQuietAreUsual) {
  DaySpans spans;
  spans.add(at("2026-03-01T00:00:00Z"));
  spans.add(at("2026-03-14T00:00:00Z"));
  EXPECT_TRUE(spans.stretches().empty());
}

}  // namespace
}  // namespace npg
