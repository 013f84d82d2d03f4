#include "analysis/exposure/accounts.hpp"

#include <gtest/gtest.h>

#include <algorithm>

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
  return accounts_in(window, {.provider = &provider},
                     AccountEvidence(exposure::NamedFacts(facts), {}, windows));
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

TEST(Accounts, OfTwoThatArePossibleTheOneSurelyInsideSpeaks) {
  HostFacts host;
  Exposure window = window_10_to_12();
  window.latest_start = at("2026-11-19T11:00:00Z");
  host.logon(typed("2026-11-19T10:30:00Z", 2));
  host.logon({.time = "2026-11-19T11:30:00Z",
              .account = alice,
              .sid = alice_sid,
              .source = LogonSource::security_4801});
  const auto found = accounts(host, window);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].certainty, Certainty::possible);
  EXPECT_EQ(found[0].reason.find("may not have been in place"), std::string::npos)
      << found[0].reason;
}

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
  host.logon(typed("2026-11-19T09:59:59Z", 2));
  host.logon(typed("2026-11-19T10:30:00Z", 2, "Window Manager\\DWM-1", "S-1-5-90-0-1"));
  host.logon(typed("2026-11-19T10:30:00Z", 3, "CORP\\OTHER$", "S-1-5-21-1-2-3-1200"));
  LogonShape font = typed("2026-11-19T10:30:00Z", 2, "Font Driver Host\\UMFD-1", "S-1-5-96-0-1");
  font.virtual_account = true;
  host.logon(font);
  host.logon({.time = "2026-11-19T10:30:00Z",
              .account = bob,
              .sid = bob_sid,
              .source = LogonSource::security_4648});
  host.logon(typed("2026-11-19T12:00:01Z", 2));
  EXPECT_TRUE(accounts(host).empty());
}

TEST(Accounts, OneWitnessProvesOneLogon) {
  HostFacts host;
  LogonShape a = typed("2026-11-19T10:30:00Z", 2);
  a.session = 1;
  LogonShape b = typed("2026-11-19T10:30:20Z", 2, bob, bob_sid);
  b.session = 2;
  host.logon(a).logon(b);
  host.process("2026-11-19T10:30:01Z", mpnotify, winlogon, 500);
  host.process("2026-11-19T10:30:01.2Z", mpnotify, winlogon, 500, 1, 1);
  auto list = accounts(host);
  ASSERT_EQ(list.size(), 2U);
  EXPECT_EQ(list[0].account.raw(), alice);
  EXPECT_EQ(list[0].certainty, Certainty::proven);
  EXPECT_EQ(list[1].certainty, Certainty::likely);
  EXPECT_EQ(list[0].evidence.size(), 3U) << "4688, Sysmon 1 and the logon";
  host.process("2026-11-19T10:30:21Z", mpnotify, winlogon, 504, 2, 1);
  list = accounts(host);
  EXPECT_EQ(list[1].certainty, Certainty::proven) << "another process is another witness";
}

const ExposedAccount& of(const std::vector<ExposedAccount>& list, std::string_view account) {
  const auto found = std::ranges::find_if(
      list, [&](const ExposedAccount& each) { return each.account.raw() == account; });
  EXPECT_NE(found, list.end()) << account;
  return found == list.end() ? list.front() : *found;
}

TEST(Accounts, TimeAloneProvesNobody) {
  HostFacts host;
  host.logon(typed("2026-11-19T10:30:00Z", 2));
  host.process("2026-11-19T10:30:10Z", mpnotify, winlogon, 500);
  EXPECT_EQ(accounts(host)[0].certainty, Certainty::likely) << "another logon may turn up";
  EXPECT_NE(accounts(host)[0].reason.find("nothing but the time"), std::string::npos);
  host.logon(typed("2026-11-19T10:30:08Z", 10, bob, bob_sid));
  for (const ExposedAccount& account : accounts(host)) {
    EXPECT_EQ(account.certainty, Certainty::likely) << account.account.raw();
    EXPECT_NE(account.reason.find("another one beside it"), std::string::npos) << account.reason;
  }
}

TEST(Accounts, WhatWinlogonDoesNotServeTakesNoWitness) {
  HostFacts host;
  host.logon(typed("2026-11-19T10:30:00Z", 2));
  host.logon({.time = "2026-11-19T10:30:09Z",
              .account = bob,
              .sid = bob_sid,
              .type = 5,
              .logon_process = "Advapi"});
  host.logon(typed("2026-11-19T10:30:09.5Z", 7, "CORP\\carl", "S-1-5-21-1-2-3-1106"));
  host.logon(typed("2026-11-19T10:30:11Z", 2, "CORP\\dora", "S-1-5-21-1-2-3-1107"));
  host.process("2026-11-19T10:30:10Z", mpnotify, winlogon, 500);
  const auto list = accounts(host);
  EXPECT_NE(of(list, alice).reason.find("nothing but the time"), std::string::npos);
  for (const std::string_view other : {bob, std::string_view("CORP\\carl")}) {
    EXPECT_EQ(of(list, other).certainty, Certainty::possible) << other;
    EXPECT_EQ(of(list, other).reason.find("mpnotify.exe was"), std::string::npos) << other;
  }
  EXPECT_EQ(of(list, "CORP\\dora").reason.find("mpnotify"), std::string::npos)
      << "it came behind the start";
}

