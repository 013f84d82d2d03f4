#include "app/exceptions.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

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

const std::string by_hand =
    "id: EX-9\ntitle: Citrix single sign-on\nreason: kiosk roll-out\nevidence:\n  - ticket: "
    "CHG0042\nowner: team-eus\nauthor: alice\napprover: bob\ncreated: 2026-11-01\nexpires: "
    "2027-01-30\nscope: all\nselector:\n  provider: PnSson\nweak: true\n";

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

TEST(Exceptions, AChangedFileIsNotMadeGoodByALaterCommand) {
  const Workplace place;
  const FileTime now = at("2026-11-02T00:00:00Z");
  ASSERT_TRUE(add_exception("x", rule_named("EX-1"), now));
  ASSERT_TRUE(add_exception("x", rule_named("EX-2"), now));
  const std::string file = content("x/EX-1.yaml");
  std::string wide = file;
  wide.replace(wide.find("KIOSK-*"), 7, "SERVER*");
  write("x/EX-1.yaml", wide);
  const auto renewed =
      renew_exception("x", {.id = "EX-1", .author = "carol", .approver = "bob", .days = 90}, now);
  ASSERT_FALSE(renewed);
  EXPECT_NE(renewed.error().text.find("EX-1.yaml: it is not what the journal"), std::string::npos)
      << renewed.error().text;
  EXPECT_FALSE(revoke_exception("x", {.id = "EX-2", .by = "bob", .because = "gone"}, now));
  EXPECT_FALSE(add_exception("x", rule_named("EX-3"), now));
  EXPECT_EQ(content("x/EX-1.yaml"), wide);
  EXPECT_EQ(read_journal("x")->entries.size(), 2U);
  const auto trusted = load_trusted_exceptions("x");
  ASSERT_TRUE(trusted);
  ASSERT_EQ(trusted->rules.size(), 1U);
  EXPECT_EQ(trusted->rules[0].rule.id, "EX-2");
  ASSERT_EQ(trusted->distrusted.size(), 1U);
  EXPECT_EQ(load_trusted_exceptions("x/EX-1.yaml")->rules.size(), 0U);
  EXPECT_EQ(load_trusted_exceptions("x/EX-2.yaml")->rules.size(), 1U);
  write("x/EX-1.yaml", file);
  write("x/EX-9.yaml", content("x/EX-2.yaml"));
  std::filesystem::remove("x/EX-2.yaml");
  EXPECT_EQ(load_trusted_exceptions("x")->rules.size(), 1U) << "a file that the journal lacks";
}

TEST(Exceptions, AListSaysWhatDoesNotCount) {
  const Workplace place;
  const FileTime now = at("2026-11-02T00:00:00Z");
  ASSERT_TRUE(add_exception("x", rule_named("EX-1"), now));
  ASSERT_TRUE(add_exception("x", rule_named("EX-2"), now));
  ASSERT_TRUE(list_exceptions("x", now, false)->sound);
  write("x/EX-1.yaml", content("x/EX-1.yaml") + "# changed\n");
  for (const bool expiring : {false, true}) {
    const auto list = list_exceptions("x", now, expiring);
    ASSERT_TRUE(list);
    EXPECT_FALSE(list->sound);
    EXPECT_NE(list->text.find("EX-1.yaml: it is not what the journal's last entry for it says"),
              std::string::npos)
        << list->text;
  }
  const auto list = list_exceptions("x", now, false);
  EXPECT_NE(list->text.find("EX-1  does not count"), std::string::npos) << list->text;
  EXPECT_NE(list->text.find("EX-2  holds"), std::string::npos) << list->text;
}

TEST(Exceptions, AJournalThatIsGoneIsNotNoJournal) {
  const Workplace place;
  const FileTime now = at("2026-11-02T00:00:00Z");
  ASSERT_TRUE(add_exception("x", rule_named("EX-1"), now));
  ASSERT_TRUE(add_exception("x", rule_named("EX-2"), now));
  std::string wide = content("x/EX-1.yaml");
  wide.replace(wide.find("KIOSK-*"), 7, "SERVER*");
  write("x/EX-1.yaml", wide);
  std::filesystem::remove("x/journal.jsonl");
  const auto gone = load_trusted_exceptions("x");
  ASSERT_TRUE(gone);
  EXPECT_TRUE(gone->rules.empty());
  EXPECT_EQ(gone->distrusted.size(), 2U);
  EXPECT_TRUE(load_trusted_exceptions("x/EX-1.yaml")->rules.empty());
  const auto list = list_exceptions("x", now, false);
  ASSERT_TRUE(list);
  EXPECT_FALSE(list->sound);
  EXPECT_NE(list->text.find("EX-1  does not count"), std::string::npos) << list->text;
  // A line in other words makes no file of people's of it, and one such file speaks for the folder.
  wide.replace(wide.find("T00:00:00.0000000Z"), 18, "");
  write("x/EX-1.yaml", "# by hand\n" + wide);
  std::filesystem::remove("x/EX-2.yaml");
  EXPECT_TRUE(load_trusted_exceptions("x")->rules.empty());
  write("x/EX-9.yaml", by_hand);
  EXPECT_TRUE(load_trusted_exceptions("x")->rules.empty());
}

