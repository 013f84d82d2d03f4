#include "format/catalog/catalog.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "base/identifiers.hpp"
#include "testing/catalog_writer.hpp"

namespace npg::catalog {
namespace {

std::vector<std::byte> digest(std::size_t size, unsigned fill) {
  return std::vector<std::byte>(size, static_cast<std::byte>(fill));
}

struct Reading {
  std::optional<Error> error;
  Catalog catalog;
  std::vector<std::string> digests;
  std::vector<Member> members;
  Diagnostics diagnostics;
};

Reading read(std::span<const std::byte> file, const SignatureLimits& limits = {}) {
  Reading reading;
  auto catalog = read_catalog(Bytes(file), limits, reading.diagnostics, [&](const Member& member) {
    reading.members.push_back(member);
    reading.digests.push_back(to_hex(member.digest.view()));
  });
  if (catalog) {
    reading.catalog = *std::move(catalog);
  } else {
    reading.error = catalog.error();
  }
  return reading;
}

TEST(Catalog, MembersOfBothVersions) {
  for (const bool is_version_2 : {false, true}) {
    const auto file =
        testing::write_catalog({.is_version_2 = is_version_2,
                                .members = {{.digest = digest(20, 0xab)},
                                            {.digest = digest(32, 0x1c), .is_image = false},
                                            {.digest = digest(20, 7), .has_indirect_data = false}},
                                .attributes = {{"OS", "2:10.0"}, {"HWID1", "x"}}});
    const Reading reading = read(file);
    ASSERT_FALSE(reading.error.has_value());
    EXPECT_EQ(reading.catalog.members, 3U);
    EXPECT_EQ(reading.catalog.members_damaged, 0U);
    EXPECT_EQ(reading.catalog.usage_oid, "1.3.6.1.4.1.311.12.1.1");
    EXPECT_EQ(reading.catalog.member_oid,
              is_version_2 ? "1.3.6.1.4.1.311.12.1.3" : "1.3.6.1.4.1.311.12.1.2");
    EXPECT_EQ(reading.catalog.this_update, "260101000000Z");
    EXPECT_EQ(reading.digests, (std::vector{to_hex(digest(20, 0xab)), to_hex(digest(32, 0x1c)),
                                            to_hex(digest(20, 7))}));
    EXPECT_TRUE(reading.members[0].is_image);
    EXPECT_FALSE(reading.members[1].is_image);
    EXPECT_FALSE(reading.members[2].is_image);
    EXPECT_TRUE(reading.members[1].has_indirect_data);
    EXPECT_FALSE(reading.members[2].has_indirect_data);
    EXPECT_EQ(reading.members[0].attributes, 2U);
    ASSERT_EQ(reading.catalog.attributes.size(), 2U);
    EXPECT_EQ(reading.catalog.attributes[0].name.raw(), "OS");
    EXPECT_EQ(reading.catalog.attributes[0].value.raw(), "2:10.0");
    const Member& second = reading.members[1];
    EXPECT_EQ(file[second.offset], std::byte{0x30}) << "offsets are absolute";
  }
}

TEST(Catalog, TwoHashesOfOneMemberAreTold) {
  const auto file =
      testing::write_catalog({.members = {{.digest = digest(32, 1), .tag = digest(32, 2)},
                                          {.digest = digest(32, 1), .tag = digest(5, 2)}}});
  const Reading reading = read(file);
  ASSERT_EQ(reading.members.size(), 2U);
  EXPECT_TRUE(reading.members[0].disagrees);
  EXPECT_EQ(reading.digests[0], to_hex(digest(32, 1)));
  EXPECT_FALSE(reading.members[1].disagrees) << "a tag may be any name";
  EXPECT_EQ(reading.digests[1], to_hex(digest(32, 1)));
}

TEST(Catalog, RefusalsNameTheByte) {
  const auto whole = testing::write_catalog({.members = {{.digest = digest(20, 1)}}});
  EXPECT_EQ(read({}).error->code, ErrorCode::truncated);
  EXPECT_EQ(read(digest(64, 0)).error->code, ErrorCode::not_this_format);
  for (std::size_t size = 1; size < whole.size(); ++size) {
    const Reading cut = read(std::span(whole).first(size));
    ASSERT_TRUE(cut.error.has_value()) << size;
    EXPECT_EQ(cut.error->code, ErrorCode::truncated) << size;
    EXPECT_LE(cut.error->offset, size);
  }
}

TEST(Catalog, ADamagedMemberCostsItselfAlone) {
  auto file =
      testing::write_catalog({.members = {{.digest = digest(20, 1)}, {.digest = digest(20, 2)}}});
  const Reading before = read(file);
  file[before.members[0].offset + 2] = std::byte{0x05};  // Its tag is no octet string any more.
  const Reading after = read(file);
  ASSERT_FALSE(after.error.has_value());
  EXPECT_EQ(after.catalog.members, 1U);
  EXPECT_EQ(after.catalog.members_damaged, 1U);
  ASSERT_EQ(after.diagnostics.kept().size(), 1U);
  EXPECT_EQ(after.diagnostics.kept()[0].code, DiagnosticCode::file_unreadable);
  EXPECT_EQ(after.diagnostics.kept()[0].offset, before.members[0].offset + 2);
}

TEST(Catalog, TooManyMembersAreAnError) {
  const auto file =
      testing::write_catalog({.members = {{.digest = digest(20, 1)}, {.digest = digest(20, 2)}}});
  SignatureLimits limits;
  limits.catalog_members_max = 1;
  EXPECT_EQ(read(file, limits).error->code, ErrorCode::limit_exceeded);
}

/// Members of real catalogs, as `strings` and openssl's asn1parse count their SpcIndirectData.
TEST(CatalogCorpus, MembersOfRealCatalogs) {
  const char* corpus = std::getenv("NPGUARD_CORPUS");
  if (corpus == nullptr) {
    GTEST_SKIP() << "NPGUARD_CORPUS is not set";
  }
  const std::map<std::string, std::uint64_t> members = {
      {"ntexe.cat", 9},
      {"oem89.cat", 1},
      {"115fe8649854ad531fb7ecd1318fbee6b33c9cbd78f02ed582092a96d5eb5899.cat", 10}};
  std::size_t seen = 0;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(std::filesystem::path(corpus) / "cat")) {
    const auto expected = members.find(entry.path().filename().string());
    if (expected == members.end()) {
      continue;
    }
    std::ifstream in(entry.path(), std::ios::binary);
    std::ostringstream whole;
    whole << in.rdbuf();
    const std::string content = whole.str();
    const Reading reading = read(bytes_of(content));
    ASSERT_FALSE(reading.error.has_value()) << entry.path();
    EXPECT_EQ(reading.catalog.members_damaged, 0U) << entry.path();
    const auto images = std::ranges::count_if(
        reading.members, [](const Member& member) { return member.has_indirect_data; });
    EXPECT_EQ(static_cast<std::uint64_t>(images), expected->second) << entry.path();
    ++seen;
  }
  EXPECT_EQ(seen, members.size());
}

}  // namespace
}  // namespace npg::catalog
