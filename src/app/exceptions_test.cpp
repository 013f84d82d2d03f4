#include "app/exceptions.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "app/exception_journal.hpp"
#include "testing/facts.hpp"
#include "testing/workplace.hpp"

namespace npg {
namespace {

using testing::at;
using testing::Workplace;

void write(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

std::string content(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

ExceptionRule rule_named(const std::string& id) {
  return {.id = id,
          .title = "Citrix single sign-on",
          .reason = "kiosk roll-out",
          .evidence = {{.kind = "ticket", .reference = "CHG0042", .window = std::nullopt}},
          .owner = "team-eus",
          .author = "alice",
          .approver = "bob",
          .created = at("2026-11-01T00:00:00Z"),
          .expires = at("2027-01-31T00:00:00Z"),
          .scope = {.hosts = {"KIOSK-*"}},
          .selector = {.provider = "PnSson", .sha256 = std::string(64, 'a')},
          .revoked = std::nullopt};
}

TEST(Exceptions, EachChangeStandsInTheJournal) {
  const Workplace place;
  const FileTime now = at("2026-11-02T00:00:00Z");
  ASSERT_TRUE(add_exception("x", rule_named("EX-1"), now))
      << add_exception("x", rule_named("EX-1"), now).error().text;
  ASSERT_TRUE(add_exception("x", rule_named("EX-2"), now));
  EXPECT_EQ(add_exception("x", rule_named("ex-2"), now).error().kind, FailureKind::refused);
  ASSERT_TRUE(
      renew_exception("x", {.id = "EX-1", .author = "carol", .approver = "bob", .days = 90}, now));
  EXPECT_FALSE(
      renew_exception("x", {.id = "EX-1", .author = "bob", .approver = "Bob", .days = 90}, now));
  EXPECT_FALSE(
      renew_exception("x", {.id = "EX-1", .author = "carol", .approver = "bob", .days = 400}, now));
  ASSERT_TRUE(revoke_exception("x", {.id = "EX-2", .by = "bob", .because = "removed"}, now));
  EXPECT_FALSE(revoke_exception("x", {.id = "EX-2", .by = "bob", .because = "removed"}, now));
  EXPECT_EQ(read_journal("x")->entries.size(), 4U);
  const auto verdict = verify_exceptions("x");
  ASSERT_TRUE(verdict.has_value());
  EXPECT_TRUE(verdict->sound) << verdict->text;
  const auto list = list_exceptions("x", now, false);
  EXPECT_NE(list->text.find("EX-2  revoked"), std::string::npos) << list->text;
  EXPECT_NE(list->text.find("EX-1  holds"), std::string::npos) << list->text;
  const auto later = list_exceptions("x", at("2027-01-20T00:00:00Z"), true);
  EXPECT_NE(later->text.find("EX-1  ends in 11 days"), std::string::npos) << later->text;
  EXPECT_FALSE(later->sound);
}

TEST(Exceptions, TamperingIsProved) {
  const Workplace place;
  const FileTime now = at("2026-11-02T00:00:00Z");
  for (const char* id : {"EX-1", "EX-2", "EX-3"}) {
    ASSERT_TRUE(add_exception("x", rule_named(id), now));
  }
  const std::string journal = content("x/journal.jsonl");
  const std::string file = content("x/EX-2.yaml");
  const auto is_sound = [] { return verify_exceptions("x")->sound; };
  ASSERT_TRUE(is_sound());
  write("x/EX-2.yaml", file + "# a comment\n");
  EXPECT_FALSE(is_sound());
  write("x/EX-2.yaml", file);
  std::filesystem::rename("x/EX-2.yaml", "x/other.yaml");
  EXPECT_FALSE(is_sound());
  std::filesystem::rename("x/other.yaml", "x/EX-2.yaml");
  ASSERT_TRUE(is_sound());
  // Any byte of the journal.
  std::size_t found = 0;
  std::size_t tried = 0;
  for (std::size_t at_byte = 0; at_byte < journal.size(); at_byte += 11) {
    std::string bad = journal;
    bad[at_byte] = static_cast<char>(bad[at_byte] ^ 1);
    write("x/journal.jsonl", bad);
    ++tried;
    const auto verdict = verify_exceptions("x");
    found += !verdict || !verdict->sound ? 1U : 0U;
  }
  EXPECT_EQ(found, tried);
  // A line taken out, two in the other order, one doubled, the end cut off.
  const std::size_t first = journal.find('\n') + 1;
  const std::size_t second = journal.find('\n', first) + 1;
  for (const std::string& bad :
       {journal.substr(first), journal.substr(0, first) + journal.substr(second),
        journal.substr(first, second - first) + journal.substr(0, first) + journal.substr(second),
        journal + journal.substr(second), journal.substr(0, second),
        journal.substr(0, second + 9)}) {
    write("x/journal.jsonl", bad);
    EXPECT_FALSE(is_sound());
  }
  EXPECT_FALSE(add_exception("x", rule_named("EX-4"), now))
      << "nothing is added behind a broken chain";
  EXPECT_FALSE(std::filesystem::exists("x/EX-4.yaml"));
}

}  // namespace
}  // namespace npg
