#include "app/exception_file.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "testing/facts.hpp"
#include "testing/workplace.hpp"

namespace npg {
namespace {

using testing::at;
using testing::Workplace;

const std::string good =
    "id: EX-1\n"
    "title: Citrix single sign-on\n"
    "reason: kiosk roll-out\n"
    "evidence:\n"
    "  - ticket: CHG0042\n"
    "    window:\n"
    "      from: 2026-11-10T21:00:00+01:00\n"
    "      to: 2026-11-11\n"
    "owner: team-eus\n"
    "author: alice\n"
    "approver: bob\n"
    "created: 2026-11-01\n"
    "expires: 2027-01-30\n"
    "scope:\n"
    "  hosts: [KIOSK-*]\n"
    "  roles: [workstation]\n"
    "selector:\n"
    "  provider: PnSson\n"
    "  path: C:\\Program Files (x86)\\Citrix\\ICA Client\\x64\\pnsson.dll\n"
    "  sha256: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n";

std::string with(std::string_view from, std::string_view to) {
  std::string text = good;
  text.replace(text.find(from), from.size(), to);
  return text;
}

TEST(ExceptionFile, IsReadWhole) {
  const auto rule = parse_exception(good, "f");
  ASSERT_TRUE(rule.has_value()) << rule.error().text;
  EXPECT_EQ(rule->id, "EX-1");
  EXPECT_EQ(rule->expires, at("2027-01-31T00:00:00Z"))
      << "a date alone is that day to its end, in UTC";
  EXPECT_EQ(rule->created, at("2026-11-01T00:00:00Z"));
  EXPECT_EQ(rule->evidence[0].window->from, at("2026-11-10T20:00:00Z"));
  EXPECT_EQ(rule->evidence[0].window->to, at("2026-11-12T00:00:00Z"));
  EXPECT_EQ(rule->scope.hosts, std::vector<std::string>{"KIOSK-*"});
  EXPECT_EQ(strength_of(rule->selector), SelectorStrength::hash);
  const auto again = parse_exception(exception_text(*rule), "g");
  ASSERT_TRUE(again.has_value()) << again.error().text;
  EXPECT_EQ(exception_text(*again), exception_text(*rule));
}

TEST(ExceptionFile, WhatIsWrongIsNamedWithLineAndColumn) {
  const std::string nested = std::string(20'000, '[') + std::string(20'000, ']');
  const std::string unclosed = "id: " + std::string(20'000, '[');
  std::string maps;
  for (int i = 0; i < 100; ++i) {
    maps += std::string(static_cast<std::size_t>(i), ' ') + "a:\n";
  }
  const std::string bomb =
      "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c "
      "[*b,*b,*b,*b,*b,*b,*b,*b,*b]\n";
  std::string many = "evidence:\n";
  for (int i = 0; i < 5000; ++i) {
    many += "  - x\n";
  }
  const struct {
    const char* name;
    std::string text;
    const char* says;
  } cases[] = {
      {"empty", "", "f:1:1: the file is empty"},
      {"comment alone", "# nothing\n", "f:1:1: the file is empty"},
      {"a scalar", "hello", "f:1:1: the file must be fields"},
      {"a list", "- a\n", "f:1:1: the file must be fields"},
      {"duplicate key", with("title: Citrix single sign-on\n", "title: a\ntitle: b\n"),
       "f:3:1: the key title is told twice"},
      {"duplicate nested key", with("  provider: PnSson\n", "  provider: PnSson\n  provider: x\n"),
       "f:19:3: the key provider is told twice"},
      {"duplicate key in flow", "{id: a, id: b}", "f:1:9: the key id is told twice"},
      {"unknown field", with("owner: team-eus\n", "owner: team-eus\nwaek: true\n"),
       "f:10:1: the field waek is not known"},
      {"unknown selector", with("  provider: PnSson\n", "  procider: PnSson\n"),
       "f:18:3: the field procider is not known"},
      {"unknown evidence", with("  - ticket: CHG0042\n", "  - tciket: CHG0042\n"),
       "f:5:5: the field tciket is not known"},
      {"missing field", with("owner: team-eus\n", ""), "f:1:1: the field owner is missing"},
      {"no expiry", with("expires: 2027-01-30\n", ""), "f:1:1: the field expires is missing"},
      {"too long", with("2027-01-30", "2027-12-01"), "f:13:10: expires: at most 365 days"},
      {"ends before it begins", with("2027-01-30", "2026-01-30"),
       "f:13:10: expires: must be after created"},
      {"no date", with("2027-01-30", "soon"), "f:13:10: expires must be a date"},
      {"a time without a zone", with("2027-01-30", "2027-01-30T10:00:00"),
       "f:13:10: expires must be a date"},
      {"approver is the author", with("approver: bob", "approver: Alice"),
       "f:11:11: approver: must be another"},
      {"empty text", with("owner: team-eus", "owner:"), "f:9:1: owner must be text"},
      {"weak without the flag",
       with("  sha256: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n", ""),
       "f:1:1: weak: a selector by path alone is weak"},
      {"a flag that is text", good + "weak: 'true'\n", "f:21:7: weak must be true or false"},
      {"a flag that is yes", good + "weak: yes\n", "f:21:7: weak must be true or false"},
      {"a level that is none", good + "hides_up_to: all\n", "f:21:14: hides_up_to is one of"},
      {"star alone", with("[KIOSK-*]", "['*']"), "f:15:10: a host's name may end in *"},
      {"star inside", with("[KIOSK-*]", "['a*b']"), "f:15:10: a host's name may end in *"},
      {"empty scope", with("scope:\n  hosts: [KIOSK-*]\n  roles: [workstation]\n", "scope: {}\n"),
       "f:14:8: scope names hosts"},
      {"two kinds of evidence",
       with("  - ticket: CHG0042\n", "  - ticket: CHG0042\n    document: x\n"),
       "f:5:5: an entry of evidence is one"},
      {"window without an end", with("      to: 2026-11-11\n", ""),
       "f:7:7: a window has from and to"},
      {"alias", "id: &a x\ntitle: *a\n", "f:1:5: anchors are not taken"},
      {"bomb", bomb, "anchors are not taken"},
      {"tag", "id: !!python/object x\n", "tags are not taken"},
      {"deep flow", nested, "nested deeper than 8 levels"},
      {"deep and unclosed", unclosed, "f:1:"},
      {"deep maps", maps, "nested deeper than 8 levels"},
      {"many values", many, "more than 4000 values"},
      {"key that is a map", "{a: 1}: b\n", "a key must be text"},
      {"merge key", "<<: {id: x}\n", "f:1:1: the field << is not known"},
      {"second document", good + "---\nid: y\n", "a second document"},
      {"control character", "id: a\n title: \x01\n", "f:2:9: the control character 0x01"},
      {"NUL", std::string("id: a\0b", 7), "f:1:6: the control character 0x00"},
      {"not UTF-8", "id: \xff\n", "f:1:1: not UTF-8"},
      {"bidirectional control",
       with("team-eus",
            "a\xe2\x80\xae"
            "b"),
       "f:9:8: owner must be one line of visible characters"},
      {"several lines", with("reason: kiosk roll-out", "reason: |\n  a\n  b"),
       "reason must be one line of visible characters"},
      {"tab as indentation", "a:\n\tb: c\n", "f:2:"},
      {"unclosed quote", "id: 'x\n", "f:"},
      {"unclosed list", "id: [a, b\n", "f:"},
      {"too large", std::string(70'000, '#'), "larger than 65536 bytes"},
  };
  for (const auto& one : cases) {
    const auto read = parse_exception(one.text, "f");
    ASSERT_FALSE(read.has_value()) << one.name;
    EXPECT_NE(read.error().text.find(one.says), std::string::npos)
        << one.name << ": " << read.error().text;
  }
}

void write(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

TEST(ExceptionFile, OneBadFileRefusesTheFolder) {
  const Workplace place;
  std::filesystem::create_directory("x");
  write("x/a.yaml", good);
  ASSERT_EQ(load_exceptions("x")->size(), 1U);
  write("x/b.yaml", with("id: EX-1", "id: ex-1"));
  EXPECT_NE(load_exceptions("x").error().text.find("x/b.yaml:1:1: the id ex-1 is that of x/a.yaml"),
            std::string::npos);
  write("x/b.yaml", with("id: EX-1", "id: EX-2"));
  EXPECT_EQ(load_exceptions("x")->size(), 2U);
  write("x/c.yml", "id: [\n");
  write("x/d.yaml", "nothing: here\n");
  const auto refused = load_exceptions("x");
  ASSERT_FALSE(refused.has_value());
  EXPECT_NE(refused.error().text.find("x/c.yml:"), std::string::npos);
  EXPECT_NE(refused.error().text.find("x/d.yaml:1:1: the field nothing is not known"),
            std::string::npos);
  EXPECT_EQ(load_exceptions("y").error().kind, FailureKind::no_input);
}

}  // namespace
}  // namespace npg
