// What one kind of evidence makes of a logon or a change of a password, over all analyses: joins
// that prove, times at which nothing was heard, and what only looks like a logon with a password.
#include <gtest/gtest.h>

#include <algorithm>

#include "app/assess_host.hpp"
#include "app/knowledge.hpp"
#include "app/timeline_entries.hpp"
#include "testing/facts.hpp"

namespace npg {
namespace {

using testing::HostFacts;
using testing::order_key;
using testing::provider_key;

constexpr std::string_view dll = "C:\\Windows\\System32\\evil.dll";
constexpr std::string_view winlogon = "C:\\Windows\\System32\\winlogon.exe";
constexpr std::string_view mpnotify = "C:\\Windows\\System32\\mpnotify.exe";
constexpr std::string_view userinit = "C:\\Windows\\System32\\userinit.exe";
constexpr std::string_view with_evil = "RDPNP,LanmanWorkstation,Evil";
constexpr std::string_view without_evil = "RDPNP,LanmanWorkstation";
constexpr std::string_view ann = "CORP\\ann";
constexpr std::string_view ann_sid = "S-1-5-21-1-2-3-1101";
const std::string evil_key = provider_key("Evil");

testing::ChangeShape set(std::string_view time, std::string_view key, std::string_view value,
                         std::string_view now, std::string_view before = {}) {
  return {.time = time, .key = key, .value = value, .now = now, .before = before};
}

/// Registered at 08:00 by logged writes.
HostFacts registered() {
  HostFacts host;
  host.change(set("2026-03-01T08:00:00Z", evil_key, "ProviderPath", dll))
      .change(set("2026-03-01T08:00:00Z", evil_key, "Class", "2"))
      .change(set("2026-03-01T08:00:00Z", order_key, "ProviderOrder", with_evil, without_evil))
      .log("Security", "2026-03-01T00:00:00Z", "2026-03-02T00:00:00Z");
  host.last_log().registry_value_events = 3;
  return host;
}

void log_on(std::string_view time, std::uint64_t id, HostFacts& host) {
  host.logon({.time = time,
              .account = ann,
              .sid = ann_sid,
              .type = 2,
              .logon_process = "User32",
              .process = "C:\\Windows\\System32\\svchost.exe",
              .logon_id = id});
}

void change_password(std::string_view time, HostFacts& host) {
  host.password(time, ann, ann_sid, 4723);
}

HostAssessment assessed(const HostFacts& host) {
  return assess_host({.name = std::string_view("HOST"), .facts = host.normalised()},
                     shipped_knowledge());
}

const Exposure* evil_of(const HostAssessment& host) {
  const auto found = std::ranges::find_if(
      host.exposures, [](const Exposure& each) { return each.provider.raw() == "Evil"; });
  return found == host.exposures.end() ? nullptr : &*found;
}

ExposedAccount ann_of(const HostFacts& host) {
  const HostAssessment assessment = assessed(host);
  const Exposure* window = evil_of(assessment);
  if (window == nullptr || window->accounts.size() != 1) {
    ADD_FAILURE() << "one window with one account";
    return {};
  }
  return window->accounts[0];
}

void start_by(std::string_view time, std::string_view image, std::uint64_t winlogon_id,
              std::optional<std::uint64_t> logon_id, HostFacts& host) {
  host.process(time, image, winlogon, 0x900);
  host.facts.process_starts.back().parent_process_id = winlogon_id;
  host.facts.process_starts.back().logon_id = logon_id;
}

TEST(ExposureGrades, TheSameWinlogonsUserinitJoinsANotificationToItsLogon) {
  struct Case {
    std::string_view what;
    std::uint64_t shell_parent;
    std::uint64_t shell_logon;
    std::string_view shell_time;
    Certainty certainty;
  };
  const Case cases[] = {
      {"its own", 0x800, 0x60, "2026-03-01T09:00:02Z", Certainty::proven},
      {"of another winlogon", 0x801, 0x60, "2026-03-01T09:00:02Z", Certainty::likely},
      {"much later, the process id may be used again", 0x800, 0x60, "2026-03-01T09:30:00Z",
       Certainty::likely},
      {"an old event that names winlogon's own logon", 0x800, 0x3e7, "2026-03-01T09:00:02Z",
       Certainty::likely},
  };
  for (const Case& c : cases) {
    HostFacts host = registered();
    log_on("2026-03-01T09:00:00Z", 0x60, host);
    start_by("2026-03-01T09:00:01Z", mpnotify, 0x800, 0x3e7, host);
    start_by(c.shell_time, userinit, c.shell_parent, c.shell_logon, host);
    const ExposedAccount account = ann_of(host);
    EXPECT_EQ(name_of(account.certainty), name_of(c.certainty)) << c.what;
    EXPECT_EQ(account.reason.find("nothing but the time") == std::string::npos,
              c.certainty == Certainty::proven);
  }
}

TEST(ExposureGrades, AStartOfWindowsBetweenThemJoinsNothing) {
  HostFacts host = registered();
  log_on("2026-03-01T09:00:00Z", 0x60, host);
  start_by("2026-03-01T09:00:01Z", mpnotify, 0x800, 0x3e7, host);
  host.event("2026-03-01T09:00:20Z", SystemEventKind::boot, "", 12);
  start_by("2026-03-01T09:00:30Z", userinit, 0x800, 0x60, host);
  EXPECT_EQ(name_of(ann_of(host).certainty), name_of(Certainty::likely));
}

TEST(ExposureGrades, TheNetworkLogonOfNlaHidesNoRestrictedAdmin) {
  for (const bool is_guard : {false, true}) {
    for (const bool has_1149 : {false, true}) {
      HostFacts host = registered();
      if (has_1149) {
        host.logon({.time = "2026-03-01T09:00:00Z",
                    .account = ann,
                    .source = LogonSource::remote_connection_1149,
                    .address = "10.1.1.1"});
      }
      host.logon({.time = "2026-03-01T09:00:01Z",
                  .account = ann,
                  .sid = ann_sid,
                  .type = 3,
                  .logon_process = "Kerberos",
                  .logon_id = 0x5f});
      host.logon({.time = "2026-03-01T09:00:02Z",
                  .account = ann,
                  .sid = ann_sid,
                  .type = 10,
                  .logon_process = "User32",
                  .logon_id = 0x60,
                  .restricted_admin = !is_guard,
                  .remote_credential_guard = is_guard});
      host.logon({.time = "2026-03-01T09:00:03Z",
                  .account = ann,
                  .source = LogonSource::local_session_21,
                  .session = 2});
      const ExposedAccount account = ann_of(host);
      EXPECT_EQ(account.certainty, Certainty::not_by_this_route);
      EXPECT_NE(account.reason.find(is_guard ? "Remote Credential Guard" : "Restricted Admin"),
                std::string::npos)
          << account.reason;
      EXPECT_EQ(account.logons, 0U);
    }
  }
}

TEST(ExposureGrades, AnEmptiedPathIsNoneAndHwOrderAloneIsNotSure) {
  HostFacts emptied = registered();
  emptied.change(set("2026-03-01T09:00:00Z", evil_key, "ProviderPath", "", dll))
      .change(set("2026-03-01T11:00:00Z", evil_key, "ProviderPath", dll));
  log_on("2026-03-01T10:00:00Z", 0x60, emptied);
  EXPECT_EQ(ann_of(emptied).certainty, Certainty::not_by_this_route);

  HostFacts other_path = registered();
  other_path.change(set("2026-03-01T08:30:00Z", evil_key, "AuthentProviderPath", dll))
      .change(set("2026-03-01T09:00:00Z", evil_key, "ProviderPath", "", dll));
  log_on("2026-03-01T10:00:00Z", 0x60, other_path);
  EXPECT_EQ(ann_of(other_path).certainty, Certainty::likely) << "the other value names it still";

  // Windows' own provider, whose AuthentProviderPath is taken away again: its own path is no
  // receiver.
  const std::string own_key = provider_key("LanmanWorkstation");
  HostFacts hijacked;
  hijacked.windows(20348).defaults().log("Security", "2026-03-01T00:00:00Z",
                                         "2026-03-02T00:00:00Z");
  auto gone = set("2026-03-01T09:00:00Z", own_key, "AuthentProviderPath", "", dll);
  gone.change = ChangeKind::value_deleted;
  hijacked.change(set("2026-03-01T08:00:00Z", own_key, "AuthentProviderPath", dll))
      .change(set("2026-03-01T08:00:00Z", own_key, "Class", "3"))
      .change(gone);
  gone = set("2026-03-01T10:00:00Z", own_key, "Class", "", "3");
  gone.change = ChangeKind::value_deleted;
  hijacked.change(gone);
  const HostAssessment assessment = assessed(hijacked);
  ASSERT_EQ(assessment.exposures.size(), 1U);
  EXPECT_EQ(assessment.exposures[0].end, testing::at("2026-03-01T09:00:00Z"));

  for (const bool is_before : {true, false}) {
    HostFacts in_hw_order = registered();
    in_hw_order
        .change(set("2026-03-01T08:00:01Z", testing::hw_order_key, "ProviderOrder", with_evil,
                    without_evil))
        .change(set("2026-03-01T11:00:00Z", order_key, "ProviderOrder", without_evil, with_evil));
    log_on(is_before ? "2026-03-01T10:00:00Z" : "2026-03-01T12:00:00Z", 0x60, in_hw_order);
    const ExposedAccount account = ann_of(in_hw_order);
    EXPECT_EQ(account.certainty, is_before ? Certainty::likely : Certainty::possible);
    EXPECT_EQ(account.reason.find("only HwOrder") == std::string::npos, is_before);
  }
}

TEST(ExposureGrades, APasswordChangedWhenNothingListenedIsNotExposed) {
  HostFacts in_between = registered();
  in_between.change(set("2026-03-01T09:00:00Z", evil_key, "Class", "1", "2"))
      .change(set("2026-03-01T10:00:00Z", evil_key, "Class", "2", "1"));
  log_on("2026-03-01T08:30:00Z", 0x60, in_between);
  change_password("2026-03-01T09:30:00Z", in_between);
  ExposedAccount account = ann_of(in_between);
  EXPECT_FALSE(account.password_changed);
  EXPECT_NE(account.reason.find("when the provider was switched off"), std::string::npos);
  EXPECT_EQ(account.action_reason.find("cures nothing"), std::string::npos);

  HostFacts heard = registered();
  log_on("2026-03-01T08:30:00Z", 0x60, heard);
  change_password("2026-03-01T09:30:00Z", heard);
  EXPECT_TRUE(ann_of(heard).password_changed);

  HostFacts no_password = registered();
  no_password.windows(26100);
  change_password("2026-03-01T09:30:00Z", no_password);
  account = ann_of(no_password);
  EXPECT_FALSE(account.password_changed);
  EXPECT_EQ(account.certainty, Certainty::not_by_this_route);
  EXPECT_EQ(account.reason.find("are exposed"), std::string::npos) << account.reason;
}

TEST(ExposureGrades, ThePasswordsOwnerIsTheSubjectOfItsChange) {
  struct Case {
    std::uint32_t event_id;
    std::string_view by;
    std::string_view says;
  };
  const Case cases[] = {
      {4723, ann, "was changed by its owner"},
      {4723, "CORP\\zed", "was changed, with the old one given, by CORP\\zed"},
      {4724, "CORP\\zed", "was reset by CORP\\zed"},
  };
  for (const Case& c : cases) {
    HostFacts host;
    host.password("2026-03-01T09:30:00Z", ann, ann_sid, c.event_id);
    host.facts.password_changes.back().actor.account = c.by;
    const FactSet facts = host.normalised();
    const auto entries = timeline_entries(facts, assessed(host), false);
    EXPECT_TRUE(std::ranges::any_of(entries, [&](const TimelineEntry& entry) {
      return entry.text.find(c.says) != std::string::npos;
    })) << c.says;
  }
}

TEST(ExposureGrades, ANameInTheOrderIsNoProviderBeforeItsKeyIsMade) {
  HostFacts host;
  host.change(set("2026-03-01T07:00:00Z", order_key, "ProviderOrder", with_evil, without_evil));
  auto made = set("2026-03-01T09:00:00Z", evil_key, "", "");
  made.change = ChangeKind::key_created;
  made.event_id = 12;
  host.change(made)
      .change(set("2026-03-01T09:00:01Z", evil_key, "ProviderPath", dll))
      .change(set("2026-03-01T09:00:01Z", evil_key, "Class", "2"));
  const HostAssessment assessment = assessed(host);
  const Exposure* window = evil_of(assessment);
  ASSERT_NE(window, nullptr);
  EXPECT_EQ(window->earliest_start, testing::at("2026-03-01T09:00:00Z"));
  EXPECT_EQ(window->latest_start, testing::at("2026-03-01T09:00:01Z"));
}

}  // namespace
}  // namespace npg