TEST(Accounts, TheWinlogonOfALogonIsItsKey) {
  HostFacts host;
  const auto by_winlogon = [&](const LogonShape& shape, std::uint64_t id) {
    host.logon(shape);
    host.facts.logons.back().process_id = id;
  };
  LogonShape a = typed("2026-11-19T10:30:00Z", 2);
  a.process = winlogon;
  LogonShape b = typed("2026-11-19T10:30:09Z", 2, bob, bob_sid);
  b.process = winlogon;
  by_winlogon(a, 0x300);
  by_winlogon(b, 0x500);
  host.process("2026-11-19T10:30:10Z", mpnotify, winlogon, 500);
  host.facts.process_starts.back().parent_process_id = 0x300;
  const auto list = accounts(host);
  EXPECT_EQ(of(list, alice).certainty, Certainty::proven);
  EXPECT_EQ(of(list, bob).certainty, Certainty::likely);
}

TEST(Accounts, TheWindowManagerTellsTheSessionOfItsWinlogon) {
  HostFacts host;
  for (const auto& [name, id] : {std::pair("Window Manager\\DWM-1", 0x300U),
                                 std::pair("Font Driver Host\\UMFD-2", 0x500U)}) {
    host.logon({.time = "2026-11-19T10:00:00Z",
                .account = name,
                .sid = "S-1-5-90-0-1",
                .type = 2,
                .logon_process = "Advapi",
                .process = winlogon,
                .virtual_account = true});
    host.facts.logons.back().process_id = id;
  }
  LogonShape a = typed("2026-11-19T10:30:00Z", 2);
  a.session = 1;
  LogonShape b = typed("2026-11-19T10:30:01Z", 10, bob, bob_sid);
  b.session = 2;
  host.logon(a).logon(b).process("2026-11-19T10:30:02Z", mpnotify, winlogon, 500);
  host.facts.process_starts.back().parent_process_id = 0x300;
  const auto list = accounts(host);
  EXPECT_EQ(of(list, alice).certainty, Certainty::proven);
  EXPECT_EQ(of(list, bob).certainty, Certainty::likely);
}

TEST(Accounts, OnlyWindowsOwnMpnotifyIsAWitness) {
  struct Case {
    std::string_view image;
    bool counts;
  };
  for (const Case& c :
       {Case{"C:\\WINDOWS\\system32\\MPNOTIFY.EXE", true},
        Case{"\\Device\\HarddiskVolume3\\Windows\\System32\\mpnotify.exe", true},
        Case{"\\SystemRoot\\System32\\mpnotify.exe", true}, Case{"C:\\Temp\\mpnotify.exe", false},
        Case{"D:\\Windows\\System32\\mpnotify.exe", false},
        Case{"C:\\Temp\\Windows\\System32\\mpnotify.exe", false}}) {
    HostFacts host;
    LogonShape a = typed("2026-11-19T10:30:00Z", 2);
    a.session = 1;
    host.logon(a).process("2026-11-19T10:30:01Z", c.image, winlogon, 500, 1, 1);
    EXPECT_EQ(accounts(host)[0].certainty == Certainty::proven, c.counts) << c.image;
  }
}

TEST(Accounts, ASlowSessionEventIsNoSecondLogon) {
  for (const bool restricted : {false, true}) {
    HostFacts host;
    LogonShape a = typed("2026-11-19T10:30:00Z", 10);
    a.restricted_admin = restricted;
    host.logon(a).logon({.time = "2026-11-19T10:30:40Z",
                         .account = alice,
                         .source = LogonSource::local_session_21,
                         .session = 3});
    const auto list = accounts(host);
    ASSERT_EQ(list.size(), 1U);
    EXPECT_EQ(list[0].logons, restricted ? 0U : 1U) << "the session brought what its logon did";
    host.logon(typed("2026-11-19T11:00:00Z", 2));
    host.logon(typed("2026-11-19T11:00:20Z", 7));
    host.logon({.time = "2026-11-19T11:00:40Z",
                .account = alice,
                .source = LogonSource::local_session_21,
                .session = 4});
    EXPECT_EQ(accounts(host)[0].logons, restricted ? 3U : 4U)
        << "with a logon in between, nothing says whose session it is";
  }
}

