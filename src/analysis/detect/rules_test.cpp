#include "analysis/detect/rules.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "analysis/detect/host_verdict.hpp"
#include "testing/facts.hpp"

namespace npg {
namespace {

using testing::at;
using testing::HostFacts;
using testing::provider_key;

/// A host with every kind of evidence and nothing to say about it, and what the other analyses
/// would have made of it.
struct World {
  HostFacts host;
  std::vector<Provider> providers;
  std::vector<Change> changes;
  std::vector<Exposure> exposures;

  [[nodiscard]] RuleOutput run(std::string_view rule) const {
    const FactSet facts = host.normalised();
    RuleOutput all = run_rules({.host = "HOST",
                                .facts = facts,
                                .providers = providers,
                                .changes = changes,
                                .exposures = exposures});
    std::erase_if(all.findings, [&](const Finding& f) { return f.rule != rule; });
    std::erase_if(all.not_evaluated, [&](const NotEvaluated& n) { return n.rule != rule; });
    return all;
  }
};

World quiet() {
  World world;
  world.host.windows(19045).defaults();
  for (const std::string_view channel :
       {"Security", "System", "Microsoft-Windows-Sysmon/Operational"}) {
    world.host.log(channel, "2026-01-01T00:00:00Z", "2026-11-22T00:00:00Z");
  }
  world.providers.push_back({.name = std::string_view("RDPNP"),
                             .order_position = 0,
                             .receives_credentials = YesNo::no,
                             .verdict = ProviderVerdict::expected});
  return world;
}

Provider evil(ProviderVerdict verdict, YesNo receives = YesNo::yes) {
  Provider provider{.name = std::string_view("Evil"),
                    .order_position = 3,
                    .receives_credentials = receives,
                    .last_written = at("2026-11-19T10:00:00Z"),
                    .verdict = verdict};
  provider.reasons.push_back({.code = "credential_class",
                              .weight = 2,
                              .text = "it asks for credentials",
                              .evidence = {Origin{.evidence = 0, .offset = 7}}});
  provider.evidence = {Origin{.evidence = 0, .offset = 7}};
  provider.dlls.push_back(
      {.path = {.raw = std::string_view("C:\\evil.dll"), .type = 1, .resolved = "C:\\evil.dll"}});
  return provider;
}

Change write(std::string_view key, std::string_view value, std::string_view now,
             std::string_view process = "C:\\Windows\\System32\\reg.exe",
             std::optional<std::uint32_t> logon_type = std::nullopt) {
  return {.time = at("2026-11-19T23:14:02Z"),
          .actor = {.account = std::string_view("CORP\\mallory"),
                    .logon_type = logon_type,
                    .process = process},
          .what = "value_set",
          .key = key,
          .value_name = value,
          .new_value = now,
          .evidence = {Origin{.evidence = 1, .offset = 9}}};
}

Exposure exposure(Certainty certainty, bool privileged, YesNo sent = YesNo::yes) {
  Exposure out{.provider = std::string_view("Evil"),
               .earliest_start = at("2026-11-19T10:00:00Z"),
               .latest_start = at("2026-11-19T10:00:00Z"),
               .password_sent = sent};
  out.accounts.push_back({.account = std::string_view("CORP\\alice"),
                          .certainty = certainty,
                          .reason = "why",
                          .privileged = privileged,
                          .evidence = {Origin{.evidence = 1, .offset = 11}}});
  return out;
}

constexpr std::string_view policies_key =
    "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\System";
constexpr std::string_view mpnotify = "C:\\Windows\\System32\\mpnotify.exe";

struct Case {
  std::string_view rule;
  std::string_view name;
  void (*prepare)(World& world);
  std::string_view subject;  ///< empty: no finding
  FindingSeverity severity = FindingSeverity::info;
};

const Case cases[] = {
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
    {"NPG1007", "another EXE",
     [](World& w) { w.host.policy(PolicyKind::winlogon_mpnotify, "mpnotify", "evil.exe"); },
     "mpnotify", FindingSeverity::high},
    {"NPG1007", "the default written out",
     [](World& w) { w.host.policy(PolicyKind::winlogon_mpnotify, "mpnotify", "MPNotify.exe"); },
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
    {"NPG1013", "by another process",
     [](World& w) {
       w.providers.push_back(evil(ProviderVerdict::suspicious));
       w.host.load("2026-11-19T11:00:00Z", "C:\\Windows\\explorer.exe", "C:\\evil.dll");
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

TEST(Rules, EachFiresOnItsCaseAndNotOnItsNeighbour) {
  std::set<std::string_view> fired;
  std::set<std::string_view> silent;
  for (const Case& c : cases) {
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
            "differs from the current control set in WebClient");
  World by_order = world;
  by_order.host.facts.orders.back().raw = std::string_view("RDPNP,Evil");
  ASSERT_EQ(by_order.run("NPG1005").findings.size(), 1U);
  EXPECT_EQ(by_order.run("NPG1005").findings[0].text,
            "differs from the current control set in Control\\HwOrder");
}

}  // namespace
}  // namespace npg
