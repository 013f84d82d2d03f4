#include "analysis/coverage/coverage.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "testing/facts.hpp"

namespace npg {
namespace {

using testing::at;
using testing::HostFacts;

bool says(const HostFacts& host, std::string_view words) {
  const auto statements = list_coverage(host.normalised()).statements;
  return std::any_of(statements.begin(), statements.end(),
                     [&](const std::string& s) { return s.find(words) != std::string::npos; });
}

LogGap gap(std::uint64_t after, std::uint64_t next) {
  return {.after_id = after,
          .next_id = next,
          .after_time = at("2026-11-19T10:00:00Z"),
          .next_time = at("2026-11-19T11:00:00Z")};
}

TEST(Coverage, WhatIsMissingIsSaid) {
  const HostFacts nothing;
  for (const std::string_view words :
       {"No Security log", "No Sysmon log", "No SYSTEM hive", "No SOFTWARE hive"}) {
    EXPECT_TRUE(says(nothing, words)) << words;
  }
  HostFacts older;
  older.windows(19045, "C:\\Windows", "WinNT", HiveMoment::older_copy);
  EXPECT_TRUE(says(older, "No SOFTWARE hive")) << "an older copy has no say in the build";
}

TEST(Coverage, AWholeHostHasNothingToSay) {
  HostFacts host;
  host.windows(19045).defaults().audit({{"Registry", 1}});
  host.log("Security", "2026-01-01T00:00:00Z", "2026-11-22T00:00:00Z");
  host.log("Microsoft-Windows-Sysmon/Operational", "2026-01-01T00:00:00Z", "2026-11-22T00:00:00Z");
  const Coverage coverage = list_coverage(host.normalised());
  EXPECT_TRUE(coverage.statements.empty());
  ASSERT_EQ(coverage.sources.size(), 2U);
  EXPECT_EQ(coverage.sources[1].records, 1000U);
  host.last_log().registry_value_events = 0;
  host.last_log().module_load_events = 0;
  EXPECT_TRUE(says(host, "no registry event (12 to 14)"));
  EXPECT_TRUE(says(host, "no module load (7)"));
  host.facts.log_coverage.front().registry_value_events = 0;
  EXPECT_TRUE(says(host, "no registry change (4657)"));
  host.facts.audit_policies.clear();
  host.audit({{"Registry", 2}});
  EXPECT_TRUE(says(host, "logs no registry changes"));
}

TEST(Coverage, LoggingThatWasTurnedOffIsNamed) {
  HostFacts host;
  host.event("2026-03-01T09:00:00Z", SystemEventKind::monitoring_changed, "Stopped", 4);
  EXPECT_TRUE(says(host, "Sysmon stopped at 2026-03-01 09:00:00Z"));
  EXPECT_TRUE(says(host, "from then on it logged"));
  HostFacts again = host;
  again.event("2026-03-01T10:00:00Z", SystemEventKind::monitoring_changed, "Started", 4);
  EXPECT_TRUE(says(again, "until it started again at 2026-03-01 10:00:00Z"));
  host.event("2026-03-01T09:00:10Z", SystemEventKind::shutdown, "", 13);
  EXPECT_FALSE(says(host, "Sysmon stopped")) << "Windows stops it, too";

  HostFacts service;
  service.event("2026-03-01T09:00:00Z", SystemEventKind::service_changed, "EventLog", 7040,
                "auto start to disabled");
  EXPECT_TRUE(says(service, "the service EventLog starts was changed"));
  service.facts.system_events.back().subject = std::string_view("Spooler");
  EXPECT_FALSE(says(service, "starts was changed"));

  HostFacts entries;
  entries.change({.time = "2026-03-01T09:00:00Z",
                  .key = testing::order_key,
                  .now = "S:AI",
                  .before = "S:AI(AU;CISA;KA;;;WD)",
                  .change = ChangeKind::security_changed,
                  .event_id = 4907});
  EXPECT_TRUE(says(entries, "were taken away at 2026-03-01 09:00:00Z by CORP\\mallory (4907)"));
  entries.facts.registry_changes.back().event_id = 4670;
  EXPECT_FALSE(says(entries, "audit entries")) << "that is who may write";
}

TEST(Coverage, ABuildThatOnlyStartsTellIsNotUnknown) {
  HostFacts host;
  host.event("2026-03-01T06:00:00Z", SystemEventKind::boot, "20348", 12);
  EXPECT_TRUE(says(host, "the Windows build is known from its logged starts"));
  EXPECT_FALSE(says(host, "whether passwords are sent, is unknown"));
}

struct Case {
  std::string_view name;
  std::vector<LogGap> gaps;  ///< of a log with the ids 1000 to 2000
  std::vector<std::pair<std::uint64_t, std::uint64_t>> archives;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> left;  ///< after and next id
};

TEST(Coverage, ArchivesFillGapsAndFilesLeaveThem) {
  const Case cases[] = {
      {"none", {}, {}, {}},
      {"in the log", {gap(1100, 1200)}, {}, {{1100, 1200}}},
      {"filled exactly", {gap(1100, 1200)}, {{1101, 1199}}, {}},
      {"filled by more", {gap(1100, 1200)}, {{900, 1500}}, {}},
      {"filled by two", {gap(1100, 1200)}, {{1101, 1150}, {1151, 1199}}, {}},
      {"filled in part", {gap(1100, 1200)}, {{1101, 1150}}, {{1150, 1200}}},
      {"one id is left", {gap(1100, 1200)}, {{1102, 1199}}, {{1100, 1102}}},
      {"between two files", {}, {{1, 500}}, {{500, 1000}}},
      {"files that meet", {}, {{1, 999}}, {}},
      {"a gap that is none", {gap(1200, 1100)}, {}, {}},
      {"a gap outside of its log", {gap(5000, 6000)}, {}, {}},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    HostFacts host;
    host.log("Security", "2026-11-01T00:00:00Z", "2026-11-22T00:00:00Z", 1000, 2000);
    host.last_log().gaps = c.gaps;
    for (const auto& [first, last] : c.archives) {
      host.log("SECURITY", "2026-10-01T00:00:00Z", "2026-10-31T00:00:00Z", first, last);
    }
    const Coverage coverage = list_coverage(host.normalised());
    ASSERT_EQ(coverage.sources.size(), 1U);
    std::vector<std::pair<std::uint64_t, std::uint64_t>> left;
    for (const LogGap& g : coverage.sources[0].gaps) {
      left.emplace_back(g.after_id, g.next_id);
    }
    EXPECT_EQ(left, c.left);
    EXPECT_EQ(says(host, "are missing"), !c.left.empty());
  }
}

TEST(Coverage, AGapBetweenArchiveAndLogHasBothEnds) {
  HostFacts host;
  host.log("Security", "2026-11-01T00:00:00Z", "2026-11-10T00:00:00Z", 1, 500);
  host.log("Security", "2026-11-12T00:00:00Z", "2026-11-22T00:00:00Z", 601, 1000);
  const Coverage coverage = list_coverage(host.normalised());
  ASSERT_EQ(coverage.sources.size(), 1U);
  EXPECT_EQ(coverage.sources[0].records, 900U);
  ASSERT_EQ(coverage.sources[0].gaps.size(), 1U);
  const LogGap& between = coverage.sources[0].gaps[0];
  EXPECT_EQ(between.after_id, 500U);
  EXPECT_EQ(between.next_id, 601U);
  EXPECT_EQ(between.after_time, at("2026-11-10T00:00:00Z"));
  EXPECT_EQ(between.next_time, at("2026-11-12T00:00:00Z"));
  EXPECT_TRUE(says(host, "100 record ids are missing in 1 place of the Security log"));
}

TEST(Coverage, CopiesAreCountedOnce) {
  struct Log {
    std::uint64_t first_id;
    std::uint64_t last_id;
    std::string_view first = "2026-11-01T00:00:00Z";
    std::string_view last = "2026-11-22T00:00:00Z";
    std::vector<LogGap> gaps = {};
    std::uint64_t records = 0;  ///< 0: every id
  };
  struct Copies {
    std::string_view name;
    std::vector<Log> logs;
    std::uint64_t records;
  };
  const Copies cases[] = {
      {"one", {{1, 100}}, 100},
      {"one with records lost", {{.first_id = 1, .last_id = 100, .records = 60}}, 60},
      {"the same twice", {{1, 100}, {1, 100}}, 100},
      {"thrice, one longer", {{1, 100}, {1, 100}, {51, 200}}, 200},
      {"archive and log that meet",
       {{1, 100, "2026-11-01T00:00:00Z", "2026-11-05T00:00:00Z"},
        {101, 150, "2026-11-05T00:00:00Z", "2026-11-22T00:00:00Z"}},
       150},
      {"two lives",
       {{1, 100, "2026-01-01T00:00:00Z", "2026-06-01T00:00:00Z"},
        {1, 40, "2026-11-01T00:00:00Z", "2026-11-22T00:00:00Z"}},
       140},
      {"a gap that the copy fills",
       {{.first_id = 1, .last_id = 100, .gaps = {gap(10, 91)}, .records = 20}, {1, 100}},
       100},
  };
  for (const Copies& c : cases) {
    SCOPED_TRACE(c.name);
    HostFacts host;
    for (const Log& log : c.logs) {
      host.log("Security", log.first, log.last, log.first_id, log.last_id);
      host.last_log().gaps = log.gaps;
      if (log.records != 0) {
        host.last_log().records = log.records;
      }
    }
    EXPECT_EQ(list_coverage(host.normalised()).sources[0].records, c.records);
  }
}

TEST(Coverage, ALogMadeAnewLeavesNoGap) {
  HostFacts host;
  host.log("Security", "2026-11-01T00:00:00Z", "2026-11-22T00:00:00Z", 1, 500);
  host.log("Security", "2026-01-01T00:00:00Z", "2026-10-01T00:00:00Z", 9000, 9900);
  host.last_log().origin.evidence += 1;  // A copy of the former one.
  EXPECT_TRUE(list_coverage(host.normalised()).sources[0].gaps.empty());
}

TEST(Coverage, AClearIsSaidOnceWithBothEvents) {
  HostFacts host;
  host.event("2026-11-19T23:14:02Z", SystemEventKind::log_cleared, "Security", 1102);
  host.event("2026-11-19T23:14:03Z", SystemEventKind::log_cleared, "Security", 104);
  const auto statements = list_coverage(host.normalised()).statements;
  EXPECT_EQ(std::count_if(statements.begin(), statements.end(),
                          [](const std::string& s) { return s.find("cleared") != s.npos; }),
            1);
  EXPECT_TRUE(says(host,
                   "The Security log was cleared at 2026-11-19 23:14:02Z by CORP\\mallory "
                   "(events 1102 and 104)"));
}

TEST(Coverage, TheNewestAuditPolicyIsAsked) {
  HostFacts host;
  EXPECT_FALSE(audit_value(host.facts, "Registry").has_value());
  host.audit({{"Registry", 3}});
  EXPECT_EQ(audit_value(host.facts, "Registry"), 3);
  EXPECT_FALSE(audit_value(host.facts, "Logon").has_value());
}

}  // namespace
}  // namespace npg
