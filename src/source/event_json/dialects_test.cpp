// The same write to a provider, as each dialect tells it: the events must be the same.
#include <gtest/gtest.h>

#include "source/event_json/field_names.hpp"
#include "source/event_json/stream_test.hpp"

namespace npg {
namespace {

using testing::read_events_of;

struct Case {
  std::string_view what;
  Dialect dialect;
  std::string_view text;
  std::string_view time = "2026-11-22T18:20:00.1230000Z";
  std::uint64_t record_id = 42;
  bool has_channel = true;
};

constexpr Case
    sysmon_13[] =
        {
            {"evtx_dump --separate-json-attributes", Dialect::evtx_dump,
             R"~({"Event_attributes":{"xmlns":"x"},"Event":{"System":{"Provider_attributes":{"Name":"Microsoft-Windows-Sysmon"},"EventID":13,"TimeCreated_attributes":{"SystemTime":"2026-11-22T18:20:00.123000Z"},"EventRecordID":42,"Channel":"Microsoft-Windows-Sysmon/Operational","Computer":"ws01","Security_attributes":{"UserID":"S-1-5-18"}},"EventData":{"EventType":"SetValue","ProcessId":4711,"Image":"C:\\x.exe","TargetObject":"HKLM\\System\\CurrentControlSet\\Services\\E\\NetworkProvider\\Class","Details":"DWORD (0x00000002)"}}})~"},
            {"evtx_dump with qualifiers", Dialect::evtx_dump,
             R"~({"Event":{"System":{"Provider":{"#attributes":{"Name":"Microsoft-Windows-Sysmon"}},"EventID":{"#attributes":{"Qualifiers":0},"#text":13},"TimeCreated":{"#attributes":{"SystemTime":"2026-11-22 18:20:00.123 UTC"}},"EventRecordID":"42","Channel":"Microsoft-Windows-Sysmon/Operational","Computer":"ws01"},"EventData":{"Data":[{"#attributes":{"Name":"EventType"},"#text":"SetValue"},{"@Name":"ProcessId","#text":"4711"},{"Name":"Image","Value":"C:\\x.exe"},{"@Name":"TargetObject","#text":"HKLM\\System\\CurrentControlSet\\Services\\E\\NetworkProvider\\Class"},{"@Name":"Details","#text":"DWORD (0x00000002)"}]}}})~"},
            {"npguard dump evtx", Dialect::npguard_dump,
             R"~({"record_id":42,"written":"2026-11-22T18:20:00.1230000Z","channel":"Microsoft-Windows-Sysmon/Operational","provider":"Microsoft-Windows-Sysmon","event_id":13,"computer":"ws01","system":{},"event_data":{"EventType":"SetValue","ProcessId":4711,"Image":"C:\\x.exe","TargetObject":"HKLM\\System\\CurrentControlSet\\Services\\E\\NetworkProvider\\Class","Details":"DWORD (0x00000002)"},"origin":{"offset":4608}})~"},
            {"Winlogbeat 7 to 9", Dialect::winlogbeat,
             R"~({"@timestamp":"2026-11-22T18:20:00.123Z","event":{"code":"13","kind":"event","provider":"Microsoft-Windows-Sysmon","created":"2026-11-22T18:20:03.000Z"},"host":{"name":"collector.corp"},"agent":{"hostname":"collector","version":"9.1.0"},"registry":{"path":"HKLM\\x"},"winlog":{"computer_name":"ws01","channel":"Microsoft-Windows-Sysmon/Operational","provider_name":"Microsoft-Windows-Sysmon","event_id":"13","record_id":"42","process":{"pid":3544,"thread":{"id":7}},"user":{"identifier":"S-1-5-18"},"event_data":{"EventType":"SetValue","ProcessId":"4711","Image":"C:\\x.exe","TargetObject":"HKLM\\System\\CurrentControlSet\\Services\\E\\NetworkProvider\\Class","Details":"DWORD (0x00000002)"}}})~"},
            {"ECS with dotted names", Dialect::winlogbeat,
             R"~({"@timestamp":"2026-11-22T18:20:00.123Z","event.code":"13","host.name":"collector","winlog.computer_name":"ws01","winlog.channel":"Microsoft-Windows-Sysmon/Operational","winlog.provider_name":"Microsoft-Windows-Sysmon","winlog.event_id":13,"winlog.record_id":42,"winlog.event_data.EventType":"SetValue","winlog.event_data.ProcessId":"4711","winlog.event_data.Image":"C:\\x.exe","winlog.event_data.TargetObject":"HKLM\\System\\CurrentControlSet\\Services\\E\\NetworkProvider\\Class","winlog.event_data.Details":"DWORD (0x00000002)"})~"},
            {"Elasticsearch fields, arrays for single values", Dialect::winlogbeat, R"~({"_index":"winlogbeat","_source":{"@timestamp":["2026-11-22T18:20:00.123Z"],"winlog.computer_name":["ws01"],"winlog.channel":["Microsoft-Windows-Sysmon/Operational"],"winlog.provider_name":["Microsoft-Windows-Sysmon"],"winlog.event_id":["13"],"winlog.record_id":["42"],"winlog.event_data.EventType":["SetValue"],"winlog.event_data.ProcessId":["4711"],"winlog.event_data.Image":["C:\\x.exe"],"winlog.event_data.TargetObject":["HKLM\\System\\CurrentControlSet\\Services\\E\\NetworkProvider\\Class"],"winlog.event_data.Details":["DWORD (0x00000002)"]}})~"},
            {"Winlogbeat 6", Dialect::winlogbeat_6,
             R"~({"@timestamp":"2026-11-22T18:20:00.123Z","beat":{"version":"6.8.0"},"computer_name":"ws01","log_name":"Microsoft-Windows-Sysmon/Operational","source_name":"Microsoft-Windows-Sysmon","event_id":13,"record_number":"42","event_data":{"EventType":"SetValue","ProcessId":"4711","Image":"C:\\x.exe","TargetObject":"HKLM\\System\\CurrentControlSet\\Services\\E\\NetworkProvider\\Class","Details":"DWORD (0x00000002)"}})~"},
            {"NXLog behind Logstash", Dialect::nxlog,
             R"~({"EventTime":"2026-11-22 13:20:00","EventReceivedTime":"2026-11-22 13:20:02","@timestamp":"2026-11-22T18:20:02.500Z","Hostname":"ws01","Keywords":-9223372036854775808,"EventType":"INFO","SeverityValue":2,"Severity":"INFO","EventID":13,"SourceName":"Microsoft-Windows-Sysmon","ProviderGuid":"{5770385F-C22A-43E0-BF4C-06F5698FFBD9}","Version":2,"RecordNumber":42,"ExecutionProcessID":3544,"ThreadID":4168,"Channel":"Microsoft-Windows-Sysmon/Operational","Domain":"NT AUTHORITY","AccountName":"SYSTEM","UserID":"S-1-5-18","AccountType":"User","Message":"Registry value set:\r\nRuleName: -\r\nEventType: SetValue\r\nUtcTime: x","ProcessId":"4711","Image":"C:\\x.exe","TargetObject":"HKLM\\System\\CurrentControlSet\\Services\\E\\NetworkProvider\\Class","Details":"DWORD (0x00000002)","SourceModuleType":"im_msvistalog","SourceModuleName":"eventlog"})~",
             "2026-11-22T18:20:00.0000000Z"},
            {"OTRF", Dialect::otrf,
             R"~({"SourceName":"Microsoft-Windows-Sysmon","ProviderGuid":"{5770385F-C22A-43E0-BF4C-06F5698FFBD9}","Level":"4","Keywords":"0x8000000000000000","Channel":"Microsoft-Windows-Sysmon/Operational","Hostname":"ws01","TimeCreated":"2026-11-22T18:20:00.123Z","@timestamp":"2026-11-22T18:20:00.123Z","EventID":13,"Message":"x","EventType":"SetValue","ProcessId":"4711","Image":"C:\\x.exe","TargetObject":"HKLM\\System\\CurrentControlSet\\Services\\E\\NetworkProvider\\Class","Details":"DWORD (0x00000002)"})~",
             "2026-11-22T18:20:00.1230000Z", 0},
            {"Fluent Bit's XML", Dialect::xml_in_json,
             R"~({"System":"<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='Microsoft-Windows-Sysmon'/><EventID>13</EventID><TimeCreated SystemTime='2026-11-22T18:20:00.1230000Z'/><EventRecordID>42</EventRecordID><Channel>Microsoft-Windows-Sysmon/Operational</Channel><Computer>ws01</Computer></System><EventData><Data Name='EventType'>SetValue</Data><Data Name='ProcessId'>4711</Data><Data Name='Image'>C:\\x.exe</Data><Data Name='TargetObject'>HKLM\\System\\CurrentControlSet\\Services\\E\\NetworkProvider\\Class</Data><Data Name='Details'>DWORD (0x00000002)</Data></EventData></Event>","Message":"x","StringInserts":[]})~"},
            {"Vector", Dialect::vector,
             R"~({"timestamp":"2026-11-22T18:20:00.123Z","computer":"ws01","channel":"Microsoft-Windows-Sysmon/Operational","provider_name":"Microsoft-Windows-Sysmon","event_id":13,"record_id":42,"level":"Information","keyword_names":[],"string_inserts":["a"],"event_data":{"EventType":"SetValue","ProcessId":"4711","Image":"C:\\x.exe","TargetObject":"HKLM\\System\\CurrentControlSet\\Services\\E\\NetworkProvider\\Class","Details":"DWORD (0x00000002)"}})~"},
            {"OpenTelemetry with a map", Dialect::opentelemetry,
             R"~({"body":{"channel":"Microsoft-Windows-Sysmon/Operational","computer":"ws01","event_id":{"id":13,"qualifiers":0},"provider":{"name":"Microsoft-Windows-Sysmon","guid":"{x}"},"record_id":42,"system_time":"2026-11-22T18:20:00.1230000Z","event_data":{"EventType":"SetValue","ProcessId":"4711","Image":"C:\\x.exe","TargetObject":"HKLM\\System\\CurrentControlSet\\Services\\E\\NetworkProvider\\Class","Details":"DWORD (0x00000002)"}}})~"},
            {"OpenTelemetry with a list", Dialect::opentelemetry,
             R"~({"body":{"channel":"Microsoft-Windows-Sysmon/Operational","computer":"ws01","event_id":{"id":13},"provider":{"name":"Microsoft-Windows-Sysmon"},"record_id":42,"system_time":"2026-11-22T18:20:00.123Z","event_data":{"data":[{"EventType":"SetValue"},{"ProcessId":"4711"},{"Image":"C:\\x.exe"},{"TargetObject":"HKLM\\System\\CurrentControlSet\\Services\\E\\NetworkProvider\\Class"},{"Details":"DWORD (0x00000002)"}],"binary":""}}})~"},
            {"OpenTelemetry with XML", Dialect::opentelemetry,
             R"~({"body":"<Event><System><Provider Name=\"Microsoft-Windows-Sysmon\"/><EventID>13</EventID><TimeCreated SystemTime=\"2026-11-22T18:20:00.123Z\"/><EventRecordID>42</EventRecordID><Channel>Microsoft-Windows-Sysmon/Operational</Channel><Computer>ws01</Computer></System><EventData><Data Name=\"EventType\">SetValue</Data><Data Name=\"ProcessId\">4711</Data><Data Name=\"Image\">C:\\x.exe</Data><Data Name=\"TargetObject\">HKLM\\System\\CurrentControlSet\\Services\\E\\NetworkProvider\\Class</Data><Data Name=\"Details\">DWORD (0x00000002)</Data></EventData></Event>"})~"},
            {"OTLP", Dialect::opentelemetry,
             R"~({"resourceLogs":[{"resource":{},"scopeLogs":[{"scope":{},"logRecords":[{"timeUnixNano":"1","body":{"kvlistValue":{"values":[{"key":"channel","value":{"stringValue":"Microsoft-Windows-Sysmon/Operational"}},{"key":"computer","value":{"stringValue":"ws01"}},{"key":"event_id","value":{"kvlistValue":{"values":[{"key":"id","value":{"intValue":"13"}}]}}},{"key":"provider","value":{"kvlistValue":{"values":[{"key":"name","value":{"stringValue":"Microsoft-Windows-Sysmon"}}]}}},{"key":"record_id","value":{"intValue":"42"}},{"key":"system_time","value":{"stringValue":"2026-11-22T18:20:00.123Z"}},{"key":"event_data","value":{"kvlistValue":{"values":[{"key":"data","value":{"arrayValue":{"values":[{"kvlistValue":{"values":[{"key":"EventType","value":{"stringValue":"SetValue"}}]}},{"kvlistValue":{"values":[{"key":"ProcessId","value":{"stringValue":"4711"}}]}},{"kvlistValue":{"values":[{"key":"Image","value":{"stringValue":"C:\\x.exe"}}]}},{"kvlistValue":{"values":[{"key":"TargetObject","value":{"stringValue":"HKLM\\System\\CurrentControlSet\\Services\\E\\NetworkProvider\\Class"}}]}},{"kvlistValue":{"values":[{"key":"Details","value":{"stringValue":"DWORD (0x00000002)"}}]}}]}}}]}}}]}}}]}]}]})~"},
            {"Wazuh archives", Dialect::wazuh,
             R"~({"win":{"system":{"providerName":"Microsoft-Windows-Sysmon","eventID":"13","version":"2","systemTime":"2026-11-22T18:20:00.1230000Z","eventRecordID":"42","channel":"Microsoft-Windows-Sysmon/Operational","computer":"ws01","message":"\"x\""},"eventdata":{"eventType":"SetValue","processId":"4711","image":"C:\\x.exe","targetObject":"HKLM\\System\\CurrentControlSet\\Services\\E\\NetworkProvider\\Class","details":"DWORD (0x00000002)"}}})~"},
            {"Wazuh alerts", Dialect::wazuh,
             R"~({"timestamp":"2026-11-22T19:20:09.000+0100","rule":{"level":3},"agent":{"id":"001","name":"agent"},"manager":{"name":"m"},"data":{"win":{"system":{"providerName":"Microsoft-Windows-Sysmon","eventID":"13","systemTime":"2026-11-22T18:20:00.1230000Z","eventRecordID":"42","channel":"Microsoft-Windows-Sysmon/Operational","computer":"ws01"},"eventdata":{"eventType":"SetValue","processId":"4711","image":"C:\\x.exe","targetObject":"HKLM\\System\\CurrentControlSet\\Services\\E\\NetworkProvider\\Class","details":"DWORD (0x00000002)"}}}, "location" : "EventChannel"})~"},
            {"Splunk's JSON export with XML", Dialect::splunk,
             R"~({"preview":false,"result":{"_time":"2026-11-22T18:20:00.123+00:00","host":"hf01","source":"XmlWinEventLog:Microsoft-Windows-Sysmon/Operational","_raw":"<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='Microsoft-Windows-Sysmon'/><EventID>13</EventID><TimeCreated SystemTime='2026-11-22T18:20:00.1230000Z'/><EventRecordID>42</EventRecordID><Channel>Microsoft-Windows-Sysmon/Operational</Channel><Computer>ws01</Computer></System><EventData><Data Name='EventType'>SetValue</Data><Data Name='ProcessId'>4711</Data><Data Name='Image'>C:\\x.exe</Data><Data Name='TargetObject'>HKLM\\System\\CurrentControlSet\\Services\\E\\NetworkProvider\\Class</Data><Data Name='Details'>DWORD (0x00000002)</Data></EventData></Event>"}})~"},
            {"Splunk's collector", Dialect::splunk,
             R"~({"time":1795371600.123,"host":"ws01","source":"XmlWinEventLog","event":"<Event><System><Provider Name='Microsoft-Windows-Sysmon'/><EventID>13</EventID><TimeCreated SystemTime='2026-11-22T18:20:00.1230000Z'/><EventRecordID>42</EventRecordID><Channel>Microsoft-Windows-Sysmon/Operational</Channel><Computer>ws01</Computer></System><EventData><Data Name='EventType'>SetValue</Data><Data Name='ProcessId'>4711</Data><Data Name='Image'>C:\\x.exe</Data><Data Name='TargetObject'>HKLM\\System\\CurrentControlSet\\Services\\E\\NetworkProvider\\Class</Data><Data Name='Details'>DWORD (0x00000002)</Data></EventData></Event>"})~"},
            {"Splunk's classic text", Dialect::splunk_text,
             R"~({"_time":"2026-11-22T18:20:00.123+00:00","_raw":"11/22/2026 01:20:00 PM\nLogName=Microsoft-Windows-Sysmon/Operational\nSourceName=Microsoft-Windows-Sysmon\nEventCode=13\nEventType=4\nComputerName=ws01\nRecordNumber=42\nMessage=Registry value set:\nEventType: SetValue\nProcessId: 4711\nImage: C:\\x.exe\nTargetObject: HKLM\\System\\CurrentControlSet\\Services\\E\\NetworkProvider\\Class\nDetails: DWORD (0x00000002)"})~"},
            {"Azure WindowsEvent", Dialect::azure_windows_event,
             R"~({"TimeGenerated":"2026-11-22T18:20:00.123Z","Type":"WindowsEvent","Provider":"Microsoft-Windows-Sysmon","Channel":"Microsoft-Windows-Sysmon/Operational","Computer":"ws01","EventID":13,"EventRecordId":"42","EventData":{"EventType":"SetValue","ProcessId":"4711","Image":"C:\\x.exe","TargetObject":"HKLM\\System\\CurrentControlSet\\Services\\E\\NetworkProvider\\Class","Details":"DWORD (0x00000002)"}})~"},
            {"Azure WindowsEvent with its data as a string", Dialect::azure_windows_event,
             R"~({"records":[{"TimeGenerated":"2026-11-22T18:20:00.123Z","Type":"WindowsEvent","Provider":"Microsoft-Windows-Sysmon","Channel":"Microsoft-Windows-Sysmon/Operational","Computer":"ws01","EventID":13,"EventRecordId":"42","EventData":"{\"EventType\":\"SetValue\",\"ProcessId\":\"4711\",\"Image\":\"C:\\\\x.exe\",\"TargetObject\":\"HKLM\\\\System\\\\CurrentControlSet\\\\Services\\\\E\\\\NetworkProvider\\\\Class\",\"Details\":\"DWORD (0x00000002)\"}"}]})~"},
            {"Azure's query answer, Event with XML", Dialect::azure_event,
             R"~({"tables":[{"name":"PrimaryResult","columns":[{"name":"TimeGenerated","type":"datetime"},{"name":"Source","type":"string"},{"name":"EventLog","type":"string"},{"name":"Computer","type":"string"},{"name":"EventID","type":"int"},{"name":"EventData","type":"string"}],"rows":[["2026-11-22T18:20:00.123Z","Microsoft-Windows-Sysmon","Microsoft-Windows-Sysmon/Operational","ws01",13,"<DataItem type=\"System.XmlData\"><EventData xmlns=\"http://schemas.microsoft.com/win/2004/08/events/event\"><Data Name=\"EventType\">SetValue</Data><Data Name=\"ProcessId\">4711</Data><Data Name=\"Image\">C:\\x.exe</Data><Data Name=\"TargetObject\">HKLM\\System\\CurrentControlSet\\Services\\E\\NetworkProvider\\Class</Data><Data Name=\"Details\">DWORD (0x00000002)</Data></EventData></DataItem>"]]}]})~",
             "2026-11-22T18:20:00.1230000Z", 0},
            {"Velociraptor", Dialect::velociraptor,
             R"~({"System":{"Provider":{"Name":"Microsoft-Windows-Sysmon","Guid":"x"},"EventID":{"Value":13},"Version":2,"TimeCreated":{"SystemTime":1795371600.123},"EventRecordID":42,"Execution":{"ProcessID":3544,"ThreadID":7},"Channel":"Microsoft-Windows-Sysmon/Operational","Computer":"ws01","Security":{"UserID":"S-1-5-18"}},"EventData":{"EventType":"SetValue","ProcessId":4711,"Image":"C:\\x.exe","TargetObject":"HKLM\\System\\CurrentControlSet\\Services\\E\\NetworkProvider\\Class","Details":"DWORD (0x00000002)"},"Message":"x"})~"},
            {"Velociraptor's EvtxHunter", Dialect::velociraptor,
             R"~({"EventTime":"2026-11-22T18:20:00.123Z","Computer":"ws01","Channel":"Microsoft-Windows-Sysmon/Operational","Provider":"Microsoft-Windows-Sysmon","EventID":13,"EventRecordID":42,"UserSID":"S-1-5-18","Username":"SYSTEM","EventData":{"EventType":"SetValue","ProcessId":4711,"Image":"C:\\x.exe","TargetObject":"HKLM\\System\\CurrentControlSet\\Services\\E\\NetworkProvider\\Class","Details":"DWORD (0x00000002)"},"UserData":null,"Message":"x","OSPath":"C:\\x.evtx"})~"},
            {"EvtxECmd", Dialect::evtxecmd,
             R"~({"PayloadData1":"x","MapDescription":"RegistryEvent","ChunkNumber":0,"Computer":"ws01","Payload":"{\"EventData\":{\"Data\":[{\"@Name\":\"EventType\",\"#text\":\"SetValue\"},{\"@Name\":\"ProcessId\",\"#text\":\"4711\"},{\"@Name\":\"Image\",\"#text\":\"C:\\\\x.exe\"},{\"@Name\":\"TargetObject\",\"#text\":\"HKLM\\\\System\\\\CurrentControlSet\\\\Services\\\\E\\\\NetworkProvider\\\\Class\"},{\"@Name\":\"Details\",\"#text\":\"DWORD (0x00000002)\"}]}}","UserId":"S-1-5-18","Channel":"Microsoft-Windows-Sysmon/Operational","Provider":"Microsoft-Windows-Sysmon","EventId":13,"EventRecordId":"42","ProcessId":3544,"ThreadId":7,"Level":"Info","Keywords":"x","SourceFile":"x.evtx","ExtraDataOffset":0,"HiddenRecord":false,"TimeCreated":"2026-11-22T18:20:00.1230000+00:00","RecordNumber":42})~"},
            {"Get-WinEvent", Dialect::get_winevent,
             R"~([{"Id":13,"Version":2,"Level":4,"ProviderName":"Microsoft-Windows-Sysmon","LogName":"Microsoft-Windows-Sysmon/Operational","ProcessId":3544,"ThreadId":7,"MachineName":"ws01","UserId":{"BinaryLength":12,"AccountDomainSid":null,"Value":"S-1-5-18"},"TimeCreated":"\/Date(1795371600123)\/","RecordId":42,"Properties":[{"Value":"-"},{"Value":"SetValue"},{"Value":"2026-11-22 18:20:00.120"},{"Value":"{0}"},{"Value":4711},{"Value":"C:\\x.exe"},{"Value":"HKLM\\System\\CurrentControlSet\\Services\\E\\NetworkProvider\\Class"},{"Value":"DWORD (0x00000002)"},{"Value":"u"}],"Message":"x"}])~"},
            {"Fluent Bit", Dialect::fluent_bit,
             R"~({"date":1795371600.5,"ProviderName":"Microsoft-Windows-Sysmon","ProviderGuid":"{x}","Qualifiers":"","EventID":13,"Version":2,"Level":4,"Task":13,"Opcode":0,"Keywords":"0x8000000000000000","TimeCreated":"2026-11-22 19:20:00 +0100","EventRecordID":42,"ActivityID":"","RelatedActivityID":"","ProcessID":3544,"ThreadID":7,"Channel":"Microsoft-Windows-Sysmon/Operational","Computer":"ws01","UserID":"S-1-5-18","Message":"x","StringInserts":["-","SetValue","2026-11-22 18:20:00.120","{0}",4711,"C:\\x.exe","HKLM\\System\\CurrentControlSet\\Services\\E\\NetworkProvider\\Class","DWORD (0x00000002)","u"]})~",
             "2026-11-22T18:20:00.0000000Z"},
            {"Zircolite", Dialect::zircolite,
             R"~({"Provider_Name":"Microsoft-Windows-Sysmon","EventID":13,"SystemTime":"2026-11-22T18:20:00.123Z","EventRecordID":42,"Channel":"Microsoft-Windows-Sysmon/Operational","Computer":"ws01","EventType":"SetValue","ProcessId":4711,"Image":"C:\\x.exe","TargetObject":"HKLM\\System\\CurrentControlSet\\Services\\E\\NetworkProvider\\Class","Details":"DWORD (0x00000002)"})~"},
            {"Chainsaw hunt", Dialect::evtx_dump,
             R"~({"group":"Sigma","kind":"individual","name":"x","timestamp":"2026-11-22T18:20:00.123+00:00","document":{"kind":"evtx","path":"x.evtx","data":{"Event":{"System":{"Provider_attributes":{"Name":"Microsoft-Windows-Sysmon"},"EventID":13,"TimeCreated_attributes":{"SystemTime":"2026-11-22T18:20:00.123Z"},"EventRecordID":42,"Channel":"Microsoft-Windows-Sysmon/Operational","Computer":"ws01"},"EventData":{"EventType":"SetValue","ProcessId":4711,"Image":"C:\\x.exe","TargetObject":"HKLM\\System\\CurrentControlSet\\Services\\E\\NetworkProvider\\Class","Details":"DWORD (0x00000002)"}}}}})~"},
            {"Hayabusa", Dialect::hayabusa,
             R"~({"Timestamp":"2026-11-22 19:20:00.123 +01:00","RuleTitle":"New Provider","Level":"med","Computer":"ws01","Channel":"Sysmon","EventID":13,"RecordID":42,"Details":{"EventType":"SetValue","PID":4711,"Proc":"C:\\x.exe","TgtObj":"HKLM\\System\\CurrentControlSet\\Services\\E\\NetworkProvider\\Class","Details":"DWORD (0x00000002)"},"ExtraFieldInfo":{}})~"},
};

