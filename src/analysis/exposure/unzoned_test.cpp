#include "analysis/exposure/unzoned.hpp"

#include <gtest/gtest.h>

#include "testing/facts.hpp"

namespace npg::exposure {
namespace {

using testing::at;

EventDialectFact stream(std::uint32_t evidence, std::uint64_t without_zone) {
  EventDialectFact fact;
  fact.events = 10;
  fact.without_zone = without_zone;
  fact.origin = {.evidence = evidence};
  return fact;
}

TEST(Unzoned, TimesOfOneStreamAgreeWithEachOther) {
  FactSet facts;
  EXPECT_FALSE(has_mixed_zones(facts, std::vector{stream(1, 10)}));
  EXPECT_FALSE(has_mixed_zones(facts, std::vector{stream(1, 0), stream(2, 0)}));
  EXPECT_TRUE(has_mixed_zones(facts, std::vector{stream(1, 5)}));
  EXPECT_TRUE(has_mixed_zones(facts, std::vector{stream(1, 10), stream(2, 0)}));
  EXPECT_TRUE(has_mixed_zones(facts, std::vector{stream(1, 10), stream(2, 10)}));
  LogCoverageFact log;
  log.origin = {.evidence = 3};
  facts.log_coverage.push_back(log);
  EXPECT_TRUE(has_mixed_zones(facts, std::vector{stream(1, 10)}));
}

TEST(Unzoned, TheWindowIsWiderOnBothSides) {
  Exposure window;
  window.earliest_start = at("2026-03-10T10:00:00Z");
  window.latest_start = at("2026-03-10T11:00:00Z");
  window.end = at("2026-03-12T12:00:00Z");
  window.parts = {{.from = window.latest_start, .to = at("2026-03-11T00:00:00Z")},
                  {.from = at("2026-03-11T01:00:00Z"), .to = window.end}};
  widen_for_zones(window);
  EXPECT_EQ(window.earliest_start, at("2026-03-09T20:00:00Z"));
  EXPECT_EQ(window.latest_start, at("2026-03-11T01:00:00Z"));
  EXPECT_EQ(window.earliest_end, at("2026-03-11T22:00:00Z"));
  EXPECT_EQ(window.end, at("2026-03-13T02:00:00Z"));
  ASSERT_EQ(window.parts.size(), 1U);
  EXPECT_EQ(window.parts[0].earliest_from, window.earliest_start);
  EXPECT_EQ(window.parts[0].latest_to, window.end);
  EXPECT_EQ(window.assumed.size(), 1U);
}

}  // namespace
}  // namespace npg::exposure
