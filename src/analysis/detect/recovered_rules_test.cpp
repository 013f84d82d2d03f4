#include <gtest/gtest.h>

#include "analysis/detect/host_verdict.hpp"
#include "analysis/detect/rule_world_test.hpp"

namespace npg {
namespace {

using namespace std::literals;
using rule_world::quiet;
using rule_world::RuleCase;
using rule_world::World;

/// An order in unused space whose record is gone.
RecoveredFact lone_order(std::vector<SharedText> names) {
  return {.what = RecoveredKind::order,
          .key = "?"sv,
          .place = "free_cell"sv,
          .text = "as it was"sv,
          .names = std::move(names),
          .values_complete = false};
}

const RuleCase cases[] = {
    {"NPG1016", "a deleted credential manager",
     [](World& w) {
       w.host.facts.recovered.push_back({.name = "Evil"sv,
                                         .key = "?\\Evil\\NetworkProvider"sv,
                                         .place = "free_cell"sv,
                                         .provider_path = "C:\\evil.dll"sv,
                                         .provider_class = 2});
     },
     "Evil", FindingSeverity::medium},
    {"NPG1016", "a deleted network provider",
     [](World& w) {
       w.host.facts.recovered.push_back(
           {.name = "VBoxSF"sv, .place = "log_history"sv, .provider_path = "VBoxMRXNP.dll"sv});
     },
     "VBoxSF", FindingSeverity::low},
    {"NPG1016", "an order with a name that is gone",
     [](World& w) { w.host.facts.recovered.push_back(lone_order({"RDPNP"sv, "Evil"sv})); },
     "ProviderOrder of an unknown key", FindingSeverity::low},
    {"NPG1016", "an order of Windows' own, cut at its beginning",
     [](World& w) { w.host.facts.recovered.push_back(lone_order({"ion"sv, "WebClient"sv})); },
     "ProviderOrder of an unknown key", FindingSeverity::info},
    {"NPG1016", "another mpnotify",
     [](World& w) {
       w.host.facts.recovered.push_back({.what = RecoveredKind::policy,
                                         .name = "mpnotify"sv,
                                         .key = "?\\Winlogon"sv,
                                         .place = "free_cell"sv,
                                         .text = "C:\\evil.exe"sv});
     },
     "?\\Winlogon", FindingSeverity::medium},
    {"NPG1016", "nothing recovered", [](World& /*w*/) {}, ""},
    {"NPG1017", "a hidden service",
     [](World& w) {
       w.host.facts.disagreements.push_back(
           {.what = "key_not_listed"sv, .key = "ControlSet001\\Services"sv, .other = "Evil"sv});
     },
     "ControlSet001\\Services\\Evil", FindingSeverity::medium},
    {"NPG1017", "no disagreement", [](World& /*w*/) {}, ""},
};

TEST(Rules, WhatIsRecoveredOfOneProviderIsOneFinding) {
  World world = quiet();
  const RecoveredFact first{.name = "Evil"sv,
                            .place = "free_cell"sv,
                            .last_written = testing::at("2026-11-19T10:00:00Z"),
                            .provider_path = "C:\\evil.dll"sv};
  RecoveredFact second = first;
  second.last_written = testing::at("2026-11-18T10:00:00Z");
  second.provider_class = 2;
  world.host.facts.recovered = {first, second};
  const RuleOutput output = world.run("NPG1016");
  ASSERT_EQ(output.findings.size(), 1U);
  EXPECT_EQ(output.findings[0].severity, FindingSeverity::medium);
  EXPECT_EQ(output.findings[0].first_seen, second.last_written);
  EXPECT_EQ(output.findings[0].last_seen, first.last_written);
  EXPECT_EQ(output.findings[0].evidence.size(), 2U);
}

TEST(Rules, OneBentListIsOneFinding) {
  World world = quiet();
  for (int i = 0; i < 272; ++i) {
    world.host.facts.disagreements.push_back(
        {.what = "parent_differs"sv,
         .key = "ControlSet001\\Services\\Evil\\NetworkProvider"sv,
         .other = SharedText(std::string_view("Service" + std::to_string(i)))});
  }
  world.host.facts.disagreements.push_back(
      {.what = "name_hash"sv, .key = "ControlSet001\\Services"sv, .other = "Evil"sv});
  const RuleOutput output = world.run("NPG1017");
  ASSERT_EQ(output.findings.size(), 2U);
  EXPECT_EQ(output.findings[1].subject, "ControlSet001\\Services\\Evil\\NetworkProvider");
  EXPECT_NE(output.findings[1].text.find("272 of its entries"), std::string::npos);
}

TEST(Rules, WhatALogHoldsUnappliedWasNotDeleted) {
  World world = quiet();
  world.host.facts.recovered = {{.name = "Evil"sv,
                                 .place = "log_unapplied"sv,
                                 .sequence = 10,
                                 .provider_path = "C:\\evil.dll"sv,
                                 .provider_class = 2},
                                {.name = "Other"sv, .place = "log_history"sv, .sequence = 4}};
  const RuleOutput output = world.run("NPG1016");
  ASSERT_EQ(output.findings.size(), 2U);
  for (const Finding& finding : output.findings) {
    const bool is_unapplied = finding.subject == "Evil";
    EXPECT_EQ(finding.title.find("not applied") != std::string::npos, is_unapplied);
    EXPECT_EQ(finding.text.find("in a newer entry of a transaction log, which was not applied "
                                "(entry 10)") != std::string::npos,
              is_unapplied)
        << finding.text;
    EXPECT_EQ(finding.text.find("older page") == std::string::npos, is_unapplied);
  }
}

TEST(HostVerdict, WhatWasRecoveredDoesNotJudge) {
  HostAssessment host;
  host.findings.push_back({.rule = "NPG1016", .severity = FindingSeverity::medium});
  judge_host(host);
  EXPECT_EQ(host.verdict, HostVerdict::undetermined);
  EXPECT_NE(host.verdict_text.find("was recovered"), std::string::npos);
  EXPECT_EQ(host.verdict_text.find("Nothing suspicious"), std::string::npos);
  host.findings.push_back({.rule = "NPG1017", .severity = FindingSeverity::medium});
  judge_host(host);
  EXPECT_EQ(host.verdict, HostVerdict::needs_review);
}

}  // namespace

std::span<const RuleCase> rule_world::recovered_rule_cases() {
  return cases;
}

}  // namespace npg
