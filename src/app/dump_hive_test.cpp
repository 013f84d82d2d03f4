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
  std::vector<std::string> logs;
  const auto result = dump_hive(
      file, {}, Limits{}, [&](std::string_view part) { text += part; }, diagnostics, logs);
  EXPECT_TRUE(result);
  EXPECT_TRUE(logs.empty());
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
      {"sz", reg::sz, units("RDPNP", 1), R"("type":"REG_SZ","size":12,"data":"RDPNP","offset":)"},
      {"unterminated", reg::sz, units("ab", 0), R"("data":"ab","hex":"61006200","offset":)"},
      {"doubly terminated", reg::expand_sz, units("ab", 2),
       R"("data":"ab\u0000","hex":"6100620000000000","offset":)"},
      {"link", reg::link, units("\\x", 0), R"("data":"\\x","offset":)"},
      {"multi", reg::multi_sz, units("a", 2), R"("data":["a"],"offset":)"},
      {"multi, not ended", reg::multi_sz, units("a", 1),
       R"("data":["a"],"hex":"61000000","offset":)"},
      {"dword",
       reg::dword,
       {std::byte{2}, std::byte{1}, std::byte{0}, std::byte{0}},
       R"("data":258,"offset":)"},
      {"big-endian",
       reg::dword_big_endian,
       {std::byte{0}, std::byte{0}, std::byte{1}, std::byte{2}},
       R"("data":258,"offset":)"},
      {"short dword", reg::dword, {std::byte{2}}, R"("data":"02","offset":)"},
      {"binary", reg::binary, {std::byte{0xde}, std::byte{0xad}}, R"("data":"dead","offset":)"},
      {"unknown", 0x1234, {std::byte{1}}, R"("type":"REG_0x1234","size":1,"data":"01","offset":)"},
  };
  for (const auto& c : cases) {
    npg::testing::RegfKey root{.name = "ROOT", .last_written = when};
    npg::testing::set_value(root, {c.name, c.type, c.data});
    Diagnostics diagnostics;
    EXPECT_THAT(dump(npg::testing::write_hive(root), diagnostics), HasSubstr(c.shown)) << c.name;
  }
}

TEST(DumpHive, KeysTellFlagsAccessAndLinksAndValuesTheirPlace) {
  npg::testing::RegfKey root{.name = "ROOT", .last_written = when};
  npg::testing::RegfKey& link = npg::testing::key_at(root, "a", when);
  link.flags = 0x10;
  link.access_bits = 2;
  npg::testing::set_value(link, {"SymbolicLinkValue", reg::link, units("\\Registry\\x", 0)});
  const auto hive = npg::testing::write_hive(root);
  Diagnostics diagnostics;
  const std::string text = dump(hive, diagnostics);
  EXPECT_THAT(text, HasSubstr(R"("flags":)"));
  EXPECT_THAT(text, HasSubstr(R"("access_bits":2,"link_target":"\\Registry\\x")"));
  // The value's record stands where the dump says.
  const std::size_t at = text.find(R"("offset":)", text.find("SymbolicLinkValue"));
  const std::size_t offset = std::stoul(text.substr(at + 9));
  ASSERT_LT(offset + 6, hive.size());
  EXPECT_EQ(static_cast<char>(hive[offset + 4]), 'v');
  EXPECT_EQ(static_cast<char>(hive[offset + 5]), 'k');
}

TEST(DumpHive, WhatIsNoHiveIsRefusedAndNothingWritten) {
  const MemoryFile file(EvidenceText::from_literal("x"), std::vector<std::byte>(9000));
  Diagnostics diagnostics;
  bool wrote = false;
  std::vector<std::string> logs;
  const auto result =
      dump_hive(file, {}, Limits{}, [&](std::string_view) { wrote = true; }, diagnostics, logs);
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
    std::vector<std::string> logs;
    const auto result = dump_hive(
        file, {}, Limits{}, [&](std::string_view part) { text += part; }, diagnostics, logs);
    EXPECT_TRUE(text.empty() || text.ends_with("}\n")) << length;
    EXPECT_TRUE(!result || diagnostics.worst() >= Severity::data_loss) << length;
  }
}

}  // namespace
}  // namespace npg
