#include <gtest/gtest.h>

#include "analysis/detect/rule_world_test.hpp"

namespace npg {
namespace {

using rule_world::evil;
using rule_world::exposure;
using rule_world::quiet;
using rule_world::RuleCase;
using rule_world::World;
using testing::at;
using testing::HostFacts;

const RuleCase cases[] = {
    {"NPG1001", "malicious",
     [](World& w) { w.providers.push_back(evil(ProviderVerdict::malicious)); }, "Evil",
     FindingSeverity::critical},
    {"NPG1001", "suspicious",
     [](World& w) { w.providers.push_back(evil(ProviderVerdict::suspicious)); }, "Evil",
     FindingSeverity::high},
    {"NPG1001", "unexplained",
     [](World& w) { w.providers.push_back(evil(ProviderVerdict::unexplained)); }, ""},
    {"NPG1002", "receives and is unexplained",
     [](World& w) { w.providers.push_back(evil(ProviderVerdict::unexplained)); }, "Evil",
     FindingSeverity::medium},
    {"NPG1002", "does not receive",
     [](World& w) { w.providers.push_back(evil(ProviderVerdict::unexplained, YesNo::no)); }, "Evil",
     FindingSeverity::low},
    {"NPG1002", "known",
     [](World& w) { w.providers.push_back(evil(ProviderVerdict::known_vendor)); }, ""},
    {"NPG1002", "Windows' own, not fully checked",
     [](World& w) {
       Provider own{.name = std::string_view("RDPNP"), .receives_credentials = YesNo::no};
       own.reasons.push_back(
           {.code = "registration_is_windows_own", .effect = ReasonEffect::lowers, .weight = -4});
       w.providers = {own};
     },
     ""},
    {"NPG1003", "a credential manager is gone",
     [](World& w) {
       w.providers.push_back(evil(ProviderVerdict::malicious));
       w.providers.back().state = ProviderState::removed;
     },
     "Evil", FindingSeverity::high},
    {"NPG1003", "another provider is gone",
     [](World& w) {
       w.providers.push_back(evil(ProviderVerdict::unexplained, YesNo::no));
       w.providers.back().state = ProviderState::removed;
     },
     "Evil", FindingSeverity::low},
    {"NPG1003", "staged",
     [](World& w) {
       w.providers.push_back(evil(ProviderVerdict::malicious));
       w.providers.back().state = ProviderState::staged;
     },
     ""},
    {"NPG1004", "a name in one order",
     [](World& w) {
       w.host.facts.orders.clear();
       w.host.order("RDPNP,Evil", false).order("RDPNP", true);
     },
     "Order and HwOrder", FindingSeverity::info},
    {"NPG1004", "a whole hive without an order",
     [](World& w) {
       w.host.facts.orders.clear();
       w.host.order("RDPNP,Evil", true);
       w.host.facts.hive_copies.push_back({.lists_services = true});
     },
     "Order and HwOrder", FindingSeverity::medium},
    {"NPG1028", "the next start takes another control set",
     [](World& w) {
       w.host.facts.selects.front().default_set = 2;
       w.host.facts.selects.front().control_sets = {1, 2};
     },
     "Select", FindingSeverity::medium},
    {"NPG1028", "LastKnownGood is another set, as on Windows 7",
     [](World& w) {
       w.host.facts.selects.front().last_known_good = 2;
       w.host.facts.selects.front().control_sets = {1, 2};
     },
     ""},
    {"NPG1004", "only case differs",
     [](World& w) {
       w.host.facts.orders.clear();
       w.host.order("RDPNP,webclient", false).order("RDPNP,WebClient", true);
     },
     ""},
    {"NPG1005", "another set has another DLL",
     [](World& w) {
       w.host.provider({.name = "RDPNP",
                        .path = "C:\\evil.dll",
                        .control_set = 2,
                        .control_set_is_current = false});
     },
     "ControlSet002", FindingSeverity::medium},
    {"NPG1005", "an older copy has another DLL",
     [](World& w) {
       w.host.provider({.name = "RDPNP",
                        .path = "C:\\evil.dll",
                        .control_set = 2,
                        .control_set_is_current = false,
                        .moment = HiveMoment::older_copy});
     },
     ""},
};

TEST(Rules, ARemovalHasTheRemovalsTime) {
  World world = quiet();
  world.providers.push_back(evil(ProviderVerdict::malicious));
  world.providers.back().state = ProviderState::removed;
  Exposure gone = exposure(Certainty::likely, false);
  gone.provider = std::string_view("Evil");
  gone.earliest_start = at("2026-11-19T10:00:00Z");
  gone.earliest_end = at("2026-11-20T10:00:00Z");
  gone.end = at("2026-11-21T10:00:00Z");
  gone.end_kind = WindowEnd::removed;
  world.exposures = {gone};
  const RuleOutput output = world.run("NPG1003");
  ASSERT_EQ(output.findings.size(), 1U);
  EXPECT_EQ(output.findings[0].first_seen, gone.earliest_end);
  EXPECT_EQ(output.findings[0].last_seen, gone.end);
}

TEST(Rules, ControlSetsAreComparedWhole) {
  World world = quiet();
  HostFacts other;
  other.defaults();
  for (RegistrationFact& fact : other.facts.registrations) {
    fact.control_set = 2;
    fact.control_set_is_current = false;
    world.host.facts.registrations.push_back(fact);
  }
  for (ProviderOrderFact& fact : other.facts.orders) {
    fact.control_set = 2;
    fact.control_set_is_current = false;
    world.host.facts.orders.push_back(fact);
  }
  EXPECT_TRUE(world.run("NPG1005").findings.empty());
  World by_class = world;
  by_class.host.facts.registrations.back().provider_class = 2;
  ASSERT_EQ(by_class.run("NPG1005").findings.size(), 1U);
  EXPECT_EQ(by_class.run("NPG1005").findings[0].text,
            "differs from the current control set in WebClient "
            "(%SystemRoot%\\System32\\davclnt.dll, Class 0x2; in the current one "
            "%SystemRoot%\\System32\\davclnt.dll)");
  World by_order = world;
  by_order.host.facts.orders.back().raw = std::string_view("RDPNP,Evil");
  ASSERT_EQ(by_order.run("NPG1005").findings.size(), 1U);
  EXPECT_EQ(by_order.run("NPG1005").findings[0].text,
            "differs from the current control set in Control\\HwOrder (RDPNP,Evil; in the current "
            "one RDPNP,LanmanWorkstation,webclient)");
}

}  // namespace

std::span<const RuleCase> rule_world::provider_rule_cases() {
  return cases;
}

}  // namespace npg
