#include "base/filetime.hpp"

#include <gtest/gtest.h>

namespace npg {
namespace {

TEST(FileTime, PrintsSevenDigitsInUtc) {
  EXPECT_EQ(to_rfc3339({FileTime::unix_epoch}), "1970-01-01T00:00:00.0000000Z");
  EXPECT_EQ(to_rfc3339({FileTime::unix_epoch + 1}), "1970-01-01T00:00:00.0000001Z");
  EXPECT_EQ(to_rfc3339({0}), "1601-01-01T00:00:00.0000000Z");
  EXPECT_EQ(to_rfc3339({2'650'467'743'999'999'999}), "9999-12-31T23:59:59.9999999Z");
  EXPECT_EQ(to_rfc3339({2'650'467'744'000'000'000}), "filetime:0x24c85a5ed1c04000");
  EXPECT_EQ(to_screen_time({FileTime::unix_epoch}), "1970-01-01 00:00:00Z");
  EXPECT_EQ(to_screen_time({}), "an unknown time");
}

TEST(FileTime, ReadsWhatItPrints) {
  for (const std::uint64_t ticks :
       {std::uint64_t{1}, FileTime::unix_epoch, std::uint64_t{132'345'678'901'234'567}}) {
    EXPECT_EQ(parse_time(to_rfc3339({ticks})), FileTime{ticks});
  }
}

TEST(FileTime, ReadsZonesAndRefusesTheRest) {
  const FileTime noon = *parse_time("2026-11-22T12:00:00Z");
  EXPECT_EQ(parse_time("2026-11-22 13:00:00+01:00"), noon);
  EXPECT_EQ(parse_time("2026-11-22T06:30:00-0530"), noon);
  EXPECT_EQ(parse_time("2026-11-22T12:00:00.0000000Z"), noon);
  EXPECT_EQ(parse_time("2026-11-22")->ticks + 12 * 3600 * FileTime::per_second, noon.ticks);
  for (const char* wrong :
       {"", "yesterday", "2026-13-01", "2026-02-30", "2026-11-22T12:00:00", "2026-11-22T25:00:00Z",
        "2026-11-22T12:00:00.Z", "2026-11-22T12:00:00Zx", "1600-12-31", "1601-01-01T00:00:00+01:00",
        "2026-11-22T12:00:00+24:00"}) {
    EXPECT_EQ(parse_time(wrong), std::nullopt) << wrong;
  }
}

}  // namespace
}  // namespace npg
