#include "format/authenticode/indirect_data.hpp"

#include <gtest/gtest.h>

#include <initializer_list>
#include <string_view>

#include "base/identifiers.hpp"
#include "format/authenticode/oid.hpp"
#include "testing/catalog_writer.hpp"

namespace npg::authenticode {
namespace {

using testing::der;
using Content = std::vector<std::byte>;
using namespace std::string_view_literals;

Content text(std::string_view characters) {
  const auto bytes = bytes_of(characters);
  return {bytes.begin(), bytes.end()};
}
Content join(std::initializer_list<Content> parts) {
  Content all;
  for (const Content& part : parts) {
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}

/// SpcIndirectData over a SHA-256 digest of 0x55, with the page hashes given.
Content indirect_data(const Content& page_hashes) {
  const Content serialized = der(0x31, der(0x30, join({der(0x06, text(oid::page_hashes_sha256)),
                                                       der(0x31, der(0x04, page_hashes))})));
  const Content link = page_hashes.empty()
                           ? der(0xa2, der(0x80, {}))
                           : der(0xa1, join({der(0x04, Content(16)), der(0x04, serialized)}));
  const Content image_data = der(0x30, join({der(0x03, text("\0"sv)), der(0xa0, link)}));
  const Content data = der(0x30, join({der(0x06, text(oid::spc_pe_image_data)), image_data}));
  const Content algorithm =
      der(0x30, join({der(0x06, text("\x60\x86\x48\x01\x65\x03\x04\x02\x01"sv)), der(0x05, {})}));
  return der(0x30,
             join({data, der(0x30, join({algorithm, der(0x04, Content(32, std::byte{0x55}))}))}));
}

TEST(IndirectData, DigestAndPageHashes) {
  const Content file = indirect_data(Content(36, std::byte{9}));
  const auto read = read_indirect_data(Bytes(file, 0x1000));
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->kind, SubjectKind::pe_image);
  EXPECT_EQ(read->kind_oid, "1.3.6.1.4.1.311.2.1.15");
  EXPECT_EQ(read->digest_oid, "2.16.840.1.101.3.4.2.1");
  EXPECT_EQ(to_hex(read->digest.data()).substr(0, 6), "555555");
  EXPECT_EQ(read->digest.offset(), 0x1000 + file.size() - 32) << "offsets are absolute";
  ASSERT_TRUE(read->page_hashes.has_value());
  EXPECT_TRUE(read->page_hashes->is_sha256);
  EXPECT_EQ(read->page_hashes->entries.size(), 36U);
  const Content bare = indirect_data({});
  const auto without = read_indirect_data(Bytes(bare));
  ASSERT_TRUE(without.has_value());
  EXPECT_FALSE(without->page_hashes.has_value());
}

TEST(IndirectData, RefusalsNameTheByte) {
  const Content file = indirect_data(Content(36, std::byte{9}));
  for (std::size_t size = 0; size < file.size(); ++size) {
    const auto cut = read_indirect_data(Bytes(std::span(file).first(size), 0x1000));
    ASSERT_FALSE(cut.has_value()) << size;
    EXPECT_EQ(cut.error().code, ErrorCode::truncated) << size;
    EXPECT_GE(cut.error().offset, 0x1000U);
  }
  const Content longer = join({file, {std::byte{0}}});
  const auto behind = read_indirect_data(Bytes(longer));
  ASSERT_FALSE(behind.has_value());
  EXPECT_EQ(behind.error().code, ErrorCode::bad_value);
  EXPECT_EQ(behind.error().offset, file.size());
}

TEST(OpusInfo, NameAndLink) {
  const Content name = der(0xa0, der(0x80, text("\0N\0p"sv)));
  const Content link = der(0xa1, der(0x80, text("https://example.invalid/")));
  const Content whole = der(0x30, join({name, link}));
  const auto read = read_opus_info(Bytes(whole));
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->program_name.raw(), "Np");
  EXPECT_EQ(read->url.raw(), "https://example.invalid/");
  const Content nothing = der(0x30, {});
  const auto empty = read_opus_info(Bytes(nothing));
  ASSERT_TRUE(empty.has_value());
  EXPECT_TRUE(empty->program_name.empty());
  EXPECT_FALSE(read_opus_info(Bytes(bytes_of("x"))).has_value());
}

}  // namespace
}  // namespace npg::authenticode
