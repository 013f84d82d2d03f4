// What events come in: headings, syslog lines, strings of other collectors, another form between
// them.
#include <fmt/format.h>

#include <chrono>

#include "format/event_text/text_start.hpp"
#include "source/event_json/stream_test.hpp"

namespace npg {
namespace {

using testing::read_events_of;

std::string xml_4657(unsigned id, std::string_view prefix = "") {
  const std::string p(prefix);
  return "<" + p + "Event xmlns='x'><" + p + "System><" + p +
         "Provider Name='Microsoft-Windows-Security-Auditing'/><" + p + "EventID>4657</" + p +
         "EventID><" + p + "EventRecordID>" + std::to_string(id) + "</" + p + "EventRecordID><" +
         p + "Channel>Security</" + p + "Channel><" + p + "Computer>A</" + p + "Computer></" + p +
         "System><" + p + "EventData><" + p + "Data Name='ObjectName'>k</" + p + "Data></" + p +
         "EventData></" + p + "Event>";
}

std::string json_4657(unsigned id) {
  return R"({"Event":{"System":{"Provider":{"#attributes":{"Name":"Microsoft-Windows-Security-Auditing"}},"EventID":4657,"EventRecordID":)" +
         std::to_string(id) +
         R"(,"Channel":"Security","Computer":"A"},"EventData":{"ObjectName":"k"}}})";
}

std::string in_string(std::string_view text) {
  std::string out;
  for (const char c : text) {
    out += c == '"' || c == '\\' ? std::string("\\") + c : std::string(1, c);
  }
  return "\"" + out + "\"";
}

EventText kind_of(std::string_view text) {
  return event_text_of(Bytes(std::as_bytes(std::span(text))));
}

TEST(Carriers, HeadingsAndSyslogHeadersAreNoLoss) {
  const std::string texts[] = {
      "# export of 2026-03-12\n" + json_4657(1) + "\n" + json_4657(2),
      "Record 1\n" + json_4657(1) + "\r\nRecord 2\r\n" + json_4657(2) + "\n",
      "<14>1 2026-03-10T09:05:04Z A agent - - - " + json_4657(1) + "\n<14>1 x " + json_4657(2),
      "Mar 10 09:05:04 A agent: " + json_4657(1) + "\r\nMar 10 09:05:05 A agent: " + json_4657(2),
  };
  for (const std::string& text : texts) {
    EXPECT_EQ(kind_of(text), EventText::json) << text;
    const auto read = read_events_of(text);
    ASSERT_EQ(read.events.size(), 2U) << text;
    EXPECT_EQ(read.summary.objects_failed, 0U) << text;
    const Origin& origin = read.events[1].origin;
    EXPECT_EQ(text.substr(origin.offset, origin.length), json_4657(2));
  }
}

std::string element_4657(int id) {
  return "<Event xmlns=\"http://schemas.microsoft.com/win/2004/08/events/event\"><System><Provider "
         "Name=\"Microsoft-Windows-Security-Auditing\"/><EventID>4657</EventID><TimeCreated "
         "SystemTime=\"2026-03-10T09:05:04Z\"/><EventRecordID>" +
         std::to_string(id) +
         "</EventRecordID><Channel>Security</Channel><Computer>A</Computer></System><EventData>"
         "<Data Name=\"ObjectName\">a\\b</Data></EventData></Event>";
}

TEST(Carriers, ElementsMayBeStringsOfTheirOwn) {
  std::string escaped = in_string(element_4657(2));
  escaped.replace(escaped.find('<'), 1, "\\u003c");
  const std::string first = in_string(element_4657(1));
  for (const std::string& text :
       {fmt::format("[{},{}]", first, escaped), fmt::format("{}\n{}\n", first, escaped),
        fmt::format("[\r\n    {},\r\n    {}\r\n]\r\n", first, escaped)}) {
    EXPECT_EQ(kind_of(text), EventText::json) << text;
    const auto read = read_events_of(text);
    ASSERT_EQ(read.events.size(), 2U) << text;
    EXPECT_EQ(read.events[1].text("ObjectName"), "a\\b");
    EXPECT_EQ(read.summary.objects_failed, 0U) << text;
    const Origin& origin = read.events[1].origin;
    EXPECT_EQ(text.substr(origin.offset, origin.length), escaped);
  }
  // One that is cut is told, and what stands before it is not lost.
  const auto cut = read_events_of("[" + first + "," + escaped.substr(0, 200));
  EXPECT_EQ(cut.events.size(), 1U);
  EXPECT_EQ(cut.summary.objects_failed, 1U);
  EXPECT_EQ(kind_of("[\"a\",\"b\"]"), EventText::none);
}

TEST(Carriers, ATailOfAnObjectIsNoHeader) {
  const auto read = read_events_of("ta\":\"x\",\"y\":" + json_4657(1) + "}\n" + json_4657(2));
  EXPECT_EQ(read.events.size(), 1U);
  EXPECT_EQ(read.summary.objects_failed, 1U);
}

TEST(Carriers, OtherSystemsLinesMayComeFirst) {
  std::string text;
  for (int i = 0; i < 500; ++i) {
    text += R"({"@timestamp":"2026-03-10T09:05:04Z","host":{"name":"lin1"},"message":"Accepted"})"
            "\n";
  }
  EXPECT_EQ(kind_of(text.substr(0, 8192)), EventText::json);
  const auto read = read_events_of(text + json_4657(1));
  EXPECT_EQ(read.events.size(), 1U);
  EXPECT_EQ(read.summary.not_events, 500U);
}

TEST(Carriers, StringsOfOtherCollectors) {
  const std::string texts[] = {
      R"({"@timestamp":"x","agent":{"type":"filebeat"},"event":{"original":)" +
          in_string(xml_4657(1)) + "}}",
      R"({"@timestamp":"x","event.original":)" + in_string(xml_4657(1)) + "}",
      R"({"@timestamp":"x","host":{"name":"c"},"message":)" + in_string(json_4657(1)) + "}",
      R"({"timestamp":"x","agent":{"id":"1"},"full_log":)" + in_string(json_4657(1)) + "}",
      R"({"time":1773133200.1,"sourcetype":"XmlWinEventLog","event":)" + in_string(xml_4657(1)) +
          "}",
      R"({"Message":"A registry value was modified","Event":)" + in_string(xml_4657(1)) + "}",
      R"({"timestamp":"x","agent":{"id":"1"},"data":{"win":{"eventXML":)" + in_string(xml_4657(1)) +
          "}}}",
      R"({"timestamp":"x","full_log":)" +
          in_string(R"({"Message":"m","Event":)" + in_string(xml_4657(1)) + "}") + "}",
      R"({"Records":[)" + json_4657(1) + "]}",
  };
  for (const std::string& text : texts) {
    EXPECT_EQ(kind_of(text), EventText::json) << text;
    const auto read = read_events_of(text);
    ASSERT_EQ(read.events.size(), 1U) << text;
    EXPECT_EQ(read.events[0].record_id, 1U);
    EXPECT_EQ(read.summary.not_events, 0U);
  }
}

TEST(Carriers, TheNamesOfATablesColumnsAreValues) {
  const std::string text =
      R"({"tables":[{"name":"PrimaryResult","columns":[{"name":"TimeGenerated"},{"name":"EventSourceName"},)"
      R"({"name":"Channel"},{"name":"Computer"},{"name":"EventID"}],"rows":[["2026-03-10T09:05:04Z",)"
      R"("Microsoft-Windows-Security-Auditing","Security","A",4657]]}]})";
  EXPECT_EQ(kind_of(text), EventText::json);
  EXPECT_EQ(read_events_of(text).events.size(), 1U);
}

TEST(Carriers, WhatIsCutInsideOfAStringIsALoss) {
  const std::string whole = xml_4657(1);
  for (const std::string_view name : {"_raw", "event.original", "full_log"}) {
    const auto line = [&](std::string_view xml) {
      return "{\"" + std::string(name) + "\":\"" + escape_for_json(xml) + "\"}\n";
    };
    const auto read = read_events_of(line(whole) + line(whole.substr(0, whole.size() - 20)));
    EXPECT_EQ(read.events.size(), 1U) << name;
    EXPECT_EQ(read.summary.objects_failed, 1U) << name;
    EXPECT_EQ(read.summary.bytes_not_understood,
              line(whole.substr(0, whole.size() - 20)).size() - 1);
    EXPECT_EQ(read.diagnostics.count(DiagnosticCode::export_line_damaged), 1U) << name;
  }
  const auto inner = read_events_of(R"({"message":"{\"EventID\":4657,\"Chan"})");
  EXPECT_EQ(inner.summary.objects_failed, 1U);
  const auto element = read_events_of(R"({"Event":"<Event xmlns='x'><System>"})");
  EXPECT_EQ(element.summary.objects_failed, 1U);
  EXPECT_EQ(element.summary.objects_seen, 1U);
  EXPECT_EQ(read_events_of(R"({"message":"{no event"})").summary.not_events, 1U);
}

TEST(Carriers, XmlAndJsonInOneStream) {
  const std::string json_first = json_4657(1) + "\n" + xml_4657(2) + "\n" + json_4657(3) + "\n" +
                                 xml_4657(4).substr(0, 100) + "\n" + json_4657(5) + "\n";
  const auto read = read_events_of(json_first);
  ASSERT_EQ(read.events.size(), 4U);
  EXPECT_EQ(read.events[1].record_id, 2U);
  EXPECT_EQ(json_first.substr(read.events[1].origin.offset, read.events[1].origin.length),
            xml_4657(2));
  EXPECT_EQ(read.summary.objects_failed, 1U);
  const std::string xml_first =
      xml_4657(1) + "\n" + json_4657(2) + "\n" + xml_4657(3) + "\n{\"no json\n" + json_4657(4);
  EXPECT_EQ(kind_of(xml_first), EventText::xml);
  const auto other = read_events_of(xml_first, read_event_xml);
  ASSERT_EQ(other.events.size(), 4U);
  EXPECT_EQ(other.events[3].record_id, 4U);
  EXPECT_EQ(other.summary.objects_failed, 1U);
}

TEST(Carriers, EventsInStringsOfOtherCollectorsAreRead) {
  const std::string otel =
      R"({"channel":"Security","computer":"A","event_id":{"id":4657,"qualifiers":0},"provider":{"name":"Microsoft-Windows-Security-Auditing"},"record_id":1,"system_time":"2026-03-10T09:00:00Z","event_data":{"ObjectName":"k"}})";
  const std::string vector =
      R"({"timestamp":"2026-03-10T09:00:00Z","computer":"A","channel":"Security","provider_name":"Microsoft-Windows-Security-Auditing","event_id":4657,"record_id":1,"event_data":{"ObjectName":"k"}})";
  const std::string texts[] = {
      otel,
      R"({"time":1,"host":"h","event":)" + otel + "}",
      R"({"Timestamp":"2026-03-10T09:00:00Z","Body":)" + in_string(otel) + "}",
      R"({"@timestamp":"2026-03-10T09:00:00Z","body":{"structured":)" + otel + "}}",
      R"({"preview":false,"result":{"_raw":)" + in_string(vector) + R"(,"_time":"1"}})",
      R"({"time":1,"host":"h","event":)" + in_string(vector) + "}",
      R"({"topic":"x","message":)" + in_string(vector) + "}",
      R"({"SequenceNumber":0,"Body":)" + in_string(R"({"records":[)" + vector + "]}") + "}",
      R"({"records":[)" + in_string(vector) + "," + in_string(xml_4657(2)) + "]}",
      R"({"group":"Sigma","kind":"aggregate","name":"r","documents":[{"kind":"evtx","path":"x","data":)" +
          json_4657(1) + "}]}",
  };
  for (const std::string& text : texts) {
    EXPECT_EQ(kind_of(text), EventText::json) << text;
    const auto read = read_events_of(text);
    ASSERT_GE(read.events.size(), 1U) << text;
    EXPECT_EQ(read.events[0].text("ObjectName"), "k") << text;
    EXPECT_EQ(read.events[0].computer.raw(), "A") << text;
    EXPECT_EQ(read.summary.objects_failed, 0U) << text;
    EXPECT_EQ(read.events[0].time().given(), !text.contains("aggregate")) << text;
  }
}

TEST(Carriers, OnlyWhatSeemsToBeAnEventIsLost) {
  const auto read = read_events_of(R"({"result":{"_raw":"{\"EventID\":4657,\"Chan"}})"
                                   "\n"
                                   R"({"result":{"_raw":"{\"method\":\"GE"}})"
                                   "\n"
                                   R"({"result":{"_raw":"{\"method\":\"GET\"}"}})"
                                   "\n"
                                   R"({"records":["{\"EventID\":4657,\"Chan"]})");
  EXPECT_EQ(read.summary.objects_failed, 2U);
  EXPECT_EQ(read.summary.not_events, 2U);
}

