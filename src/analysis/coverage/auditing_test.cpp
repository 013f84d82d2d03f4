#include "analysis/coverage/auditing.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "testing/facts.hpp"

namespace npg {
namespace {

using testing::HostFacts;

std::string value_of(const HostFacts& host, std::string_view setting) {
  const auto states = list_auditing(host.normalised());
  const auto found = std::ranges::find(states, setting, &AuditState::setting);
  return found == states.end() ? "missing" : found->value;
}

TEST(Auditing, PolicyInForceAndItsChanges) {
  HostFacts host;
  EXPECT_EQ(value_of(host, "Audit Registry"), "not visible");
  host.audit({{"Registry", 1}, {"Logon", 3}, {"Process Creation", 0}});
  EXPECT_EQ(value_of(host, "Audit Registry"), "success");
  EXPECT_EQ(value_of(host, "Audit Logon"), "success and failure");
  EXPECT_EQ(value_of(host, "Audit Process Creation"), "none");
  EXPECT_EQ(value_of(host, "Audit Special Logon"), "not there");
  host.event("2026-03-01T00:00:00Z", SystemEventKind::audit_policy_changed, "Registry", 4719,
             "success removed");
  const auto states = list_auditing(host.normalised());
  EXPECT_EQ(std::ranges::count(states, "Audit Registry", &AuditState::setting), 2);
  EXPECT_TRUE(std::ranges::is_sorted(states, {}, &AuditState::setting));
}

TEST(Auditing, AuditEntriesOnKeys) {
  HostFacts host;
  EXPECT_EQ(value_of(host, "Audit entries of the providers' keys"), "not visible");
  RegistryKeyFact key{.key = std::string_view("ControlSet001\\Control\\NetworkProvider\\Order"),
                      .control_set = 1,
                      .control_set_is_current = true,
                      .security = KeySecurity{}};
  host.facts.keys = {key};
  constexpr std::string_view setting =
      "Audit entries of ControlSet001\\Control\\NetworkProvider\\Order";
  EXPECT_EQ(value_of(host, setting), "none");
  const AccessEntryFact entry{
      .type = 2, .flags = 0x42, .mask = 0xd0006, .sid = std::string_view("S-1-1-0")};
  host.facts.keys[0].security->sacl = {entry};
  EXPECT_EQ(value_of(host, setting), "writes by everyone");
  host.facts.keys[0].security->sacl[0].mask = 0x1;
  EXPECT_EQ(value_of(host, setting), "not of all writes");
}

TEST(Auditing, SysmonAndCommandLines) {
  HostFacts host;
  EXPECT_EQ(value_of(host, "Sysmon"), "not visible");
  host.orders("RDPNP");
  EXPECT_EQ(value_of(host, "Sysmon"), "not installed");
  host.policy(PolicyKind::sysmon_service, "ImagePath", "C:\\Windows\\Sysmon64.exe");
  EXPECT_EQ(value_of(host, "Sysmon"), "installed");
  EXPECT_EQ(value_of(host, "Command lines in 4688"), "not visible");
  host.windows(19045);
  EXPECT_EQ(value_of(host, "Command lines in 4688"), "off");
  host.policy(PolicyKind::process_command_line, "ProcessCreationIncludeCmdLine_Enabled", "1", 1);
  EXPECT_EQ(value_of(host, "Command lines in 4688"), "on");
}

}  // namespace
}  // namespace npg
