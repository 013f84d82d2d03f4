// Hosts that are known through collected events alone: as JSON, XML and CSV, mixed and twice.
#include <gtest/gtest.h>

#include <algorithm>

#include "app/scan.hpp"
#include "testing/workplace.hpp"

namespace npg {
namespace {

std::string json_13(std::string_view host, unsigned id, std::string_view time) {
  return R"({"Event":{"System":{"Provider":{"#attributes":{"Name":"Microsoft-Windows-Sysmon"}},"EventID":13,"TimeCreated":{"#attributes":{"SystemTime":")" +
         std::string(time) + R"("}},"EventRecordID":)" + std::to_string(id) +
         R"(,"Channel":"Microsoft-Windows-Sysmon/Operational","Computer":")" + std::string(host) +
         R"("},"EventData":{"EventType":"SetValue","UtcTime":"2026-11-22 18:20:00.120","ProcessGuid":"{0}","ProcessId":4711,"Image":"C:\\x.exe","TargetObject":"HKLM\\System\\CurrentControlSet\\Services\\Evil\\NetworkProvider\\ProviderPath","Details":"C:\\evil.dll","User":"D\\eve"}}})"
         "\n";
}

std::string xml_13(std::string_view host, unsigned id, std::string_view time) {
  return "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider "
         "Name='Microsoft-Windows-Sysmon'/><EventID>13</EventID><TimeCreated SystemTime='" +
         std::string(time) + "'/><EventRecordID>" + std::to_string(id) +
         "</EventRecordID><Channel>Microsoft-Windows-Sysmon/Operational</Channel><Computer>" +
         std::string(host) +
         "</Computer></System><EventData><Data Name='EventType'>SetValue</Data><Data "
         "Name='UtcTime'>2026-11-22 18:20:00.120</Data><Data Name='ProcessGuid'>{0}</Data><Data "
         "Name='ProcessId'>4711</Data><Data Name='Image'>C:\\x.exe</Data><Data "
         "Name='TargetObject'>HKLM\\System\\CurrentControlSet\\Services\\Evil\\NetworkProvider\\"
         "ProviderPath</Data><Data Name='Details'>C:\\evil.dll</Data><Data "
         "Name='User'>D\\eve</Data></EventData></Event>\n";
}

class EventStreams : public ::testing::Test {
 protected:
  Assessment scan_all() {
    auto assessment = scan({.paths = {"evidence"}, .hash = HashMode::none});
    EXPECT_TRUE(assessment.has_value());
    return assessment ? *std::move(assessment) : Assessment{};
  }
  void put(const std::string& name, std::string_view text) {
    const auto bytes = std::as_bytes(std::span(text));
    ASSERT_TRUE(testing::write_file("evidence/" + name, bytes));
  }
  testing::Workplace place_;
};

const HostAssessment* host_named(const Assessment& assessment, std::string_view name) {
  const auto found = std::ranges::find_if(
      assessment.hosts, [&](const HostAssessment& host) { return host.host.name.raw() == name; });
  return found == assessment.hosts.end() ? nullptr : &*found;
}

bool says(const HostAssessment& host, std::string_view part) {
  return std::ranges::any_of(host.coverage.statements, [&](const std::string& statement) {
    return statement.find(part) != std::string::npos;
  });
}

TEST_F(EventStreams, RecordsOutOfOrderAreSeenAndSaid) {
  const auto class_13 = [](unsigned id, std::string_view time) {
    std::string line = json_13("WS1", id, time);
    line.replace(line.find("ProviderPath"), 12, "Class");
    line.replace(line.find("C:\\\\evil.dll"), 12, "DWORD (0x00000002)");
    return line;
  };
  const auto is_said = [&] {
    const Assessment assessment = scan_all();
    const auto* host = host_named(assessment, "WS1");
    return host != nullptr && std::ranges::any_of(host->exposures, [](const Exposure& window) {
             return std::ranges::any_of(window.assumed, [](const std::string& text) {
               return text.starts_with("records out of order");
             });
           });
  };
  put("a.jsonl", json_13("WS1", 10, "2026-11-22T18:20:00Z") + class_13(11, "2026-11-22T18:20:01Z") +
                     class_13(12, "2026-11-22T18:30:00Z"));
  EXPECT_FALSE(is_said());
  put("a.jsonl", json_13("WS1", 10, "2026-11-22T18:20:00Z") + class_13(11, "2026-11-22T18:20:01Z") +
                     class_13(12, "2026-11-21T18:30:00Z"));
  EXPECT_TRUE(is_said());
  // In the order of time the ids tell it just so.
  put("a.jsonl", class_13(12, "2026-11-21T18:30:00Z") + json_13("WS1", 10, "2026-11-22T18:20:00Z") +
                     class_13(11, "2026-11-22T18:20:01Z"));
  EXPECT_TRUE(is_said());
}

