#include "base/bytes.hpp"

#include <gtest/gtest.h>

#include <array>

namespace npg {
namespace {

struct Pair {
  static constexpr StaticText name = "test.pair";
  static constexpr std::size_t size = 6;
  static constexpr Field<std::uint16_t> first{0x00};
  static constexpr Field<std::uint32_t> second{0x02};
};

constexpr std::array<std::byte, 8> eight = {std::byte{1}, std::byte{2}, std::byte{3}, std::byte{4},
                                            std::byte{5}, std::byte{6}, std::byte{7}, std::byte{8}};

TEST(Bytes, SlicesKeepTheAbsoluteOffset) {
  const Bytes bytes(eight, 0x1000);
  const auto part = bytes.slice(2, 4, "part");
  ASSERT_TRUE(part.has_value());
  EXPECT_EQ(part->offset(), 0x1002U);
  EXPECT_EQ(part->slice(1, 3, "part of part")->offset(), 0x1003U);
  EXPECT_EQ(part->slice(1, 3, "part of part")->at<std::uint8_t>(0), 4);
}

TEST(Bytes, RefusalsNameOffsetWhatNeedAndHave) {
  const Bytes bytes(eight, 0x1000);
  const struct {
    std::uint64_t at;
    std::uint64_t length;
    std::uint64_t offset;
    std::uint64_t have;
  } cases[] = {
      {0, 9, 0x1000, 8},          {8, 1, 0x1008, 0},          {9, 0, 0x1009, 0},
      {4, UINT64_MAX, 0x1004, 4}, {UINT64_MAX, 1, 0x0fff, 0},  // The sum wraps in the report only;
                                                               // the check itself cannot.
  };
  for (const auto& c : cases) {
    const auto part = bytes.slice(c.at, c.length, "field");
    ASSERT_FALSE(part.has_value()) << c.at << "+" << c.length;
    EXPECT_EQ(part.error().code, ErrorCode::truncated);
    EXPECT_EQ(part.error().offset, c.offset);
    EXPECT_EQ(part.error().what, "field");
    EXPECT_EQ(part.error().need, c.length);
    EXPECT_EQ(part.error().have, c.have);
  }
}

TEST(Bytes, RecordsAreReadWholeOrNotAtAll) {
  const Bytes bytes(eight, 0x1000);
  const auto record = bytes.record<Pair>(2);
  ASSERT_TRUE(record.has_value());
  EXPECT_EQ(record->get<Pair::first>(), 0x0403);
  EXPECT_EQ(record->get<Pair::second>(), 0x08070605U);
  EXPECT_EQ(record->offset(), 0x1002U);
  const auto cut = bytes.record<Pair>(3);
  ASSERT_FALSE(cut.has_value());
  EXPECT_EQ(cut.error().what, "test.pair");
  EXPECT_EQ(cut.error().need, 6U);
  EXPECT_EQ(cut.error().have, 5U);
}

TEST(Bytes, ClampGivesWhatIsThere) {
  const Bytes bytes(eight, 0x1000);
  EXPECT_EQ(bytes.clamp(6, 100).size(), 2U);
  EXPECT_EQ(bytes.clamp(6, 100).offset(), 0x1006U);
  EXPECT_TRUE(bytes.clamp(8, 1).empty());
  EXPECT_TRUE(bytes.clamp(UINT64_MAX, UINT64_MAX).empty());
  EXPECT_EQ(bytes.from(3).size(), 5U);
}

TEST(Bytes, APositionThatWasNotCheckedIsABug) {
  const Bytes bytes(eight);
  EXPECT_DEATH(static_cast<void>(bytes.at<std::uint32_t>(5)), "internal error");
}

}  // namespace
}  // namespace npg
