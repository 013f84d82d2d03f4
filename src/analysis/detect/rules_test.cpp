#include "analysis/detect/rules.hpp"

#include <gtest/gtest.h>

#include <set>

#include "analysis/detect/rule_world_test.hpp"

namespace npg {
namespace {

using rule_world::exposure;
using rule_world::quiet;
using rule_world::RuleCase;
using rule_world::World;

TEST(Rules, EachFiresOnItsCaseAndNotOnItsNeighbour) {
  std::set<std::string_view> fired;
  std::set<std::string_view> silent;
  std::vector<RuleCase> cases;
  for (const auto& some : {rule_world::provider_rule_cases(), rule_world::change_rule_cases(),
                           rule_world::host_rule_cases(), rule_world::recovered_rule_cases(),
                           rule_world::logon_rule_cases()}) {
    cases.insert(cases.end(), some.begin(), some.end());
  }
  for (const RuleCase& c : cases) {
    SCOPED_TRACE(std::string(c.rule) + " " + std::string(c.name));
    World world = quiet();
    c.prepare(world);
    const RuleOutput output = world.run(c.rule);
    EXPECT_TRUE(output.not_evaluated.empty());
    (c.subject.empty() ? silent : fired).insert(c.rule);
    if (c.subject.empty()) {
      EXPECT_TRUE(output.findings.empty());
      continue;
    }
    ASSERT_EQ(output.findings.size(), 1U);
    const Finding& finding = output.findings[0];
    EXPECT_EQ(finding.subject, c.subject);
    EXPECT_EQ(name_of(finding.severity), name_of(c.severity));
    EXPECT_FALSE(finding.text.empty());
    EXPECT_FALSE(finding.evidence.empty());
    EXPECT_EQ(finding.attack.size(), 1U);
    EXPECT_TRUE(finding.id.starts_with(std::string(c.rule) + "-"));
  }
  for (const RuleInfo& rule : all_rules()) {
    EXPECT_TRUE(fired.contains(rule.id)) << rule.id;
    EXPECT_TRUE(silent.contains(rule.id)) << rule.id;
  }
}

TEST(Rules, AnOrderThatADamagedHiveLacksIsNotTakenForDeleted) {
  World world = quiet();
  world.host.facts.orders.clear();
  world.host.order("RDPNP,Evil", true);
  world.host.facts.hive_copies.push_back({.lists_services = false});
  const RuleOutput output = world.run("NPG1004");
  EXPECT_TRUE(output.findings.empty());
  EXPECT_EQ(output.not_evaluated.size(), 1U);
}

TEST(Rules, AQuietHostGivesNothing) {
  const World world = quiet();
  for (const RuleInfo& rule : all_rules()) {
    const RuleOutput output = world.run(rule.id);
    EXPECT_TRUE(output.findings.empty()) << rule.id;
    EXPECT_TRUE(output.not_evaluated.empty()) << rule.id;
  }
}

TEST(Rules, WithoutEvidenceEachSaysThatItWasNotEvaluated) {
  World nothing;
  for (const RuleInfo& rule : all_rules()) {
    if (rule.id == "NPG1015") {
      continue;  // Without a provider that receives there is nothing to ask.
    }
    const RuleOutput output = nothing.run(rule.id);
    ASSERT_EQ(output.not_evaluated.size(), 1U) << rule.id;
    EXPECT_EQ(output.not_evaluated[0].needs, rule.needs);
    EXPECT_FALSE(output.not_evaluated[0].why.empty());
    EXPECT_TRUE(output.findings.empty());
  }
  nothing.exposures.push_back(exposure(Certainty::likely, false));
  EXPECT_EQ(nothing.run("NPG1015").not_evaluated.size(), 1U);
}

}  // namespace
}  // namespace npg
