// Dialects as their producers write them, and what goes wrong in streams.
#include "source/event_json/event_json.hpp"

#include <gtest/gtest.h>

#include "source/event_json/stream_test.hpp"

namespace npg {
namespace {

using testing::read_events_of;

constexpr std::string_view jsonl_13 =
    R"({"Event":{"#attributes":{"xmlns":"http://schemas.microsoft.com/win/2004/08/events/event"},"System":{"Provider":{"#attributes":{"Name":"Microsoft-Windows-Sysmon","Guid":"5770385F-C22A-43E0-BF4C-06F5698FFBD9"}},"EventID":13,"Version":2,"Level":4,"TimeCreated":{"#attributes":{"SystemTime":"2026-11-22T18:20:00.123456Z"}},"EventRecordID":42,"Execution":{"#attributes":{"ProcessID":3544,"ThreadID":4040}},"Channel":"Microsoft-Windows-Sysmon/Operational","Computer":"ws01.example","Security":{"#attributes":{"UserID":"S-1-5-18"}}},"EventData":{"RuleName":"-","EventType":"SetValue","UtcTime":"2026-11-22 18:20:00.120","ProcessId":4711,"Image":"C:\\Windows\\regedit.exe","TargetObject":"HKLM\\System\\CurrentControlSet\\Services\\Evil\\NetworkProvider\\ProviderPath","Details":"C:\\evil.dll"}}})";

void expect_13(const WinEvent& event) {
  EXPECT_EQ(event.provider.raw(), "Microsoft-Windows-Sysmon");
  EXPECT_EQ(event.channel.raw(), "Microsoft-Windows-Sysmon/Operational");
  EXPECT_EQ(event.computer.raw(), "ws01.example");
  EXPECT_EQ(event.event_id, 13U);
  EXPECT_EQ(event.record_id, 42U);
  EXPECT_EQ(to_rfc3339(event.time()), "2026-11-22T18:20:00.1234560Z");
  EXPECT_EQ(event.text("TargetObject"),
            R"(HKLM\System\CurrentControlSet\Services\Evil\NetworkProvider\ProviderPath)");
  EXPECT_EQ(event.text("Details"), R"(C:\evil.dll)");
  EXPECT_EQ(event.number("ProcessId"), 4711U);
}

TEST(EventJson, ReadsEvtxDump) {
  const auto read = read_events_of(jsonl_13);
  ASSERT_EQ(read.events.size(), 1U);
  const WinEvent& event = read.events[0];
  expect_13(event);
  EXPECT_EQ(event.version, 2U);
  EXPECT_EQ(event.process_id, 3544U);
  EXPECT_EQ(event.thread_id, 4040U);
  EXPECT_EQ(event.user_sid.raw(), "S-1-5-18");
  EXPECT_EQ(event.origin, (Origin{.evidence = 7, .offset = 0, .length = jsonl_13.size()}));
  ASSERT_EQ(read.summary.channels.size(), 1U);
  EXPECT_EQ(read.summary.channels[0].records, 1U);
  EXPECT_EQ(read.summary.channels[0].first_id, 42U);
  ASSERT_EQ(read.summary.dialects.size(), 1U);
  EXPECT_EQ(read.summary.dialects[0].dialect, Dialect::evtx_dump);
}

TEST(EventJson, CountsWhatNobodyWants) {
  std::string other(jsonl_13);
  other.replace(other.find("\"EventID\":13"), 12, "\"EventID\":22");
  const auto read = read_events_of(std::string(jsonl_13) + "\n" + other + "\n");
  EXPECT_EQ(read.events.size(), 1U);
  EXPECT_EQ(read.summary.events, 2U);
  ASSERT_EQ(read.summary.channels.size(), 1U);
  const auto& counts = read.summary.channels[0].counts;
  EXPECT_EQ(counts.at({"Microsoft-Windows-Sysmon", 13}), 1U);
  // The same record id at the same time is the same record, whatever else is in it.
  EXPECT_EQ(read.summary.duplicates, 1U);
}

/// The event with another record id.
std::string with_id(std::uint64_t id) {
  std::string text(jsonl_13);
  const std::size_t at = text.find("\"EventRecordID\":42");
  return text.replace(at, 18, "\"EventRecordID\":" + std::to_string(id));
}

TEST(EventJson, ReadsObjectsHoweverTheyStand) {
  const std::string a = with_id(1);
  const std::string b = with_id(2);
  const std::string c = with_id(3);
  const std::string cases[] = {
      a + "\n" + b + "\n" + c + "\n",
      a + "\r\n" + b + "\r\n\r\n\n" + c,
      a + b + c,
      "[" + a + "," + b + "," + c + "]",
      "[\n  " + a + ",\n  " + b + ",\n  " + c + "\n]\n",
      "[" + a + "]\n[" + b + "," + c + "]",
      "\xef\xbb\xbf" + a + "\n" + b + "\n" + c,
      "\x1e" + a + "\n\x1e" + b + "\n\x1e" + c + "\n",
      "{\"value\":[" + a + "," + b + "," + c + "]}",
      "{\"_index\":\"x\",\"_source\":" + a + "}\n{\"_source\":" + b + "}\n{\"result\":" + c + "}",
      "{\"hits\":{\"total\":3,\"hits\":[{\"_source\":" + a + "},{\"_source\":" + b +
          "},{\"_source\":" + c + "}]}}",
  };
  for (const std::string& text : cases) {
    const auto read = read_events_of(text);
    EXPECT_EQ(read.summary.objects_failed, 0U) << text;
    ASSERT_EQ(read.events.size(), 3U) << text;
    for (std::uint64_t i = 0; i < 3; ++i) {
      const WinEvent& event = read.events[i];
      EXPECT_EQ(event.record_id, i + 1);
      EXPECT_EQ(text.substr(event.origin.offset, event.origin.length), with_id(i + 1));
    }
  }
}

TEST(EventJson, ReadsPrettyPrintedObjects) {
  std::string pretty;
  for (const char c : std::string(jsonl_13)) {
    pretty += c;
    pretty += c == '{' || c == ',' ? "\n    " : "";
  }
  const auto read = read_events_of("[\n    " + pretty + ",\n    " + pretty + "\n]");
  EXPECT_EQ(read.summary.objects_failed, 0U);
  ASSERT_EQ(read.events.size(), 2U);
  expect_13(read.events[0]);
}

TEST(EventJson, ABadLineCostsItself) {
  const std::string good = with_id(1);
  const std::string cut_in_string = good.substr(0, good.size() - 10);
  const std::string cut_in_key = good.substr(0, 60);
  const std::string cases[] = {
      cut_in_string,
      cut_in_key,
      "{\"a\":1,",
      "{\"a\":[",
      "{",
      "garbage: 12",
      R"({"a":tru"e})",
      R"({"a" "b"})",
      "\x01\x02\x03 x",
      "\xff\xfe\xfa x",
      R"(})" + std::string("x"),
  };
  for (const std::string& bad : cases) {
    const std::string text = with_id(1) + "\n" + bad + "\n" + with_id(2) + "\n" + with_id(3);
    const auto read = read_events_of(text);
    ASSERT_EQ(read.events.size(), 3U) << bad;
    EXPECT_EQ(read.events[2].record_id, 3U);
    EXPECT_GE(read.summary.objects_failed, 1U) << bad;
    ASSERT_FALSE(read.diagnostics.kept().empty()) << bad;
    const Diagnostic& first = read.diagnostics.kept()[0];
    EXPECT_EQ(first.code, DiagnosticCode::export_line_damaged);
    EXPECT_GE(first.offset, good.size()) << bad;
    EXPECT_LE(first.offset + first.length, good.size() + bad.size() + 2) << bad;
  }
}