TEST(Carriers, UserDataMayStandUnderTheNameOfItsElement) {
  const std::string_view texts[] = {
      R"({"data":{"win":{"system":{"providerName":"Microsoft-Windows-Eventlog","eventID":"1102","channel":"Security","computer":"A","systemTime":"2026-03-10T09:00:00Z"},"eventXML":{"subjectUserName":"u"}}}})",
      R"({"data":{"win":{"system":{"providerName":"Microsoft-Windows-Eventlog","eventID":"1102","channel":"Security","computer":"A","systemTime":"2026-03-10T09:00:00Z"},"other":{"subjectUserName":"u"}}}})",
      R"({"data.win.system.providerName":"Microsoft-Windows-Eventlog","data.win.system.eventID":"1102","data.win.system.channel":"Security","data.win.system.computer":"A","data.win.system.systemTime":"2026-03-10T09:00:00Z","data.win.logFileCleared.subjectUserName":"u"})",
      R"({"TimeGenerated":"2026-03-10T09:00:00Z","Computer":"A","Provider":"Microsoft-Windows-Eventlog","Channel":"Security","EventID":1102,"EventData":{"EventXML":{"SubjectUserName":"u"}}})",
      R"({"TimeGenerated":"2026-03-10T09:00:00Z","Computer":"A","Provider":"Microsoft-Windows-Eventlog","Channel":"Security","EventID":1102,"EventData":"{\"LogFileCleared\":{\"SubjectUserName\":\"u\"}}"})",
  };
  for (const std::string_view text : texts) {
    const auto read = read_events_of(text);
    ASSERT_EQ(read.events.size(), 1U) << text;
    EXPECT_EQ(read.events[0].text("SubjectUserName"), "u") << text;
  }
}

