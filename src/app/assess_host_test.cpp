#include "app/assess_host.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "app/knowledge.hpp"
#include "testing/facts.hpp"

namespace npg {
namespace {

using testing::HostFacts;
using testing::provider_key;

/// A host on which every analysis has something to say.
FactSet busy_host() {
  HostFacts host;
  host.windows(22621).windows(19045, "C:\\Windows", "WinNT", HiveMoment::older_copy).defaults();
  host.facts.orders.clear();
  host.orders("RDPNP,LanmanWorkstation,webclient,Evil");
  const std::string key = provider_key("Evil");
  host.provider({.name = "Evil",
                 .path = "C:\\Windows\\System32\\evil.dll",
                 .provider_class = 2,
                 .hollow = true});
  host.provider({.name = "Evil",
                 .path = "C:\\Windows\\System32\\evil.dll",
                 .provider_class = 2,
                 .control_set = 2,
                 .control_set_is_current = false});
  host.provider({.name = "Gone",
                 .path = "C:\\gone.dll",
                 .provider_class = 2,
                 .moment = HiveMoment::before_replay});
  host.image({.path = "C:\\Windows\\System32\\evil.dll",
              .exports = {"NPLogonNotify"},
              .has_version = false});
  host.policy(PolicyKind::connect_notifyee, "x", "C:\\x.dll");
  host.policy(PolicyKind::enable_mpr, "EnableMPR", "1", 1);
  host.audit({{"Registry", 1}, {"Logon", 1}});
  for (const std::uint32_t event_id : {4657U, 13U}) {
    host.change({.time = "2026-11-19T10:00:00Z",
                 .key = key,
                 .value = "Class",
                 .now = "2",
                 .event_id = event_id,
                 .logon_id = 7});
    host.change({.time = "2026-11-19T10:00:00Z",
                 .key = key,
                 .value = "ProviderPath",
                 .now = "C:\\Windows\\System32\\evil.dll",
                 .event_id = event_id,
                 .logon_id = 7});
  }
  host.change({.time = "2026-11-19T10:00:01Z",
               .key = testing::order_key,
               .value = "ProviderOrder",
               .now = "RDPNP,LanmanWorkstation,webclient,Evil",
               .before = "RDPNP,LanmanWorkstation,webclient"});
  host.logon({.time = "2026-11-19T09:59:00Z",
              .account = "CORP\\mallory",
              .type = 3,
              .logon_id = 7,
              .address = "10.0.0.66"});
  for (int i = 0; i < 20; ++i) {
    const std::string account = fmt::format("CORP\\user{}", i % 7);
    const std::string sid = fmt::format("S-1-5-21-1-2-3-{}", 1100 + i % 7);
    const std::string time = fmt::format("2026-11-19T11:{:02}:00Z", i);
    host.logon({.time = time,
                .account = account,
                .sid = sid,
                .type = i % 2 == 0 ? 2U : 10U,
                .logon_process = "User32"});
    host.logon({.time = time, .sid = sid, .source = LogonSource::winlogon_7001, .session = 1});
    host.logon(
        {.time = time, .account = account, .source = LogonSource::local_session_21, .session = 1});
    host.process(time, "C:\\Windows\\System32\\mpnotify.exe", "C:\\Windows\\System32\\winlogon.exe",
                 static_cast<std::uint64_t>(i + 1));
    host.load(time, "C:\\Windows\\System32\\mpnotify.exe", "C:\\Windows\\System32\\evil.dll");
    host.privilege(time, account, sid);
  }
  host.password("2026-11-19T11:30:00Z", "CORP\\user3", "S-1-5-21-1-2-3-1103", 4723);
  host.event("2026-11-19T12:00:00Z", SystemEventKind::log_cleared, "Security", 1102);
  host.event("2026-11-19T12:00:00Z", SystemEventKind::log_cleared, "Security", 104);
  for (const std::string_view channel : {"Security", "System"}) {
    host.log(channel, "2026-11-19T12:00:00Z", "2026-11-22T00:00:00Z", 1000, 2000);
    host.log(channel, "2026-11-01T12:00:00Z", "2026-11-19T00:00:00Z", 1, 900);
  }
  return host.facts;
}

std::string cited(const std::vector<Origin>& origins) {
  std::string out;
  for (const Origin& origin : origins) {
    out += fmt::format("[{}:{:x}]", origin.evidence, origin.offset);
  }
  return out;
}

/// Everything of an assessment that a shuffled reading could change.
std::string serialised(const HostAssessment& host) {
  std::string out = fmt::format("{} {}\n", name_of(host.verdict), host.verdict_text);
  for (const Provider& p : host.providers) {
    out += fmt::format("P {} {} {} {} {}\n", p.name.raw(), name_of(p.state), name_of(p.verdict),
                       p.score, cited(p.evidence));
    for (const Reason& r : p.reasons) {
      out += fmt::format("  {} {} {} {}\n", r.code, r.weight, r.text, cited(r.evidence));
    }
  }
  for (const Change& c : host.changes) {
    out += fmt::format("C {} {} {} {} {} {}\n", to_rfc3339(c.time), c.what, c.key.raw(),
                       c.value_name.raw(), c.new_value.raw(), cited(c.evidence));
  }
  for (const Finding& f : host.findings) {
    out += fmt::format("F {} {} {} {} {}\n", f.id, name_of(f.severity), f.subject, f.text,
                       cited(f.evidence));
  }
  for (const Exposure& e : host.exposures) {
    out += fmt::format("E {} {} {} {} {} {} {}\n", e.provider.raw(), to_rfc3339(e.earliest_start),
                       to_rfc3339(e.latest_start), name_of(e.end_kind), e.password_basis,
                       fmt::join(e.blind_spots, "|"), cited(e.evidence));
    for (const ExposedAccount& a : e.accounts) {
      out += fmt::format("  {} {} {} {} {} {} {}\n", a.account.raw(), a.sid.raw(),
                         name_of(a.certainty), name_of(a.action), a.logons, a.reason,
                         cited(a.evidence));
    }
  }
  for (const PostureCheck& p : host.posture) {
    out += fmt::format("M {} {} {}\n", p.check, name_of(p.status), p.observed);
  }
  return out + fmt::format("{}", fmt::join(host.coverage.statements, "\n"));
}

TEST(AssessHost, TheOrderOfReadingDoesNotMatter) {
  Host host{.name = std::string_view("HOST"), .facts = busy_host()};
  host.facts.normalise();
  const HostAssessment first = assess_host(host, shipped_knowledge());
  EXPECT_EQ(first.verdict, HostVerdict::compromised);
  EXPECT_EQ(first.host.name.raw(), "HOST");
  EXPECT_GT(first.findings.size(), 5U);
  ASSERT_FALSE(first.exposures.empty());
  EXPECT_EQ(first.exposures[0].accounts.size(), 7U);
  const std::string expected = serialised(first);
  for (std::uint32_t seed = 1; seed <= 25; ++seed) {
    std::mt19937 random(seed);
    Host shuffled{.name = std::string_view("HOST"), .facts = busy_host()};
    FactSet::for_each_kind(shuffled.facts,
                           [&](auto& kind) { std::shuffle(kind.begin(), kind.end(), random); });
    shuffled.facts.normalise();
    ASSERT_EQ(serialised(assess_host(shuffled, shipped_knowledge())), expected) << seed;
  }
}

TEST(AssessHost, GroupsThatOnlyAnotherHostLogsMakeAPrivilegedExposure) {
  Host host{.name = std::string_view("HOST"), .facts = busy_host()};
  host.facts.privileges.clear();
  host.facts.normalise();
  HostFacts controller;
  controller.privilege("2026-11-01T10:00:00Z", "", "S-1-5-21-1-2-3-1102");
  controller.facts.privileges.back().event_id = 4728;
  controller.facts.privileges.back().groups = std::string_view("S-1-5-21-1-2-3-512");
  const std::vector<HostNews> news{account_news(std::string_view("DC01"), controller.normalised())};
  const auto exposed = [](const HostAssessment& assessment) {
    return std::ranges::count(assessment.findings, "NPG1015", &Finding::rule);
  };
  EXPECT_EQ(exposed(assess_host(host, shipped_knowledge())), 0);
  EXPECT_EQ(exposed(assess_host(host, shipped_knowledge(), nullptr, news)), 1);
}

TEST(AssessHost, WhatExceptionsAreHeldAgainstAndWhatProvesThemIsTold) {
  Host host{.name = SharedText(std::string_view("H")), .facts = busy_host()};
  Expectations expectations;
  expectations.exceptions.emplace_back().id = "EX-1";
  expectations.unproven = {"x: there is no journal.jsonl"};
  const auto says = [&](std::string_view words) {
    const HostAssessment assessment = assess_host(host, shipped_knowledge(), &expectations);
    return std::ranges::any_of(assessment.coverage.statements, [&](const std::string& statement) {
      return statement.find(words) != std::string::npos;
    });
  };
  EXPECT_TRUE(says("there is no journal.jsonl."));
  EXPECT_FALSE(says("this machine's clock"));
  expectations.is_clock = true;
  expectations.as_of = testing::at("2026-11-29T00:00:00Z");
  EXPECT_TRUE(says("this machine's clock, 2026-11-29 00:00:00Z"));
}

}  // namespace
}  // namespace npg