TEST(EventJson, ABadElementOfAnArrayCostsItself) {
  const auto read = read_events_of("[" + with_id(1) + ",{\"a\":}," + with_id(2) + "]");
  ASSERT_EQ(read.events.size(), 2U);
  EXPECT_EQ(read.summary.objects_failed, 1U);
}

TEST(EventJson, ReadsUtf16) {
  const std::string text = with_id(1) + "\r\n" + with_id(2) + "\r\n";
  std::string little("\xff\xfe");
  std::string big("\xfe\xff");
  for (const char c : text) {
    little += {c, '\0'};
    big += {'\0', c};
  }
  for (const std::string& bytes : {little, big, little.substr(2)}) {
    const auto read = read_events_of(bytes);
    ASSERT_EQ(read.events.size(), 2U);
    const Origin& second = read.events[1].origin;
    const std::size_t mark = bytes.size() % 4 == little.size() % 4 ? 2 : 0;
    EXPECT_EQ(second.offset, mark + 2 * (with_id(1).size() + 2));
    EXPECT_EQ(second.length, 2 * with_id(2).size());
  }
}

TEST(EventJson, KeepsInvalidBytesAndLoneSurrogates) {
  std::string bytes(jsonl_13);
  bytes.replace(bytes.find("evil.dll"), 4, "\xff\xc0\x80z");
  std::string surrogate(jsonl_13);
  surrogate.replace(surrogate.find("evil.dll"), 4, "\\ud800");
  const auto read = read_events_of(bytes + "\n" + surrogate);
  ASSERT_EQ(read.events.size(), 2U);
  EXPECT_EQ(read.summary.objects_failed, 0U);
  EXPECT_FALSE(read.events[0].find("Details")->well_formed());
  EXPECT_FALSE(read.events[1].find("Details")->well_formed());
}