TEST(Carriers, TablesWithAColumnForEveryNameHaveADashForNone) {
  const std::string text =
      "@timestamp,winlog.computer_name,winlog.channel,winlog.provider_name,winlog.event_id,"
      "winlog.event_data.SubjectUserName,winlog.user_data.SubjectUserName\n"
      "\"Mar 10, 2026 @ 09:00:00.500\",A,Security,Microsoft-Windows-Eventlog,1102,-,u\n";
  EXPECT_EQ(kind_of(text), EventText::csv);
  const auto read = read_events_of(text, read_event_csv);
  ASSERT_EQ(read.events.size(), 1U);
  EXPECT_EQ(read.events[0].text("SubjectUserName"), "u");
  EXPECT_EQ(to_rfc3339(read.events[0].time()), "2026-03-10T09:00:00.5000000Z");
  EXPECT_EQ(read.summary.dialects.at(0).without_zone, 1U) << "it is that of whoever looked";
}

TEST(Carriers, WhatStandsBeforeANameOfUnknownPlaceIsNamed) {
  std::string values;
  for (unsigned i = 1; i <= 28; ++i) {
    values += (i == 1 ? "" : ",") + std::string("{\"Value\":\"v") + std::to_string(i) + "\"}";
  }
  const auto read = read_events_of(
      R"({"Id":4624,"Version":3,"ProviderName":"Microsoft-Windows-Security-Auditing","LogName":"Security","MachineName":"A","RecordId":1,"Properties":[)" +
      values + "]}");
  ASSERT_EQ(read.events.size(), 1U);
  EXPECT_EQ(read.events[0].text("TargetUserName"), "v6");
  EXPECT_EQ(read.events[0].text("ImpersonationLevel"), "v21");
  EXPECT_EQ(read.events[0].find("RestrictedAdminMode"), nullptr);
  EXPECT_EQ(read.summary.dialects.at(0).without_names, 0U);
}