TEST(Exceptions, WhatPeopleWroteCountsWithoutAJournalAndIsSaidToBeUnproven) {
  const Workplace place;
  const FileTime now = at("2026-11-02T00:00:00Z");
  std::filesystem::create_directories("x");
  write("x/EX-9.yaml", by_hand);
  const auto unproven = load_trusted_exceptions("x");
  ASSERT_TRUE(unproven);
  EXPECT_EQ(unproven->rules.size(), 1U);
  EXPECT_NE(unproven->without_journal.find("no journal.jsonl"), std::string::npos);
  const auto list = list_exceptions("x", now, false);
  ASSERT_TRUE(list);
  EXPECT_FALSE(list->sound);
  EXPECT_NE(list->text.find("no journal.jsonl"), std::string::npos) << list->text;
}

TEST(Exceptions, AChangeThatStoppedBeforeItsFileIsRepeated) {
  const Workplace place;
  const FileTime now = at("2026-11-02T00:00:00Z");
  ASSERT_TRUE(add_exception("x", rule_named("EX-1"), now));
  const std::string before = content("x/EX-1.yaml");
  ASSERT_TRUE(revoke_exception("x", {.id = "EX-1", .by = "bob", .because = "gone"}, now));
  write("x/EX-1.yaml", before);
  EXPECT_FALSE(
      renew_exception("x", {.id = "EX-1", .author = "carol", .approver = "bob", .days = 9}, now))
      << "what was revoked is not renewed by putting the old file back";
  EXPECT_TRUE(revoke_exception("x", {.id = "EX-1", .by = "bob", .because = "gone"}, now));
  EXPECT_TRUE(verify_exceptions("x")->sound);
}

TEST(Exceptions, ARenewalKeepsSinceWhenItIsValid) {
  const Workplace place;
  ASSERT_TRUE(add_exception("x", rule_named("EX-1"), at("2026-11-02T00:00:00Z")));
  const Renewal renewal{.id = "EX-1", .author = "carol", .approver = "bob", .days = 90};
  ASSERT_TRUE(renew_exception("x", renewal, at("2027-01-20T00:00:00Z")));
  const auto all = load_exceptions("x");
  ASSERT_TRUE(all);
  EXPECT_EQ((*all)[0].rule.created, at("2026-11-01T00:00:00Z"));
  EXPECT_EQ((*all)[0].rule.renewed, at("2027-01-20T00:00:00Z"));
  EXPECT_EQ((*all)[0].rule.expires, at("2027-04-20T00:00:00Z"));
  const auto backwards = renew_exception("x", renewal, at("2027-01-19T00:00:00Z"));
  ASSERT_FALSE(backwards);
  EXPECT_NE(backwards.error().text.find("later than the renewal"), std::string::npos);
}

TEST(Exceptions, ProcessesThatAddAtOnceLoseNothing) {
  const Workplace place;
  constexpr int processes = 8;
  constexpr int each = 5;
  std::vector<pid_t> children;
  for (int i = 0; i < processes; ++i) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      bool is_done = true;
      for (int j = 0; j < each; ++j) {
        is_done = add_exception("x", rule_named("EX-" + std::to_string(i * each + j)),
                                at("2026-11-02T00:00:00Z"))
                      .has_value() &&
                  is_done;
      }
      ::_exit(is_done ? 0 : 1);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
  }
  const auto verdict = verify_exceptions("x");
  ASSERT_TRUE(verdict);
  EXPECT_TRUE(verdict->sound) << verdict->text;
  EXPECT_EQ(read_journal("x")->entries.size(), static_cast<std::size_t>(processes * each));
}

}  // namespace
}  // namespace npg