TEST_F(EventStreams, ARecordInTwoDialectsOfOneFileIsOneEvent) {
  put("a.jsonl", json_13("WS1", 10, "2026-11-22T18:20:00.1234567Z") +
                     xml_13("WS1", 10, "2026-11-22T18:20:00.123Z") +
                     json_13("WS1", 11, "2026-11-22T18:20:00.5Z"));
  const Assessment assessment = scan_all();
  const auto* host = host_named(assessment, "WS1");
  ASSERT_NE(host, nullptr);
  ASSERT_EQ(host->changes.size(), 2U);
  EXPECT_EQ(to_rfc3339(host->changes[0].time), "2026-11-22T18:20:00.1234567Z") << "the finer time";
}

TEST_F(EventStreams, AKeyDeletedByHandleIsRemoved) {
  const auto line = [](unsigned id, unsigned event, std::string_view time, std::string_view rest) {
    return R"({"Event":{"System":{"Provider":{"#attributes":{"Name":"Microsoft-Windows-Security-Auditing"}},"EventID":)" +
           std::to_string(event) + R"(,"TimeCreated":{"#attributes":{"SystemTime":")" +
           std::string(time) + R"("}},"EventRecordID":)" + std::to_string(id) +
           R"(,"Channel":"Security","Computer":"ws01"},"EventData":{"SubjectUserName":"eve","SubjectLogonId":"0x5","HandleId":"0xdc","ProcessId":"0x1a84",)" +
           std::string(rest) + "}}}\n";
  };
  put("security.json",
      line(
          1, 4663, "2026-03-10T13:00:00.010Z",
          R"("ObjectType":"Key","ObjectName":"\\REGISTRY\\MACHINE\\SYSTEM\\ControlSet001\\Services\\E\\NetworkProvider","AccessMask":"0x10000")") +
          line(2, 4660, "2026-03-10T13:00:00.020Z", R"("ObjectServer":"Security")"));
  const Assessment assessment = scan_all();
  const HostAssessment* host = host_named(assessment, "ws01");
  ASSERT_NE(host, nullptr);
  ASSERT_EQ(host->changes.size(), 2U);
  EXPECT_EQ(host->changes[1].what, "key_deleted");
  ASSERT_EQ(host->providers.size(), 1U);
  EXPECT_EQ(host->providers[0].state, ProviderState::removed);
}

TEST_F(EventStreams, WhatAlertsHoldIsEvidence) {
  put("chainsaw.json",
      R"({"group":"x","kind":"individual","name":"y","document":{"kind":"evtx","path":"a","data":{"Event":{"System":{"Provider_attributes":{"Name":"Microsoft-Windows-Eventlog"},"EventID":1102,"TimeCreated_attributes":{"SystemTime":"2026-03-10T13:05:00Z"},"EventRecordID":9,"Channel":"Security","Computer":"ws01"},"UserData":{"LogFileCleared":{"SubjectUserName":"eve","SubjectDomainName":"D"}}}}}})");
  const Assessment assessment = scan_all();
  const HostAssessment* host = host_named(assessment, "ws01");
  ASSERT_NE(host, nullptr);
  EXPECT_TRUE(std::ranges::any_of(host->findings,
                                  [](const Finding& one) { return one.rule == "NPG1011"; }));
}

TEST_F(EventStreams, APackedLogIsNoClean) {
  put("sysmon.json.gz", std::string_view("\x1f\x8b\x08\0\0\0\0\0", 8));
  put("notes.gz", std::string_view("\x1f\x8b\x08\0\0\0\0\0", 8));
  const Assessment assessment = scan_all();
  EXPECT_FALSE(assessment.complete);
  ASSERT_EQ(assessment.diagnostics.size(), 1U);
  EXPECT_NE(assessment.diagnostics[0].text.find("gzip"), std::string::npos);
}

