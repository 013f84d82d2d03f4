#include <gtest/gtest.h>

#include <map>
#include <tuple>

#include "analysis/inventory/changes.hpp"
#include "testing/facts.hpp"

namespace npg {
namespace {

using testing::HostFacts;

struct Told {
  std::map<std::string, std::string> status;  ///< by link
  std::string text;                           ///< of all of them
};
Told chain(const HostFacts& host, std::size_t which = 0) {
  const auto changes = list_changes(host.normalised());
  Told told;
  for (const AttributionLink& link : changes.at(which).chain) {
    told.status.try_emplace(link.link, link.status);
    told.text += link.link + ": " + link.text + "\n";
  }
  return told;
}

HostFacts booted() {
  HostFacts host;
  host.event("2026-03-01T06:00:00Z", SystemEventKind::boot, "", 12);
  return host;
}

constexpr std::string_view when = "2026-03-01T10:00:00Z";
const std::string key = testing::provider_key("Evil");

TEST(Attribution, EventSessionAndProcessAreSeen) {
  HostFacts host = booted();
  host.change({.time = when, .key = key, .value = "Class", .now = "2", .logon_id = 0x55});
  host.facts.registry_changes[0].actor.process_id = 77;
  host.logon({.time = "2026-03-01T09:00:00Z",
              .account = "CORP\\mallory",
              .sid = "S-1-5-21-1-2-3-9",
              .type = 3,
              .logon_id = 0x55,
              .address = "10.1.2.3"});
  host.process("2026-03-01T09:59:00Z", "C:\\Windows\\System32\\reg.exe",
               "C:\\Windows\\System32\\wbem\\WmiPrvSE.exe", 77);
  const Told told = chain(host);
  for (const char* link : {"time", "account", "session", "session_origin", "process"}) {
    EXPECT_EQ(told.status.at(link), "seen") << link << "\n" << told.text;
  }
  EXPECT_NE(told.text.find("10.1.2.3"), std::string::npos);
  EXPECT_NE(told.text.find("by way of WMI"), std::string::npos) << told.text;
}

TEST(Attribution, ASessionThatTheEvidenceContradictsIsNotSeen) {
  const auto with_logon_of = [](std::string_view sid) {
    HostFacts host = booted();
    host.change({.time = when, .key = key, .value = "Class", .now = "2", .logon_id = 0x55});
    host.facts.registry_changes[0].actor.sid = std::string_view("S-1-5-21-1-2-3-9");
    host.logon({.time = "2026-03-01T09:00:00Z",
                .account = "CORP\\bob",
                .sid = sid,
                .type = 3,
                .logon_id = 0x55,
                .address = "10.1.2.3"});
    return host;
  };
  Told told = chain(with_logon_of("S-1-5-21-1-2-3-1105"));
  EXPECT_EQ(told.status.at("session"), "not_visible") << "an id of another account";
  EXPECT_EQ(told.status.at("session_origin"), "not_visible");
  EXPECT_EQ(told.text.find("10.1.2.3"), std::string::npos);
  EXPECT_NE(told.text.find("which is another account"), std::string::npos) << told.text;
  HostFacts host = with_logon_of("S-1-5-21-1-2-3-9");
  EXPECT_EQ(chain(host).status.at("session"), "seen");
  host.facts.logoffs.push_back(
      {.time = testing::at("2026-03-01T09:30:00Z"), .logon_id = 0x55, .event_id = 4634});
  told = chain(host);
  EXPECT_EQ(told.status.at("session"), "inferred") << "its end came before the change";
  EXPECT_EQ(told.status.at("session_origin"), "inferred");
  EXPECT_NE(told.text.find("its end is logged at 2026-03-01 09:30:00Z"), std::string::npos);
  host.facts.logoffs[0].time = testing::at("2026-03-01T10:00:01Z");
  EXPECT_EQ(chain(host).status.at("session"), "seen");
}

TEST(Attribution, AnInteractiveLogonIsTheConsolesOnlyWhereWinlogonMadeIt) {
  struct Case {
    std::uint32_t type;
    std::string_view logon_process;
    std::string_view process;
    std::string_view address;
    std::string_view status;
    std::string_view says;
  };
  const Case cases[] = {
      {2, "User32", "C:\\Windows\\System32\\svchost.exe", "", "seen", "the console"},
      {2, "seclogo", "C:\\Windows\\System32\\svchost.exe", "", "not_visible", "runas"},
      {2, "CredPro", "C:\\Windows\\System32\\consent.exe", "", "not_visible",
       "an elevation prompt"},
      {2, "Advapi", "C:\\inetsrv\\w3wp.exe", "10.4.4.4", "seen", "w3wp.exe from 10.4.4.4"},
      {2, "Advapi", "C:\\inetsrv\\w3wp.exe", "", "not_visible", "is not told"},
      {7, "User32", "C:\\Windows\\System32\\svchost.exe", "10.9.9.9", "seen",
       "an unlock of its session from 10.9.9.9"},
      {7, "User32", "C:\\Windows\\System32\\svchost.exe", "", "inferred", "an unlock"},
  };
  for (const Case& c : cases) {
    HostFacts host = booted();
    host.change({.time = when, .key = key, .value = "Class", .now = "2", .logon_id = 0x55});
    host.logon({.time = "2026-03-01T09:00:00Z",
                .account = "CORP\\mallory",
                .type = c.type,
                .logon_process = c.logon_process,
                .process = c.process,
                .logon_id = 0x55,
                .address = c.address});
    const Told told = chain(host);
    EXPECT_EQ(told.status.at("session_origin"), c.status) << c.says;
    EXPECT_NE(told.text.find(c.says), std::string::npos) << told.text;
    EXPECT_EQ(told.text.find("the console\n") != std::string::npos, c.says == "the console");
  }
}

TEST(Attribution, ASessionThatRemoteDesktopTookOverIsItsOwn) {
  HostFacts host = booted();
  host.change({.time = when, .key = key, .value = "Class", .now = "2", .logon_id = 0x55});
  host.logon({.time = "2026-03-01T07:00:00Z",
              .account = "CORP\\mallory",
              .type = 2,
              .logon_process = "User32",
              .logon_id = 0x55});
  host.logon({.time = "2026-03-01T09:50:00Z",
              .account = "CORP\\mallory",
              .source = LogonSource::security_4778,
              .logon_id = 0x55,
              .address = "10.66.6.6"});
  const Told told = chain(host);
  EXPECT_NE(told.text.find("remote desktop from 10.66.6.6, which took the session over"),
            std::string::npos)
      << told.text;
  EXPECT_EQ(list_changes(host.normalised())[0].actor.source_address.raw(), "10.66.6.6");
}

TEST(Attribution, AServiceThatRanTheCommandNamesWhoInstalledIt) {
  struct Case {
    std::string_view command;
    std::string_view running;
    std::string_view parent;
    bool is_named;
  };
  constexpr std::string_view services = "C:\\Windows\\System32\\services.exe";
  const Case cases[] = {
      {"%COMSPEC% /c reg import C:\\x.reg", "cmd.exe /c reg import C:\\x.reg", services, true},
      {"%COMSPEC% /c reg import C:\\y.reg", "cmd.exe /c reg import C:\\x.reg", services, false},
      {"%COMSPEC% /c reg import C:\\x.reg", "cmd.exe /c reg import C:\\x.reg",
       "C:\\Windows\\explorer.exe", false},
      {"\"C:\\Windows\\System32\\cmd.exe\" /c reg import C:\\x.reg",
       "C:\\Windows\\System32\\cmd.exe /c reg import C:\\x.reg", services, true},
  };
  for (const Case& c : cases) {
    HostFacts host = booted();
    host.change({.time = when, .key = key, .value = "Class", .now = "2"});
    host.facts.registry_changes[0].actor.process_id = 77;
    host.event("2026-03-01T09:59:55Z", SystemEventKind::service_installed, "XYZ", 4697, c.command);
    ActorFact& installer = host.facts.system_events.back().actor;
    installer.account = std::string_view("CORP\\admin1");
    installer.logon_id = 0x77;
    host.logon({.time = "2026-03-01T09:59:50Z",
                .account = "CORP\\admin1",
                .type = 3,
                .logon_id = 0x77,
                .address = "10.7.7.7"});
    host.process("2026-03-01T09:59:56Z", "C:\\Windows\\System32\\cmd.exe", c.parent, 70);
    host.facts.process_starts.back().command_line = c.running;
    host.process("2026-03-01T09:59:58Z", "C:\\Windows\\System32\\reg.exe",
                 "C:\\Windows\\System32\\cmd.exe", 77);
    host.facts.process_starts.back().parent_process_id = 70;
    const Told told = chain(host);
    EXPECT_EQ(told.text.find("installed at 2026-03-01 09:59:55Z by CORP\\admin1, logon 0x77 from "
                             "10.7.7.7") != std::string::npos,
              c.is_named)
        << c.command << "\n"
        << told.text;
  }
}

TEST(Attribution, ATaskThatRanTheCommandNamesWhoRegisteredIt) {
  for (const std::string_view command : {"reg import C:\\x.reg", "reg import C:\\y.reg"}) {
    HostFacts host = booted();
    host.change({.time = when, .key = key, .value = "Class", .now = "2"});
    host.facts.registry_changes[0].actor.process_id = 77;
    host.event("2026-03-01T07:00:00Z", SystemEventKind::task_registered, "\\upd", 4698, command);
    host.facts.system_events.back().actor.account = std::string_view("CORP\\admin1");
    host.process("2026-03-01T09:59:58Z", "C:\\Windows\\System32\\reg.exe",
                 "C:\\Windows\\System32\\svchost.exe", 77);
    host.facts.process_starts.back().command_line = std::string_view("reg import C:\\x.reg");
    const Told told = chain(host);
    EXPECT_EQ(told.text.find("by way of the scheduled task \\upd, registered at 2026-03-01 "
                             "07:00:00Z by CORP\\admin1") != std::string::npos,
              command.ends_with("x.reg"))
        << told.text;
  }
}

TEST(Attribution, OnlyAClientThatWasThereMayHaveAskedTheRemoteRegistry) {
  const auto host_of = [](std::string_view service, bool has_ended) {
    HostFacts host = booted();
    host.change({.time = when,
                 .key = key,
                 .value = "Class",
                 .now = "2",
                 .event_id = 13,
                 .account = service,
                 .process = "C:\\Windows\\System32\\svchost.exe"});
    for (const auto& [name, id, from] : {std::tuple("CORP\\mon", 0x66U, "10.0.0.2"),
                                         std::tuple("CORP\\admin1", 0x77U, "10.7.7.7")}) {
      host.logon({.time = "2026-03-01T09:59:50Z", .account = name, .type = 3, .logon_id = id});
      host.event("2026-03-01T09:59:52Z", SystemEventKind::remote_access, "winreg", 5145, from);
      host.facts.system_events.back().actor.account = std::string_view(name);
      host.facts.system_events.back().actor.logon_id = id;
    }
    if (has_ended) {
      host.facts.logoffs.push_back(
          {.time = testing::at("2026-03-01T09:59:53Z"), .logon_id = 0x66, .event_id = 4634});
    }
    return host;
  };
  Told told = chain(host_of("NT AUTHORITY\\LOCAL SERVICE", false));
  EXPECT_EQ(told.status.at("context"), "inferred");
  EXPECT_NE(told.text.find("CORP\\mon opened its pipe"), std::string::npos) << told.text;
  EXPECT_NE(told.text.find(", or CORP\\admin1 opened its pipe"), std::string::npos) << told.text;
  EXPECT_NE(told.text.find("which of them is not told"), std::string::npos);
  told = chain(host_of("NT AUTHORITY\\LOCAL SERVICE", true));
  EXPECT_EQ(told.text.find("CORP\\mon opened"), std::string::npos) << told.text;
  EXPECT_NE(told.text.find("CORP\\admin1 opened its pipe"), std::string::npos);
  told = chain(host_of("NT AUTHORITY\\SYSTEM", false));
  EXPECT_EQ(told.text.find("opened its pipe"), std::string::npos)
      << "the service runs as LOCAL SERVICE: " << told.text;
}

TEST(Attribution, WhatIsJoinedOnAnAssumptionIsInferred) {
  HostFacts host;
  host.change({.time = when, .key = key, .value = "Class", .now = "2", .logon_id = 0x55});
  host.logon({.time = "2026-01-20T08:00:00Z",
              .account = "CORP\\mallory",
              .type = 3,
              .logon_id = 0x55,
              .address = "10.1.2.3"});
  const Told told = chain(host);
  EXPECT_EQ(told.status.at("session"), "inferred") << "no start of Windows is logged";
  EXPECT_EQ(told.status.at("session_origin"), "inferred");
  EXPECT_EQ(list_changes(host.normalised())[0].actor.certainty, "inferred");
}

TEST(Attribution, WindowsOwnNamesCountInItsFoldersOnly) {
  const auto text_of = [](std::string_view process) {
    HostFacts host = booted();
    host.change({.time = when, .key = key, .value = "Class", .now = "2", .process = process});
    host.event("2026-03-01T10:00:20Z", SystemEventKind::software_installed, "Close Tool", 11707);
    return chain(host);
  };
  EXPECT_NE(text_of("C:\\Windows\\SysWOW64\\msiexec.exe").text.find("part of the installation"),
            std::string::npos);
  Told told = text_of("C:\\Users\\Public\\msiexec.exe");
  EXPECT_EQ(told.status.at("context"), "inferred");
  EXPECT_EQ(told.text.find("part of the installation"), std::string::npos) << told.text;
  EXPECT_NE(told.text.find("a program named msiexec.exe, not from its usual folder"),
            std::string::npos);
  told = text_of("C:\\Users\\Public\\svchost.exe");
  EXPECT_EQ(told.text.find("remote registry"), std::string::npos) << told.text;
  EXPECT_NE(told.text.find("a program named svchost.exe, not from"), std::string::npos);
}

TEST(Attribution, ANameAloneIsNoAgentAndNoServicing) {
  struct Case {
    std::string_view parent;
    std::string_view says;
    std::string_view never_says;
  };
  const Case cases[] = {{"C:\\Windows\\CCM\\CcmExec.exe", "by way of the Configuration Manager",
                         "not from its usual"},
                        {"\\Device\\HarddiskVolume3\\Windows\\CCM\\CcmExec.exe",
                         "by way of the Configuration Manager", "not from its usual"},
                        {"C:\\Users\\Public\\CcmExec.exe",
                         "not from its usual folder: C:\\Users\\Public\\CcmExec.exe", "by way of"},
                        {"C:\\Windows\\WinSxS\\amd64_x\\TiWorker.exe", "Windows' own servicing",
                         "not from its usual"},
                        {"C:\\Users\\Public\\TiWorker.exe", "a program named TiWorker.exe",
                         "Windows' own servicing"}};
  for (const Case& c : cases) {
    HostFacts host = booted();
    host.change({.time = when, .key = key, .value = "Class", .now = "2"});
    host.facts.registry_changes[0].actor.process_id = 77;
    host.process("2026-03-01T09:59:00Z", "C:\\Windows\\System32\\reg.exe", c.parent, 77);
    const Told told = chain(host);
    EXPECT_NE(told.text.find(c.says), std::string::npos) << told.text;
    EXPECT_EQ(told.text.find(c.never_says), std::string::npos) << told.text;
  }
}

TEST(Attribution, AKeyTimeAloneNamesNobody) {
  HostFacts host;
  host.provider({.name = "Evil", .path = "C:\\e.dll", .provider_class = 2});
  host.facts.registrations[0].absent_until = testing::at("2026-03-01T00:00:00Z");
  const Told told = chain(host);
  EXPECT_EQ(told.status.at("time"), "inferred");
  for (const char* link : {"account", "session", "session_origin", "process"}) {
    EXPECT_EQ(told.status.at(link), "not_visible") << link;
  }
  EXPECT_NE(told.text.find("never by whom"), std::string::npos);
}

TEST(Attribution, ALogonIdOfAnotherBootIsNotTheSession) {
  HostFacts host = booted();
  host.logon(
      {.time = "2026-02-28T09:00:00Z", .account = "CORP\\other", .type = 2, .logon_id = 0x55});
  host.change({.time = when, .key = key, .value = "Class", .now = "2", .logon_id = 0x55});
  EXPECT_EQ(chain(host).status.at("session"), "not_visible");
}

TEST(Attribution, ScriptsArePutTogetherWhateverTheirOrder) {
  HostFacts host = booted();
  host.change({.time = when, .key = key, .value = "Class", .now = "2"});
  host.facts.registry_changes[0].actor.process_id = 77;
  const auto part = [&](std::uint32_t number, std::string_view text, std::uint64_t record) {
    host.facts.scripts.push_back({.time = testing::at("2026-03-01T09:59:58Z"),
                                  .script_id = std::string_view("{1}"),
                                  .number = number,
                                  .total = 3,
                                  .text = text,
                                  .process_id = 77,
                                  .record_id = record,
                                  .origin = {.offset = record}});
  };
  part(3, "kProvider", 1);
  part(1, "Set-Item HKLM:/Net", 2);
  EXPECT_EQ(chain(host).status.count("context"), 0U) << "what the middle says is not known";
  part(2, "wor", 3);
  const Told told = chain(host);
  EXPECT_EQ(told.status.at("context"), "seen");
  EXPECT_NE(told.text.find("Set-Item HKLM:/NetworkProvider"), std::string::npos) << told.text;
}

TEST(Attribution, AKeyWrittenWhileWindowsWasOffWasWrittenElsewhere) {
  HostFacts host = booted();
  host.event("2026-03-01T12:00:00Z", SystemEventKind::shutdown, "", 13);
  host.event("2026-03-02T06:00:00Z", SystemEventKind::boot, "", 12);
  host.provider({.name = "Evil",
                 .path = "C:\\e.dll",
                 .provider_class = 2,
                 .written = "2026-03-01T20:00:00Z"});
  host.facts.registrations[0].absent_until = testing::at("2026-03-01T11:00:00Z");
  EXPECT_NE(chain(host).text.find("while Windows was not running"), std::string::npos);
  host.facts.registrations[0].last_written = testing::at("2026-03-02T08:00:00Z");
  EXPECT_EQ(chain(host).text.find("while Windows was not running"), std::string::npos);
}

}  // namespace
}  // namespace npg