void expect_the_write(const Case& one, const WinEvent& event) {
  EXPECT_EQ(event.provider.raw(), "Microsoft-Windows-Sysmon") << one.what;
  EXPECT_EQ(event.channel.raw(), "Microsoft-Windows-Sysmon/Operational") << one.what;
  EXPECT_EQ(event.computer.raw(), "ws01") << one.what;
  EXPECT_EQ(event.event_id, 13U) << one.what;
  EXPECT_EQ(event.record_id, one.record_id) << one.what;
  EXPECT_EQ(to_rfc3339(event.time()), one.time) << one.what;
  EXPECT_EQ(event.text("EventType"), "SetValue") << one.what;
  EXPECT_EQ(event.text("TargetObject"),
            R"(HKLM\System\CurrentControlSet\Services\E\NetworkProvider\Class)")
      << one.what;
  EXPECT_EQ(event.text("Details"), "DWORD (0x00000002)") << one.what;
  EXPECT_EQ(event.text("Image"), R"(C:\x.exe)") << one.what;
  EXPECT_EQ(event.number("ProcessId"), 4711U) << one.what;
}

TEST(Dialects, TellOneWriteAlike) {
  for (const Case& one : sysmon_13) {
    const auto read = read_events_of(one.text);
    ASSERT_EQ(read.events.size(), 1U) << one.what;
    ASSERT_EQ(read.summary.dialects.size(), 1U) << one.what;
    const bool is_alert = one.what == "Chainsaw hunt";
    EXPECT_EQ(read.summary.dialects[0].dialect, is_alert ? Dialect::chainsaw_alert : one.dialect)
        << one.what << ": " << info_of(read.summary.dialects[0].dialect).name;
    EXPECT_EQ(read.summary.dialects[0].without_names, 0U) << one.what;
    expect_the_write(one, read.events[0]);
  }
}