TEST_F(EventStreams, EventsWithoutATimeBoundNothing) {
  std::string without = json_13("ws01", 2, "0001-01-01T00:00:00Z");
  without.replace(without.find("UtcTime"), 7, "NoTimes");
  put("a.jsonl", json_13("ws01", 1, "2026-11-22T18:00:00Z") + without +
                     json_13("ws01", 3, "2026-11-22T19:00:00Z") + "{\"a\":1}\n");
  const Assessment assessment = scan_all();
  const HostAssessment* host = host_named(assessment, "ws01");
  ASSERT_NE(host, nullptr);
  ASSERT_EQ(host->changes.size(), 3U);
  for (const Change& change : host->changes) {
    EXPECT_TRUE(change.time.given());
  }
  EXPECT_TRUE(says(*host, "1 event from evtx_dump have no usable time"));
  EXPECT_TRUE(says(*host, "stand 1 objects of no form that is known"));
}

TEST_F(EventStreams, HostsOfOneStreamAreApart) {
  std::string text;
  for (unsigned id = 1; id <= 20; ++id) {
    text += json_13(id % 2 == 0 ? "even.corp" : "odd.corp", id, "2026-11-22T18:20:00.123456Z");
  }
  put("collected.json", text);
  const Assessment assessment = scan_all();
  ASSERT_EQ(assessment.hosts.size(), 2U);
  for (const HostAssessment& host : assessment.hosts) {
    EXPECT_EQ(host.changes.size(), 10U);
    ASSERT_EQ(host.coverage.sources.size(), 1U);
    EXPECT_EQ(host.coverage.sources[0].records, 10U);
  }
  ASSERT_EQ(assessment.evidence.size(), 1U);
  EXPECT_EQ(assessment.evidence[0].kind, "event_json");
  EXPECT_EQ(assessment.evidence[0].status, EvidenceStatus::read);
}

TEST_F(EventStreams, ARecordInTwoDialectsIsOneChange) {
  put("a.jsonl", json_13("ws01", 42, "2026-11-22T18:20:00.123Z"));
  put("b.xml", xml_13("ws01", 42, "2026-11-22T18:20:00.1234567Z"));
  put("c.csv",
      "RecordId,Computer,Channel,Provider_Name,EventID,SystemTime,EventType,UtcTime,ProcessGuid,"
      "ProcessId,Image,TargetObject,Details,User\n42,ws01,Microsoft-Windows-Sysmon/Operational,"
      "Microsoft-Windows-Sysmon,13,2026-11-22T18:20:00Z,SetValue,2026-11-22 18:20:00.120,{0},4711,"
      "C:\\x.exe,HKLM\\System\\CurrentControlSet\\Services\\Evil\\NetworkProvider\\ProviderPath,"
      "C:\\evil.dll,D\\eve\n");
  const Assessment assessment = scan_all();
  const HostAssessment* host = host_named(assessment, "ws01");
  ASSERT_NE(host, nullptr);
  ASSERT_EQ(host->changes.size(), 1U);
  // The finest of the three times.
  EXPECT_EQ(to_rfc3339(host->changes[0].time), "2026-11-22T18:20:00.1234567Z");
  EXPECT_EQ(host->coverage.sources.at(0).records, 1U);
}

TEST_F(EventStreams, OneBadLineMakesTheRunIncompleteAndIsNamed) {
  const std::string good = json_13("ws01", 1, "2026-11-22T18:20:00Z");
  put("a.jsonl", good + good.substr(0, 100) + "\n" + json_13("ws01", 2, "2026-11-22T18:21:00Z"));
  const Assessment assessment = scan_all();
  EXPECT_FALSE(assessment.complete);
  ASSERT_EQ(assessment.diagnostics.size(), 1U);
  EXPECT_EQ(assessment.diagnostics[0].offset, good.size());
  EXPECT_EQ(assessment.diagnostics[0].length, 101U);
  EXPECT_EQ(assessment.evidence[0].status, EvidenceStatus::partial);
  ASSERT_EQ(assessment.hosts.size(), 1U);
  EXPECT_EQ(assessment.hosts[0].changes.size(), 2U);
}

