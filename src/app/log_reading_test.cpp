#include "app/log_reading.hpp"

#include <gtest/gtest.h>

#include "extract/events.hpp"
#include "testing/evtx_writer.hpp"

namespace npg {
namespace {

std::size_t facts_of(const std::vector<std::byte>& log, unsigned threads) {
  const MemoryFile file(EvidenceText::from_literal("System.evtx"), log);
  Reading reading;
  read_event_log(file, {.interests = event_interests(), .threads = threads}, Limits(), reading);
  std::size_t count = 0;
  for (const auto& [computer, facts] : reading.facts) {
    count += facts.system_events.size();
  }
  return count;
}

TEST(LogReading, ALogThatRepeatsItselfTakesNoMoreMemoryForIt) {
  std::vector<testing::EventRecipe> events;
  constexpr std::size_t of_chunk = 50;
  for (std::size_t i = 0; i < of_chunk; ++i) {
    events.push_back({.provider = "Service Control Manager",
                      .channel = "System",
                      .computer = "host.example",
                      .event_id = 7040,
                      .time = {133'000'000'000'000'000 + i * FileTime::per_second},
                      .data = {testing::datum("param1", testing::EventType::string, "x"),
                               testing::datum("param4", testing::EventType::string, "EventLog")}});
  }
  std::vector<std::byte> log = testing::write_evtx(events);
  ASSERT_EQ(facts_of(log, 1), of_chunk);
  const std::vector<std::byte> chunk(log.begin() + 4096, log.end());
  ASSERT_EQ(chunk.size(), 65'536U);
  constexpr std::size_t times = 400;
  for (std::size_t i = 1; i < times; ++i) {
    log.insert(log.end(), chunk.begin(), chunk.end());
  }
  const std::size_t kept = facts_of(log, 1);
  EXPECT_GE(kept, of_chunk);
  EXPECT_LT(kept, of_chunk * times / 2);
  EXPECT_EQ(facts_of(log, 2), kept);
}

}  // namespace
}  // namespace npg
