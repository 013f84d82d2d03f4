#include "fact/silences.hpp"

#include <gtest/gtest.h>

namespace npg {
namespace {

constexpr std::uint64_t day = 24 * 3600 * FileTime::per_second;

LogCoverageFact security(std::uint64_t first_day, std::uint64_t last_day) {
  LogCoverageFact log;
  log.channel = SharedText(std::string_view("Security"));
  log.records = 10;
  log.first_id = 1;
  log.last_id = 10;
  log.first = {first_day * day};
  log.last = {last_day * day};
  return log;
}

TEST(Silences, OneThatAnotherLogFillsIsNone) {
  FactSet facts;
  facts.log_coverage.push_back(security(100, 200));
  facts.log_coverage[0].gaps = {{0, 1, {100 * day}, {190 * day}}, {3, 5, {191 * day}, {192 * day}}};
  ASSERT_EQ(channel_silences(facts, "security").size(), 1U);
  EXPECT_EQ(channel_silences(facts, "Security")[0].next_time.ticks, 190 * day);
  EXPECT_TRUE(channel_silences(facts, "System").empty());
  facts.log_coverage.push_back(security(120, 130));
  EXPECT_TRUE(channel_silences(facts, "Security").empty());
}

TEST(Silences, ACopyOfTheSameLogFillsNothing) {
  FactSet facts;
  for (int i = 0; i < 2; ++i) {
    facts.log_coverage.push_back(security(100, 200));
    facts.log_coverage.back().gaps = {{0, 1, {100 * day}, {190 * day}}};
  }
  EXPECT_EQ(channel_silences(facts, "Security").size(), 1U);
}

}  // namespace
}  // namespace npg
