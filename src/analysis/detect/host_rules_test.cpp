#include <gtest/gtest.h>

#include "analysis/detect/rule_world_test.hpp"

namespace npg {
namespace {

using rule_world::companion;
using rule_world::evil;
using rule_world::exposure;
using rule_world::mpnotify;
using rule_world::policies_key;
using rule_world::RuleCase;
using rule_world::World;
using rule_world::write;
using testing::at;

const RuleCase cases[] = {
    {"NPG1007", "another EXE",
     [](World& w) { w.host.policy(PolicyKind::winlogon_mpnotify, "mpnotify", "evil.exe"); },
     "mpnotify", FindingSeverity::high},
    {"NPG1007", "the default written out",
     [](World& w) { w.host.policy(PolicyKind::winlogon_mpnotify, "mpnotify", "MPNotify.exe"); },
     ""},
    {"NPG1040", "mpnotify.exe is another file",
     [](World& w) {
       w.companions.push_back(companion(CompanionRole::mpnotify, ProviderVerdict::suspicious));
     },
     "C:\\x.exe", FindingSeverity::high},
    {"NPG1040", "a debugger of mpnotify.exe",
     [](World& w) {
       w.companions.push_back(
           companion(CompanionRole::image_debugger, ProviderVerdict::malicious, "K\\Debugger"));
     },
     "C:\\x.exe of K\\Debugger", FindingSeverity::critical},
    {"NPG1040", "mpr.dll is Windows' own",
     [](World& w) {
       w.companions.push_back(companion(CompanionRole::mpr, ProviderVerdict::expected));
     },
     ""},
    {"NPG1040", "a notifyee has a rule of its own",
     [](World& w) {
       w.companions.push_back(
           companion(CompanionRole::connect_notifyee, ProviderVerdict::malicious, "K\\n"));
     },
     ""},
    {"NPG1008", "on from 24H2",
     [](World& w) {
       w.host.facts.identities.clear();
       w.host.windows(26100).policy(PolicyKind::enable_mpr, "EnableMPR", "1", 1);
     },
     "EnableMPR", FindingSeverity::high},
    {"NPG1008", "on where it is the default",
     [](World& w) { w.host.policy(PolicyKind::enable_mpr, "EnableMPR", "1", 1); }, ""},
    {"NPG1008", "off from 24H2",
     [](World& w) {
       w.host.facts.identities.clear();
       w.host.windows(26100).policy(PolicyKind::enable_mpr, "EnableMPR", "0", 0);
     },
     ""},
    {"NPG1008", "turned on",
     [](World& w) { w.changes.push_back(write(policies_key, "EnableMPR", "DWORD (0x00000001)")); },
     "EnableMPR at 2026-11-19 23:14:02Z", FindingSeverity::high},
    {"NPG1008", "a number that only holds a 1",
     [](World& w) { w.changes.push_back(write(policies_key, "EnableMPR", "DWORD (0x00000010)")); },
     ""},
    {"NPG1008", "turned off",
     [](World& w) { w.changes.push_back(write(policies_key, "EnableMPR", "0")); }, ""},
    {"NPG1009", "set",
     [](World& w) {
       w.host.policy(PolicyKind::smart_card_logon_notify, "SmartCardLogonNotify", "1", 1);
     },
     "SmartCardLogonNotify", FindingSeverity::medium},
    {"NPG1009", "not set",
     [](World& w) {
       w.host.policy(PolicyKind::smart_card_logon_notify, "SmartCardLogonNotify", "0", 0);
     },
     ""},
    {"NPG1010", "a notifyee",
     [](World& w) { w.host.policy(PolicyKind::connect_notifyee, "x", "C:\\x.dll"); }, "x",
     FindingSeverity::medium},
    {"NPG1010", "a password filter is another thing",
     [](World& w) {
       w.host.policy(PolicyKind::notification_package, "Notification Packages", "scecli");
     },
     ""},
    {"NPG1013", "the DLL of a suspicious provider",
     [](World& w) {
       w.providers.push_back(evil(ProviderVerdict::suspicious));
       w.host.load("2026-11-19T11:00:00Z", mpnotify, "c:\\EVIL.dll");
     },
     "c:\\EVIL.dll", FindingSeverity::high},
    {"NPG1013", "of a known one",
     [](World& w) {
       w.providers.push_back(evil(ProviderVerdict::known_vendor));
       w.host.load("2026-11-19T11:00:00Z", mpnotify, "C:\\evil.dll");
     },
     ""},
    {"NPG1013", "of one that asks for no credentials: not documented, and no conviction",
     [](World& w) {
       w.providers.push_back(evil(ProviderVerdict::unexplained));
       w.providers.back().receives_credentials = YesNo::no;
       w.host.load("2026-11-19T11:00:00Z", mpnotify, "C:\\evil.dll");
     },
     "C:\\evil.dll", FindingSeverity::low},
    {"NPG1013", "of such a one, and nobody signed the file",
     [](World& w) {
       w.providers.push_back(evil(ProviderVerdict::unexplained));
       w.providers.back().receives_credentials = YesNo::no;
       w.host.load("2026-11-19T11:00:00Z", mpnotify, "C:\\evil.dll");
       w.host.facts.module_loads.back().signature_status = std::string_view("Unavailable");
     },
     "C:\\evil.dll", FindingSeverity::high},
    {"NPG1013", "by another process",
     [](World& w) {
       w.providers.push_back(evil(ProviderVerdict::suspicious));
       w.host.load("2026-11-19T11:00:00Z", "C:\\Windows\\explorer.exe", "C:\\evil.dll");
     },
     ""},
    {"NPG1013", "an unsigned one that nothing registers",
     [](World& w) {
       w.host.load("2026-11-19T11:00:00Z", mpnotify, "C:\\evil.dll");
       w.host.facts.module_loads.back().signature_status = std::string_view("Unavailable");
     },
     "C:\\evil.dll", FindingSeverity::high},
    {"NPG1013", "whether it is signed is not told",
     [](World& w) { w.host.load("2026-11-19T11:00:00Z", mpnotify, "C:\\evil.dll"); }, ""},
    {"NPG1013", "its signature holds, and who made it is left out",
     [](World& w) {
       w.host.load("2026-11-19T11:00:00Z", mpnotify, "C:\\evil.dll");
       w.host.facts.module_loads.back().signature_status = std::string_view("Valid");
     },
     ""},
    {"NPG1014", "a child",
     [](World& w) {
       w.host.process("2026-11-19T23:14:02Z", "C:\\Windows\\System32\\cmd.exe", mpnotify, 1);
     },
     "C:\\Windows\\System32\\cmd.exe at 2026-11-19 23:14:02Z", FindingSeverity::high},
    {"NPG1014", "the crash reporter",
     [](World& w) {
       w.host.process("2026-11-19T23:14:02Z", "C:\\Windows\\System32\\WerFault.exe", mpnotify, 1);
     },
     ""},
    {"NPG1014", "its name in another folder",
     [](World& w) {
       w.host.process("2026-11-19T23:14:02Z", "C:\\Temp\\WerFault.exe", mpnotify, 1);
     },
     "C:\\Temp\\WerFault.exe at 2026-11-19 23:14:02Z", FindingSeverity::high},
    {"NPG1014", "Citrix single sign-on",
     [](World& w) {
       w.host.process("2026-11-19T23:14:02Z",
                      R"(C:\Program Files (x86)\Citrix\ICA Client\SSONSVR.exe)", mpnotify, 1);
     },
     R"(C:\Program Files (x86)\Citrix\ICA Client\SSONSVR.exe at 2026-11-19 23:14:02Z)",
     FindingSeverity::info},
    {"NPG1014", "its name outside of Program Files",
     [](World& w) {
       w.host.process("2026-11-19T23:14:02Z", R"(C:\ProgramData\Citrix\ssonsvr.exe)", mpnotify, 1);
     },
     R"(C:\ProgramData\Citrix\ssonsvr.exe at 2026-11-19 23:14:02Z)", FindingSeverity::high},
    {"NPG1014", "its folder on another drive",
     [](World& w) {
       w.host.process("2026-11-19T23:14:02Z", R"(D:\Program Files\Citrix\ssonsvr.exe)", mpnotify,
                      1);
     },
     R"(D:\Program Files\Citrix\ssonsvr.exe at 2026-11-19 23:14:02Z)", FindingSeverity::high},
    {"NPG1014", "a way out of its folder",
     [](World& w) {
       w.host.process("2026-11-19T23:14:02Z", R"(C:\Program Files\Citrix\..\x\ssonsvr.exe)",
                      mpnotify, 1);
     },
     R"(C:\Program Files\Citrix\..\x\ssonsvr.exe at 2026-11-19 23:14:02Z)", FindingSeverity::high},
    {"NPG1014", "another program of its folder",
     [](World& w) {
       w.host.process("2026-11-19T23:14:02Z", R"(C:\Program Files\Citrix\ICA Client\wfcrun32.exe)",
                      mpnotify, 1);
     },
     R"(C:\Program Files\Citrix\ICA Client\wfcrun32.exe at 2026-11-19 23:14:02Z)",
     FindingSeverity::high},
    {"NPG1014", "started by another mpnotify.exe",
     [](World& w) {
       w.host.process("2026-11-19T23:14:02Z", R"(C:\Program Files\Citrix\ICA Client\ssonsvr.exe)",
                      "C:\\Temp\\mpnotify.exe", 1);
     },
     R"(C:\Program Files\Citrix\ICA Client\ssonsvr.exe at 2026-11-19 23:14:02Z)",
     FindingSeverity::high},
    {"NPG1014", "mpnotify itself",
     [](World& w) {
       w.host.process("2026-11-19T23:14:02Z", mpnotify, "C:\\Windows\\System32\\winlogon.exe", 1);
     },
     ""},
    {"NPG1015", "proven",
     [](World& w) { w.exposures.push_back(exposure(Certainty::proven, true)); },
     "CORP\\alice to Evil", FindingSeverity::critical},
    {"NPG1015", "likely",
     [](World& w) { w.exposures.push_back(exposure(Certainty::likely, true)); },
     "CORP\\alice to Evil", FindingSeverity::high},
    {"NPG1015", "possible",
     [](World& w) { w.exposures.push_back(exposure(Certainty::possible, true)); }, ""},
    {"NPG1015", "not privileged",
     [](World& w) { w.exposures.push_back(exposure(Certainty::proven, false)); }, ""},
    {"NPG1015", "no password was sent",
     [](World& w) { w.exposures.push_back(exposure(Certainty::proven, true, YesNo::no)); }, ""},
};

TEST(HostRules, ANotifyeeIsAsSevereAsItsFile) {
  const struct {
    ProviderVerdict verdict;
    bool is_elsewhere;
    FindingSeverity severity;
  } notifyees[] = {{ProviderVerdict::unexplained, false, FindingSeverity::medium},
                   {ProviderVerdict::unexplained, true, FindingSeverity::high},
                   {ProviderVerdict::suspicious, false, FindingSeverity::high},
                   {ProviderVerdict::malicious, false, FindingSeverity::critical}};
  for (const auto& c : notifyees) {
    World world = rule_world::quiet();
    world.host.policy(PolicyKind::connect_notifyee, "x", "C:\\x.dll");
    Companion file = companion(CompanionRole::connect_notifyee, c.verdict, "K\\x");
    file.evidence = {world.host.facts.policies.back().origin};
    if (c.is_elsewhere) {
      file.file.path.oddities = {"unc"};
    }
    world.companions.push_back(std::move(file));
    const auto found = world.run("NPG1010").findings;
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].severity, c.severity);
  }
}

TEST(HostRules, ANotifyeeThatIsNoTextIsSaidToBeNone) {
  World world = rule_world::quiet();
  world.host.policy(PolicyKind::connect_notifyee, "x", "5", 5);
  const auto found = world.run("NPG1010").findings;
  ASSERT_EQ(found.size(), 1U);
  EXPECT_TRUE(found[0].text.starts_with("what a value of type 4 names (5) is loaded by"))
      << found[0].text;
}

}  // namespace

std::span<const RuleCase> rule_world::host_rule_cases() {
  return cases;
}

}  // namespace npg