constexpr std::array registry_words = {std::string_view("\\networkprovider\\")};
constexpr std::array other_words = {std::string_view("Winlogon"),
                                    std::string_view("\\mpnotify.exe")};
constexpr std::array registry_tests = {FieldTest{"TargetObject", registry_words},
                                       FieldTest{"NewName", registry_words}};
constexpr std::array other_tests = {FieldTest{"TargetObject", other_words},
                                    FieldTest{"Details", other_words}};

std::size_t count_with(std::string_view text, std::span<const FieldTest> tests) {
  const std::array interests = {EventInterest{"Microsoft-Windows-Sysmon", 13, tests}};
  std::size_t count = 0;
  Diagnostics diagnostics;
  EXPECT_TRUE(read_event_json(
                  testing::text_file(text), 0, interests, {}, [&](const WinEvent&) { ++count; },
                  diagnostics)
                  .has_value());
  return count;
}

TEST(Dialects, WhatPassesAFieldTestIsGivenInEveryOne) {
  std::size_t left_out = 0;
  for (const Case& one : sysmon_13) {
    EXPECT_EQ(count_with(one.text, registry_tests), 1U) << one.what;
    std::string escaped(one.text);
    escaped.replace(escaped.find("NetworkProvider"), 1, "\\u004e");
    EXPECT_EQ(count_with(escaped, registry_tests), count_with(escaped, {})) << one.what;
    left_out += 1 - count_with(one.text, other_tests);
  }
  EXPECT_GE(left_out, 8U);  // In doubt the event is given; most dialects leave none.
}

TEST(Dialects, MayBeMixedInOneStream) {
  std::string text;
  for (const Case& one : sysmon_13) {
    text += std::string(one.text) + "\n";
  }
  const auto read = read_events_of(text);
  EXPECT_EQ(read.events.size(), std::size(sysmon_13));
  EXPECT_EQ(read.summary.objects_failed, 0U);
  EXPECT_GT(read.summary.dialects.size(), 20U);
  std::size_t i = 0;
  for (const Case& one : sysmon_13) {
    expect_the_write(one, read.events[i++]);
  }
}

TEST(Dialects, AlertsAreNoLog) {
  for (const Case& one : sysmon_13) {
    const auto read = read_events_of(one.text);
    ASSERT_EQ(read.summary.dialects.size(), 1U);
    const bool is_alerts = info_of(read.summary.dialects[0].dialect).is_alerts;
    EXPECT_EQ(read.summary.channels.empty(), is_alerts) << one.what;
  }
}

}  // namespace
}  // namespace npg
