#include "attack/json_tape.hpp"

#include <gtest/gtest.h>

#include "attack/canonical.hpp"
#include "attack/json_scan.hpp"
#include "attack/json_text.hpp"
#include "attack/layout.hpp"

namespace npg::attack {
namespace {

TEST(JsonTape, RefusalsNameTheByte) {
  struct Case {
    const char* name;
    std::string text;
    ErrorCode code;
    std::uint64_t offset;
    const char* what;
  };
  const Case cases[] = {
      {"empty", "", ErrorCode::truncated, 0, "json.value"},
      {"cut object", R"({"a":1)", ErrorCode::truncated, 6, "json.container"},
      {"cut string", R"("abc)", ErrorCode::truncated, 4, "json.string"},
      {"two commas", "[1,2,,3]", ErrorCode::bad_value, 5, "json.value"},
      {"comma at the end", "[1,]", ErrorCode::bad_value, 3, "json.value"},
      {"comma before brace", R"({"a":1,})", ErrorCode::bad_value, 7, "json.key"},
      {"no colon", R"({"a" 1})", ErrorCode::bad_value, 5, "json.colon"},
      {"key twice", R"({"a":1,"b":2,"a":3})", ErrorCode::bad_value, 13, "json.duplicate_key"},
      {"key twice, escaped", R"({"a":1,"\u0061":3})", ErrorCode::bad_value, 7,
       "json.duplicate_key"},
      {"lone high", R"(["\ud800x"])", ErrorCode::bad_value, 2, "json.string.lone_surrogate"},
      {"lone low", R"(["ab\udc00"])", ErrorCode::bad_value, 4, "json.string.lone_surrogate"},
      {"bad escape", R"(["\x41"])", ErrorCode::bad_value, 2, "json.string.escape"},
      {"line feed", "[\"a\nb\"]", ErrorCode::bad_value, 3, "json.string.control_character"},
      {"bad UTF-8", "[\"a\xc0\x80\"]", ErrorCode::bad_value, 3, "json.string.utf8"},
      {"surrogate in UTF-8", "[\"\xed\xa0\x80\"]", ErrorCode::bad_value, 2, "json.string.utf8"},
      {"leading zero", "[01]", ErrorCode::bad_value, 1, "json.number.leading_zero"},
      {"beyond a double", "[1,-1e999]", ErrorCode::bad_value, 3, "json.number.range"},
      {"just beyond a double", "[1.7976931348623159e308]", ErrorCode::bad_value, 1,
       "json.number.range"},
      {"half a word", "[tru]", ErrorCode::bad_value, 1, "json.value"},
      {"too deep", std::string(100, '['), ErrorCode::limit_exceeded, 64, "json.depth"},
      {"long string", "[\"" + std::string((1 << 20) + 1, 'a') + "\"]", ErrorCode::limit_exceeded, 1,
       "json.string"},
  };
  for (const Case& each : cases) {
    JsonTape tape;
    const auto read = scan_json(each.text, 0, 0, Limits{}, tape);
    ASSERT_FALSE(read.has_value()) << each.name;
    EXPECT_EQ(name_of(read.error().code), name_of(each.code)) << each.name;
    EXPECT_EQ(read.error().offset, each.offset) << each.name;
    EXPECT_EQ(read.error().what, each.what) << each.name;
  }
}

TEST(JsonTape, EveryTruncationIsRefused) {
  const std::string text = R"({"a":[1.5e3,true,null],"b":{"c":"\ud83d\ude00 d"},"e":[]})";
  JsonTape tape;
  ASSERT_EQ(scan_json(text, 0, 0, Limits{}, tape).value_or(0), text.size());
  for (std::size_t size = 0; size < text.size(); ++size) {
    const auto read = scan_json(text.substr(0, size), 0, 0, Limits{}, tape);
    ASSERT_FALSE(read.has_value()) << size;
    EXPECT_LE(read.error().offset, size);
  }
}

std::string form(const std::string& text, void (*append)(std::string&, const JsonValue&)) {
  JsonTape tape;
  const auto end = scan_json(text, 0, 0, Limits{}, tape);
  EXPECT_TRUE(end.has_value()) << text;
  std::string out;
  append(out, JsonValue(text, tape));
  return out;
}

// The examples of RFC 8785, sections 3.2.2 and 3.2.3.
TEST(Canonical, Rfc8785Examples) {
  EXPECT_EQ(form(R"({
      "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
      "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
      "literals": [null, true, false]
    })",
                 append_canonical),
            "{\"literals\":[null,true,false],\"numbers\":[333333333.3333333,1e+30,4.5,0.002,1e-27],"
            "\"string\":\"\xe2\x82\xac$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}");
  EXPECT_EQ(form("{\"\\u20ac\":1,\"\\r\":2,\"\\ufb33\":3,\"1\":4,\"\\ud83d\\ude00\":5,\"\\u0080\":"
                 "6,\"\\u00f6\":7}",
                 append_canonical),
            "{\"\\r\":2,\"1\":4,\"\xc2\x80\":6,\"\xc3\xb6\":7,\"\xe2\x82\xac\":1,"
            "\"\xf0\x9f\x98\x80\":5,\"\xef\xac\xb3\":3}");
  EXPECT_EQ(form("[-0,1e21,1e20,0.000001,1e-7,-1.5,9007199254740993]", append_canonical),
            "[0,1e+21,100000000000000000000,0.000001,1e-7,-1.5,9007199254740992]");
  // The largest and the smallest double, less than that, and zeros with large exponents.
  EXPECT_EQ(form("[1.7976931348623157E+308,5e-324,1e-999,0e999,-0.0e-999]", append_canonical),
            "[1.7976931348623157e+308,5e-324,0,0,0]");
}

