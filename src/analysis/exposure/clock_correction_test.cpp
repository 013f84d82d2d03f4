#include "analysis/exposure/clock_correction.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "testing/facts.hpp"

namespace npg {
namespace {

using testing::at;
using testing::HostFacts;

SystemEventFact system_event(std::string_view time, SystemEventKind kind, std::uint32_t event_id,
                             std::uint64_t record_id, std::string_view detail) {
  SystemEventFact event{.time = at(time), .event = kind, .event_id = event_id};
  event.provider = std::string_view(event_id == 4616 ? "Microsoft-Windows-Security-Auditing"
                                                     : "Microsoft-Windows-Kernel-General");
  event.record_id = record_id;
  event.detail = detail;
  return event;
}

struct Story {
  FactSet facts;

  void boot(std::string_view time) {
    facts.system_events.push_back(system_event(time, SystemEventKind::boot, 12, 1, ""));
  }
  void set(std::string_view time, std::uint32_t event_id, std::uint64_t record_id,
           std::string_view detail) {
    facts.system_events.push_back(
        system_event(time, SystemEventKind::time_changed, event_id, record_id, detail));
  }
  void change(std::string_view time, std::uint64_t record_id, std::uint32_t event_id = 4657) {
    RegistryChangeFact fact{.time = at(time)};
    fact.event_id = event_id;
    fact.record_id = record_id;
    facts.registry_changes.push_back(fact);
  }
  ClockCorrection correct() {
    facts.normalise();
    return correct_clock(facts);
  }
};

constexpr std::string_view back_two_hours =
    "2026-03-02T11:00:00.0000000Z to 2026-03-02T09:00:00.0000000Z";

TEST(ClockCorrection, RecordsInFrontOfASettingGetTheTimeOfTheClockBehindIt) {
  Story story;
  story.boot("2026-03-01T06:00:00Z");
  story.change("2026-03-02T08:30:00Z", 10);
  story.change("2026-03-02T10:00:00Z", 11);
  story.set("2026-03-02T09:00:00Z", 4616, 12, back_two_hours);
  story.change("2026-03-02T09:30:00Z", 13);
  story.facts.log_coverage.push_back(
      {.channel = std::string_view("Security"), .first = at("2026-03-02T08:30:00Z")});
  const ClockCorrection correction = story.correct();
  const auto& changes = story.facts.registry_changes;
  ASSERT_EQ(changes.size(), 3U);
  EXPECT_EQ(changes[0].time, at("2026-03-02T06:30:00Z"));
  EXPECT_EQ(changes[1].time, at("2026-03-02T08:00:00Z"));
  EXPECT_EQ(changes[2].time, at("2026-03-02T09:30:00Z")) << "what came behind it stays";
  ASSERT_EQ(correction.statements.size(), 1U);
  EXPECT_EQ(correction.statements[0],
            "2 events of the Security log stand before a setting of the clock (2026-03-02 "
            "11:00:00Z to 2026-03-02 09:00:00Z, in front of record 12): they are told by the clock "
            "as it was set then, 2 h 0 min 0 s earlier than recorded.");
  EXPECT_EQ(story.facts.log_coverage[0].first, at("2026-03-02T06:30:00Z"))
      << "the log begins with what was moved";
  EXPECT_TRUE(correction.is_sure(at("2026-03-02T09:30:00Z"), story.facts));
  EXPECT_FALSE(correction.is_sure(at("2026-03-02T09:31:00Z"), story.facts)) << "no change then";
}

TEST(ClockCorrection, WhatCameBeforeTheStartOfWindowsHadARightClock) {
  Story story;
  story.change("2026-02-28T10:00:00Z", 5);
  story.boot("2026-03-01T06:00:00Z");
  story.set("2026-03-02T09:00:00Z", 4616, 12, back_two_hours);
  EXPECT_TRUE(story.correct().statements.empty());
  EXPECT_EQ(story.facts.registry_changes[0].time, at("2026-02-28T10:00:00Z"));
}

TEST(ClockCorrection, WithoutAStartOfWindowsNothingIsMoved) {
  Story story;
  story.change("2026-03-02T10:00:00Z", 11);
  story.set("2026-03-02T09:00:00Z", 4616, 12, back_two_hours);
  const ClockCorrection correction = story.correct();
  EXPECT_TRUE(correction.logs.empty()) << "since when the clock was wrong is not known";
  EXPECT_EQ(story.facts.registry_changes[0].time, at("2026-03-02T10:00:00Z"));
}

TEST(ClockCorrection, AClockThatIsCenturiesOffWasNotSoBeforeALongTime) {
  Story story;
  story.boot("2019-02-05T06:00:00Z");
  story.change("2019-02-05T10:00:00Z", 11);
  story.set("2019-02-06T21:12:14Z", 4616, 12,
            "2296-06-10T21:37:47.0000000Z to 2019-02-06T21:12:14.0000000Z");
  EXPECT_TRUE(story.correct().logs.empty());
  EXPECT_EQ(story.facts.registry_changes[0].time, at("2019-02-05T10:00:00Z"));
}

TEST(ClockCorrection, ALogThatDoesNotTellOfTheSettingIsPlacedByItsFall) {
  Story story;
  story.boot("2026-03-01T06:00:00Z");
  story.set("2026-03-02T09:00:00Z", 1, 77, back_two_hours);  // Kernel-General, in another log
  story.change("2026-03-02T10:00:00Z", 20, 13);
  story.change("2026-03-02T10:30:00Z", 21, 13);
  story.change("2026-03-02T09:30:00Z", 22, 13);
  const ClockCorrection correction = story.correct();
  EXPECT_EQ(correction.logs, std::set{ClockedLog::sysmon});
  EXPECT_EQ(story.facts.registry_changes[0].time, at("2026-03-02T08:00:00Z"));
  EXPECT_EQ(story.facts.registry_changes[1].time, at("2026-03-02T08:30:00Z"));
  EXPECT_EQ(story.facts.registry_changes[2].time, at("2026-03-02T09:30:00Z"));
}

TEST(ClockCorrection, AFallThatNothingExplainsLeavesTheLogAlone) {
  Story story;
  story.boot("2026-03-01T06:00:00Z");
  story.set("2026-03-02T09:00:00Z", 1, 77, back_two_hours);
  story.change("2026-03-05T10:00:00Z", 20, 13);
  story.change("2026-03-02T09:30:00Z", 22, 13);
  EXPECT_TRUE(story.correct().logs.empty());
  EXPECT_EQ(story.facts.registry_changes[1].time, at("2026-03-05T10:00:00Z"));
}

TEST(ClockCorrection, WhatAnEarlierStartHadRightIsNotMoved) {
  // A machine that boots two hours ahead each day and is put right a minute later.
  Story story;
  std::uint64_t record = 1;
  for (int day = 2; day < 10; ++day) {
    const std::string date = "2026-03-0" + std::to_string(day) + "T";
    story.boot(date + "08:00:00Z");
    const std::string step = date + "08:01:00.0000000Z to " + date + "06:01:00.0000000Z";
    story.change(date + "08:00:30Z", record++);
    story.set(date + "06:01:00Z", 4616, record++, step);
    story.change(date + "07:00:00Z", record++);
  }
  const ClockCorrection correction = story.correct();
  EXPECT_EQ(correction.statements.size(), 8U);
  const auto has = [&](std::string_view time) {
    return std::ranges::count(story.facts.registry_changes, at(time), &RegistryChangeFact::time);
  };
  for (const std::string_view day : {"2026-03-02T", "2026-03-05T", "2026-03-09T"}) {
    EXPECT_EQ(has(std::string(day) + "06:00:30Z"), 1) << day << ": between its start and its step";
    EXPECT_EQ(has(std::string(day) + "07:00:00Z"), 1) << day << ": behind its step";
  }
}

TEST(ClockCorrection, NumbersThatBeganAnewTellNoOrder) {
  Story story;
  story.boot("2026-03-01T06:00:00Z");
  story.change("2026-01-10T10:00:00Z", 11);
  story.change("2026-03-02T10:00:00Z", 11);
  story.set("2026-03-02T09:00:00Z", 4616, 12, back_two_hours);
  EXPECT_TRUE(story.correct().logs.empty());
}

TEST(ClockCorrection, AStepForwardsAloneChangesNothing) {
  Story story;
  story.boot("2026-03-01T06:00:00Z");
  story.change("2026-03-02T08:00:00Z", 11);
  story.set("2026-03-02T11:00:00Z", 4616, 12,
            "2026-03-02T09:00:00.0000000Z to 2026-03-02T11:00:00.0000000Z");
  EXPECT_TRUE(story.correct().logs.empty());
}

}  // namespace
}  // namespace npg