TEST(Carriers, ElementsMayHaveANamespacePrefix) {
  const std::string text =
      "<e:Events xmlns:e='x'>" + xml_4657(1, "e:") + xml_4657(2, "e:") + "</e:Events>";
  EXPECT_EQ(kind_of(text), EventText::xml);
  EXPECT_EQ(event_prefix_of(text), "e:");
  EXPECT_EQ(event_prefix_of(xml_4657(1)), "");
  const auto read = read_events_of(text, read_event_xml);
  ASSERT_EQ(read.events.size(), 2U);
  EXPECT_EQ(read.events[1].text("ObjectName"), "k");
}

TEST(Carriers, ATableOfWholeEvents) {
  std::string cell;
  for (const char c : xml_4657(1)) {
    cell += c == '"' ? "\"\"" : std::string(1, c);
  }
  const std::string text = "_raw,_time,host\n\"" + cell + "\",2026-03-10,A\n";
  EXPECT_EQ(kind_of(text), EventText::csv);
  EXPECT_EQ(read_events_of(text, read_event_csv).events.size(), 1U);
}

TEST(Carriers, ElementsWithoutAnEndCostTimeInProportion) {
  std::string text = "<Events>";
  for (int i = 0; i < 100'000; ++i) {
    text += "<Event>";
  }
  const auto start = std::chrono::steady_clock::now();
  const auto read = read_events_of(text + xml_4657(1), read_event_xml);
  EXPECT_EQ(read.events.size(), 1U);
  EXPECT_EQ(read.summary.objects_failed, 100'000U);
  // It took a minute and more when each looked for its end by itself.
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
}

TEST(Carriers, TimesOfSplunkAndProvidersOfChannels) {
  const auto read = read_events_of(
      R"({"result":{"_time":"1773133200.123456","Channel":"Security","Computer":"A","EventID":"1102","EventRecordID":"1"}})"
      "\n"
      R"({"result":{"_time":"2026-03-10T09:00:00.123Z","Channel":"Microsoft-Windows-Sysmon/Operational","Computer":"A","EventID":"13","TargetObject":"x"}})");
  ASSERT_EQ(read.events.size(), 2U);
  EXPECT_EQ(to_rfc3339(read.events[0].time()), "2026-03-10T09:00:00.1234560Z");
  EXPECT_EQ(read.events[0].provider.raw(), "Microsoft-Windows-Eventlog");
  EXPECT_EQ(to_rfc3339(read.events[1].time()), "2026-03-10T09:00:00.1230000Z");
  EXPECT_EQ(read.events[1].provider.raw(), "Microsoft-Windows-Sysmon");
}

TEST(Carriers, AnEventWithoutAnyValueIsCounted) {
  const auto read = read_events_of(
      R"({"Id":4657,"ProviderName":"Microsoft-Windows-Security-Auditing","LogName":"Security","MachineName":"A","RecordId":1})");
  ASSERT_EQ(read.events.size(), 1U);
  EXPECT_EQ(read.summary.dialects.at(0).without_names, 1U);
}

}  // namespace
}  // namespace npg
