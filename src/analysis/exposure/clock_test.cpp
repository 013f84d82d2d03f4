#include "analysis/exposure/clock.hpp"

#include <gtest/gtest.h>

#include "testing/facts.hpp"

namespace npg::exposure {
namespace {

using testing::at;
using testing::HostFacts;

void set_clock(HostFacts& host, std::string_view time, std::string_view detail,
               std::string_view subject = {}) {
  host.event(time, SystemEventKind::time_changed, subject, 4616, detail);
}

TEST(Clock, WhatWasRecordedWhileItWasWrongMayHaveBeenLater) {
  HostFacts host;
  host.event("2026-03-01T06:00:00Z", SystemEventKind::boot, "", 12);
  set_clock(host, "2026-03-01T09:00:00Z", "2026-03-04T09:00:00Z to 2026-03-01T09:00:00Z");
  set_clock(host, "2026-03-04T09:30:00Z", "2026-03-01T09:30:00Z to 2026-03-04T09:30:00Z");
  const Clock clock(host.normalised());
  EXPECT_EQ(clock.steps().size(), 2U);
  const Clock::Range wrong = clock.range_of(at("2026-03-01T09:10:00Z"));
  EXPECT_EQ(wrong.earliest, at("2026-03-01T09:10:00Z"));
  EXPECT_EQ(wrong.latest, at("2026-03-04T09:10:00Z"));
  EXPECT_EQ(wrong.evidence.size(), 2U);
  // Before it was set back and after it was put right times are what they were.
  for (const std::string_view right : {"2026-03-01T08:00:00Z", "2026-03-05T09:10:00Z"}) {
    const Clock::Range range = clock.range_of(at(right));
    EXPECT_EQ(range.earliest, at(right));
    EXPECT_EQ(range.latest, at(right));
    EXPECT_TRUE(range.evidence.empty());
  }
  EXPECT_FALSE(clock.range_of(FileTime{}).earliest.given());
}

TEST(Clock, TimesOfOneRunOfTheClockStandInTheirOrder) {
  HostFacts host;
  host.event("2026-03-01T06:00:00Z", SystemEventKind::boot, "", 12);
  set_clock(host, "2026-03-02T10:00:00Z", "2026-03-01T10:00:00Z to 2026-03-02T10:00:00Z");
  const Clock clock(host.normalised());
  for (const std::string_view sure :
       {"2026-03-01T06:05:00Z", "2026-03-01T09:59:00Z", "2026-03-02T10:00:01Z"}) {
    const Clock::Range range = clock.range_of(at(sure));
    EXPECT_EQ(range.earliest, at(sure));
    EXPECT_EQ(range.latest, at(sure));
  }
}

TEST(Clock, SmallStepsSleepsAndOddTextMoveNothing) {
  HostFacts host;
  set_clock(host, "2026-03-01T09:00:00Z", "2026-03-01T09:00:00Z to 2026-03-01T09:00:30Z");
  set_clock(host, "2026-03-02T09:00:00Z", "2026-03-01T09:00:00Z to 2026-03-02T09:00:00Z",
            "hardware clock");
  set_clock(host, "2026-03-03T09:00:00Z", "yesterday to today");
  EXPECT_TRUE(Clock(host.normalised()).steps().empty());
}

TEST(Clock, RecordsOutOfOrderAreAStepThatNoEventTells) {
  HostFacts host;
  host.log("Security", "2026-03-01T00:00:00Z", "2026-03-09T00:00:00Z");
  host.last_log().time_reversals = 1;
  host.logon({.time = "2026-03-05T10:00:00Z", .account = "A\\b", .sid = "S-1-5-21-1-2-3-4"});
  host.logon({.time = "2026-03-05T08:00:00Z", .account = "A\\b", .sid = "S-1-5-21-1-2-3-4"});
  const Clock clock(host.normalised());
  ASSERT_EQ(clock.steps().size(), 1U);
  EXPECT_FALSE(clock.steps()[0].is_logged);
  EXPECT_EQ(clock.range_of(at("2026-03-05T09:00:00Z")).earliest, at("2026-03-05T07:00:00Z"));
}

}  // namespace
}  // namespace npg::exposure
