// Providers that were put in and taken away again: what the log tells of them, with a hive that is
// clean again and without one.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "app/assess_host.hpp"
#include "app/knowledge.hpp"
#include "testing/facts.hpp"

namespace npg {
namespace {

using testing::HostFacts;
using testing::provider_key;

constexpr std::string_view own_dll = "C:\\Windows\\System32\\davclnt.dll";
constexpr std::string_view evil_dll = "C:\\evil.dll";
const std::string web_key = provider_key("webclient");
const std::string evil_key = provider_key("Evil");
constexpr std::string_view with_evil = "RDPNP,LanmanWorkstation,webclient,Evil";
constexpr std::string_view without_evil = "RDPNP,LanmanWorkstation,webclient";

testing::ChangeShape set(std::string_view time, std::string_view key, std::string_view value,
                         std::string_view now, std::string_view before = {}) {
  return {.time = time, .key = key, .value = value, .now = now, .before = before};
}
testing::ChangeShape gone(std::string_view time, std::string_view key, std::string_view value,
                          std::string_view before) {
  auto change = set(time, key, value, {}, before);
  change.change = ChangeKind::value_deleted;
  return change;
}

struct Case {
  std::string_view name;
  bool has_hive;
  std::vector<testing::ChangeShape> changes;
  std::string_view provider;
  std::string_view latest_start;
  std::string_view end;
  Certainty at_0830;
};

TEST(RemovedAgain, TheWindowIsThatOfTheLog) {
  constexpr std::string_view t0 = "2026-11-19T08:00:00Z";
  constexpr std::string_view t1 = "2026-11-19T08:00:01Z";
  constexpr std::string_view t8 = "2026-11-19T09:00:00Z";
  constexpr std::string_view t9 = "2026-11-19T09:00:01Z";
  const std::vector hijack = {set(t0, web_key, "ProviderPath", evil_dll, own_dll),
                              set(t1, web_key, "Class", "2"), gone(t8, web_key, "Class", "2"),
                              set(t9, web_key, "ProviderPath", own_dll, evil_dll)};
  const std::vector class_only = {
      set(t0, evil_key, "ProviderPath", evil_dll),
      set(t0, testing::order_key, "ProviderOrder", with_evil, without_evil),
      set(t1, evil_key, "Class", "2"), set(t8, evil_key, "Class", "1", "2")};
  const std::vector removal = {
      gone(t8, evil_key, "ProviderPath", evil_dll), gone(t8, evil_key, "Class", "2"),
      set(t8, testing::order_key, "ProviderOrder", without_evil, with_evil)};
  const std::vector put_right = {gone(t8, web_key, "Class", "2"),
                                 set(t8, web_key, "ProviderPath", own_dll, evil_dll)};
  const std::vector sysmon = {
      set(t0, web_key, "ProviderPath", evil_dll), set(t1, web_key, "Class", "2"),
      set(t8, web_key, "ProviderPath", own_dll), gone(t9, web_key, "Class", {})};
  constexpr auto likely = Certainty::likely;
  constexpr auto possible = Certainty::possible;
  const Case cases[] = {
      {"bent and put right, with the clean hive", true, hijack, "webclient", t1, t8, likely},
      {"the same as Sysmon logs it, without what was there", true, sysmon, "webclient", t1, t8,
       likely},
      {"bent and put right, without a hive", false, hijack, "webclient", t1, t8, likely},
      {"the class was there for a while", false, class_only, "Evil", t1, t8, likely},
      {"only the removal, with the clean hive", true, removal, "Evil", t8, t8, possible},
      {"only the removal, without a hive", false, removal, "Evil", t8, t8, possible},
      {"only that it was put right, with the hive", true, put_right, "webclient", t8, t8, possible},
      {"only that it was put right", false, put_right, "webclient", t8, t8, possible},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    HostFacts host;
    if (c.has_hive) {
      host.windows(19045).defaults();
      for (RegistrationFact& registration : host.facts.registrations) {
        registration.last_written =
            registration.name.raw() == "webclient" || registration.name.raw() == "WebClient"
                ? testing::at(t9)
                : registration.last_written;
      }
    }
    for (const testing::ChangeShape& change : c.changes) {
      host.change(change);
    }
    host.log("Security", "2026-11-19T07:00:00Z", "2026-11-19T12:00:00Z");
    host.logon({.time = "2026-11-19T08:30:00Z",
                .account = "CORP\\alice",
                .sid = "S-1-5-21-1-2-3-1104",
                .type = 2,
                .logon_process = "User32"});
    const HostAssessment assessment = assess_host(
        {.name = std::string_view("WS1"), .facts = host.normalised()}, shipped_knowledge());
    ASSERT_EQ(assessment.exposures.size(), 1U);
    const Exposure& window = assessment.exposures.front();
    EXPECT_TRUE(equal_names(window.provider.raw(), c.provider)) << window.provider.raw();
    EXPECT_LE(window.earliest_start, window.latest_start);
    EXPECT_EQ(window.latest_start, testing::at(c.latest_start));
    EXPECT_EQ(name_of(window.end_kind), name_of(WindowEnd::removed));
    EXPECT_EQ(window.end, testing::at(c.end));
    ASSERT_EQ(window.accounts.size(), 1U);
    EXPECT_EQ(name_of(window.accounts.front().certainty), name_of(c.at_0830));
    const auto now = std::ranges::find_if(assessment.providers, [&](const Provider& one) {
      return equal_names(one.name.raw(), c.provider) && one.state == ProviderState::removed;
    });
    EXPECT_TRUE(now != assessment.providers.end() || c.name.ends_with("without a hive"));
  }
}

TEST(RemovedAgain, TheEndOfAuditingIsABlindSpot) {
  HostFacts host;
  host.windows(19045).defaults();
  host.change(set("2026-11-19T11:00:00Z", evil_key, "ProviderPath", evil_dll))
      .change(set("2026-11-19T11:00:00Z", evil_key, "Class", "2"))
      .change(set("2026-11-19T11:00:00Z", testing::order_key, "ProviderOrder", with_evil,
                  without_evil));
  host.log("Security", "2026-11-19T07:00:00Z", "2026-11-19T14:00:00Z");
  const auto spots = [&] {
    const HostAssessment assessment = assess_host(
        {.name = std::string_view("WS1"), .facts = host.normalised()}, shipped_knowledge());
    std::string all;
    for (const std::string& spot : assessment.exposures.at(0).blind_spots) {
      all += spot + "\n";
    }
    return all;
  };
  EXPECT_EQ(spots().find("4719"), std::string::npos);
  host.event("2026-11-19T12:00:00Z", SystemEventKind::audit_policy_changed, "Logon", 4719,
             "success removed");
  EXPECT_NE(spots().find("holds no logons from then on"), std::string::npos) << spots();
  host.event("2026-11-19T12:30:00Z", SystemEventKind::audit_policy_changed, "Logon", 4719,
             "success added");
  EXPECT_NE(spots().find("put back at 2026-11-19 12:30:00Z"), std::string::npos) << spots();
}

/// A random history of one listed provider, every write logged with what was there before.
struct History {
  struct Write {
    std::uint64_t minute = 0;
    testing::ChangeShape change;
  };
  std::string path = std::string(own_dll);
  std::string number;  ///< of the class; empty: not there
  HostFacts host;
  std::vector<std::uint64_t> exposed;  ///< minutes at which somebody typed a password into it

