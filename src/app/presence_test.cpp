// Providers that copies of the hive, logs, or both show in place, gone and back: the parts of their
// windows, and who is told of logons in and between them.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "app/assess_host.hpp"
#include "app/knowledge.hpp"
#include "testing/facts.hpp"

namespace npg {
namespace {

using testing::at;
using testing::HostFacts;
using testing::order_key;
using testing::provider_key;

constexpr std::string_view evil_dll = "C:\\Windows\\System32\\evil.dll";
constexpr std::string_view with_evil = "RDPNP,LanmanWorkstation,webclient,Evil";
constexpr std::string_view without_evil = "RDPNP,LanmanWorkstation,webclient";
const std::string evil_key = provider_key("Evil");

struct CopyShape {
  std::uint32_t number = 0;  ///< 0 the present
  std::string_view written;
  std::string_view order_written;
  std::string_view key_written = {};  ///< empty: it is not there
  bool is_export = false;
  std::string_view dll = evil_dll;
};

void add_copy(const CopyShape& shape, HostFacts& host) {
  const HiveMoment moment = shape.number == 0 ? HiveMoment::current : HiveMoment::older_copy;
  HiveCopyFact copy{.number = shape.number,
                    .is_export = shape.is_export,
                    .lists_services = true,
                    .written = shape.written.empty() ? FileTime{} : at(shape.written)};
  copy.origin.offset = 7'000'000 + shape.number;
  host.facts.hive_copies.push_back(copy);
  const bool is_there = !shape.key_written.empty() || shape.is_export;
  if (is_there) {
    host.provider({.name = "Evil", .path = shape.dll, .provider_class = 2, .moment = moment});
    RegistrationFact& fact = host.facts.registrations.back();
    fact.copy = shape.number;
    fact.last_written = shape.key_written.empty() ? FileTime{} : at(shape.key_written);
  }
  host.order(is_there ? with_evil : without_evil, false, "2019-12-07T09:15:00Z", moment);
  ProviderOrderFact& order = host.facts.orders.back();
  order.copy = shape.number;
  order.last_written = shape.order_written.empty() ? FileTime{} : at(shape.order_written);
}

HostFacts host_with(std::initializer_list<CopyShape> copies,
                    std::initializer_list<std::string_view> logons) {
  HostFacts host;
  host.windows(20348);
  host.facts.identities.back().installed = {};
  for (const CopyShape& copy : copies) {
    add_copy(copy, host);
  }
  static std::map<std::string_view, std::string> sids;
  for (const std::string_view time : logons) {
    std::string& sid = sids[time];
    sid = "S-1-5-21-1-2-3-" + std::to_string(at(time).ticks % 1'000'000'007);
    host.logon({.time = time, .account = time, .sid = sid, .type = 2, .logon_process = "User32"});
  }
  return host;
}

HostAssessment assessed(const HostFacts& host) {
  return assess_host({.name = std::string_view("HOST"), .facts = host.normalised()},
                     shipped_knowledge());
}

const Exposure& evil_of(const HostAssessment& host) {
  const auto found = std::ranges::find_if(
      host.exposures, [](const Exposure& each) { return each.provider.raw() == "Evil"; });
  EXPECT_NE(found, host.exposures.end());
  return *found;
}

/// The grade of each logon, whose account bears its time; "-" for one that lies outside.
std::string grades(const Exposure& window, std::initializer_list<std::string_view> logons) {
  std::string text;
  for (const std::string_view time : logons) {
    const auto found = std::ranges::find_if(window.accounts, [&](const ExposedAccount& account) {
      return account.account.raw() == time;
    });
    text += text.empty() ? "" : " ";
    text += found == window.accounts.end() ? "-" : std::string(name_of(found->certainty));
  }
  return text;
}

constexpr std::string_view feb05 = "2026-02-05T10:00:00Z";
constexpr std::string_view feb07 = "2026-02-07T00:00:00Z";
constexpr std::string_view feb08 = "2026-02-08T00:00:00Z";
constexpr std::string_view feb09 = "2026-02-09T10:00:00Z";
constexpr std::string_view feb10 = "2026-02-10T00:00:00Z";
constexpr std::string_view feb15 = "2026-02-15T10:00:00Z";
constexpr std::string_view feb18 = "2026-02-18T00:00:00Z";
constexpr std::string_view feb19 = "2026-02-19T10:00:00Z";
constexpr std::string_view feb20 = "2026-02-20T00:00:00Z";
constexpr std::string_view feb22 = "2026-02-22T10:00:00Z";
constexpr std::string_view feb24 = "2026-02-24T00:00:00Z";
constexpr std::string_view feb25 = "2026-02-25T00:00:00Z";
constexpr std::string_view feb28 = "2026-02-28T10:00:00Z";
constexpr std::string_view march = "2026-03-02T00:00:00Z";
constexpr std::string_view long_ago = "2019-12-07T09:15:00Z";

TEST(CopiesOfTheHive, ShowItGoneForAWhile) {
  const auto logons = {feb05, feb09, feb15, feb19, feb22, feb28};
  const HostFacts host =
      host_with({{.number = 1, .written = feb10, .order_written = feb08, .key_written = feb07},
                 {.number = 2, .written = feb20, .order_written = feb18},
                 {.written = march, .order_written = feb25, .key_written = feb24}},
                logons);
  const HostAssessment assessment = assessed(host);
  const Exposure& window = evil_of(assessment);
  EXPECT_FALSE(window.earliest_start.given()) << "no copy is older than its first presence";
  EXPECT_EQ(window.latest_start, at(feb08));
  EXPECT_EQ(window.end_kind, WindowEnd::still_active);
  ASSERT_EQ(window.parts.size(), 2U);
  EXPECT_EQ(window.parts[0].to, at(feb10));
  EXPECT_EQ(window.parts[0].latest_to, at(feb18));
  EXPECT_EQ(window.parts[1].earliest_from, at(feb20));
  EXPECT_EQ(window.parts[1].from, at(feb25));
  EXPECT_EQ(grades(window, logons), "possible likely possible not_by_this_route possible likely");
}

TEST(CopiesOfTheHive, AnOlderOneWithoutItBoundsTheStart) {
  const auto logons = {feb05, feb15};
  const HostFacts host =
      host_with({{.number = 1, .written = "2026-02-01T00:00:00Z", .order_written = long_ago},
                 {.number = 2, .written = feb10, .order_written = feb08, .key_written = feb07},
                 {.number = 3, .written = feb20, .order_written = feb18},
                 {.written = march, .order_written = feb25, .key_written = feb24}},
                logons);
  const HostAssessment assessment = assessed(host);
  const Exposure& window = evil_of(assessment);
  EXPECT_EQ(window.earliest_start, at("2026-02-01T00:00:00Z"));
  EXPECT_EQ(window.latest_start, at(feb08));
  EXPECT_EQ(window.parts.size(), 2U);
  EXPECT_EQ(grades(window, logons), "possible possible");
}

TEST(CopiesOfTheHive, AnotherDllUnderItsNameIsTheSameProvider) {
  const auto logons = {feb05, feb09, feb15, feb28};
  const CopyShape clean = {
      .number = 1, .written = "2026-02-01T00:00:00Z", .order_written = long_ago};
  for (const bool has_clean : {false, true}) {
    HostFacts host = host_with({{.number = 2,
                                 .written = feb10,
                                 .order_written = feb08,
                                 .key_written = feb07,
                                 .dll = "C:\\Users\\Public\\a.dll"},
                                {.written = march, .order_written = feb08, .key_written = feb25}},
                               logons);
    if (has_clean) {
      add_copy(clean, host);
    }
    const HostAssessment assessment = assessed(host);
    const Exposure& window = evil_of(assessment);
    EXPECT_EQ(window.earliest_start, has_clean ? at(clean.written) : FileTime{});
    EXPECT_EQ(window.latest_start, at(feb08));
    EXPECT_EQ(window.start_basis.find("an older state of the registry") != std::string::npos,
              has_clean);
    EXPECT_LT(window.parts.size(), 2U);
    EXPECT_EQ(grades(window, logons), "possible likely likely likely");
    EXPECT_TRUE(std::ranges::any_of(window.assumed, [](const std::string& each) {
      return each.find("older copies of the hive name C:\\Users\\Public\\a.dll") !=
             std::string::npos;
    }));
    // The other DLL has its own verdict and its own, narrower window.
    EXPECT_EQ(std::ranges::count_if(assessment.providers,
                                    [](const Provider& provider) {
                                      return provider.name.raw() == "Evil" &&
                                             provider.verdict >= ProviderVerdict::suspicious;
                                    }),
              2);
    ASSERT_EQ(std::ranges::count(assessment.exposures, SharedText(std::string_view("Evil")),
                                 &Exposure::provider),
              2);
    EXPECT_EQ(assessment.exposures.back().end, at(feb25));
    EXPECT_EQ(assessment.exposures.back().earliest_end, at(feb10));
  }
}

TEST(CopiesOfTheHive, ADllThatComesAndGoesUnderItsNameLeavesItInPlace) {
  const auto logons = {feb09, feb15, feb19, feb28};
  const HostFacts host =
      host_with({{.number = 1, .written = feb10, .order_written = feb08, .key_written = feb07},
                 {.number = 2,
                  .written = feb20,
                  .order_written = feb08,
                  .key_written = feb18,
                  .dll = "C:\\Windows\\System32\\other.dll"},
                 {.written = march, .order_written = feb08, .key_written = feb25}},
                logons);
  const HostAssessment assessment = assessed(host);
  const Exposure& window = evil_of(assessment);
  EXPECT_LT(window.parts.size(), 2U);
  EXPECT_EQ(grades(window, logons), "likely likely likely likely");
}

TEST(CopiesOfTheHive, AProductThatWasBentListensSinceItWas) {
  HostFacts host = host_with({{.number = 1,
                               .written = feb10,
                               .order_written = feb08,
                               .key_written = feb07,
                               .dll = "C:\\Program Files\\Citrix\\ICA Client\\pnsson.dll"},
                              {.written = march, .order_written = feb08, .key_written = feb25}},
                             {feb09, feb15, feb28});
  for (RegistrationFact& fact : host.facts.registrations) {
    fact.name = SharedText(std::string_view("PnSson"));
  }
  for (ProviderOrderFact& fact : host.facts.orders) {
    fact.raw = SharedText(std::string_view("RDPNP,LanmanWorkstation,webclient,PnSson"));
    fact.names.back() = SharedText(std::string_view("PnSson"));
  }
  const HostAssessment assessment = assessed(host);
  ASSERT_FALSE(assessment.exposures.empty());
  const Exposure& window = assessment.exposures.front();
  EXPECT_EQ(window.earliest_start, at(feb10));
  EXPECT_EQ(window.latest_start, at(feb25));
  EXPECT_EQ(grades(window, {feb09, feb15, feb28}), "- possible likely");
}

TEST(CopiesOfTheHive, AnOrderOlderThanAPresenceDoesNotBoundTheEnd) {
  const auto logons = {feb05, feb09, feb15};
  const HostFacts host =
      host_with({{.number = 1, .written = feb10, .order_written = feb08, .key_written = feb07},
                 {.written = feb20, .order_written = long_ago}},
                logons);
  const HostAssessment assessment = assessed(host);
  const Exposure& window = evil_of(assessment);
  EXPECT_EQ(window.end_kind, WindowEnd::removed);
  EXPECT_EQ(window.earliest_end, at(feb10));
  EXPECT_EQ(window.end, at(feb20)) << "it went between the two copies";
  EXPECT_EQ(grades(window, logons), "possible likely possible");
}

TEST(CopiesOfTheHive, NothingEndsWhatNothingDates) {
  const auto logons = {feb05, feb22};
  const HostFacts host = host_with(
      {{.number = 1, .is_export = true}, {.written = march, .order_written = feb10}}, logons);
  const HostAssessment assessment = assessed(host);
  const Exposure& window = evil_of(assessment);
  EXPECT_FALSE(window.latest_start.given());
  EXPECT_EQ(window.end_kind, WindowEnd::evidence_ends);
  EXPECT_EQ(grades(window, logons), "possible possible");
}

testing::ChangeShape set(std::string_view time, std::string_view key, std::string_view value,
                         std::string_view now, std::string_view before = {}) {
  return {.time = time, .key = key, .value = value, .now = now, .before = before};
}

TEST(CopiesOfTheHive, ALogThatTellsHalfLeavesTheRestToTheKeys) {
  HostFacts order_logged = host_with({{.written = march,
                                       .order_written = "2026-03-01T07:00:00Z",
                                       .key_written = "2026-03-01T08:00:00Z"}},
                                     {"2026-03-01T07:30:00Z", "2026-03-01T09:00:00Z"});
  order_logged.change(
      set("2026-03-01T07:00:00Z", order_key, "ProviderOrder", with_evil, without_evil));
  HostFacts key_logged = host_with({{.written = march,
                                     .order_written = "2026-03-01T08:00:00Z",
                                     .key_written = "2026-03-01T07:00:00Z"}},
                                   {"2026-03-01T07:30:00Z", "2026-03-01T09:00:00Z"});
  key_logged.change(set("2026-03-01T07:00:00Z", evil_key, "ProviderPath", evil_dll))
      .change(set("2026-03-01T07:00:00Z", evil_key, "Class", "2"));
  for (const HostFacts* host : {&order_logged, &key_logged}) {
    const HostAssessment assessment = assessed(*host);
    const Exposure& window = evil_of(assessment);
    EXPECT_EQ(window.earliest_start, at("2026-03-01T07:00:00Z"));
    EXPECT_EQ(window.latest_start, at("2026-03-01T08:00:00Z"));
    EXPECT_EQ(grades(window, {"2026-03-01T07:30:00Z", "2026-03-01T09:00:00Z"}), "possible likely");
  }
}

TEST(CopiesOfTheHive, WhatTheLogRemovedAndTheHiveHasAgainIsInParts) {
  HostFacts host =
      host_with({{.written = march,
                  .order_written = "2026-03-01T12:00:00Z",
                  .key_written = "2026-03-01T08:00:00Z"}},
                {"2026-03-01T10:30:00Z", "2026-03-01T11:30:00Z", "2026-03-01T12:30:00Z"});
  host.change(set("2026-03-01T08:00:00Z", evil_key, "ProviderPath", evil_dll))
      .change(set("2026-03-01T08:00:00Z", evil_key, "Class", "2"))
      .change(set("2026-03-01T08:00:00Z", order_key, "ProviderOrder", with_evil, without_evil))
      .change(set("2026-03-01T11:00:00Z", order_key, "ProviderOrder", without_evil, with_evil));
  const HostAssessment assessment = assessed(host);
  const Exposure& window = evil_of(assessment);
  EXPECT_EQ(window.end_kind, WindowEnd::still_active);
  ASSERT_EQ(window.parts.size(), 2U);
  EXPECT_EQ(window.parts[0].to, at("2026-03-01T11:00:00Z"));
  EXPECT_EQ(window.parts[1].earliest_from, at("2026-03-01T11:00:00Z"));
  EXPECT_EQ(window.parts[1].from, at("2026-03-01T12:00:00Z"));
  EXPECT_EQ(
      grades(window, {"2026-03-01T10:30:00Z", "2026-03-01T11:30:00Z", "2026-03-01T12:30:00Z"}),
      "likely possible likely");
}

TEST(CopiesOfTheHive, APasswordChangedInDoubtIsToldAsChanged) {
  HostFacts host = host_with({{.written = march,
                               .order_written = "2026-03-01T12:00:00Z",
                               .key_written = "2026-03-01T08:00:00Z"}},
                             {"2026-03-01T10:30:00Z"});
  host.change(set("2026-03-01T08:00:00Z", evil_key, "ProviderPath", evil_dll))
      .change(set("2026-03-01T08:00:00Z", evil_key, "Class", "2"))
      .change(set("2026-03-01T08:00:00Z", order_key, "ProviderOrder", with_evil, without_evil))
      .change(set("2026-03-01T11:00:00Z", order_key, "ProviderOrder", without_evil, with_evil));
  host.password("2026-03-01T11:30:00Z", "CORP\\carol", "S-1-5-21-1-2-3-1106", 4723);
  const HostAssessment assessment = assessed(host);
  const Exposure& window = evil_of(assessment);
  const auto carol = std::ranges::find_if(
      window.accounts, [](const ExposedAccount& one) { return one.password_changed; });
  ASSERT_NE(carol, window.accounts.end());
  EXPECT_EQ(carol->account.raw(), "CORP\\carol");
  EXPECT_EQ(carol->certainty, Certainty::possible);
  EXPECT_EQ(carol->action, Action::reset);
  EXPECT_NE(carol->reason.find("may be exposed"), std::string::npos) << carol->reason;
}

TEST(CopiesOfTheHive, APresenceBeforeTheLogTellsOfIt) {
  HostFacts host =
      host_with({{.number = 1, .written = feb10, .order_written = feb08, .key_written = feb07},
                 {.written = march, .order_written = feb25, .key_written = feb25}},
                {feb05, feb09, feb15, feb28});
  host.change(set(feb25, evil_key, "ProviderPath", evil_dll))
      .change(set(feb25, evil_key, "Class", "2"))
      .change(set(feb25, order_key, "ProviderOrder", with_evil, without_evil));
  const HostAssessment assessment = assessed(host);
  const Exposure& window = evil_of(assessment);
  EXPECT_FALSE(window.earliest_start.given());
  EXPECT_EQ(window.latest_start, at(feb08));
  EXPECT_EQ(window.parts.size(), 2U);
  EXPECT_EQ(grades(window, {feb05, feb09, feb15, feb28}), "possible likely possible likely");
}

TEST(CopiesOfTheHive, ATimeThatGoesBackBoundsNoChange) {
  HostFacts host = host_with({{.written = march, .order_written = feb10}}, {});
  host.provider({.name = "Evil",
                 .path = evil_dll,
                 .provider_class = 2,
                 .written = feb18,
                 .moment = HiveMoment::before_replay});
  host.order(with_evil, false, feb18, HiveMoment::before_replay);
  const HostAssessment assessment = assessed(host);
  for (const Change& change : assessment.changes) {
    EXPECT_LE(change.not_before, change.time) << change.what;
  }
  const Exposure& window = evil_of(assessment);
  EXPECT_EQ(window.end, at(march)) << "the order's time lies before it was seen in place";
  EXPECT_EQ(window.earliest_end, at(feb18));
}

TEST(CopiesOfTheHive, ACopyThatIsLaterThanThePresentOnePutsTheirOrderInDoubt) {
  const auto logons = {feb09, feb15};
  const HostFacts host =
      host_with({{.written = feb10, .order_written = feb08, .key_written = feb07},
                 {.number = 1, .written = feb20, .order_written = long_ago}},
                logons);
  const HostAssessment assessment = assessed(host);
  const Exposure& window = evil_of(assessment);
  EXPECT_EQ(window.end_kind, WindowEnd::still_active);
  EXPECT_NE(window.end_basis.find("which of the two is newer is in doubt"), std::string::npos);
  EXPECT_EQ(grades(window, logons), "likely possible");
  for (const Change& change : assessment.changes) {
    EXPECT_FALSE(change.time.given()) << change.what;
    EXPECT_NE(change.what.find("copy_of_later_time"), std::string::npos) << change.what;
  }
  EXPECT_TRUE(std::ranges::any_of(assessment.coverage.statements, [](const std::string& each) {
    return each.find("which of them is newer is in doubt") != std::string::npos;
  }));
}

TEST(CopiesOfTheHive, WhatLogsBroughtIsNotMonthsOld) {
  for (const std::string_view key : {feb18, std::string_view("2025-10-01T00:00:00Z")}) {
    const auto logons = {feb15, feb22};
    HostFacts host =
        host_with({{.written = feb20, .order_written = feb18, .key_written = key}}, logons);
    host.facts.registrations.back().absent_until = at("2025-09-30T23:59:59Z");
    host.facts.identities.back().newest_write = at(feb20);
    const HostAssessment assessment = assessed(host);
    const bool is_old = key != feb18;
    const auto found = std::ranges::find_if(assessment.providers, [](const Provider& provider) {
      return provider.name.raw() == "Evil";
    });
    ASSERT_NE(found, assessment.providers.end());
    EXPECT_EQ(std::ranges::any_of(
                  found->reasons,
                  [](const Reason& reason) { return reason.code == "last_written_contradicted"; }),
              is_old);
    EXPECT_EQ(evil_of(assessment).latest_start, at(is_old ? feb20 : feb18));
  }
}

}  // namespace
}  // namespace npg
