// A log read in parts on several threads says what it says when read by one.
#include <gtest/gtest.h>

#include <algorithm>

#include "source/evtx_log/evtx_log.hpp"
#include "testing/evtx_writer.hpp"

namespace npg {
namespace {

using testing::datum;
using testing::EventRecipe;
using testing::EventType;

constexpr std::string_view provider = "Microsoft-Windows-Security-Auditing";

std::vector<std::byte> long_log() {
  std::vector<EventRecipe> events;
  for (std::uint64_t i = 0; i < 900; ++i) {
    EventRecipe event{.provider = std::string(provider),
                      .channel = "Security",
                      .computer = i < 500 ? "old.example" : "new.example",
                      .event_id = static_cast<std::uint16_t>(i % 3 == 0 ? 4624 : 4688),
                      .record_id = i < 300 ? i + 1 : i + 50,
                      .time = {133'000'000'000'000'000 + i * FileTime::per_second},
                      .data = {}};
    event.data = {datum("TargetUserName", EventType::string, "user" + std::to_string(i)),
                  datum("NewProcessName", EventType::string,
                        i % 50 == 1 ? "C:\\Windows\\System32\\MPNOTIFY.EXE" : "C:\\a.exe")};
    events.push_back(std::move(event));
  }
  events[700].time = {133'000'000'000'000'000};
  return testing::write_evtx(events, {.records_per_chunk_max = 6});
}

struct Told {
  std::string summary;
  std::vector<std::string> events;
  std::vector<std::string> diagnostics;
};

class Sinks final : public EventSinks {
 public:
  explicit Sinks(std::vector<std::string>& out) : out_(out) {}
  std::unique_ptr<EventSink> begin(unsigned /*worker*/) override {
    return std::make_unique<Sink>();
  }
  void finish(std::unique_ptr<EventSink> sink) override {
    for (std::string& line : dynamic_cast<Sink&>(*sink).lines) {
      out_.push_back(std::move(line));
    }
  }

 private:
  struct Sink final : EventSink {
    void take(const WinEvent& event) override {
      lines.push_back(std::to_string(event.record_id) + " " + std::to_string(event.event_id) + " " +
                      std::string(event.text("TargetUserName")));
    }
    std::vector<std::string> lines;
  };
  std::vector<std::string>& out_;
};

constexpr std::string_view notifier[] = {"mpnotify.exe"};
constexpr FieldTest tests[] = {{"newprocessname", notifier}};
constexpr EventInterest interests[] = {{provider, 4624}, {provider, 4688, tests}};

Told read(const std::vector<std::byte>& content, unsigned threads) {
  const MemoryFile file(EvidenceText::from_literal("Security.evtx"), content);
  Told told;
  Sinks sinks(told.events);
  Diagnostics diagnostics;
  const auto summary =
      read_evtx_log(file, {.evidence = 1, .interests = interests, .threads = threads}, Limits{},
                    sinks, diagnostics);
  EXPECT_TRUE(summary.has_value());
  if (!summary) {
    return told;
  }
  for (const std::uint64_t number :
       {summary->records_seen, summary->records_parsed, summary->records_failed,
        summary->records_unverified, summary->chunks_seen, summary->chunks_used,
        summary->chunks_bad, summary->bytes, summary->bytes_not_understood}) {
    told.summary += std::to_string(number) + " ";
  }
  for (const LogChannelSummary& channel : summary->channels) {
    told.summary += std::string(channel.computer.raw()) + " " + std::to_string(channel.records) +
                    " " + std::to_string(channel.first_id) + "-" + std::to_string(channel.last_id) +
                    " " + std::to_string(channel.time_reversals) + " ";
    for (const auto& [kind, count] : channel.counts) {
      told.summary += std::to_string(kind.second) + "=" + std::to_string(count) + " ";
    }
    for (const RecordGap& gap : channel.gaps) {
      told.summary += std::to_string(gap.after_id) + ".." + std::to_string(gap.next_id) + " ";
    }
  }
  for (const Diagnostic& one : diagnostics.kept()) {
    told.diagnostics.push_back(std::to_string(one.offset) + "+" + std::to_string(one.length) + " " +
                               one.text);
  }
  return told;
}

void expect_the_same(const std::vector<std::byte>& content) {
  const Told alone = read(content, 1);
  for (const unsigned threads : {2U, 5U}) {
    const Told together = read(content, threads);
    EXPECT_EQ(together.summary, alone.summary);
    EXPECT_EQ(together.events, alone.events);
    EXPECT_EQ(together.diagnostics, alone.diagnostics);
  }
}

TEST(LogParts, ThreadsDoNotShow) {
  const std::vector<std::byte> content = long_log();
  ASSERT_GT(content.size(), 4U * (2U << 20));
  const Told told = read(content, 1);
  EXPECT_EQ(told.events.size(), 300U + 12U) << "every 4624, and the 4688 that pass their test";
  EXPECT_NE(told.summary.find("new.example 400 550-949 1 4624=133 4688=267"), std::string::npos)
      << told.summary;
  EXPECT_NE(told.summary.find("300..350"), std::string::npos) << told.summary;
  expect_the_same(content);
}

TEST(LogParts, NorDoTheyWhereChunksStandOutOfLine) {
  std::vector<std::byte> content = long_log();
  content.insert(content.begin() + 4096 + 20 * 65'536, 1000, std::byte{0x55});
  content.erase(content.begin() + 4096 + 90 * 65'536, content.begin() + 4096 + 90 * 65'536 + 333);
  EXPECT_GE(read(content, 1).events.size(), 300U);
  expect_the_same(content);
}

TEST(LogParts, NorDoTheyInACutFile) {
  std::vector<std::byte> content = long_log();
  for (const std::size_t size : {std::size_t{4096}, std::size_t{4096 + 700},
                                 std::size_t{4096 + (2U << 20)}, content.size() - 65'000}) {
    expect_the_same({content.begin(), content.begin() + static_cast<std::ptrdiff_t>(size)});
  }
}

TEST(LogParts, WholeRecordsInUnusedSpaceAreRecoveredAndNeverCounted) {
  std::vector<std::byte> content = long_log();
  // The chunk says that it ends behind its third record; what follows is then an older generation.
  constexpr std::size_t chunk = 4096;
  const Bytes bytes{std::span<const std::byte>(content)};
  std::uint64_t end = chunk + 512;
  std::uint64_t last = end;
  for (int i = 0; i < 3; ++i) {
    last = end;
    end += bytes.at<std::uint32_t>(end + 4);
  }
  const auto put = [&](std::size_t at, std::uint64_t value, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i) {
      content[at + i] = static_cast<std::byte>(value >> (8 * i));
    }
  };
  // Older ids than those of the chunk, so that they do not go on where it stops.
  std::uint64_t at = end;
  for (int i = 0; i < 3; ++i) {
    const std::uint64_t size = Bytes(std::span<const std::byte>(content)).at<std::uint32_t>(at + 4);
    put(static_cast<std::size_t>(at) + 8, 1'000'000 + static_cast<std::uint64_t>(i), 8);
    at += size;
  }
  put(chunk + 44, last - chunk, 4);
  put(chunk + 48, end - chunk, 4);
  const MemoryFile file(EvidenceText::from_literal("Security.evtx"), content);
  std::vector<WinEvent> recovered;
  Diagnostics diagnostics;
  const auto summary = read_evtx_log(
      file, 0, interests, Limits{},
      [&](const WinEvent& event) {
        if (event.quality == RecordQuality::recovered) {
          recovered.push_back(event);
        }
      },
      diagnostics);
  ASSERT_TRUE(summary);
  EXPECT_EQ(summary->records_recovered, 3U);
  EXPECT_EQ(summary->records_seen, 897U) << "what is recovered is not live";
  ASSERT_FALSE(recovered.empty());
  EXPECT_EQ(recovered[0].origin.how, How::recovered);
  EXPECT_EQ(recovered[0].origin.offset, end);
}

}  // namespace
}  // namespace npg
