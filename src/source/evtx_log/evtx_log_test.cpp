#include "source/evtx_log/evtx_log.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "format/evtx/file_header.hpp"
#include "testing/evtx_writer.hpp"

namespace npg {
namespace {

using testing::datum;
using testing::EventRecipe;
using testing::EventType;

constexpr std::uint64_t first_record = 4096 + 512;

EventRecipe logon(std::uint64_t record_id, std::uint64_t second) {
  return {.provider = "Microsoft-Windows-Security-Auditing",
          .guid = "{54849625-5478-4994-A5BA-3E3B0328C30D}",
          .channel = "Security",
          .computer = "host.example",
          .event_id = 4624,
          .version = 2,
          .record_id = record_id,
          .time = {133'000'000'000'000'000 + second * FileTime::per_second},
          .user_sid = "S-1-5-18",
          .data = {datum("TargetUserName", EventType::string, "alice"),
                   datum("TargetLogonId", EventType::hex_int64, "0x3e7"),
                   datum("LogonType", EventType::uint32, "2")}};
}

EventRecipe installed() {
  EventRecipe recipe = logon(0, 3);
  recipe.provider = "MsiInstaller";
  recipe.guid = "";
  recipe.event_id = 1033;
  recipe.data = {datum("", EventType::string_array, "one\ntwo"),
                 {.name = "Binary",
                  .type = EventType::binary,
                  .value = {std::byte{0xab}},
                  .is_element = true}};
  return recipe;
}

EventRecipe cleared() {
  EventRecipe recipe = logon(0, 4);
  recipe.provider = "Microsoft-Windows-Eventlog";
  recipe.event_id = 1102;
  recipe.user_data = testing::UserDataShape{"LogFileCleared", "urn:x"};
  recipe.data = {datum("SubjectUserName", EventType::string, "bob")};
  return recipe;
}

struct Reading {
  Result<EvtxLogSummary> summary;
  std::vector<WinEvent> events;
  Diagnostics diagnostics;
};

Reading read(std::vector<std::byte> content) {
  const MemoryFile file(EvidenceText::from_literal("Security.evtx"), std::move(content));
  const EventInterest interests[] = {{"microsoft-windows-security-auditing", 4624},
                                     {"MsiInstaller", 1033},
                                     {"Microsoft-Windows-Eventlog", 1102}};
  Reading reading{.summary = EvtxLogSummary{}, .events = {}, .diagnostics = Diagnostics()};
  reading.summary = read_evtx_log(
      file, 7, interests, Limits{}, [&](const WinEvent& event) { reading.events.push_back(event); },
      reading.diagnostics);
  if (reading.summary) {
    EXPECT_EQ(reading.summary->records_seen,
              reading.summary->records_parsed + reading.summary->records_failed);
  }
  return reading;
}

std::vector<std::byte> sample() {
  const EventRecipe recipes[] = {logon(0, 1), logon(0, 2), installed(), cleared()};
  return testing::write_evtx(recipes);
}

TEST(EvtxLog, GivesWantedEventsWholeAndInOrder) {
  const Reading reading = read(sample());
  ASSERT_TRUE(reading.summary);
  ASSERT_EQ(reading.events.size(), 4);
  const WinEvent& event = reading.events[0];
  EXPECT_EQ(event.channel.raw(), "Security");
  EXPECT_EQ(event.computer.raw(), "host.example");
  EXPECT_EQ(event.user_sid.raw(), "S-1-5-18");
  EXPECT_EQ(event.version, 2U);
  EXPECT_EQ(event.record_id, 1U);
  EXPECT_EQ(event.created.ticks, 133'000'000'000'000'000 + FileTime::per_second);
  EXPECT_EQ(event.text("TargetUserName"), "alice");
  EXPECT_EQ(event.text("TargetLogonId"), "0x3e7");
  EXPECT_EQ(event.number("LogonType"), 2U);
  EXPECT_EQ(event.quality, RecordQuality::sound);
  EXPECT_EQ(event.origin.evidence, 7U);
  EXPECT_EQ(event.origin.offset, first_record);
  const WinEvent& classic = reading.events[2];
  ASSERT_EQ(classic.fields.size(), 3);
  EXPECT_EQ(classic.fields[1].value.raw(), "two");
  EXPECT_EQ(classic.text("Binary"), "AB");
  const WinEvent& user_data = reading.events[3];
  EXPECT_TRUE(user_data.is_user_data);
  EXPECT_EQ(user_data.text("SubjectUserName"), "bob");
}

TEST(EvtxLog, CountsKindsGapsAndTimesGoingBack) {
  const EventRecipe recipes[] = {logon(10, 1), logon(11, 2), logon(20, 9), logon(21, 3)};
  const Reading reading = read(testing::write_evtx(recipes));
  ASSERT_TRUE(reading.summary);
  ASSERT_EQ(reading.summary->channels.size(), 1);
  const LogChannelSummary& channel = reading.summary->channels[0];
  EXPECT_EQ(channel.records, 4U);
  EXPECT_EQ(channel.first_id, 10U);
  EXPECT_EQ(channel.last_id, 21U);
  EXPECT_EQ(channel.time_reversals, 1U);
  EXPECT_EQ(channel.counts.at({"Microsoft-Windows-Security-Auditing", 4624}), 4U);
  ASSERT_EQ(channel.gaps.size(), 1);
  EXPECT_EQ(channel.gaps[0].after_id, 11U);
  EXPECT_EQ(channel.gaps[0].next_id, 20U);
}

TEST(EvtxLog, AnEmptyChunkIsOneOnlyByAHeaderThatHoldsTogether) {
  auto content = sample();
  constexpr std::size_t free_space_at = 4096 + 48;
  content[free_space_at] = std::byte{0};
  content[free_space_at + 1] = std::byte{2};  // 512: where the first record stands.
  const Reading reading = read(std::move(content));
  ASSERT_TRUE(reading.summary);
  EXPECT_EQ(reading.events.size(), 4U);
  EXPECT_EQ(reading.summary->records_unverified, 4U);
  EXPECT_EQ(reading.summary->records_recovered, 0U);
}

TEST(EvtxLog, ALogThatCollectsComputersGoesBackAndForth) {
  std::vector<EventRecipe> recipes;
  for (std::uint64_t i = 1; i <= 12; ++i) {
    recipes.push_back(logon(i, i));
    recipes.back().computer = i % 2 == 0 ? "a.example" : "b.example";
  }
  Reading reading = read(testing::write_evtx(recipes));
  ASSERT_TRUE(reading.summary);
  ASSERT_EQ(reading.summary->channels.size(), 2U);
  EXPECT_EQ(reading.summary->channels[0].entered + reading.summary->channels[1].entered, 11U);
  for (std::uint64_t i = 0; i < recipes.size(); ++i) {
    recipes[i].computer = i < 6 ? "a.example" : "b.example";
  }
  reading = read(testing::write_evtx(recipes));
  ASSERT_TRUE(reading.summary);
  EXPECT_EQ(reading.summary->channels[0].entered, 0U);
  EXPECT_EQ(reading.summary->channels[1].entered, 1U) << "a new name, and no way back";
  EXPECT_FALSE(reading.summary->channels[1].is_forwarded);
}

constexpr std::size_t chunk_bytes = 65'536;

std::vector<std::byte> three_chunks() {
  std::vector<EventRecipe> recipes;
  for (std::uint64_t i = 1; i <= 300; ++i) {
    recipes.push_back(logon(i, i));
    recipes.back().data.push_back(datum("Padding", EventType::string, std::string(200, 'x')));
  }
  return testing::write_evtx(recipes);
}

bool tells(const Reading& reading, std::uint64_t offset, std::uint64_t length) {
  return std::ranges::any_of(reading.diagnostics.kept(), [&](const Diagnostic& one) {
    return one.severity == Severity::data_loss && one.offset == offset && one.length == length;
  });
}

TEST(EvtxLog, ChunksOfZerosThatHadRecordsAreALoss) {
  const auto whole = three_chunks();
  const std::size_t chunks = (whole.size() - 4096) / chunk_bytes;
  ASSERT_GE(chunks, 3U);
  EXPECT_EQ(read(whole).summary->bytes_not_understood, 0U);
  for (const std::size_t zeroed : {std::size_t{1}, chunks - 1}) {
    auto content = whole;
    const std::size_t begin = 4096 + zeroed * chunk_bytes;
    std::fill_n(content.begin() + static_cast<std::ptrdiff_t>(begin), chunk_bytes, std::byte{0});
    const Reading reading = read(std::move(content));
    EXPECT_TRUE(tells(reading, begin, chunk_bytes)) << zeroed;
    EXPECT_EQ(reading.summary->bytes_not_understood, chunk_bytes);
  }
}

TEST(EvtxLog, AFileMayBeginWithAChunk) {
  auto content = three_chunks();
  const std::size_t events = read(content).events.size();
  content.erase(content.begin(), content.begin() + 4096);
  EXPECT_TRUE(looks_like_evtx(Bytes(content)));
  EXPECT_EQ(read(std::move(content)).events.size(), events);
}

TEST(EvtxLog, OneOldRecordLeavesASilence) {
  const EventRecipe recipes[] = {logon(1, 1), logon(2, 86'400ULL * 400), logon(3, 86'400ULL * 400)};
  const Reading reading = read(testing::write_evtx(recipes));
  ASSERT_TRUE(reading.summary);
  EXPECT_EQ(reading.summary->channels.at(0).silences.size(), 1U);
}

TEST(EvtxLog, HeadersThatDisagreeWithTheirRecordsAreTold) {
  auto content = three_chunks();
  for (int i = 0; i < 8; ++i) {
    content[first_record + 8 + static_cast<std::size_t>(i)] =
        static_cast<std::byte>(std::uint64_t{999'999} >> (8 * i));
  }
  const Reading reading = read(std::move(content));
  EXPECT_TRUE(std::ranges::any_of(reading.diagnostics.kept(), [](const Diagnostic& one) {
    return one.offset == first_record && one.text.contains("1 in the number");
  }));
}

TEST(EvtxLog, ARecordThatCoversItsNeighbourIsToldAndTheNeighbourCarved) {
  auto content = three_chunks();
  const auto size_at = [&](std::size_t at) {
    return Bytes(std::span<const std::byte>(content)).at<std::uint32_t>(at + 4);
  };
  const std::size_t second = first_record + size_at(first_record);
  const std::size_t hidden = second + size_at(second);
  ASSERT_EQ(hidden % 8, 0U);
  ASSERT_EQ(second % 8, 0U);
  const std::uint32_t hidden_size = size_at(hidden);
  const std::uint32_t both = size_at(second) + hidden_size;
  for (std::size_t i = 0; i < 4; ++i) {
    content[second + 4 + i] = static_cast<std::byte>(both >> (8 * i));
    content[hidden + hidden_size - 4 + i] = static_cast<std::byte>(both >> (8 * i));
  }
  const Reading reading = read(std::move(content));
  EXPECT_TRUE(tells(reading, hidden, hidden_size));
  EXPECT_EQ(std::ranges::count_if(
                reading.events,
                [](const WinEvent& event) { return event.quality == RecordQuality::recovered; }),
            1);
}

TEST(EvtxLog, OtherFormatsAndEmptyFilesAreRefused) {
  EXPECT_EQ(read({}).summary.error().code, ErrorCode::truncated);
  EXPECT_EQ(read(std::vector<std::byte>(70'000)).summary.error().code, ErrorCode::not_this_format);
  EXPECT_FALSE(looks_like_evtx(Bytes(bytes_of("MZ"))));
}

TEST(EvtxLog, ADestroyedFileHeaderDoesNotHideTheChunks) {
  auto content = sample();
  std::fill_n(content.begin(), 4096, std::byte{0});
  EXPECT_TRUE(looks_like_evtx(Bytes(content)));
  const Reading reading = read(std::move(content));
  ASSERT_TRUE(reading.summary);
  EXPECT_EQ(reading.events.size(), 4);
  EXPECT_EQ(reading.diagnostics.count(DiagnosticCode::evtx_header_damaged), 1U);
}

TEST(EvtxLog, ChunksOutOfLineAreFound) {
  auto content = sample();
  content.insert(content.begin() + 4096, 100, std::byte{0x55});
  const Reading reading = read(std::move(content));
  ASSERT_TRUE(reading.summary);
  EXPECT_EQ(reading.events.size(), 4);
  EXPECT_EQ(reading.events[0].origin.offset, first_record + 100);
  EXPECT_EQ(reading.summary->bytes_not_understood, 100U);
}

TEST(EvtxLog, ChunksThatMissingBytesDrewForwardAreFound) {
  const Reading whole = read(three_chunks());
  ASSERT_TRUE(whole.summary);
  for (const std::size_t gone : {8U, 64U, 128U}) {
    auto content = three_chunks();
    const auto end_of_first = content.begin() + 4096 + chunk_bytes;
    content.erase(end_of_first - static_cast<std::ptrdiff_t>(gone), end_of_first);
    const Reading reading = read(std::move(content));
    ASSERT_TRUE(reading.summary);
    EXPECT_EQ(reading.events.size(), whole.events.size()) << gone;
    EXPECT_GE(reading.diagnostics.count(DiagnosticCode::evtx_chunk_damaged), 1U) << gone;
  }
}

TEST(EvtxLog, AFileThatEndsBetweenTwoChunksIsIncomplete) {
  std::vector<EventRecipe> recipes;
  for (std::uint64_t i = 0; i < 400; ++i) {
    recipes.push_back(logon(0, i));
  }
  auto content = testing::write_evtx(recipes);
  ASSERT_GT(content.size(), 4096U + 65'536U);
  EXPECT_EQ(read(content).diagnostics.count(DiagnosticCode::evtx_truncated), 0U);
  content.resize(4096 + 65'536);
  const Reading reading = read(std::move(content));
  ASSERT_TRUE(reading.summary);
  EXPECT_EQ(reading.diagnostics.count(DiagnosticCode::evtx_truncated), 1U);
  EXPECT_EQ(reading.diagnostics.worst(), Severity::data_loss);
}

TEST(EvtxLog, AWrongChecksumMarksTheRecordsAndKeepsThem) {
  auto content = sample();
  content[4096 + 52] ^= std::byte{1};
  const Reading reading = read(std::move(content));
  ASSERT_TRUE(reading.summary);
  ASSERT_EQ(reading.events.size(), 4);
  EXPECT_EQ(reading.events[0].quality, RecordQuality::unverified);
  EXPECT_EQ(reading.summary->records_unverified, 4U);
  ASSERT_EQ(reading.summary->channels.size(), 1U);
  EXPECT_EQ(reading.summary->channels[0].records_unverified, 4U);
  EXPECT_EQ(reading.diagnostics.count(DiagnosticCode::evtx_chunk_checksum), 1U);
}

TEST(EvtxLog, ARecordOfSizeZeroCostsOnlyItself) {
  auto content = sample();
  const std::uint64_t second = read(sample()).events[1].origin.offset;
  const std::uint64_t third = read(sample()).events[2].origin.offset;
  for (std::size_t i = 0; i < 4; ++i) {
    content[static_cast<std::size_t>(second) + 4 + i] = std::byte{0};
  }
  const Reading reading = read(std::move(content));
  ASSERT_TRUE(reading.summary);
  EXPECT_EQ(reading.events.size(), 3);
  EXPECT_EQ(reading.summary->bytes_not_understood, third - second);
  bool named = false;
  for (const Diagnostic& diagnostic : reading.diagnostics.kept()) {
    named = named || (diagnostic.code == DiagnosticCode::evtx_record_damaged &&
                      diagnostic.offset == second && diagnostic.length == third - second);
  }
  EXPECT_TRUE(named);
}

TEST(EvtxLog, EveryCutIsSurvivedAndNothingIsInvented) {
  const auto whole = sample();
  const std::uint64_t end = read(sample()).events.back().origin.offset + 4096;
  for (std::size_t size = 0; size < end; size += size < first_record ? 97 : 11) {
    const Reading reading = read(
        std::vector<std::byte>(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)));
    if (reading.summary) {
      EXPECT_LE(reading.summary->records_seen, 4U);
    }
  }
}

TEST(EvtxLog, EveryFlippedByteIsSurvived) {
  auto content = sample();
  const std::uint64_t end = read(sample()).events.back().origin.offset + 1024;
  content.resize(static_cast<std::size_t>(end));
  for (std::size_t at = 4096; at < end; at += 3) {
    content[at] ^= std::byte{0xff};
    const Reading reading = read(content);
    EXPECT_TRUE(reading.summary || at < 4104) << at;
    content[at] ^= std::byte{0xff};
  }
}

}  // namespace
}  // namespace npg
