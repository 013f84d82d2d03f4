// Lines written by plan must be those that decoding the whole record gives: on built records of
// every shape, and on real logs where NPGUARD_CORPUS names a folder of them.
#include "app/dump_plan.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "app/dump_evtx.hpp"
#include "app/dump_record.hpp"
#include "source/evtx_log/chunk_walk.hpp"
#include "testing/evtx_writer.hpp"

namespace npg {
namespace {

using testing::datum;
using testing::EventRecipe;
using testing::EventType;

/// One set of plans for all files, as a thread has it for all chunks.
class Comparison {
 public:
  void run(const FileView& file) {
    Diagnostics diagnostics;
    EXPECT_TRUE(
        for_each_chunk(file, diagnostics, [&](const evtx::Chunk& chunk) { compare(chunk, file); }));
  }
  std::uint64_t records = 0;
  std::uint64_t planned = 0;
  std::uint64_t different = 0;

 private:
  void compare(const evtx::Chunk& chunk, const FileView& file) {
    decoder_.start_chunk(chunk.bytes);
    templates_.start_chunk(chunk.bytes, decoder_);
    plans_.start_chunk();
    Diagnostics diagnostics;
    evtx::RecordWalk walk(chunk, diagnostics);
    while (const auto record = walk.next()) {
      ++records;
      line_.clear();
      if (!plans_.write(*record, line_)) {
        continue;
      }
      ++planned;
      const Result<void> decoded = decoder_.decode(record->binxml, tree_);
      whole_.clear();
      append_record(whole_, tree_, *record, decoded, RecordPlace::live);
      if (whole_.text() != line_.text()) {
        ++different;
        EXPECT_EQ(line_.text(), whole_.text()) << file.path().raw() << " at " << record->offset;
      }
    }
  }

  Limits limits_;
  evtx::BinXmlDecoder decoder_{Bytes(), limits_};
  evtx::TemplateCache templates_;
  PlannedDump plans_{templates_, decoder_, limits_};
  evtx::XmlTree tree_;
  TextBuffer line_;
  TextBuffer whole_;
};

EventRecipe event_with(std::vector<testing::EventDatum> data) {
  return {.provider = "Microsoft-Windows-Security-Auditing",
          .guid = "{54849625-5478-4994-A5BA-3E3B0328C30D}",
          .channel = "Security",
          .computer = "host.example",
          .event_id = 4624,
          .version = 2,
          .time = {133'000'000'000'000'000},
          .user_sid = "S-1-5-18",
          .data = std::move(data)};
}

std::vector<EventRecipe> every_shape() {
  EventRecipe no_user = event_with({datum("A", EventType::string, "<&>\"\\\x01 \xc3\xa9")});
  no_user.user_sid = "";
  no_user.qualifiers = 16'384;
  no_user.activity_id = "{54849625-5478-4994-A5BA-3E3B0328C30D}";
  EventRecipe user_data = event_with(
      {datum("SubjectUserName", EventType::string, "bob"), datum("Empty", EventType::string, "")});
  user_data.user_data = testing::UserDataShape{"LogFileCleared", "urn:x"};
  return {event_with({datum("TargetUserName", EventType::string, "alice"),
                      datum("TargetLogonId", EventType::hex_int64, "0x3e7"),
                      datum("LogonType", EventType::uint32, "2"),
                      datum("Status", EventType::int32, "-2147023570"),
                      datum("Elevated", EventType::boolean, "true"),
                      datum("Sid", EventType::sid, "S-1-5-21-1-2-3-500"),
                      datum("When", EventType::filetime, "2026-01-02T03:04:05.1234567Z"),
                      datum("Guid", EventType::guid, "{54849625-5478-4994-A5BA-3E3B0328C30D}"),
                      datum("Null", EventType::null, "")}),
          event_with({datum("", EventType::string_array, "one\ntwo"),
                      datum("Named", EventType::string_array, "one\ntwo")}),
          event_with({datum("", EventType::string, "unnamed")}),
          event_with({}),
          no_user,
          user_data};
}

TEST(DumpPlan, BuiltRecordsOfEveryShapeAreWrittenAsDecodingWritesThem) {
  const auto recipes = every_shape();
  Comparison comparison;
  comparison.run(MemoryFile(EvidenceText::from_literal("a.evtx"), testing::write_evtx(recipes)));
  EXPECT_EQ(comparison.records, recipes.size());
  EXPECT_EQ(comparison.different, 0U);
  EXPECT_GE(comparison.planned, 5U) << "plans were hardly used";
}

TEST(DumpPlan, RealLogsAreWrittenAsDecodingWritesThem) {
  const char* folder = std::getenv("NPGUARD_CORPUS");
  if (folder == nullptr) {
    GTEST_SKIP() << "NPGUARD_CORPUS names no folder of samples";
  }
  Comparison comparison;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file() || entry.path().extension() != ".evtx") {
      continue;
    }
    std::string content(static_cast<std::size_t>(entry.file_size()), '\0');
    std::ifstream(entry.path(), std::ios::binary)
        .read(content.data(), static_cast<std::streamsize>(content.size()));
    const auto bytes = bytes_of(content);
    comparison.run(MemoryFile(EvidenceText::from_utf8(entry.path().string()),
                              std::vector<std::byte>(bytes.begin(), bytes.end())));
    ASSERT_LE(comparison.different, 10U) << "stopped here";
  }
  RecordProperty("records", std::to_string(comparison.records));
  RecordProperty("planned", std::to_string(comparison.planned));
  EXPECT_GE(comparison.planned * 100, comparison.records * 97)
      << comparison.planned << " of " << comparison.records;
}

TEST(DumpPlan, ThreadsDoNotShow) {
  std::vector<EventRecipe> many;
  for (int i = 0; i < 400; ++i) {
    for (const EventRecipe& recipe : every_shape()) {
      many.push_back(recipe);
    }
  }
  const MemoryFile file(EvidenceText::from_literal("a.evtx"),
                        testing::write_evtx(many, {.records_per_chunk_max = 20}));
  ASSERT_GT(file.size(), 3U * (2U << 20)) << "one part only";
  const auto dump = [&](unsigned threads) {
    std::string out;
    Diagnostics diagnostics;
    EXPECT_TRUE(dump_evtx(
        file, {.threads = threads}, Limits{}, [&](std::string_view text) { out += text; },
        diagnostics));
    return out;
  };
  const std::string alone = dump(1);
  EXPECT_EQ(std::ranges::count(alone, '\n'), static_cast<std::ptrdiff_t>(many.size()));
  EXPECT_EQ(dump(2), alone);
  EXPECT_EQ(dump(5), alone);
}

}  // namespace
}  // namespace npg