TEST(Accounts, OnePersonByManyNames) {
  HostFacts host;
  host.logon(typed("2026-11-19T10:30:00Z", 2));
  for (const std::string_view form :
       {"corp.example\\alice", "alice@corp.example", "ALICE", "Corp\\Alice"}) {
    host.logon({.time = "2026-11-19T10:40:00Z",
                .account = form,
                .source = LogonSource::remote_connection_1149});
  }
  EXPECT_EQ(accounts(host).size(), 1U);
  host.logon(typed("2026-11-19T10:50:00Z", 2, "HOST\\alice", "S-1-5-21-9-9-9-1001"));
  EXPECT_EQ(accounts(host).size(), 3U) << "ALICE alone may be either now";
}

TEST(Accounts, CredentialsThatWinlogonHadAreSomebodys) {
  HostFacts host;
  host.logon({.time = "2026-11-19T10:30:00Z",
              .account = bob,
              .source = LogonSource::security_4648,
              .process = winlogon});
  auto list = accounts(host);
  ASSERT_EQ(list.size(), 1U);
  EXPECT_EQ(list[0].certainty, Certainty::possible);
  host.logon(typed("2026-11-19T10:30:00.1Z", 2, bob, bob_sid));
  list = accounts(host);
  ASSERT_EQ(list.size(), 1U);
  EXPECT_EQ(list[0].certainty, Certainty::likely);
  EXPECT_EQ(list[0].logons, 1U);
}

TEST(Accounts, AClockThatWasSetBackAndForthHidesNobody) {
  HostFacts host;
  host.event("2026-11-14T10:20:00Z", SystemEventKind::time_changed, "", 1,
             "2026-11-19T10:20:00Z to 2026-11-14T10:20:00Z");
  host.event("2026-11-14T11:00:00Z", SystemEventKind::time_changed, "", 1,
             "2026-11-14T11:00:00Z to 2026-11-19T11:00:00Z");
  host.facts.system_events[0].record_id = 10;
  host.facts.system_events[1].record_id = 11;
  host.logon(typed("2026-11-14T10:40:00Z", 2))
      .logon(typed("2026-11-19T11:10:00Z", 2, bob, bob_sid));
  const auto list = accounts(host);
  ASSERT_EQ(list.size(), 2U);
  EXPECT_EQ(of(list, alice).certainty, Certainty::possible);
  EXPECT_NE(of(list, alice).reason.find("the clock was changed"), std::string::npos);
  EXPECT_EQ(of(list, bob).certainty, Certainty::likely);
}

TEST(Accounts, CredentialsThatWinlogonGivesToItsOwnManagersAreNobodys) {
  HostFacts host;
  for (const std::string_view name :
       {"Window Manager\\DWM-2", "Font Driver Host\\UMFD-2", "Gestionnaire\\DWM-3"}) {
    host.logon({.time = "2026-11-19T10:30:00Z",
                .account = name,
                .source = LogonSource::security_4648,
                .process = winlogon});
  }
  LogonShape follows =
      typed("2026-11-19T10:30:00.1Z", 2, "Gestionnaire\\DWM-3", "S-1-5-21-1-2-3-90");
  follows.virtual_account = true;
  EXPECT_EQ(accounts(host).size(), 1U) << "an unknown name, of which no 4624 says what it is";
  host.logon(follows);
  EXPECT_TRUE(accounts(host).empty());
}

TEST(Accounts, AStepBehindAllThatIsComparedDemotesNobody) {
  HostFacts host;
  host.logon(typed("2026-11-19T09:59:30Z", 2, bob, bob_sid))
      .logon(typed("2026-11-19T10:30:00Z", 2));
  host.event("2026-11-20T13:00:00Z", SystemEventKind::time_changed, "", 4616,
             "2026-11-19T13:00:00Z to 2026-11-20T13:00:00Z");
  const auto list = accounts(host);
  ASSERT_EQ(list.size(), 1U) << "who logged on before is still before";
  EXPECT_EQ(of(list, alice).certainty, Certainty::likely);
}

TEST(Accounts, ALogonThatTheClockPutsIntoTheWindowKeepsTheTimeOfItsRecord) {
  HostFacts host;
  host.event("2026-11-18T10:50:00Z", SystemEventKind::time_changed, "", 4616,
             "2026-11-19T10:50:00Z to 2026-11-18T10:50:00Z");
  host.event("2026-11-19T11:20:00Z", SystemEventKind::time_changed, "", 4616,
             "2026-11-18T11:20:00Z to 2026-11-19T11:20:00Z");
  host.logon(typed("2026-11-18T11:00:00Z", 2))
      .logon(typed("2026-11-19T11:30:00Z", 2, bob, bob_sid));
  const auto list = accounts(host);
  ASSERT_EQ(list.size(), 2U);
  EXPECT_EQ(of(list, alice).certainty, Certainty::possible);
  EXPECT_EQ(of(list, alice).first, at("2026-11-18T11:00:00Z")) << "the time that its record bears";
  EXPECT_NE(of(list, alice).reason.find("recorded at 2026-11-18"), std::string::npos);
}