  [[nodiscard]] bool receives() const {
    return path == evil_dll && (number == "2" || number == "3");
  }
};

std::string minute_text(std::uint64_t minute) {
  return fmt::format("2026-11-19T{:02}:{:02}:00Z", 8 + minute / 60, minute % 60);
}

History random_history(std::mt19937_64& random) {
  History history;
  const auto below = [&](std::uint64_t bound) { return random() % bound; };
  const std::uint64_t hidden = below(3);  // writes that the log does not have any more
  const std::uint64_t turns = 1 + below(6);
  std::uint64_t minute = 1;
  for (std::uint64_t i = 0; i < turns + 2; ++i) {
    const bool is_last = i >= turns;  // In the end it is put right.
    const bool is_path = is_last ? i == turns : below(2) == 0;
    std::string& value = is_path ? history.path : history.number;
    const std::string before = value;
    value = is_path                    ? std::string(is_last || below(3) == 0 ? own_dll : evil_dll)
            : is_last || below(3) == 0 ? std::string()
                                       : std::to_string(1 + below(3));
    if (value != before && i >= hidden) {
      const std::string time = minute_text(minute);
      const std::string_view name = is_path ? "ProviderPath" : "Class";
      history.host.change(value.empty() ? gone(time, web_key, name, before)
                                        : set(time, web_key, name, value, before));
    }
    if (history.receives()) {
      history.exposed.push_back(minute + 1);
    }
    minute += 5;
  }
  return history;
}

TEST(RemovedAgain, BoundsStandInOrderAndNoLogonInsideIsLost) {
  std::mt19937_64 random(20261119);
  for (int run = 0; run < 400; ++run) {
    SCOPED_TRACE(run);
    History history = random_history(random);
    const bool has_hive = run % 2 == 0;
    if (has_hive) {
      history.host.windows(19045).defaults();
      for (RegistrationFact& registration : history.host.facts.registrations) {
        registration.last_written = testing::at("2026-11-19T10:00:00Z");
      }
    }
    history.host.log("Security", "2026-11-19T07:00:00Z", "2026-11-19T12:00:00Z");
    for (const std::uint64_t minute : history.exposed) {
      const std::string time = minute_text(minute);
      const std::string account = fmt::format("CORP\\user{}", minute);
      history.host.logon({.time = time, .account = account, .type = 2, .logon_process = "User32"});
    }
    const HostAssessment assessment = assess_host(
        {.name = std::string_view("WS1"), .facts = history.host.normalised()}, shipped_knowledge());
    std::size_t told = 0;
    for (const Exposure& window : assessment.exposures) {
      EXPECT_LE(window.earliest_start, window.latest_start);
      if (window.end.given()) {
        EXPECT_LE(window.latest_start, window.end);
        EXPECT_LE(window.earliest_end, window.end);
      }
      told += static_cast<std::size_t>(
          std::ranges::count_if(window.accounts, [](const ExposedAccount& account) {
            return account.certainty != Certainty::not_by_this_route;
          }));
    }
    const bool is_logged = !history.host.facts.registry_changes.empty();
    EXPECT_TRUE(!is_logged || told == history.exposed.size())
        << told << " of " << history.exposed.size();
  }
}

}  // namespace
}  // namespace npg
