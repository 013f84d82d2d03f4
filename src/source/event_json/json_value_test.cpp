#include "source/event_json/json_value.hpp"

#include <gtest/gtest.h>

#include <random>

namespace npg {
namespace {

constexpr std::uint32_t depth_max = 64;

/// The marks of a text, found one character after the other.
std::vector<std::uint32_t> marks_by_hand(std::string_view text) {
  std::vector<std::uint32_t> marks;
  bool in_string = false;
  bool in_word = false;
  bool escaped = false;
  for (std::uint32_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool is_escaped = escaped;
    escaped = c == '\\' && !is_escaped;
    const bool quote = c == '"' && !is_escaped;
    if (in_string) {
      if (c == '\n') {
        marks.push_back(i);
      }
      in_string = !quote && c != '\n';
      in_word = false;
      continue;
    }
    const bool operation = std::string_view("{}[]:,").find(c) != std::string_view::npos;
    const bool space = static_cast<unsigned char>(c) <= 0x20;
    if (operation || quote || (!space && !in_word)) {
      marks.push_back(i);
    }
    in_string = quote;
    in_word = !operation && !space && !quote;
  }
  return marks;
}

TEST(JsonIndex, FindsWhatASlowReaderFinds) {
  std::mt19937 random(4657);  // NOLINT(*-msc51-cpp): the same texts in every run
  constexpr std::string_view alphabet = "{}[]:,\"\"\\\\ \nab1\t\x80";
  for (int round = 0; round < 3000; ++round) {
    std::string text(random() % 300, ' ');
    for (char& c : text) {
      c = alphabet[random() % alphabet.size()];
    }
    JsonIndex index;
    index.scan(text);
    const std::vector<std::uint32_t> found(index.marks().begin(), index.marks().end());
    ASSERT_EQ(found, marks_by_hand(text)) << text;
  }
}

TEST(JsonIndex, AStringThatALineEndCutsDoesNotSpoilTheNextLine) {
  JsonIndex index;
  index.scan("{\"a\":\"cut\n{\"b\":1}");
  EXPECT_EQ(index.marks().size(), 10U);
  EXPECT_EQ(index.marks()[4], 9U);
}

Frame frame_of(std::string_view text) {
  JsonText json;
  json.open(text);
  return json.frame(0, depth_max);
}

TEST(JsonText, TellsWholeObjectsFromOthers) {
  struct Case {
    std::string_view text;
    Frame::End end;
  };
  const Case cases[] = {
      {"{}", Frame::End::whole},
      {"[]", Frame::End::whole},
      {R"({"a":1,"b":[1,"x",{}],"c":null})", Frame::End::whole},
      {R"({"a":1)", Frame::End::cut},
      {R"({"a")", Frame::End::cut},
      {R"({"a":)", Frame::End::cut},
      {R"({"a":"x)", Frame::End::cut},
      {"{", Frame::End::cut},
      {R"({"a" 1})", Frame::End::broken},
      {R"({"a":1,})", Frame::End::broken},
      {R"({a:1})", Frame::End::broken},
      {R"({"a":1]})", Frame::End::broken},
      {R"([1,])", Frame::End::broken},
      {R"([1 2])", Frame::End::broken},
      {R"({"a":,})", Frame::End::broken},
      {"{\"a\":\"x\n\"}", Frame::End::broken},
      {"{\"a\n\":1}", Frame::End::broken},
      {R"({"a":{"b":1})", Frame::End::cut},
  };
  for (const Case& one : cases) {
    EXPECT_EQ(frame_of(one.text).end, one.end) << one.text;
  }
}

TEST(JsonText, RefusesWhatNestsTooDeep) {
  const std::string deep(depth_max, '[');
  EXPECT_EQ(frame_of(deep + std::string(depth_max, ']')).end, Frame::End::whole);
  EXPECT_EQ(frame_of("[" + deep).end, Frame::End::too_deep);
  EXPECT_EQ(frame_of(std::string(1'000'000, '[')).end, Frame::End::too_deep);
}

TEST(Json, GivesMembersAndTexts) {
  JsonCopy copy;
  const auto json = copy.open(
      R"( {"a" : "x\"y" , "n":-1.5 ,"h":"0x3e7","l":[1,[2],"3"],"o":{"i":null},"a":"second"} )",
      depth_max);
  ASSERT_TRUE(json);
  EXPECT_EQ(json->member("a").text().raw(), "x\"y");
  EXPECT_EQ(json->member("n").raw(), "-1.5");
  EXPECT_EQ(json->member("h").number(), 0x3e7U);
  EXPECT_EQ(json->member("l").first().number(), 1U);
  EXPECT_EQ(json->member("l").source(), R"([1,[2],"3"])");
  EXPECT_TRUE(json->member("o").member("i").is_null());
  EXPECT_EQ(json->member("o").member("i").text().raw(), "");
  EXPECT_FALSE(json->member("b").exists());
  EXPECT_FALSE(json->member("b").member("c").first().exists());
}

TEST(Json, ResolvesEscapesWithoutLoss) {
  struct Case {
    std::string_view inside;
    std::u16string_view units;
    bool well_formed;
  };
  const Case cases[] = {
      {R"(C:\\Windows)", u"C:\\Windows", true},
      {R"(\u00e9\u20ac)", u"é€", true},
      {R"(\ud83d\ude00)", u"\U0001f600", true},
      {R"(\ud800x)", u"\xd800x", false},
      {R"(\ude00\ud83d)", u"\xde00\xd83d", false},
      {R"(\b\f\n\r\t\/)", u"\b\f\n\r\t/", true},
      {R"(\x\u12)", u"\\x\\u12", true},
      {R"(tail\)", u"tail\\", true},
      {"\xff", u"\xdcff", false},
  };
  for (const Case& one : cases) {
    const EvidenceText text = unescape_json(one.inside);
    EXPECT_EQ(text.to_utf16(), one.units) << one.inside;
    EXPECT_EQ(text.well_formed(), one.well_formed) << one.inside;
  }
}

}  // namespace
}  // namespace npg
