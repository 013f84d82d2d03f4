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

bool may_contain(std::u16string_view text, std::string_view word) {
  return may_contain_any(std::as_bytes(std::span(text)), std::span(&word, 1));
}

TEST(ByteSearch, AWordIsFoundInAnyCaseAndNeverRuledOutInDoubt) {
  struct Case {
    std::u16string text;
    bool may_hold;
  };
  const Case cases[] = {
      {u"", false},
      {u"NetworkProvide", false},
      {u"networkprovider", true},
      {u"\\Services\\x\\NETWORKPROVIDER", true},
      {u"xNetworkProvider\\Order", true},
      {u"Network Provider", false},
      {u"caf\u00e9", true},
      {u"NetworkProv\u0131der", true},
      {u"0123456789012345678901234567890123456789", false},
  };
  for (const Case& one : cases) {
    EXPECT_EQ(may_contain(one.text, "NetworkProvider"), one.may_hold);
  }
}

TEST(ByteSearch, AWordIsFoundWhereverItStands) {
  for (std::size_t length = 0; length < 60; ++length) {
    for (std::size_t at = 0; at <= length; ++at) {
      std::u16string text(length, u'n');
      text.insert(at, u"nEtWork");
      EXPECT_TRUE(may_contain(text, "Network")) << length << at;
      text.pop_back();
      const bool is_cut = at == length;
      EXPECT_EQ(may_contain(text, "Network"), !is_cut);
    }
  }
  const std::u16string path = u"C:\\Windows|winlogon.exe";
  EXPECT_FALSE(may_contain(path, "\\winlogon.exe"));
}

TEST(ByteSearch, AWordIsFoundInLongTextsAndBesideOthers) {
  constexpr std::array<std::string_view, 3> words = {"Lsa", "NetworkProvider", "EventLog"};
  for (std::size_t at = 850; at < 1000; ++at) {
    std::u16string text(2000, u'n');
    EXPECT_FALSE(may_contain_any(std::as_bytes(std::span(text)), words));
    text.replace(at, 15, u"networkPROVIDER");
    EXPECT_TRUE(may_contain_any(std::as_bytes(std::span(text)), words)) << at;
    text[at + 3] = u'\u0161';
    EXPECT_TRUE(may_contain_any(std::as_bytes(std::span(text)), words)) << at;
  }
  EXPECT_FALSE(may_contain(std::u16string(100, u'a'), std::string(64, 'b')));
  EXPECT_TRUE(may_contain(std::u16string(100, u'a'), std::string(65, 'b')));  // in doubt
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
