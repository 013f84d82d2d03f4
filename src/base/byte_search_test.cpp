#include "base/byte_search.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace npg {
namespace {

TEST(ByteSearch, FindsTheFirstByteFromAPlace) {
  const std::vector<std::byte> bytes = {std::byte{1}, std::byte{2}, std::byte{1}};
  EXPECT_EQ(find_byte(bytes, 0, std::byte{1}), 0U);
  EXPECT_EQ(find_byte(bytes, 1, std::byte{1}), 2U);
  EXPECT_EQ(find_byte(bytes, 3, std::byte{1}), 3U);
  EXPECT_EQ(find_byte(bytes, 9, std::byte{1}), 3U);
  EXPECT_EQ(find_byte({}, 0, std::byte{1}), 0U);
}

TEST(ByteSearch, ZeroMeansEveryByte) {
  EXPECT_TRUE(all_zero({}));
  std::vector<std::byte> bytes(100);
  EXPECT_TRUE(all_zero(bytes));
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = std::byte{1};
    EXPECT_FALSE(all_zero(bytes)) << i;
    bytes[i] = std::byte{0};
  }
  EXPECT_TRUE(all_zero(std::span(bytes).first(1)));
}

TEST(ByteSearch, WordsAreCountedFourBytesApart) {
  std::vector<std::byte> bytes(1003);
  const auto put = [&](std::size_t at) { bytes[at] = bytes[at + 1] = std::byte{0x2a}; };
  EXPECT_EQ(count_words(bytes, 0x2a2a), 0U);
  put(0);
  put(996);
  put(501);   // in no word's place
  put(1000);  // not whole
  EXPECT_EQ(count_words(bytes, 0x2a2a), 2U);
  EXPECT_EQ(count_words(std::span(bytes).first(3), 0x2a2a), 0U);
  EXPECT_EQ(count_words({}, 0), 0U);
}

TEST(ByteSearch, WordsAreFoundInPlainTextInAnyCase) {
  constexpr std::array<std::string_view, 3> words = {"Lsa", "NetworkProvider", "mpnotify"};
  for (std::size_t length = 0; length < 70; ++length) {
    for (std::size_t at = 0; at <= length; ++at) {
      std::string text(length, 'n');
      EXPECT_FALSE(contains_any_word(text, words));
      text.insert(at, "nEtWorkPROVIDER");
      EXPECT_TRUE(contains_any_word(text, words)) << length << at;
      text[at + 14] = '\x12';  // with the bit of lower case it would be a '2'
      EXPECT_FALSE(contains_any_word(text, words)) << length << at;
    }
  }
  EXPECT_TRUE(contains_any_word("C:\\\\Windows\\\\mpnotify.exe", words));
  EXPECT_FALSE(contains_any_word("", words));
}

}  // namespace
}  // namespace npg