TEST(EventJson, TakesTheFirstOfTwoKeysOfOneName) {
  std::string text(jsonl_13);
  text.insert(text.find("\"Channel\""), R"("Channel":"Security",)");
  const auto read = read_events_of(text);
  ASSERT_EQ(read.events.size(), 1U);
  EXPECT_EQ(read.events[0].channel.raw(), "Security");
}

TEST(EventJson, ReadsAcrossBlocks) {
  std::string text;
  std::size_t count = 0;
  while (text.size() < (3U << 20U)) {
    ++count;
    text += with_id(count) + (count % 7 == 0 ? "\r\n" : "\n");
  }
  const auto read = read_events_of(text);
  ASSERT_EQ(read.events.size(), count);
  for (std::size_t i = 0; i < count; ++i) {
    const Origin& origin = read.events[i].origin;
    ASSERT_EQ(text.substr(origin.offset, origin.length), with_id(i + 1));
  }
  ASSERT_EQ(read.summary.channels.size(), 1U);
  EXPECT_EQ(read.summary.channels[0].records, count);
  EXPECT_TRUE(read.summary.channels[0].gaps.empty());
}

TEST(EventJson, OpensAnObjectThatIsTooLarge) {
  StreamLimits limits;
  limits.event_json_bytes_max = 64 << 10U;
  std::string text = "{\"value\":[" + with_id(1);
  for (std::uint64_t i = 2; i <= 2000; ++i) {
    text += "," + with_id(i);
  }
  const auto read = read_events_of(text + "]}", read_event_json, limits);
  EXPECT_EQ(read.events.size(), 2000U);
}

TEST(EventJson, ManyHostsInterleavedAreKeptApart) {
  std::string text;
  for (std::uint64_t i = 1; i <= 100; ++i) {
    for (const char* host : {"A", "B", "C"}) {
      std::string event = with_id(i == 50 ? 1000 : i);
      event.replace(event.find("ws01.example"), 12, host);
      text += event + "\n";
    }
  }
  const auto read = read_events_of(text);
  ASSERT_EQ(read.summary.channels.size(), 3U);
  for (const StreamChannel& channel : read.summary.channels) {
    EXPECT_EQ(channel.records, 100U);
    EXPECT_EQ(channel.gaps.size(), 2U);
    EXPECT_EQ(channel.gaps[0].after_id, 49U);
    EXPECT_EQ(channel.gaps[0].next_id, 51U);
  }
}

TEST(EventJson, OutOfOrderAndTwiceDeliveredEventsCountOnce) {
  std::string text;
  for (const std::uint64_t id : {5U, 3U, 4U, 1U, 2U, 5U, 3U, 9U, 9U}) {
    text += with_id(id) + "\n";
  }
  const auto read = read_events_of(text);
  ASSERT_EQ(read.summary.channels.size(), 1U);
  EXPECT_EQ(read.summary.channels[0].records, 6U);
  EXPECT_EQ(read.summary.duplicates, 3U);
  ASSERT_EQ(read.summary.channels[0].gaps.size(), 1U);
  EXPECT_EQ(read.summary.channels[0].gaps[0].next_id, 9U);
}

}  // namespace
}  // namespace npg
