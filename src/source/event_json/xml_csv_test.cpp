// Event XML and CSV tables as streams.
#include <gtest/gtest.h>

#include "source/event_json/stream_test.hpp"

namespace npg {
namespace {

using testing::read_events_of;

/// As wevtutil writes it, on one line.
std::string event_13(std::uint64_t id, std::string_view computer = "ws01",
                     std::string_view data = "C:\\evil.dll") {
  return "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider "
         "Name='Microsoft-Windows-Sysmon' Guid='{5770385f-c22a-43e0-bf4c-06f5698ffbd9}'/>"
         "<EventID>13</EventID><Version>2</Version><Level>4</Level><TimeCreated "
         "SystemTime='2026-11-22T18:20:00.1234567Z'/><EventRecordID>" +
         std::to_string(id) +
         "</EventRecordID><Correlation/><Execution ProcessID='3544' ThreadID='4040'/><Channel>"
         "Microsoft-Windows-Sysmon/Operational</Channel><Computer>" +
         std::string(computer) +
         "</Computer><Security UserID='S-1-5-18'/></System><EventData><Data Name='EventType'>"
         "SetValue</Data><Data Name='ProcessId'>4711</Data><Data "
         "Name='Image'>C:\\x.exe</Data><Data "
         "Name='TargetObject'>HKLM\\System\\CurrentControlSet\\Services\\E\\NetworkProvider\\"
         "ProviderPath</Data><Data Name='Details'>" +
         std::string(data) + "</Data></EventData></Event>";
}

TEST(EventXmlStream, ReadsExports) {
  const std::string cases[] = {
      event_13(1) + event_13(2),
      event_13(1) + "\r\n" + event_13(2) + "\r\n",
      "<Events>" + event_13(1) + "\n" + event_13(2) + "</Events>",
      "\xef\xbb\xbf<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n<Events>\r\n" + event_13(1) +
          event_13(2) + "</Events>",
  };
  for (const std::string& text : cases) {
    const auto read = read_events_of(text, read_event_xml);
    ASSERT_EQ(read.events.size(), 2U) << text;
    EXPECT_EQ(read.summary.objects_failed, 0U);
    const WinEvent& event = read.events[1];
    EXPECT_EQ(event.provider.raw(), "Microsoft-Windows-Sysmon");
    EXPECT_EQ(event.record_id, 2U);
    EXPECT_EQ(event.version, 2U);
    EXPECT_EQ(event.process_id, 3544U);
    EXPECT_EQ(event.thread_id, 4040U);
    EXPECT_EQ(event.user_sid.raw(), "S-1-5-18");
    EXPECT_EQ(to_rfc3339(event.time()), "2026-11-22T18:20:00.1234567Z");
    EXPECT_EQ(event.text("Details"), "C:\\evil.dll");
    EXPECT_EQ(text.substr(event.origin.offset, event.origin.length), event_13(2));
  }
}

TEST(EventXmlStream, ReadsUtf16AndManyBlocks) {
  std::string text = "<Events>";
  for (std::uint64_t i = 1; i <= 2000; ++i) {
    text += event_13(i) + "\r\n";
  }
  text += "</Events>";
  std::string wide("\xff\xfe");
  for (const char c : text) {
    wide += {c, '\0'};
  }
  const auto read = read_events_of(wide, read_event_xml);
  ASSERT_EQ(read.events.size(), 2000U);
  EXPECT_EQ(read.summary.channels.at(0).records, 2000U);
  const Origin& last = read.events.back().origin;
  EXPECT_EQ(last.offset, 2 + 2 * text.find(event_13(2000)));
  EXPECT_EQ(last.length, 2 * event_13(2000).size());
}

TEST(EventXmlStream, ABadElementCostsItself) {
  const std::string bad[] = {
      event_13(9).substr(0, 300),
      "<Event><System><EventID>x</EventID></System></Event>",
      "<Event>&e;</Event>",
      "<Event></Events></Event>",
      "<Event>",
  };
  for (const std::string& one : bad) {
    const auto read = read_events_of(event_13(1) + "\n" + one + "\n" + event_13(2), read_event_xml);
    EXPECT_EQ(read.events.size(), 2U) << one;
    EXPECT_EQ(read.summary.objects_failed, 1U) << one;
    EXPECT_EQ(read.diagnostics.kept().at(0).offset, event_13(1).size() + 1) << one;
  }
}

TEST(EventXmlStream, EntitiesDoNotGrow) {
  std::string text = "<?xml version='1.0'?><!DOCTYPE Events [<!ENTITY a 'aaaaaaaaaa'>";
  for (int i = 0; i < 20; ++i) {
    text += "<!ENTITY b" + std::to_string(i) + " '&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;'>";
  }
  text += "]><Events>" + event_13(1, "ws01", "&b19;") + event_13(2) + "</Events>";
  const auto read = read_events_of(text, read_event_xml);
  ASSERT_EQ(read.events.size(), 1U);
  EXPECT_EQ(read.events[0].record_id, 2U);
  EXPECT_EQ(read.diagnostics.count(DiagnosticCode::export_line_damaged), 2U);
}

TEST(EventXmlStream, ForwardedEventsKeepTheirChannelAndHost) {
  std::string forwarded = event_13(77, "ws02.corp");
  forwarded.insert(forwarded.find("</Event>"),
                   "<RenderingInfo Culture='de-DE'><Message>x</Message><Channel>ForwardedEvents"
                   "</Channel></RenderingInfo>");
  const auto read = read_events_of(event_13(5) + forwarded, read_event_xml);
  ASSERT_EQ(read.summary.channels.size(), 2U);
  EXPECT_EQ(read.summary.channels[0].computer.raw(), "ws01");
  EXPECT_EQ(read.summary.channels[1].computer.raw(), "ws02.corp");
  EXPECT_EQ(read.summary.channels[1].channel.raw(), "Microsoft-Windows-Sysmon/Operational");
  EXPECT_EQ(read.events.at(1).fields.size(), 5U);
}

TEST(EventXmlStream, ReadsUserData) {
  const auto read = read_events_of(
      "<Event><System><Provider Name='Microsoft-Windows-Eventlog'/><EventID>1102</EventID>"
      "<Channel>Security</Channel><Computer>A</Computer></System><UserData><LogFileCleared "
      "xmlns='x'><SubjectUserSid>S-1-5-21-1</SubjectUserSid><SubjectUserName>eve</SubjectUserName>"
      "</LogFileCleared></UserData></Event>",
      read_event_xml);
  ASSERT_EQ(read.events.size(), 1U);
  EXPECT_TRUE(read.events[0].is_user_data);
  EXPECT_EQ(read.events[0].text("SubjectUserName"), "eve");
}

TEST(EventCsv, ReadsPortalsAndTools) {
  const auto defender = read_events_of(
      "Timestamp,DeviceName,ActionType,RegistryKey,RegistryValueName,RegistryValueData\r\n"
      "\"Nov 22, 2026 6:20:00 "
      "PM\",ws01,RegistryValueSet,HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001\\"
      "Services\\E\\NetworkProvider,ProviderPath,\"C:\\a \"\"b\"\".dll\"\r\n",
      read_event_csv);
  ASSERT_EQ(defender.events.size(), 1U);
  EXPECT_EQ(defender.events[0].text("Details"), "C:\\a \"b\".dll");
  EXPECT_EQ(to_rfc3339(defender.events[0].time()), "2026-11-22T18:20:00.0000000Z");
  const auto evtxecmd = read_events_of(
      "RecordNumber,EventRecordId,TimeCreated,EventId,Level,Provider,Channel,Computer,Payload\n"
      "1,42,2026-11-22 18:20:00.1234567,13,Info,Microsoft-Windows-Sysmon,Microsoft-Windows-Sysmon/"
      "Operational,ws01,\"{\"\"EventData\"\":{\"\"Data\"\":[{\"\"@Name\"\":\"\"Details\"\",\"\"#"
      "text\"\":"
      "\"\"line\nbreak\"\"}]}}\"\n",
      read_event_csv);
  EXPECT_EQ(evtxecmd.summary.events, 1U);
  const auto azure = read_events_of(
      "\"TimeGenerated "
      "[UTC]\",Computer,EventID,EventSourceName,Channel,ObjectName,ObjectValueName\n"
      "\"11/22/2026, 6:20:00.123 PM\",ws01,4657,Microsoft-Windows-Security-Auditing,Security,"
      "\\REGISTRY\\MACHINE\\SYSTEM\\ControlSet001\\Services\\E\\NetworkProvider,Class\n",
      read_event_csv);
  ASSERT_EQ(azure.events.size(), 1U);
  EXPECT_EQ(azure.events[0].text("ObjectValueName"), "Class");
}

TEST(EventCsv, ABadRowCostsItself) {
  const auto read = read_events_of(
      "Computer,Channel,EventID,SourceName\nA,Security,4657,Microsoft-Windows-Security-Auditing\n"
      "too,few\n\nA,Security,4657,Microsoft-Windows-Security-Auditing\n",
      read_event_csv);
  EXPECT_EQ(read.events.size(), 2U);
  EXPECT_EQ(read.summary.objects_failed, 1U);
}

}  // namespace
}  // namespace npg