TEST_F(EventStreams, JsonOfSomethingElseIsNoLoss) {
  put("a.json", R"({"Event":"x","System":"y","rows":[1,2)");
  put("b.json", R"({"name":"package","version":"1"})");
  const Assessment assessment = scan_all();
  EXPECT_TRUE(assessment.complete);
  EXPECT_TRUE(assessment.hosts.empty());
  EXPECT_EQ(assessment.evidence[0].status, EvidenceStatus::skipped);
  EXPECT_EQ(assessment.evidence[1].kind, "other");
}

TEST_F(EventStreams, WhatADialectLosesIsSaid) {
  put("nxlog.json",
      R"({"EventTime":"2026-11-22 13:20:00","Hostname":"n","EventID":11,"SourceName":"Microsoft-Windows-Sysmon","Channel":"Microsoft-Windows-Sysmon/Operational","RecordNumber":1,"SourceModuleType":"im_msvistalog","TargetFilename":"C:\\Windows\\System32\\x.dll"})");
  put("fluent.json",
      R"({"ProviderName":"Microsoft-Windows-Security-Auditing","EventID":4657,"Channel":"Security","Computer":"f","TimeCreated":"2026-11-22 19:20:00 +0100","EventRecordID":1,"StringInserts":["only","three","values"]})");
  put("ecs.json",
      R"({"@timestamp":"2026-11-22T18:20:00Z","winlog":{"channel":"Security","computer_name":"e","provider_name":"Microsoft-Windows-Security-Auditing","event_id":"4657","record_id":1},"registry":{"path":"HKLM\\SYSTEM\\X","value":"Class"},"process":{"pid":1,"executable":"C:\\x.exe"},"user":{"name":"bob"}})");
  put("winevent.json",
      R"([{"Id":4657,"Version":0,"ProviderName":"Microsoft-Windows-Security-Auditing","LogName":"Security","MachineName":"g","TimeCreated":"\/Date(1795371600123)\/","RecordId":1,"Properties":["System.Diagnostics.Eventing.Reader.EventProperty","System.Diagnostics.Eventing.Reader.EventProperty"],"Message":"x"}])");
  put("hayabusa.json",
      R"({"Timestamp":"2026-11-22 19:20:00.123 +01:00","RuleTitle":"x","Level":"med","Computer":"h","Channel":"Sec","EventID":4657,"RecordID":42,"Details":"x"})");
  put("defender.json",
      R"({"Timestamp":"2026-11-22T18:20:00Z","DeviceName":"d","ActionType":"ProcessCreated","FileName":"x.exe","FolderPath":"C:\\x.exe","ProcessId":1})");
  put("wec.json",
      R"({"@timestamp":"2026-11-22T18:20:00Z","host":{"name":"w"},"winlog":{"channel":"Security","provider_name":"Microsoft-Windows-Security-Auditing","event_id":4634}})");
  const Assessment assessment = scan_all();
  struct Case {
    std::string_view host;
    std::string_view statement;
  };
  constexpr Case cases[] = {
      {"n", "1 event came as NXLog, which leaves out: the zone of times"},
      {"n", "1 event from NXLog have a time without a zone"},
      {"f", "1 event came as Fluent Bit, which leaves out: the names of values"},
      {"f", "1 event of interest from Fluent Bit have no values or values that could not be named"},
      {"g",
       "1 event of interest from Get-WinEvent have no values or values that could not be named"},
      {"h", "1 event from Hayabusa are alerts"},
      {"d", "1 event came as Defender advanced hunting, which leaves out"},
      {"d", "as far as Defender advanced hunting reports them"},
      {"w", "1 event from Winlogbeat name the collecting host alone"},
      {"e", "1 event of interest from Winlogbeat have no values or values that could not be named"},
  };
  for (const Case& one : cases) {
    const HostAssessment* host = host_named(assessment, one.host);
    ASSERT_NE(host, nullptr) << one.host;
    EXPECT_TRUE(says(*host, one.statement)) << one.statement;
  }
  // Alerts are no Security log.
  EXPECT_TRUE(host_named(assessment, "h")->coverage.sources.empty());
  EXPECT_TRUE(says(*host_named(assessment, "h"), "No Security log"));
}

}  // namespace
}  // namespace npg