TEST(Accounts, WhatThatMpnotifyLoadedIsLoggedWithoutTheDll) {
  HostFacts host;
  LogonShape logon = typed("2026-11-19T10:30:00Z", 2);
  logon.session = 1;
  host.logon(logon);
  host.process("2026-11-19T10:30:01Z", mpnotify, winlogon, 500, 1, 1);
  EXPECT_EQ(accounts(host).at(0).certainty, Certainty::proven);
  host.load("2026-11-19T10:30:02Z", mpnotify, "C:\\Windows\\System32\\mpr.dll");
  host.facts.module_loads.back().process_id = 504;
  EXPECT_EQ(accounts(host).at(0).certainty, Certainty::proven) << "loads of another process";
  host.facts.module_loads.back().process_id = 500;
  auto list = accounts(host);
  EXPECT_EQ(list.at(0).certainty, Certainty::likely);
  EXPECT_NE(list.at(0).reason.find("the provider's DLL is not among that"), std::string::npos);
  host.load("2026-11-19T10:30:02.1Z", mpnotify, evil_dll);
  host.facts.module_loads.back().process_id = 500;
  EXPECT_EQ(accounts(host).at(0).certainty, Certainty::proven);
}

TEST(Accounts, AResetOfAnotherSidOfTheNameCuresNothing) {
  HostFacts host;
  host.logon(typed("2026-11-19T10:30:00Z", 2))
      .password("2026-11-20T11:00:00Z", alice, bob_sid, 4724);
  EXPECT_TRUE(accounts(host).at(0).resets.empty());
  host.password("2026-11-20T12:00:00Z", alice, "", 4724);
  EXPECT_EQ(accounts(host).at(0).resets.size(), 1U) << "one that names no SID may be it";
  host.password("2026-11-20T13:00:00Z", alice, alice_sid, 4724);
  EXPECT_EQ(accounts(host).at(0).resets.size(), 2U);
}

TEST(Accounts, WithoutAnOrderOnlyWhatWindowsListsIsListed) {
  HostFacts host;
  host.logon(typed("2026-11-19T10:30:00Z", 2));
  Provider provider = evil();
  provider.order_position.reset();
  const auto listed = [&](std::string_view name) {
    provider.name = name;
    return answer(host, window_10_to_12(), provider).accounts.at(0).certainty;
  };
  EXPECT_EQ(listed("Evil"), Certainty::possible);
  EXPECT_EQ(listed("LanmanWorkstation"), Certainty::likely);
  host.change({.time = "2026-11-19T10:00:00Z",
               .key = testing::order_key,
               .value = "ProviderOrder",
               .now = "RDPNP,Other"});
  EXPECT_EQ(listed("Evil"), Certainty::possible);
  EXPECT_EQ(listed("LanmanWorkstation"), Certainty::possible);
  host.facts.registry_changes.back().new_value = std::string_view("RDPNP,Evil");
  EXPECT_EQ(listed("Evil"), Certainty::likely);
}

TEST(Accounts, HwOrderOrAnotherControlSetAloneIsNoPlace) {
  HostFacts host;
  host.order("RDPNP", false).order("RDPNP,Evil", true).logon(typed("2026-11-19T10:30:00Z", 2));
  Provider provider = evil();
  provider.order_position.reset();
  provider.hw_order_position = 1;
  auto list = answer(host, window_10_to_12(), provider).accounts;
  ASSERT_EQ(list.size(), 1U);
  EXPECT_EQ(list[0].certainty, Certainty::possible);
  EXPECT_NE(list[0].reason.find("HwOrder"), std::string::npos);
  provider.hw_order_position.reset();
  host.facts.orders[1].control_set_is_current = false;
  list = answer(host, window_10_to_12(), provider).accounts;
  EXPECT_EQ(list[0].certainty, Certainty::possible);
  EXPECT_NE(list[0].reason.find("control set"), std::string::npos);
}

TEST(Accounts, AStartOfMpnotifyProvesNothingOfAProviderThatMayBeGone) {
  HostFacts host;
  LogonShape a = typed("2026-11-19T11:40:00Z", 2);
  a.session = 1;
  host.logon(a).process("2026-11-19T11:40:01Z", mpnotify, winlogon, 500, 1, 1);
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
