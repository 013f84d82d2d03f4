#include "base/word_set.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

namespace npg {
namespace {

bool may_contain(std::u16string_view text, std::string_view word) {
  return WordSet(std::span(&word, 1)).may_be_in(std::as_bytes(std::span(text)));
}

TEST(WordSet, AWordIsFoundInAnyCaseAndNeverRuledOutInDoubt) {
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

TEST(WordSet, AWordIsFoundWhereverItStands) {
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

TEST(WordSet, AWordIsFoundInLongTextsAndBesideOthers) {
  constexpr std::array<std::string_view, 3> words = {"Lsa", "NetworkProvider", "EventLog"};
  const WordSet set(words);
  for (std::size_t at = 850; at < 1000; ++at) {
    std::u16string text(2000, u'n');
    EXPECT_FALSE(set.may_be_in(std::as_bytes(std::span(text))));
    text.replace(at, 15, u"networkPROVIDER");
    EXPECT_TRUE(set.may_be_in(std::as_bytes(std::span(text)))) << at;
    text[at + 3] = u'\u0161';
    EXPECT_TRUE(set.may_be_in(std::as_bytes(std::span(text)))) << at;
  }
  EXPECT_FALSE(may_contain(std::u16string(100, u'a'), std::string(64, 'b')));
  EXPECT_TRUE(may_contain(std::u16string(100, u'a'), std::string(65, 'b')));  // in doubt
}

/// More words than there are bits, words that begin alike, words of one letter: against a search
/// that looks at each place for each word.
TEST(WordSet, ManyWordsAreFoundAsOneByOne) {
  const std::vector<std::vector<std::string_view>> sets = {
      {"abc", "abd", "bca", "cab", "aab", "bbb", "cba", "acb", "bab", "ccc", "dab", "abcabcab"},
      {"winlogon", "winevt", "windows"},
      {"a", "bcd"},
      {},
  };
  std::mt19937 random(7);  // NOLINT(*-msc51-cpp,*-msc32-c): the same in each run
  for (int round = 0; round < 4000; ++round) {
    std::u16string text;
    for (std::size_t left = random() % 60; left > 0; --left) {
      text += static_cast<char16_t>((random() % 2 != 0 ? u'a' : u'A') + random() % 4);
    }
    for (const auto& words : sets) {
      const bool holds = std::ranges::any_of(words, [&](std::string_view word) {
        for (std::size_t at = 0; at + word.size() <= text.size(); ++at) {
          if (std::ranges::equal(word, text.substr(at, word.size()), {}, {}, [](char16_t letter) {
                return static_cast<char>(letter | 0x20);
              })) {
            return true;
          }
        }
        return false;
      });
      EXPECT_EQ(WordSet(words).may_be_in(std::as_bytes(std::span(text))), holds);
    }
  }
}

}  // namespace
}  // namespace npg
