#include "analysis/baseline/approved_change.hpp"

#include <gtest/gtest.h>

#include "testing/facts.hpp"

namespace npg {
namespace {

using testing::at;
using S = FindingSeverity;

struct World {
  HostAssessment host;
  testing::HostFacts facts;
};
World world_with(std::string_view rule, S severity) {
  World world;
  world.host.host.name = std::string_view("HOST7");
  world.host.providers.push_back(
      {.name = std::string_view("Prov"), .last_written = at("2026-11-10T21:00:00Z")});
  world.host.findings = {
      {.rule = std::string(rule), .severity = severity, .subject = "Prov", .text = "t"}};
  return world;
}
const std::vector<ApprovedChange> calendar = {{.ticket = "CHG1",
                                               .from = at("2026-11-10T20:00:00Z"),
                                               .to = at("2026-11-10T22:00:00Z"),
                                               .hosts = {"host*"},
                                               .what = "Citrix"}};

TEST(ApprovedChange, LowersByOneGradeAndSaysWhy) {
  World world = world_with("NPG1002", S::medium);
  lower_by_approved_changes(calendar, world.facts.facts, world.host);
  ASSERT_EQ(world.host.findings.size(), 1U);
  EXPECT_EQ(world.host.findings[0].severity, S::low);
  EXPECT_NE(world.host.findings[0].text.find("lowered from medium"), std::string::npos);
  EXPECT_NE(world.host.findings[0].text.find("CHG1"), std::string::npos);
  EXPECT_TRUE(world.host.findings[0].suppressed_by.empty());
}

TEST(ApprovedChange, NeverLowersWhatNoDeploymentCauses) {
  for (const std::string_view rule : {"NPG1001", "NPG1003", "NPG1011", "NPG1013", "NPG1015"}) {
    World world = world_with(rule, S::critical);
    lower_by_approved_changes(calendar, world.facts.facts, world.host);
    EXPECT_EQ(world.host.findings[0].severity, S::critical) << rule;
  }
}

TEST(ApprovedChange, OutsideTheWindowOrOnAnotherHostNothingIsLowered) {
  World late = world_with("NPG1002", S::medium);
  late.host.providers[0].last_written = at("2026-11-10T22:00:01Z");
  lower_by_approved_changes(calendar, late.facts.facts, late.host);
  EXPECT_EQ(late.host.findings[0].severity, S::medium);
  World elsewhere = world_with("NPG1002", S::medium);
  elsewhere.host.host.name = std::string_view("SERVER");
  lower_by_approved_changes(calendar, elsewhere.facts.facts, elsewhere.host);
  EXPECT_EQ(elsewhere.host.findings[0].severity, S::medium);
}

TEST(ApprovedChange, AnInstallerNearbyLowersAndIsCited) {
  for (const auto& [time, is_near] :
       {std::pair("2026-11-10T20:50:00Z", true), std::pair("2026-11-10T21:15:00Z", true),
        std::pair("2026-11-10T20:44:59Z", false)}) {
    World world = world_with("NPG1020", S::high);
    world.facts.event(time, SystemEventKind::software_installed, "Citrix Workspace", 1033);
    lower_by_approved_changes({}, world.facts.facts, world.host);
    EXPECT_EQ(world.host.findings[0].severity, is_near ? S::medium : S::high) << time;
    EXPECT_EQ(world.host.findings[0].evidence.size(), is_near ? 1U : 0U);
  }
}

TEST(ApprovedChange, LowStaysLow) {
  World world = world_with("NPG1002", S::low);
  lower_by_approved_changes(calendar, world.facts.facts, world.host);
  EXPECT_EQ(world.host.findings[0].severity, S::low);
  EXPECT_EQ(world.host.findings[0].text, "t");
}

}  // namespace
}  // namespace npg
