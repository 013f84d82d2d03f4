#include "analysis/detect/host_verdict.hpp"

#include <gtest/gtest.h>

#include "analysis/detect/rule_world_test.hpp"

namespace npg {
namespace {

using rule_world::evil;
using testing::at;

TEST(HostVerdict, CountsWhoTypedApartFromWhoMayHave) {
  HostAssessment host;
  host.providers.push_back(evil(ProviderVerdict::malicious));
  host.exposures.push_back({.provider = std::string_view("Evil"), .password_sent = YesNo::yes});
  const auto says = [&host](std::string_view text) {
    judge_host(host);
    return host.verdict_text.find(text) != std::string::npos;
  };
  EXPECT_TRUE(says("; no logon evidence says whose password it saw."));
  host.coverage.sources.push_back({.source = "event_log",
                                   .channel = std::string_view("Security"),
                                   .first = at("2026-11-19T10:00:00Z"),
                                   .last = at("2026-11-20T10:00:00Z"),
                                   .records = 5});
  EXPECT_TRUE(says("; 0 accounts typed a password while it could listen."));
  auto& accounts = host.exposures[0].accounts;
  accounts.push_back({.account = std::string_view("a"), .certainty = Certainty::proven});
  accounts.push_back({.account = std::string_view("b"), .certainty = Certainty::likely});
  accounts.push_back({.account = std::string_view("c"), .certainty = Certainty::possible});
  accounts.push_back({.account = std::string_view("d"), .certainty = Certainty::not_by_this_route});
  EXPECT_TRUE(says("; 2 accounts typed a password while it could listen, 1 more possibly."));
}

TEST(HostVerdict, AMaliciousFileOfTheChainCompromisesUnlessItIsExcepted) {
  for (const CompanionRole role :
       {CompanionRole::connect_notifyee, CompanionRole::mpnotify, CompanionRole::winlogon_mpnotify,
        CompanionRole::image_debugger}) {
    HostAssessment host;
    Companion file = rule_world::companion(role, ProviderVerdict::malicious);
    file.evidence = {Origin{.evidence = 7, .offset = 1}};
    host.companions.push_back(file);
    Finding finding{.rule = "NPG1040", .severity = FindingSeverity::critical};
    finding.evidence = file.evidence;
    host.findings.push_back(finding);
    judge_host(host);
    EXPECT_EQ(host.verdict, HostVerdict::compromised);
    EXPECT_NE(host.verdict_text.find("reasons speak against it"), std::string::npos);
    host.findings[0].suppressed_by = "X1";
    judge_host(host);
    EXPECT_NE(host.verdict, HostVerdict::compromised);
  }
}

}  // namespace

}  // namespace npg
