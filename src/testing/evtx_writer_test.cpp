#include "testing/evtx_writer.hpp"

#include <gtest/gtest.h>

#include "base/checksum.hpp"
#include "testing/byte_writer.hpp"

namespace npg::testing {
namespace {

EventRecipe logon(std::uint64_t ticks) {
  EventRecipe event{.provider = "Microsoft-Windows-Security-Auditing",
                    .guid = "{54849625-5478-4994-A5BA-3E3B0328C30D}",
                    .channel = "Security",
                    .computer = "WS01",
                    .event_id = 4624,
                    .version = 2};
  event.time = FileTime{FileTime::unix_epoch + ticks};
  event.data = {datum("TargetUserSid", EventType::sid, "S-1-5-18"),
                datum("TargetUserName", EventType::string, "anna"),
                datum("TargetLogonId", EventType::hex_int64, "0x5a1b2"),
                datum("LogonType", EventType::uint32, "10")};
  return event;
}

TEST(EvtxWriter, ChecksumsAndTablesAgree) {
  std::vector<EventRecipe> events;
  for (std::uint64_t i = 0; i < 300; ++i) {
    events.push_back(logon(i));
  }
  const std::vector<std::byte> file = write_evtx(events);
  const Bytes bytes(file);
  EXPECT_EQ(crc32(bytes.clamp(0, 120).data()), bytes.at<std::uint32_t>(124));
  const std::uint16_t chunks = bytes.at<std::uint16_t>(42);
  ASSERT_GT(chunks, 1);
  ASSERT_EQ(file.size(), 4096 + chunks * std::size_t{65'536});
  EXPECT_EQ(bytes.at<std::uint64_t>(24), 301U);
  std::uint64_t next = 1;
  for (std::size_t i = 0; i < chunks; ++i) {
    const Bytes chunk = bytes.clamp(4096 + i * 65'536, 65'536);
    ASSERT_TRUE(chunk.starts_with("ElfChnk"));
    EXPECT_EQ(chunk.at<std::uint64_t>(24), next);
    next = chunk.at<std::uint64_t>(32) + 1;
    const std::uint32_t end = chunk.at<std::uint32_t>(48);
    EXPECT_EQ(crc32(chunk.clamp(512, end - 512).data()), chunk.at<std::uint32_t>(52));
    EXPECT_EQ(crc32(chunk.clamp(128, 384).data(), crc32(chunk.clamp(0, 120).data())),
              chunk.at<std::uint32_t>(124));
    std::size_t at = 512;
    std::size_t last = at;
    while (at < end) {
      ASSERT_EQ(chunk.at<std::uint32_t>(at), 0x2a2aU);
      const std::uint32_t size = chunk.at<std::uint32_t>(at + 4);
      ASSERT_EQ(size % 8, 0U);
      ASSERT_EQ(chunk.at<std::uint32_t>(at + size - 4), size);
      last = at;
      at += size;
    }
    EXPECT_EQ(at, end);
    EXPECT_EQ(chunk.at<std::uint32_t>(44), last);
  }
  EXPECT_EQ(next, 301U);
}

TEST(EvtxWriter, TheFirstNameHasTheHashThatWindowsGivesIt) {
  const std::vector<EventRecipe> events{logon(0)};
  const std::vector<std::byte> file = write_evtx(events);
  // Record header, fragment header, instance, definition: then the element named Event.
  EXPECT_EQ(Bytes(file).at<std::uint16_t>(4096 + 0x251), 0x0cba);
}

TEST(EvtxWriter, ADirtyFileTellsOfOneChunk) {
  const std::vector<EventRecipe> events{logon(0), logon(1), logon(2)};
  const std::vector<std::byte> file =
      write_evtx(events, {.is_dirty = true, .empty_chunks = 1, .records_per_chunk_max = 1});
  EXPECT_EQ(Bytes(file).at<std::uint16_t>(42), 1);
  EXPECT_EQ(Bytes(file).at<std::uint32_t>(120), 1U);
  EXPECT_EQ(file.size(), 4096 + 4 * std::size_t{65'536});
}

TEST(EventValue, TextsThatAreNoValueAreRefused) {
  struct Case {
    EventType type;
    std::string_view text;
    bool is_value;
  };
  const Case cases[] = {
      {EventType::uint8, "255", true},
      {EventType::uint8, "256", false},
      {EventType::uint32, "0x10", true},
      {EventType::uint32, "", false},
      {EventType::int32, "-1", true},
      {EventType::boolean, "yes", false},
      {EventType::guid, "{54849625-5478-4994-A5BA-3E3B0328C30D}", true},
      {EventType::guid, "54849625", false},
      {EventType::sid, "S-1-5-18", true},
      {EventType::sid, "anna", false},
      {EventType::filetime, "2026-11-20T10:00:00Z", true},
      {EventType::filetime, "then", false},
      {EventType::binary, "0aff", true},
      {EventType::binary, "0af", false},
  };
  for (const Case& each : cases) {
    EXPECT_EQ(event_value_bytes(each.type, each.text).has_value(), each.is_value) << each.text;
  }
}

}  // namespace
}  // namespace npg::testing
