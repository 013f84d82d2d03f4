// What differs between dialects and trips readers of one of them (docs/formats/event_json.md).
#include <gtest/gtest.h>

#include "extract/events.hpp"
#include "fact/text_pool.hpp"
#include "source/event_json/event_time.hpp"
#include "source/event_json/field_names.hpp"
#include "source/event_json/stream_test.hpp"

namespace npg {
namespace {

using testing::read_events_of;

FactSet facts_of(const std::vector<WinEvent>& events) {
  TextPool pool;
  FactSet facts;
  for (const WinEvent& event : events) {
    extract_event(event, pool, facts);
  }
  return facts;
}

TEST(Traps, IdsAreStringsOrNumbers) {
  for (const char* id : {"4657", "\"4657\"", "[4657]", "[\"4657\"]", "{\"#text\":\"4657\"}"}) {
    const auto read = read_events_of(
        std::string(
            R"({"SourceName":"Microsoft-Windows-Security-Auditing","Channel":"Security","Hostname":"A","EventID":)") +
        id + "}");
    ASSERT_EQ(read.events.size(), 1U) << id;
    EXPECT_EQ(read.events[0].event_id, 4657U);
  }
  for (const char* id :
       {"-1", "70000", "\"x\"", "4657.5", "true", "{}", "[]", "99999999999999999999"}) {
    const auto read = read_events_of(
        std::string(
            R"({"SourceName":"Microsoft-Windows-Security-Auditing","Channel":"Security","Hostname":"A","EventID":)") +
        id + "}");
    EXPECT_EQ(read.summary.not_events, 1U) << id;
  }
}

TEST(Traps, ProcessIdsAreDecimalOrHexadecimal) {
  for (const char* pid : {"\"0x1128\"", "4392", "\"4392\"", "\"0x1128\""}) {
    const auto read = read_events_of(
        std::string(
            R"({"SourceName":"Microsoft-Windows-Security-Auditing","Hostname":"A","Channel":"Security","EventID":4688,"NewProcessName":"C:\\x.exe","NewProcessId":)") +
        pid + "}");
    const FactSet facts = facts_of(read.events);
    ASSERT_EQ(facts.process_starts.size(), 1U);
    EXPECT_EQ(facts.process_starts[0].process_id, 4392U);
  }
}

TEST(Traps, NamesDifferInCase) {
  const auto read = read_events_of(
      R"({"win":{"system":{"providerName":"MICROSOFT-windows-security-auditing","eventID":"4657","channel":"security","computer":"A"},"eventdata":{"objectName":"\\REGISTRY\\MACHINE\\SYSTEM\\ControlSet001\\Services\\E\\NetworkProvider","objectValueName":"Class","operationType":"%%1904"}}})");
  EXPECT_EQ(facts_of(read.events).registry_changes.size(), 1U);
}

TEST(Traps, WhatWasRefusedIsNoChangeOfAPassword) {
  const struct {
    const char* keywords;
    std::size_t facts;
  } cases[] = {{R"("Keywords":"0x8020000000000000",)", 1},
               {R"("Keywords":"0x8010000000000000",)", 0},
               {R"("Keywords":-9214364837600034816,)", 1},
               {R"("Keywords":-9218868437227405312,)", 0},
               {R"("keywords":["Audit Success"],)", 1},
               {R"("keywords":["Audit Failure"],)", 0},
               {"", 1}};
  for (const auto& c : cases) {
    const auto read = read_events_of(
        R"({"SourceName":"Microsoft-Windows-Security-Auditing","Hostname":"A","Channel":"Security",)" +
        std::string(c.keywords) +
        R"("EventID":4724,"TargetUserName":"anna","TargetDomainName":"CORP"})");
    EXPECT_EQ(facts_of(read.events).password_changes.size(), c.facts) << c.keywords;
  }
  for (const bool is_failure : {true, false}) {
    const auto read = read_events_of(
        R"(<Event xmlns="http://schemas.microsoft.com/win/2004/08/events/event"><System><Provider Name="Microsoft-Windows-Security-Auditing"/><EventID>4724</EventID><Keywords>)" +
        std::string(is_failure ? "0x8010000000000000" : "0x8020000000000000") +
        R"(</Keywords><TimeCreated SystemTime="2026-03-02T09:00:00Z"/><Channel>Security</Channel><Computer>A</Computer></System><EventData><Data Name="TargetUserName">anna</Data></EventData></Event>)");
    EXPECT_EQ(facts_of(read.events).password_changes.size(), is_failure ? 0U : 1U);
  }
}

TEST(Traps, NothingIsWrittenInFourWays) {
  for (const char* sid : {"\"-\"", "\"\"", "null"}) {
    const auto read = read_events_of(
        std::string(
            R"({"SourceName":"Microsoft-Windows-Security-Auditing","Hostname":"A","Channel":"Security","EventID":4688,"NewProcessName":"C:\\x.exe","SubjectDomainName":"D","SubjectUserName":)") +
        sid + "}");
    const FactSet facts = facts_of(read.events);
    ASSERT_EQ(facts.process_starts.size(), 1U);
    EXPECT_EQ(facts.process_starts[0].account.raw(), "") << sid;
  }
}

TEST(Traps, LocalisedTextsDecideNothing) {
  const auto read = read_events_of(
      R"({"winlog":{"computer_name":"A","channel":"Security","provider_name":"Microsoft-Windows-Security-Auditing","event_id":4657,"keywords":["Überwachung erfolgreich"],"task":"Registrierung","level":"Informationen","event_data":{"ObjectName":"\\REGISTRY\\MACHINE\\SYSTEM\\ControlSet001\\Services\\E\\NetworkProvider","ObjectValueName":"Class","OperationType":"%%1906"}},"message":"Ein Registrierungswert wurde gesetzt."})");
  const FactSet facts = facts_of(read.events);
  ASSERT_EQ(facts.registry_changes.size(), 1U);
  EXPECT_EQ(facts.registry_changes[0].change, ChangeKind::value_deleted);
}

TEST(Traps, TruncatedEventsAreLostOneByOne) {
  const std::string whole =
      R"({"SourceName":"Microsoft-Windows-Security-Auditing","Hostname":"A","Channel":"Security","EventID":4688,"RecordNumber":1,"Message":")" +
      std::string(20'000, 'x') + "\"}";
  const auto read = read_events_of(whole.substr(0, 8192) + "\n" + whole + "\n" +
                                   whole.substr(0, 65'536 / 4) + "\n" + whole + "\n");
  EXPECT_EQ(read.events.size(), 2U);
  EXPECT_EQ(read.summary.objects_failed, 2U);
  EXPECT_EQ(read.diagnostics.kept()[0].offset, 0U);
  EXPECT_EQ(read.diagnostics.kept()[0].length, 8193U);
  EXPECT_EQ(read.summary.bytes_not_understood, 8193U + 16'385U);
}

TEST(Traps, TimesInEveryForm) {
  struct Case {
    std::string_view text;
    std::string_view time;
    bool has_zone;
  };
  constexpr Case cases[] = {
      {"2026-11-22T18:20:00.1234567Z", "2026-11-22T18:20:00.1234567Z", true},
      {"2026-11-22T18:20:00.123456789Z", "2026-11-22T18:20:00.1234567Z", true},
      {"2026-11-22T19:20:00+01:00", "2026-11-22T18:20:00.0000000Z", true},
      {"2026-11-23T03:20:00.000+0900", "2026-11-22T18:20:00.0000000Z", true},
      {"2026-11-22 19:20:00 +0100", "2026-11-22T18:20:00.0000000Z", true},
      {"2026-11-22 13:20:00.5 -05:00", "2026-11-22T18:20:00.5000000Z", true},
      {"2026-11-22 18:20:00.5 UTC", "2026-11-22T18:20:00.5000000Z", true},
      {"2026-11-22 18:20:00", "2026-11-22T18:20:00.0000000Z", false},
      {"2026-11-22T18:20:00.123", "2026-11-22T18:20:00.1230000Z", false},
      {"1795371600", "2026-11-22T18:20:00.0000000Z", true},
      {"1795371600.25", "2026-11-22T18:20:00.2500000Z", true},
      {"1795371600250", "2026-11-22T18:20:00.2500000Z", true},
      {"1795371600250000", "2026-11-22T18:20:00.2500000Z", true},
      {"1795371600250000000", "2026-11-22T18:20:00.2500000Z", true},
      {"/Date(1795371600123)/", "2026-11-22T18:20:00.1230000Z", true},
      {"/Date(1795371600123+0100)/", "2026-11-22T18:20:00.1230000Z", true},
      {R"(\/Date(1795371600123)\/)", "2026-11-22T18:20:00.1230000Z", true},
      {"11/22/2026, 6:20:00.123 PM", "2026-11-22T18:20:00.1230000Z", true},
      {"11/22/2026 12:20:00 AM", "2026-11-22T00:20:00.0000000Z", true},
      {"Nov 22, 2026 6:20:00 PM", "2026-11-22T18:20:00.0000000Z", true},
  };
  for (const Case& one : cases) {
    const EventTime time = read_event_time(one.text);
    EXPECT_EQ(to_rfc3339(time.time), one.time) << one.text;
    EXPECT_EQ(time.has_zone, one.has_zone) << one.text;
  }
  for (const char* text :
       {"1601-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "", "never", "-", "/Date(-62135596800000)/",
        "99999999999999999999999", "2026-13-40T00:00:00Z", "1/2/3", "x 1, 2026"}) {
    EXPECT_FALSE(read_event_time(text).time.given()) << text;
  }
}

constexpr std::string_view nxlog_head =
    R"({"Hostname":"A","Channel":"Microsoft-Windows-Sysmon/Operational","SourceName":"Microsoft-Windows-Sysmon","SourceModuleType":"im_msvistalog",)";

TEST(Traps, NXLogsLocalTimeTakesItsZoneFromACollector) {
  struct Case {
    std::string_view rest;
    std::string_view time;
    std::uint64_t without_zone;
  };
  constexpr Case cases[] = {
      {R"("EventTime":"2026-11-22 13:20:00","@timestamp":"2026-11-22T18:20:04.1Z")",
       "2026-11-22T18:20:00.0000000Z", 0},
      {R"("EventTime":"2026-11-22 23:50:00","@timestamp":"2026-11-22T18:20:04.1Z")",
       "2026-11-22T18:20:00.0000000Z", 0},
      {R"("EventTime":"2026-11-22 13:20:00")", "2026-11-22T13:20:00.0000000Z", 1},
      // Read months later: tells no zone.
      {R"("EventTime":"2026-11-22 13:20:00","@timestamp":"2027-02-01T00:00:00Z")",
       "2026-11-22T13:20:00.0000000Z", 1},
  };
  for (const Case& one : cases) {
    const auto read =
        read_events_of(std::string(nxlog_head) + R"("EventID":11,)" + std::string(one.rest) + "}");
    ASSERT_EQ(read.events.size(), 1U);
    EXPECT_EQ(to_rfc3339(read.events[0].time()), one.time) << one.rest;
    ASSERT_EQ(read.summary.dialects.size(), 1U);
    EXPECT_EQ(read.summary.dialects[0].without_zone, one.without_zone) << one.rest;
  }
}

TEST(Traps, NXLogsEventTypeHidesSysmons) {
  struct Case {
    std::string_view rest;
    ChangeKind change;
  };
  constexpr Case cases[] = {
      {R"("EventType":"INFO","Message":"Registry object added or deleted:\r\nRuleName: -\r\nEventType: DeleteValue\r\nx: y")",
       ChangeKind::value_deleted},
      {R"("EventType":"INFO","Message":"Registry object added or deleted:\nEventType: CreateKey")",
       ChangeKind::key_created},
      {R"("EventTypeOrignal":"INFO","EventType":"DeleteKey")", ChangeKind::key_deleted},
      {R"("EventType":"INFO")", ChangeKind::accessed_for_write},
  };
  for (const Case& one : cases) {
    const auto read = read_events_of(
        std::string(nxlog_head) +
        R"("EventID":12,"AccountName":"SYSTEM","Domain":"NT AUTHORITY","TargetObject":"HKLM\\System\\CurrentControlSet\\Services\\E\\NetworkProvider\\Class",)" +
        std::string(one.rest) + "}");
    const FactSet facts = facts_of(read.events);
    ASSERT_EQ(facts.registry_changes.size(), 1U) << one.rest;
    EXPECT_EQ(facts.registry_changes[0].change, one.change) << one.rest;
    EXPECT_EQ(read.events[0].find("AccountName"), nullptr);
  }
}

std::string fluent_4657(std::string_view inserts) {
  return R"({"ProviderName":"Microsoft-Windows-Security-Auditing","EventID":4657,"Version":0,"Channel":"Security","Computer":"A","TimeCreated":"2026-11-22 19:20:00 +0100","EventRecordID":1,"StringInserts":[)" +
         std::string(inserts) + "]}";
}

TEST(Traps, ValuesWithoutNamesAreNamedOnlyWhenAllAreThere) {
  constexpr std::string_view all =
      R"("S-1-5-18","A$","D","0x3e7","\\REGISTRY\\MACHINE\\SYSTEM\\ControlSet001\\Services\\E\\NetworkProvider","ProviderPath","0x2a4","%%1904","-","-","%%1873","C:\\e.dll","0x4","C:\\x.exe")";
  const auto whole = read_events_of(fluent_4657(all));
  const FactSet facts = facts_of(whole.events);
  ASSERT_EQ(facts.registry_changes.size(), 1U);
  EXPECT_EQ(facts.registry_changes[0].new_value.raw(), "C:\\e.dll");
  EXPECT_EQ(facts.registry_changes[0].control_set, 1U);
  EXPECT_EQ(whole.summary.dialects[0].without_names, 0U);
  // Fluent Bit leaves arrays out: what is behind one moves.
  const auto moved = read_events_of(fluent_4657(all.substr(11)));
  EXPECT_TRUE(facts_of(moved.events).registry_changes.empty());
  EXPECT_EQ(moved.summary.dialects[0].without_names, 1U);
}

TEST(Traps, EveryRowOfTheNamesTableNamesItsSource) {
  ASSERT_GT(event_field_names().size(), 50U);
  for (const EventFieldNames& row : event_field_names()) {
    EXPECT_FALSE(row.source.empty()) << row.provider << row.event_id;
    EXPECT_FALSE(row.names.empty()) << row.provider << row.event_id;
    EXPECT_NE(row.event_id, 0U);
  }
}

TEST(Traps, ParamsSortedByLetterComeBackInOrder) {
  std::string data;
  for (const char* number : {"1", "10", "11", "2", "3", "4", "5", "6", "7", "8", "9"}) {
    data += std::string(data.empty() ? "" : ",") + "\"param" + number + "\":\"" + number + "\"";
  }
  const auto read = read_events_of(
      R"({"winlog":{"computer_name":"A","channel":"Application","provider_name":"MsiInstaller","event_id":1033,"event_data":{)" +
      data + "}}}");
  ASSERT_EQ(read.events.size(), 1U);
  for (std::size_t i = 0; i < 11; ++i) {
    EXPECT_EQ(read.events[0].fields[i].value.raw(), std::to_string(i + 1));
  }
}

TEST(Traps, TheHostIsTheOneThatLoggedNotTheCollector) {
  const auto both = read_events_of(
      R"({"host":{"name":"wec"},"agent":{"hostname":"wec"},"winlog":{"computer_name":"ws01","channel":"Security","provider_name":"Microsoft-Windows-Security-Auditing","event_id":4657}})");
  EXPECT_EQ(both.events.at(0).computer.raw(), "ws01");
  EXPECT_EQ(both.summary.dialects[0].from_collector, 0U);
  const auto alone = read_events_of(
      R"({"host":{"name":"wec"},"winlog":{"channel":"Security","provider_name":"Microsoft-Windows-Security-Auditing","event_id":4657}})");
  EXPECT_EQ(alone.events.at(0).computer.raw(), "wec");
  EXPECT_EQ(alone.summary.dialects[0].from_collector, 1U);
}

TEST(Traps, SensorsSpeakInSysmonsShapeUnderTheirOwnName) {
  constexpr std::string_view texts[] = {
      R"({"Timestamp":"2026-11-22T18:20:00.123Z","DeviceId":"d","DeviceName":"ws01.corp","ActionType":"RegistryValueSet","RegistryKey":"HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001\\Services\\E\\NetworkProvider","RegistryValueName":"ProviderPath","RegistryValueData":"C:\\e.dll","InitiatingProcessFolderPath":"c:\\windows\\reg.exe","InitiatingProcessFileName":"reg.exe","InitiatingProcessId":4711,"InitiatingProcessAccountDomain":"corp","InitiatingProcessAccountName":"eve","ReportId":7})",
      R"({"time":"2026-11-22T18:21:00Z","tenantId":"t","category":"AdvancedHunting-DeviceRegistryEvents","properties":{"Timestamp":"2026-11-22T18:20:00.123Z","DeviceName":"ws01.corp","ActionType":"RegistryValueSet","RegistryKey":"HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001\\Services\\E\\NetworkProvider","RegistryValueName":"ProviderPath","RegistryValueData":"C:\\e.dll","InitiatingProcessFolderPath":"c:\\windows\\reg.exe","InitiatingProcessId":4711,"InitiatingProcessAccountDomain":"corp","InitiatingProcessAccountName":"eve"}})",
      R"({"Schema":[],"Results":[{"Timestamp":"2026-11-22T18:20:00.123Z","DeviceName":"ws01.corp","ActionType":"RegistryValueSet","RegistryKey":"HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001\\Services\\E\\NetworkProvider","RegistryValueName":"ProviderPath","RegistryValueData":"C:\\e.dll","InitiatingProcessFolderPath":"c:\\windows\\reg.exe","InitiatingProcessId":4711,"InitiatingProcessAccountDomain":"corp","InitiatingProcessAccountName":"eve"}]})",
      R"({"@timestamp":"2026-11-22T18:20:00.123Z","host":{"name":"ws01.corp"},"event":{"dataset":"endpoint.events.registry","category":["registry"],"action":"modification","kind":"event"},"registry":{"path":"\\REGISTRY\\MACHINE\\SYSTEM\\ControlSet001\\Services\\E\\NetworkProvider\\ProviderPath","value":"ProviderPath","data":{"strings":["C:\\e.dll"],"type":"REG_SZ"}},"process":{"executable":"c:\\windows\\reg.exe","pid":4711,"entity_id":"x"},"user":{"domain":"corp","name":"eve"}})",
      R"({"@timestamp":"2026-11-22T18:20:00.123Z","host.name":"ws01.corp","event.dataset":"endpoint.events.registry","event.action":"modification","registry.path":"HKLM\\SYSTEM\\ControlSet001\\Services\\E\\NetworkProvider\\ProviderPath","registry.data.strings":"C:\\e.dll","process.executable":"c:\\windows\\reg.exe","process.pid":4711,"user.domain":"corp","user.name":"eve"})",
  };
  for (const std::string_view text : texts) {
    const auto read = read_events_of(text);
    ASSERT_EQ(read.events.size(), 1U) << text;
    const FactSet facts = facts_of(read.events);
    ASSERT_EQ(facts.registry_changes.size(), 1U) << text;
    const RegistryChangeFact& change = facts.registry_changes[0];
    EXPECT_EQ(change.key.raw(), R"(HKLM\SYSTEM\CurrentControlSet\Services\E\NetworkProvider)");
    EXPECT_EQ(change.control_set, 1U);
    EXPECT_EQ(change.value_name.raw(), "ProviderPath");
    EXPECT_EQ(change.new_value.raw(), "C:\\e.dll");
    EXPECT_EQ(change.actor.account.raw(), "corp\\eve");
    EXPECT_EQ(change.actor.process.raw(), "c:\\windows\\reg.exe");
    EXPECT_NE(change.provider.raw(), "Microsoft-Windows-Sysmon");
    EXPECT_EQ(read.events[0].computer.raw(), "ws01.corp");
    EXPECT_TRUE(info_of(read.summary.dialects[0].dialect).is_sensor);
  }
}

TEST(Traps, DefendersLogonsTellLocalAdministratorsAndItsChangesWhatWasBefore) {
  const FactSet facts = facts_of(
      read_events_of(
          R"({"Timestamp":"2026-03-10T11:00:00Z","DeviceName":"w","ActionType":"LogonSuccess","LogonType":"RemoteInteractive","AccountDomain":"corp","AccountName":"a","AccountSid":"S-1-5-21-1","IsLocalAdmin":true,"LogonId":5})"
          "\n"
          R"({"Timestamp":"2026-03-10T11:00:00Z","DeviceName":"w","ActionType":"LogonSuccess","LogonType":"Interactive","AccountName":"b","AccountSid":"S-1-5-21-2","IsLocalAdmin":false,"LogonId":6})"
          "\n"
          R"({"Timestamp":"2026-03-10T11:00:00Z","DeviceName":"w","ActionType":"RegistryValueSet","RegistryKey":"HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001\\Control\\NetworkProvider\\Order","RegistryValueName":"ProviderOrder","RegistryValueData":"a,b","PreviousRegistryValueData":"a","InitiatingProcessAccountSid":"S-1-5-21-1","InitiatingProcessLogonId":5})")
          .events);
  EXPECT_EQ(facts.logons.size(), 2U);
  ASSERT_EQ(facts.privileges.size(), 1U);
  EXPECT_EQ(facts.privileges[0].sid.raw(), "S-1-5-21-1");
  EXPECT_EQ(facts.privileges[0].groups.raw(), "S-1-5-32-544");
  ASSERT_EQ(facts.registry_changes.size(), 1U);
  EXPECT_EQ(facts.registry_changes[0].old_value.raw(), "a");
  EXPECT_EQ(facts.registry_changes[0].actor.sid.raw(), "S-1-5-21-1");
  EXPECT_EQ(facts.registry_changes[0].actor.logon_id, 5U);
}

TEST(Traps, ElasticDefendsLogonsAreLogonsWhenTheySucceeded) {
  const auto line = [](std::string_view name, std::string_view outcome) {
    return R"({"@timestamp":"2026-03-10T11:00:00Z","host":{"name":"w"},"event":{"action":"log_on","dataset":"endpoint.events.security","outcome":")" +
           std::string(outcome) + R"("},"user":{"id":"S-1-5-21-1","name":")" + std::string(name) +
           R"(","domain":"corp"},"source":{"ip":"10.0.0.5"},"process":{"executable":"C:\\Windows\\System32\\winlogon.exe","Ext":{"authentication_id":"0x3e7a","session_info":{"logon_type":"RemoteInteractive"}}}})"
           "\n";
  };
  const FactSet facts =
      facts_of(read_events_of(line("anna", "success") + line("bob", "failure")).events);
  ASSERT_EQ(facts.logons.size(), 1U);
  EXPECT_EQ(facts.logons[0].account.raw(), "corp\\anna");
  EXPECT_EQ(facts.logons[0].logon_type, 10U);
  EXPECT_EQ(facts.logons[0].logon_id, 0x3e7aU);
  EXPECT_EQ(facts.logons[0].address.raw(), "10.0.0.5");
}

TEST(Traps, WhatIsNoWindowsEventIsCounted) {
  const auto read = read_events_of(
      "{\"a\":1}\n{}\n{\"event\":{\"category\":\"network\"}}\n[1,2,{\"x\":[{}]}]\n"
      R"({"timestamp":"x","rule":{"level":3},"agent":{"name":"a"},"data":{"srcip":"1.2.3.4"}})");
  EXPECT_EQ(read.summary.events, 0U);
  EXPECT_EQ(read.summary.not_events, 5U);
}

}  // namespace
}  // namespace npg
