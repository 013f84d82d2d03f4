#include "app/calendar.hpp"

#include <gtest/gtest.h>

#include "testing/facts.hpp"

namespace npg {
namespace {

using testing::at;

TEST(Calendar, CsvAndJsonSayTheSame) {
  const auto csv = parse_calendar(
      "ticket,from,to,hosts,what\r\n"
      "CHG1,2026-11-10T20:00:00Z,2026-11-10T23:00:00+01:00,KIOSK-*;HOST7,\"Citrix, "
      "\"\"new\"\"\"\r\n"
      "CHG2,2026-11-11,2026-11-12,,any change\n",
      "f");
  ASSERT_TRUE(csv.has_value()) << csv.error().text;
  ASSERT_EQ(csv->size(), 2U);
  EXPECT_EQ((*csv)[0].hosts, (std::vector<std::string>{"KIOSK-*", "HOST7"}));
  EXPECT_EQ((*csv)[0].what, "Citrix, \"new\"");
  EXPECT_EQ((*csv)[0].to, at("2026-11-10T22:00:00Z"));
  EXPECT_TRUE((*csv)[1].hosts.empty());
  const auto json = parse_calendar(
      "[{\"ticket\":\"CHG1\",\"from\":\"2026-11-10T20:00:00Z\",\"to\":\"2026-11-10T23:00:00+01:"
      "00\","
      "\"hosts\":[\"KIOSK-*\",\"HOST7\"],\"what\":\"Citrix, \\\"new\\\"\"}]",
      "f");
  ASSERT_TRUE(json.has_value()) << json.error().text;
  EXPECT_EQ((*json)[0].hosts, (*csv)[0].hosts);
  EXPECT_EQ((*json)[0].what, (*csv)[0].what);
  EXPECT_EQ((*json)[0].from, (*csv)[0].from);
}

TEST(Calendar, AByteOrderMarkIsNoPartOfTheHead) {
  const auto read =
      parse_calendar("\xef\xbb\xbfticket,from,to,what\nCHG1,2026-11-10,2026-11-11,Citrix\n", "f");
  ASSERT_TRUE(read.has_value()) << read.error().text;
  EXPECT_EQ(read->size(), 1U);
}

TEST(Calendar, WhatIsWrongIsNamedWithLineAndColumn) {
  const struct {
    const char* text;
    const char* says;
  } cases[] = {
      {"", "f:1:1: the head line has"},
      {"ticket,from,until\n", "not until"},
      {"ticket,ticket\n", "each once"},
      {"ticket,from,to\nCHG1,2026-11-10\n", "f:2:1: 2 cells, the head line has 3"},
      {"ticket,from,to\nCHG1,2026-11-10,2026-11-09\n", "f:2:1: from and to"},
      {"ticket,from,to\n,2026-11-10,2026-11-11\n", "f:2:1: no ticket"},
      {"ticket,from,to\nCHG1,10.11.2026,2026-11-11\n", "f:2:1: from and to"},
      {"ticket,from,to\n\"CHG1,2026-11-10,2026-11-11\n", "f:2:1: a quote is not closed"},
      {"ticket,from,to\n\xff\n", "not UTF-8"},
      {"ticket,from,to\nCHG1,2026-11-10,2026-11-11\n", "f:2:1: what must name"},
      {"ticket,from,to,what\nCHG1,2026-11-10,2026-12-12,any change\n", "f:2:1: an approved change"},
      {"[1]", "f:1:2: an entry must be an object"},
      {"[{\"tikcet\":\"x\"}]", "f:1:3: the key tikcet is not known"},
      {"[{\"ticket\":\"x\"", "f:"},
      {"[{\"ticket\":\"a\",\"ticket\":\"b\"}]", "told twice"},
  };
  for (const auto& one : cases) {
    const auto read = parse_calendar(one.text, "f");
    ASSERT_FALSE(read.has_value()) << one.text;
    EXPECT_NE(read.error().text.find(one.says), std::string::npos)
        << one.text << ": " << read.error().text;
  }
}

}  // namespace
}  // namespace npg
