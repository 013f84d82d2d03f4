#include "fact/readings.hpp"

#include <gtest/gtest.h>

namespace npg {
namespace {

TEST(Readings, TheDomainDoesNotDependOnTheOrderOfFiles) {
  FactSet facts;
  EXPECT_TRUE(host_domain(facts).empty());
  facts.identities.push_back({.domain = std::string_view("CORPORATION")});
  facts.identities.push_back({.domain = std::string_view("corp.lan")});
  EXPECT_EQ(host_domain(facts).raw(), "corp.lan");
  std::swap(facts.identities[0], facts.identities[1]);
  EXPECT_EQ(host_domain(facts).raw(), "corp.lan");
}

void add_clear(FactSet& facts, std::uint64_t seconds, std::string_view channel, std::uint32_t id) {
  facts.system_events.push_back({.time = {.ticks = seconds * FileTime::per_second},
                                 .event = SystemEventKind::log_cleared,
                                 .subject = channel,
                                 .event_id = id});
}

TEST(Readings, TwoEventsTellOfOneClearAndTheSameEventTwiceOfTwo) {
  FactSet facts;
  add_clear(facts, 10, "Security", 1102);
  add_clear(facts, 11, "SECURITY", 104);
  add_clear(facts, 11, "Application", 104);
  add_clear(facts, 12, "Security", 1102);
  add_clear(facts, 18, "Security", 104);  // too late to be of the one before
  const std::vector<LogClear> clears = log_clears(facts);
  ASSERT_EQ(clears.size(), 4U);
  EXPECT_EQ(clears[0].event_ids, (std::vector<std::uint32_t>{1102, 104}));
  EXPECT_EQ(clears[1].channel.raw(), "Application");
  EXPECT_EQ(clears[2].event_ids, std::vector<std::uint32_t>{1102});
  EXPECT_EQ(clears[3].time.ticks, 18 * FileTime::per_second);
}

TEST(Readings, ManyClearsAtOneTimeCostWhatTheyAre) {
  FactSet facts;
  constexpr std::size_t many = 50'000;  // Looking at every earlier one would take minutes.
  for (std::size_t i = 0; i < many; ++i) {
    add_clear(facts, 10, "Security", 1102);
  }
  for (std::size_t i = 0; i < many; ++i) {
    add_clear(facts, 11, "Security", 104);
  }
  const std::vector<LogClear> clears = log_clears(facts);
  ASSERT_EQ(clears.size(), many);
  for (const LogClear& clear : clears) {
    ASSERT_EQ(clear.event_ids.size(), 2U);
  }
}

TEST(Readings, WhatLiesBetweenTwoLivesOfALogIsNoGap) {
  FactSet facts;
  const auto second = [](std::uint64_t count) { return FileTime{count * FileTime::per_second}; };
  const std::string_view security = "Security";
  // Before it was cleared, and after: the numbers began anew and have come far.
  facts.log_coverage.push_back({.channel = security,
                                .first_id = 100,
                                .last_id = 5000,
                                .first = second(2000),
                                .last = second(3000),
                                .gaps = {{200, 4900, second(2900), second(2100)}}});
  EXPECT_EQ(channel_gaps(facts, security).size(), 1U) << "a clock that was put back";
  facts.system_events.push_back(
      {.time = second(2500), .event = SystemEventKind::log_cleared, .subject = security});
  EXPECT_TRUE(channel_gaps(facts, security).empty()) << "it was cleared in between";
  facts.log_coverage[0].gaps[0] = {200, 4900, second(2100), second(2900)};
  EXPECT_EQ(channel_gaps(facts, security).size(), 1U) << "forwards, numbers are missing";
}

TEST(Readings, AComputerThatGotAnotherNameKeepsItsNumbers) {
  const auto second = [](std::uint64_t count) { return FileTime{count * FileTime::per_second}; };
  const std::string_view system = "System";
  for (const std::uint32_t file : {1U, 2U}) {
    FactSet facts;
    facts.log_coverage = {{.channel = system,
                           .computer = std::string_view("WIN-SETUP"),
                           .first_id = 1,
                           .last_id = 115,
                           .first = second(3000),
                           .last = second(3100),
                           .origin = {.evidence = 1}},
                          {.channel = system,
                           .computer = std::string_view("WS01"),
                           .first_id = 254,
                           .last_id = 400,
                           .first = second(2000),
                           .last = second(2500),
                           .origin = {.evidence = file}}};
    EXPECT_EQ(channel_gaps(facts, system).size(), file == 1 ? 1U : 0U)
        << "times fall, but in one file the numbers between are missing";
  }
}

}  // namespace
}  // namespace npg
