// Events read by plan must be those that decoding the whole record gives: on built records of every
// shape, and on real logs where NPGUARD_CORPUS names a folder of them.
#include "source/evtx_log/data_plan.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "format/evtx/system_fields.hpp"
#include "source/evtx_log/chunk_walk.hpp"
#include "source/evtx_log/event_builder.hpp"
#include "testing/evtx_writer.hpp"

namespace npg {
namespace {

using testing::datum;
using testing::EventRecipe;
using testing::EventType;

struct Tally {
  std::uint64_t records = 0;
  std::uint64_t planned = 0;
  std::uint64_t different = 0;
  std::uint64_t recognised = 0;  ///< templates that an earlier chunk brought, so far
};

std::string shown(const WinEvent& event) {
  std::string out = std::string(event.channel.raw()) + "|" + std::string(event.provider.raw()) +
                    "|" + std::string(event.computer.raw()) + "|" +
                    std::string(event.user_sid.raw());
  for (const std::uint64_t number :
       {std::uint64_t{event.event_id}, std::uint64_t{event.version}, event.record_id,
        event.written.ticks, event.created.ticks, std::uint64_t{event.process_id},
        std::uint64_t{event.thread_id}, std::uint64_t{event.is_user_data}, event.origin.offset,
        event.origin.length}) {
    out += "|" + std::to_string(number);
  }
  for (const EventField& field : event.fields) {
    out += "\n" + std::string(field.name.raw()) + "=" + std::string(field.value.raw());
  }
  return out;
}

/// One cache for all files, so that templates are recognised from one file to another.
void compare_chunk(const evtx::Chunk& chunk, const std::string& file, Tally& tally) {
  static const Limits limits;
  static evtx::TemplateCache templates;
  static PlannedEvents planned(templates, limits);
  Diagnostics diagnostics;
  evtx::BinXmlDecoder decoder(chunk.bytes, limits);
  templates.start_chunk(chunk.bytes, decoder);
  evtx::EventKeyReader keys(templates);
  planned.start_chunk();
  evtx::RecordWalk walk(chunk, diagnostics);
  evtx::XmlTree tree;
  WinEvent event;
  while (const auto record = walk.next()) {
    ++tally.records;
    const auto key = keys.read(*record);
    if (!key || !planned.build(keys, *key, *record, event)) {
      continue;
    }
    ++tally.planned;
    const bool decoded = decoder.decode(record->binxml, tree).has_value();
    const auto system = evtx::read_system(tree);
    ASSERT_TRUE(decoded && system) << file << " at " << record->offset;
    tally.recognised = templates.recognised();
    const std::string whole = shown(build_event(tree, *system, *record));
    if (whole != shown(event)) {
      ++tally.different;
      ADD_FAILURE() << file << " at " << record->offset << "\ndecoded: " << whole
                    << "\nplanned: " << shown(event);
    }
  }
}

Tally compare(const std::string& name, std::vector<std::byte> content) {
  Tally tally;
  Diagnostics diagnostics;
  const MemoryFile file(EvidenceText::from_utf8(name), std::move(content));
  (void)for_each_chunk(file, diagnostics,
                       [&](const evtx::Chunk& chunk) { compare_chunk(chunk, name, tally); });
  return tally;
}

EventRecipe event_with(std::vector<testing::EventDatum> data) {
  return {.provider = "Microsoft-Windows-Security-Auditing",
          .guid = "{54849625-5478-4994-A5BA-3E3B0328C30D}",
          .channel = "Security",
          .computer = "host.example",
          .event_id = 4624,
          .version = 2,
          .record_id = 0,
          .time = {133'000'000'000'000'000},
          .user_sid = "S-1-5-18",
          .data = std::move(data)};
}

TEST(DataPlan, BuiltRecordsOfEveryShapeAreReadAsDecodingReadsThem) {
  EventRecipe no_user = event_with({datum("A", EventType::string, "x")});
  no_user.user_sid = "";
  EventRecipe user_data = event_with(
      {datum("SubjectUserName", EventType::string, "bob"), datum("Empty", EventType::string, "")});
  user_data.user_data = testing::UserDataShape{"LogFileCleared", "urn:x"};
  const EventRecipe recipes[] = {
      event_with({datum("TargetUserName", EventType::string, "alice"),
                  datum("TargetLogonId", EventType::hex_int64, "0x3e7"),
                  datum("LogonType", EventType::uint32, "2")}),
      event_with({datum("", EventType::string_array, "one\ntwo"),
                  datum("Named", EventType::string_array, "one\ntwo")}),
      event_with({datum("", EventType::string, "unnamed")}),
      event_with({}),
      no_user,
      user_data,
  };
  const Tally tally = compare("built", testing::write_evtx(recipes));
  EXPECT_EQ(tally.records, std::size(recipes));
  EXPECT_EQ(tally.different, 0U);
  EXPECT_GE(tally.planned, 5U) << "plans were hardly used";
}

TEST(DataPlan, RealLogsAreReadAsDecodingReadsThem) {
  const char* folder = std::getenv("NPGUARD_CORPUS");
  if (folder == nullptr) {
    GTEST_SKIP() << "NPGUARD_CORPUS names no folder of samples";
  }
  Tally all;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file() || entry.path().extension() != ".evtx") {
      continue;
    }
    std::string content(static_cast<std::size_t>(entry.file_size()), '\0');
    std::ifstream(entry.path(), std::ios::binary)
        .read(content.data(), static_cast<std::streamsize>(content.size()));
    const auto bytes = bytes_of(content);
    const Tally one =
        compare(entry.path().string(), std::vector<std::byte>(bytes.begin(), bytes.end()));
    all.records += one.records;
    all.planned += one.planned;
    all.different += one.different;
    all.recognised = std::max(all.recognised, one.recognised);
    ASSERT_LE(all.different, 20U) << "stopped here";
  }
  RecordProperty("records", std::to_string(all.records));
  RecordProperty("planned", std::to_string(all.planned));
  RecordProperty("templates_recognised", std::to_string(all.recognised));
  EXPECT_GT(all.recognised, 1000U) << "templates were hardly shared between chunks";
  EXPECT_EQ(all.different, 0U);
  EXPECT_GE(all.planned * 20, all.records * 19) << all.planned << " of " << all.records;
}

}  // namespace
}  // namespace npg
