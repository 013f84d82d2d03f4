#include "base/identifiers.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace npg {
namespace {

std::vector<std::byte> bytes(std::initializer_list<int> values) {
  std::vector<std::byte> out;
  for (const int value : values) {
    out.push_back(static_cast<std::byte>(value));
  }
  return out;
}

TEST(Guid, HasWindowsMixedOrder) {
  const auto raw = bytes({0x25, 0x96, 0x84, 0x54, 0x78, 0x54, 0x94, 0x49, 0xa5, 0xba, 0x3e, 0x3b,
                          0x03, 0x28, 0xc3, 0x0d});
  EXPECT_EQ(guid_text(Bytes(raw)).value_or(""), "{54849625-5478-4994-A5BA-3E3B0328C30D}");
  const auto cut = guid_text(Bytes(raw).clamp(0, 15));
  ASSERT_FALSE(cut.has_value());
  EXPECT_EQ(cut.error().code, ErrorCode::truncated);
}

TEST(Sid, ReadsAuthorityAndSubAuthorities) {
  const auto raw = bytes({1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 0x20, 2, 0, 0, 0xff});
  const auto sid = sid_text(Bytes(raw));
  ASSERT_TRUE(sid.has_value());
  EXPECT_EQ(sid->text, "S-1-5-32-544");
  EXPECT_EQ(sid->size, 16U);
  EXPECT_EQ(sid_text(Bytes(bytes({1, 0, 0, 1, 0, 0, 0, 0})))->text, "S-1-0x000100000000");
}

TEST(Sid, RefusalsNameTheByte) {
  const struct {
    std::vector<std::byte> raw;
    ErrorCode code;
    std::uint64_t offset;
  } cases[] = {
      {{}, ErrorCode::truncated, 0x10},
      {bytes({1}), ErrorCode::truncated, 0x11},
      {bytes({2, 0, 0, 0, 0, 0, 0, 0}), ErrorCode::bad_value, 0x10},
      {bytes({1, 16, 0, 0, 0, 0, 0, 0}), ErrorCode::limit_exceeded, 0x11},
      {bytes({1, 1, 0, 0, 0, 0, 0, 5}), ErrorCode::truncated, 0x10},
  };
  for (const auto& c : cases) {
    const auto sid = sid_text(Bytes(c.raw, 0x10));
    ASSERT_FALSE(sid.has_value());
    EXPECT_EQ(sid.error().code, c.code);
    EXPECT_EQ(sid.error().offset, c.offset);
  }
}

TEST(Hex, IsLowerCase) {
  EXPECT_EQ(to_hex(bytes({0x00, 0xab, 0x7f})), "00ab7f");
}

TEST(Hex, IsReadInEitherCase) {
  EXPECT_EQ(from_hex("00aB7F"), bytes({0x00, 0xab, 0x7f}));
  EXPECT_EQ(from_hex(""), bytes({}));
  EXPECT_FALSE(from_hex("0"));
  EXPECT_FALSE(from_hex("0g"));
}

}  // namespace
}  // namespace npg
