#include "app/dump_hive.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "testing/regf_writer.hpp"
#include "view/registry_view.hpp"

namespace npg {
namespace {

using ::testing::HasSubstr;

constexpr FileTime when{132'000'000'000'000'000};

std::vector<std::byte> units(std::string_view text, std::size_t terminators) {
  npg::testing::ByteWriter writer;
  writer.add_utf16(text);
  writer.add_zeros(terminators * 2);
  return writer.take();
}

std::string dump(const std::vector<std::byte>& hive, Diagnostics& diagnostics) {
  const MemoryFile file(EvidenceText::from_literal("SYSTEM"), hive);
  std::string text;
  const auto result =
      dump_hive(file, {}, Limits{}, [&](std::string_view part) { text += part; }, diagnostics);
  EXPECT_TRUE(result);
  return text;
}

TEST(DumpHive, OneLineAKeyInTreeOrder) {
  npg::testing::RegfKey root{.name = "ROOT", .last_written = when};
  npg::testing::key_at(root, "a\\b", when).class_name = "Shell";
  npg::testing::key_at(root, "c", when).security = npg::testing::default_descriptor();
  Diagnostics diagnostics;
  const std::string text = dump(npg::testing::write_hive(root), diagnostics);
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1) {
    lines.push_back(text.substr(at, text.find('\n', at) - at));
  }
  ASSERT_EQ(lines.size(), 4U);
  EXPECT_THAT(lines[0], HasSubstr(R"({"path":"","last_written":"2019-04-17T18:40:00.0000000Z")"));
  EXPECT_THAT(lines[1], HasSubstr(R"({"path":"a",)"));
  EXPECT_THAT(lines[2], HasSubstr(R"({"path":"a\\b",)"));
  EXPECT_THAT(lines[2], HasSubstr(R"("class":"Shell")"));
  EXPECT_THAT(lines[3], HasSubstr(R"({"path":"c",)"));
  EXPECT_THAT(lines[3], HasSubstr(R"("security":{"owner":"S-1-5-32-544")"));
  EXPECT_THAT(lines[3], HasSubstr(R"("origin":{"offset":)"));
  EXPECT_THAT(lines[3], HasSubstr(R"("how":"allocated"})"));
}

TEST(DumpHive, DataAreTextOnlyWhereTextGivesTheBytesBack) {
  const struct {
    const char* name;
    std::uint32_t type;
    std::vector<std::byte> data;
    const char* shown;
  } cases[] = {
      {"sz", reg::sz, units("RDPNP", 1), R"("type":"REG_SZ","size":12,"data":"RDPNP"})"},
      {"unterminated", reg::sz, units("ab", 0), R"("data":"ab","hex":"61006200"})"},
      {"doubly terminated", reg::expand_sz, units("ab", 2),
       R"("data":"ab\u0000","hex":"6100620000000000"})"},
      {"link", reg::link, units("\\x", 0), R"("data":"\\x"})"},
      {"multi", reg::multi_sz, units("a", 2), R"("data":["a"]})"},
      {"multi, not ended", reg::multi_sz, units("a", 1), R"("data":["a"],"hex":"61000000"})"},
      {"dword",
       reg::dword,
       {std::byte{2}, std::byte{1}, std::byte{0}, std::byte{0}},
       R"("data":258})"},
      {"big-endian",
       reg::dword_big_endian,
       {std::byte{0}, std::byte{0}, std::byte{1}, std::byte{2}},
       R"("data":258})"},
      {"short dword", reg::dword, {std::byte{2}}, R"("data":"02"})"},
      {"binary", reg::binary, {std::byte{0xde}, std::byte{0xad}}, R"("data":"dead"})"},
      {"unknown", 0x1234, {std::byte{1}}, R"("type":"REG_0x1234","size":1,"data":"01"})"},
  };
  for (const auto& c : cases) {
    npg::testing::RegfKey root{.name = "ROOT", .last_written = when};
    npg::testing::set_value(root, {c.name, c.type, c.data});
    Diagnostics diagnostics;
    EXPECT_THAT(dump(npg::testing::write_hive(root), diagnostics), HasSubstr(c.shown)) << c.name;
  }
}

TEST(DumpHive, WhatIsNoHiveIsRefusedAndNothingWritten) {
  const MemoryFile file(EvidenceText::from_literal("x"), std::vector<std::byte>(9000));
  Diagnostics diagnostics;
  bool wrote = false;
  const auto result =
      dump_hive(file, {}, Limits{}, [&](std::string_view) { wrote = true; }, diagnostics);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::not_this_format);
  EXPECT_FALSE(wrote);
}

TEST(DumpHive, NoTruncationBreaksALine) {
  npg::testing::RegfKey root{.name = "ROOT", .last_written = when};
  npg::testing::set_value(npg::testing::key_at(root, "a\\b", when), {"v", reg::sz, units("x", 1)});
  const auto hive = npg::testing::write_hive(root);
  for (std::size_t length = 4097; length < hive.size(); length += 13) {
    const MemoryFile file(EvidenceText::from_literal("SYSTEM"),
                          {hive.begin(), hive.begin() + static_cast<std::ptrdiff_t>(length)});
    std::string text;
    Diagnostics diagnostics;
    const auto result =
        dump_hive(file, {}, Limits{}, [&](std::string_view part) { text += part; }, diagnostics);
    EXPECT_TRUE(text.empty() || text.ends_with("}\n")) << length;
    EXPECT_TRUE(!result || diagnostics.worst() >= Severity::data_loss) << length;
  }
}

}  // namespace
}  // namespace npg