TEST(Canonical, ContentLeavesOutBookkeepingAndOrderOfSets) {
  const std::string left =
      R"({"type":"relationship","x_mitre_version":"1.0","modified":"a","x_mitre_platforms":["B","A","A"],"revoked":false,"name":"n","empty":""})";
  const std::string right =
      R"({"name":"n","type":"relationship","spec_version":"2.1","x_mitre_platforms":["A","B"]})";
  EXPECT_EQ(form(left, append_content), form(right, append_content));
  EXPECT_EQ(form(right, append_content),
            R"({"name":"n","type":"relationship","x_mitre_platforms":["A","B"]})");
  EXPECT_NE(form(R"({"type":"tool","x_mitre_version":"1.0"})", append_content),
            form(R"({"type":"tool","x_mitre_version":"1.1"})", append_content));
}

TEST(Layout, LaidOutAgainByteForByte) {
  const std::string texts[] = {
      R"({"a":"b","c":[],"d":{}})",
      "{\n    \"a\": \"b\",\n    \"c\": [\n        \"x\",\n        {}\n    ]\n}",
      "{\n            \"a\": \"x: , {\",\n            \"b\": []\n        }",
      R"({"a": "b"})",
  };
  for (const std::string& text : texts) {
    JsonTape tape;
    ASSERT_TRUE(scan_json(text, 0, 0, Limits{}, tape).has_value());
    std::string stripped;
    const auto layout = append_stripped(stripped, text, tape);
    ASSERT_TRUE(layout.has_value()) << text;
    EXPECT_EQ(lay_out(stripped, *layout), text);
  }
  JsonTape tape;
  const std::string odd = "{\n  \"a\":  1,\n \"b\": 2\n}";
  ASSERT_TRUE(scan_json(odd, 0, 0, Limits{}, tape).has_value());
  std::string stripped;
  EXPECT_FALSE(append_stripped(stripped, odd, tape).has_value());
  EXPECT_EQ(stripped, R"({"a":1,"b":2})");
}

}  // namespace
}  // namespace npg::attack
