#include <gtest/gtest.h>

#include "analysis/detect/rule_world_test.hpp"

namespace npg {
namespace {

using rule_world::evil;
using rule_world::exposure;
using rule_world::quiet;
using rule_world::RuleCase;
using rule_world::World;
using rule_world::write;
using testing::at;
using testing::provider_key;

const RuleCase cases[] = {
    {"NPG1006", "a person's write",
     [](World& w) { w.changes.push_back(write(provider_key("LanmanRedirSvc"), "Class", "2")); },
     "Services\\LanmanRedirSvc\\NetworkProvider", FindingSeverity::medium},
    {"NPG1006", "the order",
     [](World& w) {
       w.changes.push_back(write(testing::order_key, "ProviderOrder", "RDPNP,Evil"));
     },
     "Control\\NetworkProvider\\Order", FindingSeverity::medium},
    {"NPG1006", "over the network",
     [](World& w) {
       w.changes.push_back(write(testing::order_key, "ProviderOrder", "x", "svchost.exe", 3U));
     },
     "Control\\NetworkProvider\\Order", FindingSeverity::high},
    {"NPG1006", "in a control set that is not the current one",
     [](World& w) {
       w.changes.push_back(
           write("HKLM\\SYSTEM\\ControlSet002\\Services\\Evil\\NetworkProvider", "Class", "2"));
     },
     "ControlSet002\\Services\\Evil\\NetworkProvider", FindingSeverity::medium},
    {"NPG1006", "of a suspicious provider",
     [](World& w) {
       w.providers.push_back(evil(ProviderVerdict::suspicious));
       w.changes.push_back(write(provider_key("EVIL"), "Class", "2"));
     },
     "Services\\EVIL\\NetworkProvider", FindingSeverity::high},
    {"NPG1006", "of one whose name begins alike",
     [](World& w) {
       w.providers.push_back(evil(ProviderVerdict::suspicious));
       w.changes.push_back(write(provider_key("EvilTwin"), "Class", "2"));
     },
     "Services\\EvilTwin\\NetworkProvider", FindingSeverity::medium},
    {"NPG1006", "servicing",
     [](World& w) {
       w.changes.push_back(
           write(provider_key("RDPNP"), "Name", "x", "C:\\Windows\\WinSxS\\amd64_x\\poqexec.exe"));
     },
     "Services\\RDPNP\\NetworkProvider", FindingSeverity::info},
    {"NPG1006", "a name of servicing in another folder",
     [](World& w) {
       w.changes.push_back(write(provider_key("RDPNP"), "Name", "x",
                                 "C:\\Users\\x\\Windows\\System32\\poqexec.exe"));
     },
     "Services\\RDPNP\\NetworkProvider", FindingSeverity::medium},
    {"NPG1006", "servicing that registers a suspicious one",
     [](World& w) {
       w.providers.push_back(evil(ProviderVerdict::suspicious));
       w.changes.push_back(
           write(provider_key("Evil"), "Class", "2", "C:\\Windows\\System32\\poqexec.exe"));
     },
     "Services\\Evil\\NetworkProvider", FindingSeverity::high},
    {"NPG1006", "UNC hardening is another key",
     [](World& w) {
       w.changes.push_back(
           write("HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\NetworkProvider\\HardenedPaths",
                 "x", "y"));
     },
     ""},
    {"NPG1006", "WinSock's ServiceProvider is another mechanism",
     [](World& w) {
       w.changes.push_back(write(
           "HKLM\\SYSTEM\\CurrentControlSet\\Services\\Tcpip\\ServiceProvider", "Class", "8"));
     },
     ""},
    {"NPG1006", "access alone is no change",
     [](World& w) {
       w.changes.push_back(write(testing::order_key, "", ""));
       w.changes.back().what = "accessed_for_write";
     },
     ""},
    {"NPG1011", "Security",
     [](World& w) {
       w.host.event("2026-11-19T23:14:02Z", SystemEventKind::log_cleared, "Security", 1102);
     },
     "Security at 2026-11-19 23:14:02Z", FindingSeverity::medium},
    {"NPG1011", "another log",
     [](World& w) {
       w.host.event("2026-11-19T23:14:02Z", SystemEventKind::log_cleared, "Application", 104);
     },
     "Application at 2026-11-19 23:14:02Z", FindingSeverity::low},
    {"NPG1011", "after a provider",
     [](World& w) {
       w.exposures.push_back(exposure(Certainty::likely, false));
       w.host.event("2026-11-19T23:14:02Z", SystemEventKind::log_cleared, "System", 104);
     },
     "System at 2026-11-19 23:14:02Z", FindingSeverity::high},
    {"NPG1011", "archived is not cleared",
     [](World& w) {
       w.host.event("2026-11-19T23:14:02Z", SystemEventKind::log_archived, "Security", 1105);
     },
     ""},
    {"NPG1012", "Registry auditing removed",
     [](World& w) {
       w.host.event("2026-11-19T23:14:02Z", SystemEventKind::audit_policy_changed, "Registry", 4719,
                    "success removed");
     },
     "Registry at 2026-11-19 23:14:02Z", FindingSeverity::medium},
    {"NPG1012", "Registry auditing added",
     [](World& w) {
       w.host.event("2026-11-19T23:14:02Z", SystemEventKind::audit_policy_changed, "Registry", 4719,
                    "success added");
     },
     ""},
    {"NPG1012", "another sub-category",
     [](World& w) {
       w.host.event("2026-11-19T23:14:02Z", SystemEventKind::audit_policy_changed, "DPAPI Activity",
                    4719, "success removed");
     },
     ""},
};

TEST(Rules, AClearThatTwoLogsTellIsOneFinding) {
  World world = quiet();
  world.host.event("2026-11-19T23:14:02Z", SystemEventKind::log_cleared, "Security", 1102);
  world.host.event("2026-11-19T23:14:06Z", SystemEventKind::log_cleared, "Security", 104);
  RuleOutput output = world.run("NPG1011");
  ASSERT_EQ(output.findings.size(), 1U);
  EXPECT_EQ(output.findings[0].evidence.size(), 2U);
  EXPECT_EQ(output.findings[0].subject, "Security at 2026-11-19 23:14:02Z");
  world.host.event("2026-11-19T23:14:08Z", SystemEventKind::log_cleared, "Security", 104);
  EXPECT_EQ(world.run("NPG1011").findings.size(), 2U) << "six seconds later it is another";
  world.host.event("2026-11-19T23:14:03Z", SystemEventKind::log_cleared, "System", 104);
  EXPECT_EQ(world.run("NPG1011").findings.size(), 3U) << "another log is another clear";
}

TEST(Rules, AFloodOfWritesIsOneFindingAKey) {
  World world = quiet();
  for (int i = 0; i < 50; ++i) {
    world.changes.push_back(write(provider_key("Loud"), "Debug", "1"));
    world.changes.push_back(write(provider_key("LOUD"), "Debug", "1"));
  }
  world.changes.push_back(write(provider_key("Quiet"), "Class", "2"));
  EXPECT_EQ(world.run("NPG1006").findings.size(), 2U);
}

}  // namespace

std::span<const RuleCase> rule_world::change_rule_cases() {
  return cases;
}

}  // namespace npg
