#include "base/json_writer.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace npg {
namespace {

TEST(JsonWriter, WritesCompactAndIndented) {
  const auto write = [](JsonWriter json) {
    json.begin_object()
        .field("a", 1U)
        .key("b")
        .begin_array()
        .value("x")
        .null()
        .value(true)
        .end_array();
    json.key("c").begin_object().end_object().end_object();
    return json.take();
  };
  EXPECT_EQ(write(JsonWriter()), R"({"a":1,"b":["x",null,true],"c":{}})");
  EXPECT_EQ(write(JsonWriter(JsonWriter::Layout::indented)),
            "{\n  \"a\": 1,\n  \"b\": [\n    \"x\",\n    null,\n    true\n  ],\n  \"c\": {}\n}");
}

TEST(JsonWriter, KeepsNumbersWhole) {
  JsonWriter json;
  json.begin_array().value(UINT64_MAX).value(std::int64_t{INT64_MIN}).value(0.5);
  json.value(std::numeric_limits<double>::quiet_NaN())
      .value(std::numeric_limits<double>::infinity())
      .end_array();
  EXPECT_EQ(json.take(), R"([18446744073709551615,-9223372036854775808,0.5,"NaN","Infinity"])");
}

TEST(JsonWriter, EscapesNamesAndTexts) {
  JsonWriter json;
  json.begin_object().field("\"\n", std::string("\0\x1f", 2)).end_object();
  EXPECT_EQ(json.take(), R"({"\"\n":"\u0000\u001f"})");
}

TEST(JsonWriter, AbsentTimesAreNull) {
  JsonWriter json;
  json.begin_array().value(FileTime{}).value(std::optional<std::uint64_t>()).end_array();
  EXPECT_EQ(json.take(), "[null,null]");
}

TEST(JsonWriter, AWrongOrderIsABug) {
  EXPECT_DEATH(
      {
        JsonWriter json;
        json.end_object();
      },
      "internal error");
  EXPECT_DEATH(
      {
        JsonWriter json;
        json.begin_object();
        static_cast<void>(json.take());
      },
      "internal error");
}

}  // namespace
}  // namespace npg
