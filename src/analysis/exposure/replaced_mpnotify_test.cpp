#include "analysis/exposure/replaced_mpnotify.hpp"

#include <gtest/gtest.h>

#include "analysis/exposure/exposure.hpp"
#include "testing/facts.hpp"

namespace npg::exposure {
namespace {

using testing::at;
using testing::HostFacts;

constexpr std::string_view key = "HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\Winlogon";
constexpr std::string_view before_hive = "2025-06-01T00:00:00Z";
constexpr std::string_view hive_key = "2026-01-01T00:00:00Z";  // of HostFacts::policy
constexpr std::string_view t1 = "2026-11-19T10:00:00Z";
constexpr std::string_view t2 = "2026-11-19T12:00:00Z";
constexpr std::string_view end = "2026-11-22T00:00:00Z";
constexpr std::string_view evil = "C:\\Windows\\Temp\\evil.exe";

Change change(std::string_view time, std::string_view now, std::string_view before = {},
              std::string_view what = "value_set") {
  return {.time = at(time),
          .what = std::string(what),
          .key = key,
          .value_name = std::string_view("mpnotify"),
          .old_value = before,
          .new_value = now,
          .evidence = {Origin{.evidence = 1, .offset = at(time).ticks}}};
}

struct Case {
  std::string_view name;
  std::string_view hive;  ///< the value in the SOFTWARE hive; empty: none
  std::vector<Change> changes;
  std::string_view earliest;  ///< empty with `latest`: there is no exposure
  std::string_view latest;
  WindowEnd end_kind = WindowEnd::still_active;
  std::string_view end = {};
};

TEST(ReplacedMpnotify, HiveAndLogGiveTheWindow) {
  constexpr std::string_view installed = "2025-01-01T00:00:00Z";
  const Change gone = change(t2, "", evil, "value_deleted");
  const Case cases[] = {
      {"nothing", "", {}, "", ""},
      {"the default", "MPNOTIFY.exe", {}, "", ""},
      {"the default written", "", {change(t1, "mpnotify.exe")}, "", ""},
      {"in the hive", evil, {}, installed, hive_key},
      {"written and in the hive", evil, {change(before_hive, evil)}, before_hive, before_hive},
      {"written, gone by the log", "", {change(t1, evil), gone}, t1, t1, WindowEnd::removed, t2},
      {"only its removal is logged", "", {gone}, installed, t2, WindowEnd::removed, t2},
      {"set back to the default",
       "",
       {change(t1, evil), change(t2, "mpnotify.exe", evil)},
       t1,
       t1,
       WindowEnd::removed,
       t2},
      {"removed behind the hive", evil, {gone}, installed, hive_key, WindowEnd::removed, t2},
      {"removed, and back in a newer hive",
       evil,
       {change(before_hive, "", evil, "value_deleted")},
       installed,
       hive_key},
      {"written, and not in the hive",
       "",
       {change(t1, evil)},
       t1,
       t1,
       WindowEnd::evidence_ends,
       end},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    HostFacts host;
    host.windows(19045);
    if (!c.hive.empty()) {
      host.policy(PolicyKind::winlogon_mpnotify, "mpnotify", c.hive);
    }
    const auto replaced = replaced_mpnotify(c.changes, host.facts, {}, at(end));
    ASSERT_EQ(replaced.has_value(), !c.latest.empty());
    if (!replaced) {
      continue;
    }
    EXPECT_EQ(replaced->window.earliest_start, at(c.earliest));
    EXPECT_EQ(replaced->window.latest_start, at(c.latest));
    EXPECT_EQ(name_of(replaced->window.end_kind), name_of(c.end_kind));
    EXPECT_EQ(replaced->window.end, c.end.empty() ? FileTime{} : at(c.end));
    EXPECT_EQ(replaced->window.password_sent, YesNo::yes);
    EXPECT_FALSE(replaced->window.start_basis.empty());
    EXPECT_FALSE(replaced->window.end_basis.empty());
    EXPECT_FALSE(replaced->window.evidence.empty());
    EXPECT_EQ(replaced->program, evil);
  }
}

TEST(ReplacedMpnotify, TheProgramStandsWithoutQuotesAndArguments) {
  for (const std::string_view text :
       {R"("C:\a b\x.EXE" -k)", R"(C:\a b\x.EXE -k)", R"(C:\a b\x.EXE)"}) {
    HostFacts host;
    host.policy(PolicyKind::winlogon_mpnotify, "mpnotify", text);
    EXPECT_EQ(replaced_mpnotify({}, host.facts, {}, at(end))->program, R"(C:\a b\x.EXE)") << text;
  }
}

TEST(ReplacedMpnotify, AStartOfTheProgramProvesALogon) {
  struct Start {
    std::string_view image;
    std::string_view parent;
    Certainty certainty;
  };
  constexpr std::string_view winlogon = "C:\\Windows\\System32\\winlogon.exe";
  const Start cases[] = {
      {evil, winlogon, Certainty::proven},
      {"c:\\windows\\TEMP\\evil.exe", winlogon, Certainty::proven},
      {"C:\\other\\evil.exe", winlogon, Certainty::likely},
      {"C:\\Windows\\System32\\mpnotify.exe", winlogon, Certainty::likely},
      {evil, "C:\\Windows\\explorer.exe", Certainty::likely},
  };
  for (const Start& c : cases) {
    SCOPED_TRACE(c.image);
    HostFacts host;
    host.windows(19045).policy(PolicyKind::winlogon_mpnotify, "mpnotify", evil);
    host.log("Security", before_hive, end);
    host.logon({.time = t1,
                .account = "CORP\\alice",
                .sid = "S-1-5-21-1-2-3-1105",
                .type = 2,
                .logon_process = "User32",
                .session = 1});
    host.process(t1, c.image, c.parent, 77, 1, 1);
    const auto exposures = list_exposures({}, {}, host.normalised());
    ASSERT_EQ(exposures.size(), 1U);
    EXPECT_EQ(exposures[0].provider.raw(), "Winlogon mpnotify");
    ASSERT_EQ(exposures[0].accounts.size(), 1U);
    const ExposedAccount& alice = exposures[0].accounts[0];
    EXPECT_EQ(name_of(alice.certainty), name_of(c.certainty));
    EXPECT_EQ(alice.reason.find("provider"), std::string::npos) << alice.reason;
    EXPECT_EQ(alice.reason.find("in place of mpnotify.exe") != std::string::npos,
              c.certainty == Certainty::proven);
  }
}

}  // namespace
}  // namespace npg::exposure
