#include "format/authenticode/certificate_table.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "format/authenticode/image_digest.hpp"

namespace npg::authenticode {
namespace {

constexpr std::uint64_t table_at = 0x400;

void put(std::vector<std::byte>& file, std::uint64_t at, std::uint64_t value, unsigned size) {
  for (unsigned i = 0; i < size; ++i) {
    file.at(at + i) = static_cast<std::byte>(value >> (8U * i));
  }
}

/// An image of 0x400 bytes and a table of one entry with 16 bytes of content.
struct Sample {
  std::vector<std::byte> file = std::vector<std::byte>(table_at + 24, std::byte{0x11});
  ImageLayout layout{.checksum_offset = 0xd8,
                     .directory_offset = 0x128,
                     .headers_size = 0x200,
                     .page_size = 0x1000,
                     .sections = {{.offset = 0x200, .size = 0x200}},
                     .table_offset = table_at,
                     .table_size = 24};
  Sample() { entry(table_at, 24); }
  void entry(std::uint64_t at, std::uint64_t length, std::uint64_t revision = 0x200,
             std::uint64_t type = 2) {
    put(file, at, length, 4);
    put(file, at + 4, revision, 2);
    put(file, at + 6, type, 2);
  }
  [[nodiscard]] CertificateTable read() const {
    return read_certificate_table(Bytes(file), layout, 16);
  }
};

TEST(CertificateTable, OneEntry) {
  const Sample sample;
  const auto table = sample.read();
  EXPECT_TRUE(table.flaws.empty());
  ASSERT_EQ(table.entries.size(), 1U);
  EXPECT_EQ(table.entries[0].offset, table_at);
  EXPECT_EQ(table.entries[0].content.offset(), table_at + 8);
  EXPECT_EQ(table.entries[0].content.size(), 16U);
}

TEST(CertificateTable, WithoutOneThereIsNothing) {
  Sample sample;
  sample.layout.table_offset = sample.layout.table_size = 0;
  const auto table = sample.read();
  EXPECT_TRUE(table.entries.empty());
  EXPECT_TRUE(table.flaws.empty());
}

TEST(CertificateTable, EachTrickIsNamedWithItsPlace) {
  struct Case {
    TableFlaw flaw;
    std::uint64_t offset;
    std::size_t entries;
    void (*change)(Sample&);
  };
  using enum TableFlaw;
  const Case cases[] = {
      {table_outside_file, table_at, 1, [](Sample& s) { s.layout.table_size = 1000; }},
      {table_outside_file, 0xfffffff0, 0, [](Sample& s) { s.layout.table_offset = 0xfffffff0; }},
      {table_overlaps_image, 0x3f8, 1,
       [](Sample& s) {
         s.layout.table_offset = 0x3f8;
         s.layout.table_size = 32;
         s.entry(0x3f8, 32);
       }},
      {table_misaligned, table_at + 4, 0,
       [](Sample& s) {
         s.layout.table_offset += 4;
         s.layout.table_size -= 4;
       }},
      {table_empty, table_at, 0, [](Sample& s) { s.entry(table_at, 0); }},
      {entry_truncated, table_at, 0, [](Sample& s) { s.entry(table_at, 25); }},
      {entry_truncated, table_at, 0, [](Sample& s) { s.entry(table_at, 7); }},
      {entry_truncated, table_at, 0, [](Sample& s) { s.entry(table_at, 0xffffffff); }},
      {entry_revision, table_at, 1, [](Sample& s) { s.entry(table_at, 24, 0x300); }},
      {entry_revision_1, table_at, 1, [](Sample& s) { s.entry(table_at, 24, 0x100); }},
      {entry_type, table_at, 1, [](Sample& s) { s.entry(table_at, 24, 0x200, 1); }},
      {bytes_behind_entries, table_at + 16, 1,
       [](Sample& s) {
         s.entry(table_at, 16);
         put(s.file, table_at + 16, 0, 4);
       }},
      {bytes_behind_table, table_at + 24, 1, [](Sample& s) { s.file.resize(table_at + 40); }},
  };
  for (const Case& c : cases) {
    Sample sample;
    c.change(sample);
    const auto table = sample.read();
    const auto found = std::ranges::find(table.flaws, c.flaw, &FlawFound::flaw);
    ASSERT_NE(found, table.flaws.end()) << name_of(c.flaw);
    EXPECT_EQ(found->offset, c.offset) << name_of(c.flaw);
    EXPECT_EQ(table.entries.size(), c.entries) << name_of(c.flaw);
  }
}

TEST(CertificateTable, EntriesAreEightBytesApart) {
  Sample sample;
  sample.file.resize(table_at + 48);
  sample.layout.table_size = 48;
  sample.entry(table_at, 20);
  sample.entry(table_at + 24, 24);
  const auto table = sample.read();
  ASSERT_EQ(table.flaws.size(), 1U) << "more than one is told of";
  EXPECT_EQ(table.flaws[0].flaw, TableFlaw::several_entries);
  EXPECT_EQ(table.flaws[0].offset, table_at + 24);
  EXPECT_FALSE(table.flaws[0].breaks());
  ASSERT_EQ(table.entries.size(), 2U);
  EXPECT_EQ(table.entries[0].content.size(), 12U);
  EXPECT_EQ(table.entries[1].offset, table_at + 24);
  const auto bounded = read_certificate_table(Bytes(sample.file), sample.layout, 1);
  EXPECT_EQ(bounded.entries.size(), 1U);
  ASSERT_EQ(bounded.flaws.size(), 1U) << "an entry past the limit is told of";
  EXPECT_EQ(bounded.flaws[0].flaw, TableFlaw::bytes_behind_entries);
}

std::vector<std::pair<std::uint64_t, std::uint64_t>> ranges_of(const std::vector<Bytes>& ranges) {
  std::vector<std::pair<std::uint64_t, std::uint64_t>> list;
  for (const Bytes& range : ranges) {
    list.emplace_back(range.offset(), range.offset() + range.size());
  }
  return list;
}
using Ranges = std::vector<std::pair<std::uint64_t, std::uint64_t>>;

TEST(ImageDigest, LeavesOutWhatSigningChanges) {
  Sample sample;
  sample.file.resize(table_at + 40);
  EXPECT_EQ(ranges_of(digest_ranges(Bytes(sample.file), sample.layout)),
            (Ranges{{0, 0xd8}, {0xdc, 0x128}, {0x130, table_at}, {table_at + 24, table_at + 40}}));
  EXPECT_EQ(ranges_of(digest_ranges_by_specification(Bytes(sample.file), sample.layout)),
            (Ranges{{0, 0xd8},
                    {0xdc, 0x128},
                    {0x130, 0x200},
                    {0x200, table_at},
                    {table_at + 24, table_at + 40}}));
  EXPECT_EQ(digest_padding(Bytes(sample.file), sample.layout), 0U);
}

TEST(ImageDigest, GapsBetweenSectionsAreHashedByOneReadingOnly) {
  Sample sample;
  sample.layout.sections = {{.offset = 0x300, .size = 0x100}};
  EXPECT_EQ(ranges_of(digest_ranges(Bytes(sample.file), sample.layout)),
            (Ranges{{0, 0xd8}, {0xdc, 0x128}, {0x130, table_at}}));
  EXPECT_EQ(
      ranges_of(digest_ranges_by_specification(Bytes(sample.file), sample.layout)),
      (Ranges{{0, 0xd8}, {0xdc, 0x128}, {0x130, 0x200}, {0x300, table_at}, {0x300, table_at}}));
}

TEST(ImageDigest, FieldsAtAnyPlaceStayInsideTheFile) {
  Sample sample;
  for (const std::uint64_t at : {std::uint64_t{0}, std::uint64_t{0x417}, UINT64_MAX - 16}) {
    sample.layout.checksum_offset = at;
    sample.layout.directory_offset = at;
    sample.layout.table_offset = at & 0xffffffff;
    sample.layout.table_size = 0xffffffff;
    sample.layout.headers_size = at & 0xffffffff;
    for (const Bytes& range : digest_ranges(Bytes(sample.file), sample.layout)) {
      EXPECT_LE(range.offset() + range.size(), sample.file.size());
    }
    for (const Bytes& range : digest_ranges_by_specification(Bytes(sample.file), sample.layout)) {
      EXPECT_LE(range.offset() + range.size(), sample.file.size());
    }
  }
}

TEST(ImageDigest, UnsignedFilesArePaddedToEight) {
  Sample sample;
  sample.layout.table_offset = sample.layout.table_size = 0;
  sample.file.resize(0x403);
  EXPECT_EQ(digest_padding(Bytes(sample.file), sample.layout), 5U);
}

TEST(HashedPages, HeadersThenSectionsThenTheEnd) {
  Sample sample;
  sample.file.resize(0x4400);
  sample.layout.sections = {{.offset = 0x200, .size = 0x1800},
                            {.offset = 0, .size = 0},
                            {.offset = 0x1a00, .size = 0x200}};
  const auto hashed = hashed_pages(Bytes(sample.file), sample.layout, 100);
  ASSERT_EQ(hashed.pages.size(), 4U);
  EXPECT_EQ(hashed.pages[0].zeros, 0xe00U);
  EXPECT_EQ(hashed.pages[1].offset, 0x200U);
  EXPECT_EQ(hashed.pages[2].offset, 0x1200U);
  EXPECT_EQ(hashed.pages[2].zeros, 0x800U);
  EXPECT_EQ(hashed.pages[3].offset, 0x1a00U);
  EXPECT_EQ(hashed.end, 0x1c00U);
  EXPECT_TRUE(hashed_pages(Bytes(sample.file), sample.layout, 3).pages.empty());
  sample.layout.page_size = 0;
  EXPECT_TRUE(hashed_pages(Bytes(sample.file), sample.layout, 100).pages.empty());
}

}  // namespace
}  // namespace npg::authenticode
