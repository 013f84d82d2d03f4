// Events whose time is missing, of no zone, or no time of an event.
#include "source/event_json/stream_test.hpp"

namespace npg {
namespace {

using testing::read_events_of;

std::string event(std::string_view time, unsigned record, unsigned id, std::string_view data) {
  return R"({"Event":{"System":{"Provider":{"#attributes":{"Name":"Microsoft-Windows-Security-Auditing"}},"EventID":)" +
         std::to_string(id) + R"(,"TimeCreated":{"#attributes":{"SystemTime":)" +
         std::string(time) + R"(}},"EventRecordID":)" + std::to_string(record) +
         R"(,"Channel":"Security","Computer":"A"},"EventData":{)" + std::string(data) + "}}}\n";
}

constexpr std::string_view before = R"("2026-03-10T09:00:00Z")";
constexpr std::string_view behind = R"("2026-03-10T10:00:00Z")";

TEST(StreamTimes, ChangesWithoutOneStandBesideTheirNeighbours) {
  for (const std::string_view none : {R"("1601-01-01T00:00:00Z")", R"("0001-01-01T00:00:00Z")",
                                      R"("yesterday")", "null", R"("2126-03-10T09:00:00Z")"}) {
    const auto read = read_events_of(
        event(before, 1, 4688, R"("x":"1")") + event(none, 2, 4657, R"("OperationType":"%%1904")") +
        event(none, 3, 4657, R"("OperationType":"%%1906")") + event(none, 4, 4624, R"("x":"1")") +
        event(behind, 5, 4688, R"("x":"1")"));
    ASSERT_EQ(read.events.size(), 5U) << none;
    EXPECT_EQ(read.summary.dialects.at(0).without_time, 3U);
    EXPECT_EQ(read.summary.channels.at(0).records, 5U);
    EXPECT_EQ(to_rfc3339(read.summary.channels.at(0).last_time), "2026-03-10T10:00:00.0000000Z");
    // What makes something may be earlier, what takes it away later.
    EXPECT_FALSE(read.events[1].time().given());
    EXPECT_EQ(read.events[3].record_id, 2U);
    EXPECT_EQ(to_rfc3339(read.events[3].time()), "2026-03-10T09:00:00.0000000Z");
    EXPECT_EQ(to_rfc3339(read.events[4].time()), "2026-03-10T10:00:00.0000000Z");
  }
}

TEST(StreamTimes, SysmonsOwnTimeServes) {
  const auto read = read_events_of(
      R"({"SourceName":"Microsoft-Windows-Sysmon","Channel":"Microsoft-Windows-Sysmon/Operational","Hostname":"A","EventID":13,"UtcTime":"2026-03-10 09:05:02.110","TargetObject":"x"})");
  ASSERT_EQ(read.events.size(), 1U);
  EXPECT_EQ(to_rfc3339(read.events[0].time()), "2026-03-10T09:05:02.1100000Z");
  EXPECT_EQ(read.summary.dialects.at(0).without_time, 0U);
}

std::string nxlog(std::string_view host, unsigned id, std::string_view time, std::string_view utc) {
  return R"({"EventTime":")" + std::string(time) + R"(","Hostname":")" + std::string(host) +
         R"(","EventID":)" + std::to_string(id) + R"(,"SourceName":")" +
         (id == 13 ? "Microsoft-Windows-Sysmon" : "Microsoft-Windows-Security-Auditing") +
         R"(","Channel":"x","SourceModuleType":"im_msvistalog","TargetObject":"x")" +
         (utc.empty() ? "" : R"(,"UtcTime":")" + std::string(utc) + "\"") + "}\n";
}

TEST(StreamTimes, SysmonTellsTheZoneOfItsHostsStream) {
  const auto read = read_events_of(
      nxlog("a", 4688, "2026-03-10 05:00:00", "") + nxlog("b", 4688, "2026-03-10 05:00:00", "") +
      nxlog("a", 13, "2026-03-10 05:05:01", "2026-03-10 09:05:01.900") +
      nxlog("a", 4624, "2026-03-10 06:00:00", ""));
  ASSERT_EQ(read.events.size(), 4U);
  EXPECT_EQ(to_rfc3339(read.events[0].time()), "2026-03-10T09:00:00.0000000Z");
  EXPECT_EQ(to_rfc3339(read.events[1].time()), "2026-03-10T05:00:00.0000000Z");
  EXPECT_EQ(to_rfc3339(read.events[2].time()), "2026-03-10T09:05:01.0000000Z");
  EXPECT_EQ(to_rfc3339(read.events[3].time()), "2026-03-10T10:00:00.0000000Z");
  std::uint64_t without_zone = 0;
  for (const DialectSummary& dialect : read.summary.dialects) {
    without_zone += dialect.without_zone;
  }
  EXPECT_EQ(without_zone, 1U);
}

TEST(StreamTimes, OneOldEventLeavesASilence) {
  const auto read = read_events_of(event(R"("2025-01-01T00:00:00Z")", 1, 4672, "") +
                                   event(before, 2, 4672, "") + event(behind, 3, 4672, ""));
  const StreamChannel& channel = read.summary.channels.at(0);
  ASSERT_EQ(channel.silences.size(), 1U);
  EXPECT_EQ(to_rfc3339(channel.silences[0].second), "2026-03-10T09:00:00.0000000Z");
}

}  // namespace
}  // namespace npg
