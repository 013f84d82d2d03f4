#include "analysis/exposure/accounts.hpp"

#include <gtest/gtest.h>

#include "analysis/exposure/exposure.hpp"
#include "testing/facts.hpp"

namespace npg {
namespace {

using testing::at;
using testing::HostFacts;
using testing::LogonShape;

constexpr std::string_view alice = "CORP\\alice";
constexpr std::string_view alice_sid = "S-1-5-21-1-2-3-1104";
constexpr std::string_view bob = "CORP\\bob";
constexpr std::string_view bob_sid = "S-1-5-21-1-2-3-1105";
constexpr std::string_view winlogon = "C:\\Windows\\System32\\winlogon.exe";
constexpr std::string_view mpnotify = "C:\\Windows\\System32\\mpnotify.exe";
constexpr std::string_view evil_dll = "C:\\Windows\\System32\\evil.dll";

LogonShape typed(std::string_view time, std::uint32_t type, std::string_view account = alice,
                 std::string_view sid = alice_sid) {
  return {.time = time, .account = account, .sid = sid, .type = type, .logon_process = "User32"};
}

Exposure window_10_to_12() {
  return {.provider = std::string_view("Evil"),
          .earliest_start = at("2026-11-19T10:00:00Z"),
          .latest_start = at("2026-11-19T10:00:05Z"),
          .end = at("2026-11-19T12:00:00Z"),
          .end_kind = WindowEnd::removed,
          .password_sent = YesNo::yes};
}

Provider evil() {
  Provider provider{.name = std::string_view("Evil"), .order_position = 3};
  provider.dlls.push_back(
      {.path = {.raw = evil_dll, .type = 1, .resolved = std::string(evil_dll)}});
  return provider;
}

WindowAccounts answer(const HostFacts& host, const Exposure& window, const Provider& provider) {
  const FactSet facts = host.normalised();
  const std::vector windows{window};
  return accounts_in(window, {.provider = &provider}, AccountEvidence(facts, {}, windows));
}

std::vector<ExposedAccount> accounts(const HostFacts& host,
                                     const Exposure& window = window_10_to_12()) {
  return answer(host, window, evil()).accounts;
}

struct Count {
  std::string_view name;
  std::vector<LogonShape> logons;
  std::uint64_t counted;
  Certainty certainty;
};

TEST(Accounts, OneTypingIsOneLogon) {
  LogonShape linked = typed("2026-11-19T10:30:00.001Z", 2);
  linked.elevated = true;
  LogonShape echo{.time = "2026-11-19T10:30:00.09Z",
                  .account = alice,
                  .sid = alice_sid,
                  .type = 7,
                  .logon_process = "Negotiat",
                  .process = "C:\\Windows\\System32\\lsass.exe"};
  const LogonShape seven{.time = "2026-11-19T10:30:01Z",
                         .sid = alice_sid,
                         .source = LogonSource::winlogon_7001,
                         .session = 1};
  const LogonShape local{.time = "2026-11-19T10:30:02Z",
                         .account = alice,
                         .source = LogonSource::local_session_21,
                         .session = 1};
  LogonShape restricted = typed("2026-11-19T10:30:00Z", 10);
  restricted.restricted_admin = true;
  LogonShape guarded = typed("2026-11-19T10:30:00Z", 10);
  guarded.remote_credential_guard = true;
  LogonShape guarded_late = guarded;
  guarded_late.time = "2026-11-19T10:30:03Z";
  const Count cases[] = {
      {"console", {typed("2026-11-19T10:30:00Z", 2)}, 1, Certainty::likely},
      {"linked tokens", {typed("2026-11-19T10:30:00Z", 2), linked}, 1, Certainty::likely},
      {"lsass echo of a cached logon",
       {typed("2026-11-19T10:30:00Z", 11), echo},
       1,
       Certainty::likely},
      {"three logs", {typed("2026-11-19T10:30:00Z", 2), seven, local}, 1, Certainty::likely},
      {"session logs alone", {seven, local}, 1, Certainty::likely},
      {"two logons",
       {typed("2026-11-19T10:30:00Z", 2), typed("2026-11-19T11:30:00Z", 2)},
       2,
       Certainty::likely},
      {"restricted admin with its session",
       {restricted, seven, local},
       0,
       Certainty::not_by_this_route},
      {"credential guard with its session", {guarded, local}, 0, Certainty::not_by_this_route},
      {"credential guard behind its session",
       {local, guarded_late},
       0,
       Certainty::not_by_this_route},
      {"network alone", {typed("2026-11-19T10:30:00Z", 3)}, 0, Certainty::not_by_this_route},
      {"network, then remote desktop",
       {typed("2026-11-19T10:30:00Z", 3), typed("2026-11-19T10:30:01Z", 10)},
       1,
       Certainty::likely},
      {"unlock", {typed("2026-11-19T10:30:00Z", 7)}, 1, Certainty::possible},
      {"while it was being registered", {typed("2026-11-19T10:00:03Z", 2)}, 1, Certainty::possible},
  };
  for (const Count& c : cases) {
    SCOPED_TRACE(c.name);
    HostFacts host;
    for (const LogonShape& logon : c.logons) {
      host.logon(logon);
    }
    const auto list = accounts(host);
    ASSERT_EQ(list.size(), 1U);
    EXPECT_EQ(list[0].logons, c.counted);
    EXPECT_EQ(name_of(list[0].certainty), name_of(c.certainty)) << list[0].reason;
    EXPECT_EQ(list[0].account.raw(), alice);
    EXPECT_EQ(list[0].sid.raw(), alice_sid);
  }
}

TEST(Accounts, OutsideTheWindowAndWithoutAPersonNobodyIsNamed) {
  HostFacts host;
  host.logon(typed("2026-11-19T09:59:59Z", 2)).logon(typed("2026-11-19T12:00:01Z", 2));
  host.logon(typed("2026-11-19T10:30:00Z", 2, "Window Manager\\DWM-1", "S-1-5-90-0-1"));
  host.logon(typed("2026-11-19T10:30:00Z", 3, "CORP\\OTHER$", "S-1-5-21-1-2-3-1200"));
  LogonShape font = typed("2026-11-19T10:30:00Z", 2, "Font Driver Host\\UMFD-1", "S-1-5-96-0-1");
  font.virtual_account = true;
  host.logon(font);
  host.logon({.time = "2026-11-19T10:30:00Z",
              .account = bob,
              .sid = bob_sid,
              .source = LogonSource::security_4648});
  EXPECT_TRUE(accounts(host).empty());
}

TEST(Accounts, OneWitnessProvesOneLogon) {
  HostFacts host;
  host.logon(typed("2026-11-19T10:30:00Z", 2))
      .logon(typed("2026-11-19T10:30:20Z", 2, bob, bob_sid));
  host.process("2026-11-19T10:30:01Z", mpnotify, winlogon, 500);
  host.process("2026-11-19T10:30:01.2Z", mpnotify, winlogon, 500, std::nullopt, 1);
  auto list = accounts(host);
  ASSERT_EQ(list.size(), 2U);
  EXPECT_EQ(list[0].account.raw(), alice);
  EXPECT_EQ(list[0].certainty, Certainty::proven);
  EXPECT_EQ(list[1].certainty, Certainty::likely);
  EXPECT_EQ(list[0].evidence.size(), 3U) << "4688, Sysmon 1 and the logon";
  host.process("2026-11-19T10:30:01.5Z", mpnotify, winlogon, 504);
  list = accounts(host);
  EXPECT_EQ(list[1].certainty, Certainty::proven) << "another process is another witness";
}

TEST(Accounts, AStartOfMpnotifyProvesNothingOfAProviderThatMayBeGone) {
  HostFacts host;
  host.logon(typed("2026-11-19T11:40:00Z", 2))
      .process("2026-11-19T11:40:01Z", mpnotify, winlogon, 500);
  Exposure compared = window_10_to_12();
  compared.earliest_end = at("2026-11-19T11:00:00Z");
  auto list = accounts(host, compared);
  ASSERT_EQ(list.size(), 1U);
  EXPECT_EQ(list[0].certainty, Certainty::possible);
  EXPECT_NE(list[0].reason.find("gone by then"), std::string::npos) << list[0].reason;
  host.load("2026-11-19T11:40:02Z", mpnotify, evil_dll);
  list = accounts(host, compared);
  EXPECT_EQ(list[0].certainty, Certainty::proven) << "its own DLL was loaded";
}

TEST(Accounts, ANotificationThatNoLogonExplainsIsTold) {
  HostFacts host;
  host.logon(typed("2026-11-19T10:30:00Z", 2));
  host.process("2026-11-19T10:30:01Z", mpnotify, winlogon, 500);
  host.process("2026-11-19T11:30:01Z", mpnotify, winlogon, 501);
  host.process("2026-11-19T13:30:01Z", mpnotify, winlogon, 502);
  EXPECT_EQ(answer(host, window_10_to_12(), evil()).unexplained,
            std::vector{at("2026-11-19T11:30:01Z")});
}

TEST(Accounts, WhatProvesNothing) {
  HostFacts host;
  host.logon(typed("2026-11-19T10:30:00Z", 2))
      .logon(typed("2026-11-19T11:30:00Z", 3, bob, bob_sid));
  host.process("2026-11-19T10:30:01Z", mpnotify, "C:\\Windows\\explorer.exe", 500);
  host.process("2026-11-19T10:31:01Z", mpnotify, winlogon, 501);
  host.process("2026-11-19T11:30:00Z", mpnotify, winlogon, 502);
  for (const ExposedAccount& account : accounts(host)) {
    EXPECT_NE(account.certainty, Certainty::proven) << account.account.raw();
  }
}

TEST(Accounts, TheSessionAndTheLoadedDllTell) {
  HostFacts host;
  LogonShape a = typed("2026-11-19T10:30:00Z", 2);
  a.session = 1;
  LogonShape b = typed("2026-11-19T10:30:01Z", 2, bob, bob_sid);
  b.session = 2;
  host.logon(a).logon(b).process("2026-11-19T10:30:00.1Z", mpnotify, winlogon, 500, 2);
  host.load("2026-11-19T10:30:00.5Z", mpnotify, evil_dll);
  const auto list = accounts(host);
  ASSERT_EQ(list.size(), 2U);
  EXPECT_EQ(list[0].account.raw(), bob);
  EXPECT_EQ(list[0].certainty, Certainty::proven);
  EXPECT_NE(list[0].reason.find("loaded"), std::string::npos);
  const std::vector<Origin> cited = {host.facts.process_starts.at(0).origin,
                                     host.facts.module_loads.at(0).origin,
                                     host.facts.logons.at(1).origin};
  EXPECT_EQ(list[0].evidence, cited) << "what proves it is cited with it";
  EXPECT_EQ(list[1].certainty, Certainty::likely);
}

TEST(Accounts, PasswordsChangedInsideAndAfter) {
  HostFacts host;
  host.windows(19045).logon(typed("2026-11-19T10:30:00Z", 2));
  host.logon(typed("2026-11-19T10:40:00Z", 2, bob, bob_sid));
  host.password("2026-11-19T11:00:00Z", alice, alice_sid, 4723);
  host.password("2026-11-20T11:00:00Z", bob, bob_sid, 4724);
  host.password("2026-11-19T11:00:00Z", "CORP\\carol", "S-1-5-21-1-2-3-1106", 4723);
  host.password("2026-11-19T11:00:00Z", "CORP\\dave", "S-1-5-21-1-2-3-1107", 4724);
  auto list = accounts(host);
  ASSERT_EQ(list.size(), 3U);
  EXPECT_EQ(list[0].account.raw(), alice);
  EXPECT_TRUE(list[0].password_changed);
  EXPECT_EQ(list[0].action, Action::reset_now);
  EXPECT_EQ(list[1].account.raw(), "CORP\\carol");
  EXPECT_TRUE(list[1].password_changed);
  EXPECT_EQ(list[1].certainty, Certainty::possible);
  EXPECT_EQ(list[1].action, Action::reset);
  EXPECT_EQ(list[2].account.raw(), bob);
  EXPECT_FALSE(list[2].password_changed);
  EXPECT_EQ(list[2].reset_seen, at("2026-11-20T11:00:00Z"));
  EXPECT_EQ(list[2].action, Action::review);
  Exposure open = window_10_to_12();
  open.end_kind = WindowEnd::still_active;
  open.end = {};
  list = accounts(host, open);
  EXPECT_FALSE(list.back().reset_seen.given()) << "a reset cures nothing while it listens";

  host.facts.identities.clear();
  host.windows(20348, "C:\\Windows", "LanmanNT");
  list = accounts(host);
  EXPECT_EQ(list.back().account.raw(), "CORP\\carol");
  EXPECT_EQ(list.back().action, Action::review) << "a controller logs what was typed elsewhere";
}

TEST(Accounts, PrivilegeAndPolicyDecideWhatToDo) {
  HostFacts host;
  host.logon(typed("2026-11-19T10:30:00Z", 2));
  host.logon(typed("2026-11-19T10:40:00Z", 10, "HOST\\Administrator", "S-1-5-21-9-9-9-500"));
  host.logon(typed("2026-11-19T10:50:00Z", 3, bob, bob_sid));
  host.privilege("2026-11-19T10:50:00Z", bob, bob_sid);
  const auto list = accounts(host);
  ASSERT_EQ(list.size(), 3U);
  EXPECT_EQ(list[0].account.raw(), "HOST\\Administrator");
  EXPECT_EQ(list[0].action, Action::reset_now);
  EXPECT_EQ(list[1].action, Action::reset);
  EXPECT_EQ(list[2].certainty, Certainty::not_by_this_route);
  EXPECT_TRUE(list[2].privileged);
  EXPECT_EQ(list[2].action, Action::none);
  Exposure silent = window_10_to_12();
  silent.password_sent = YesNo::no;
  for (const ExposedAccount& account : accounts(host, silent)) {
    EXPECT_EQ(account.action, Action::none);
  }
}

TEST(Accounts, AProviderThatNoOrderNamedIsOnlyPossible) {
  HostFacts host;
  host.order("RDPNP", false).logon(typed("2026-11-19T10:30:00Z", 2));
  Provider staged = evil();
  staged.order_position.reset();
  staged.state = ProviderState::staged;
  const auto list = answer(host, window_10_to_12(), staged).accounts;
  ASSERT_EQ(list.size(), 1U);
  EXPECT_EQ(list[0].certainty, Certainty::possible);
  EXPECT_NE(list[0].reason.find("no order"), std::string::npos);
}

TEST(BlindSpots, ClearsOnceGapsOnlyWhereNothingFillsThem) {
  HostFacts host;
  host.windows(19045).orders("Evil");
  host.provider({.name = "Evil", .path = evil_dll, .provider_class = 2});
  host.log("Security", "2024-01-01T00:00:00Z", "2026-11-21T00:00:00Z", 1, 1000);
  host.last_log().gaps = {{.after_id = 100,
                           .next_id = 200,
                           .after_time = at("2026-11-19T10:10:00Z"),
                           .next_time = at("2026-11-19T10:20:00Z")}};
  host.event("2026-11-19T11:00:00Z", SystemEventKind::log_cleared, "Security", 1102);
  host.event("2026-11-19T11:00:02Z", SystemEventKind::log_cleared, "Security", 104);
  const auto spots_of = [&] {
    const FactSet facts = host.normalised();
    Provider provider = evil();
    provider.receives_credentials = YesNo::yes;
    const auto exposures = list_exposures(std::vector{provider}, {}, facts);
    std::string all;
    for (const std::string& spot : exposures.at(0).blind_spots) {
      all += spot + "|";
    }
    return all;
  };
  EXPECT_EQ(spots_of(),
            "1 gap of record ids in the Security log touches the window|"
            "the Security log was cleared at 2026-11-19 11:00:00Z|");
  host.log("Security", "2026-11-19T10:10:00Z", "2026-11-19T10:20:00Z", 101, 199);
  EXPECT_EQ(spots_of(), "the Security log was cleared at 2026-11-19 11:00:00Z|");
}

}  // namespace
}  // namespace npg
