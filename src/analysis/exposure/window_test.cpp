#include "analysis/exposure/window.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "testing/facts.hpp"

namespace npg {
namespace {

using testing::at;
using testing::HostFacts;
using testing::hw_order_key;
using testing::order_key;
using testing::provider_key;

Change change(std::string_view time, std::string_view key, std::string_view value,
              std::string_view now, std::string_view before, std::string_view what = "value_set") {
  return {.time = at(time),
          .what = std::string(what),
          .key = key,
          .value_name = value,
          .old_value = before,
          .new_value = now,
          .evidence = {Origin{.evidence = 1, .offset = at(time).ticks}}};
}

Exposure window_of(const Provider& provider, std::span<const Change> changes, const FactSet& facts,
                   FileTime evidence_end) {
  return exposure_window(provider, changes, exposure::NamedFacts(facts),
                         exposure::PolicyHistory(facts, changes), {}, evidence_end,
                         exposure::sameness_of(provider, {}));
}

const std::string evil_key = provider_key("Evil");
constexpr std::string_view t1 = "2026-11-19T10:00:00Z";
constexpr std::string_view t2 = "2026-11-19T10:00:05Z";
constexpr std::string_view t3 = "2026-11-19T12:00:00Z";
constexpr std::string_view t4 = "2026-11-19T13:00:00Z";
constexpr std::string_view t5 = "2026-11-19T14:00:00Z";

std::vector<Change> making() {
  return {change(t1, evil_key, "", "", "", "key_created"),
          change(t1, evil_key, "ProviderPath", "C:\\evil.dll", ""),
          change(t1, evil_key, "Class", "2", ""),
          change(t2, order_key, "ProviderOrder", "RDPNP,Evil", "RDPNP")};
}

struct Case {
  std::string_view name;
  ProviderState state;
  std::vector<Change> more;  ///< behind the making
  std::string_view key_written;
  std::string_view earliest;
  std::string_view latest;
  WindowEnd end_kind;
  std::string_view end;
};

TEST(Window, ALoggedChangeOfItsDllIsNoMaking) {
  for (const bool is_product : {false, true}) {
    Provider evil{.name = std::string_view("Evil"), .state = ProviderState::active};
    evil.order_position = 1;
    evil.known_as = is_product ? "a product" : "";
    const std::vector<Change> changes = {
        change(t3, evil_key, "ProviderPath", "C:\\evil.dll", "C:\\a.dll")};
    const Exposure window = window_of(evil, changes, FactSet{}, at(t5));
    EXPECT_EQ(window.latest_start, at(t3));
    EXPECT_EQ(window.earliest_start, is_product ? at(t3) : FileTime{})
        << "whom another DLL listened to before is not said to be safe";
  }
}

TEST(Window, LoggedChangesGiveStartAndEnd) {
  constexpr auto active = ProviderState::active;
  constexpr auto staged = ProviderState::staged;
  constexpr auto removed = ProviderState::removed;
  const auto gone = change(t3, evil_key, "", "", "", "key_deleted");
  const auto unlisted = change(t3, order_key, "ProviderOrder", "RDPNP", "RDPNP,Evil");
  const Case cases[] = {
      {"still there", active, {}, t2, t1, t2, WindowEnd::still_active, ""},
      {"key deleted", removed, {gone}, t2, t1, t2, WindowEnd::removed, t3},
      {"service key deleted",
       removed,
       {change(t3, "HKLM\\SYSTEM\\CurrentControlSet\\Services\\Evil", "", "", "", "key_deleted")},
       t2,
       t1,
       t2,
       WindowEnd::removed,
       t3},
      {"another's key deleted",
       active,
       {change(t3, provider_key("Evil2"), "", "", "", "key_deleted")},
       t2,
       t1,
       t2,
       WindowEnd::still_active,
       ""},
      {"unlisted", staged, {unlisted}, t2, t1, t2, WindowEnd::removed, t3},
      {"unlisted, as Sysmon logs it",
       staged,
       {change(t3, order_key, "ProviderOrder", "RDPNP", "")},
       t2,
       t1,
       t2,
       WindowEnd::removed,
       t3},
      {"unlisted in HwOrder alone",
       active,
       {change(t3, hw_order_key, "ProviderOrder", "RDPNP", "RDPNP,Evil")},
       t2,
       t1,
       t2,
       WindowEnd::still_active,
       ""},
      {"class deleted",
       removed,
       {change(t3, evil_key, "Class", "", "2", "value_deleted")},
       t2,
       t1,
       t2,
       WindowEnd::removed,
       t3},
      {"class without its bits",
       removed,
       {change(t3, evil_key, "Class", "1", "2")},
       t2,
       t1,
       t2,
       WindowEnd::removed,
       t3},
      {"path deleted",
       removed,
       {change(t3, evil_key, "ProviderPath", "", "x", "value_deleted")},
       t2,
       t1,
       t2,
       WindowEnd::removed,
       t3},
      {"the display name deleted",
       active,
       {change(t3, evil_key, "Name", "", "x", "value_deleted")},
       t2,
       t1,
       t2,
       WindowEnd::still_active,
       ""},
      {"renamed away",
       removed,
       {change(t3, evil_key, "", "Other", "", "renamed")},
       t2,
       t1,
       t2,
       WindowEnd::removed,
       t3},
      {"removed twice over: the first",
       removed,
       {unlisted, change(t4, evil_key, "", "", "", "key_deleted")},
       t2,
       t1,
       t2,
       WindowEnd::removed,
       t3},
      {"removed, back by logged writes",
       active,
       {gone, change(t4, evil_key, "ProviderPath", "C:\\evil.dll", ""),
        change(t4, evil_key, "Class", "2", "")},
       t4,
       t1,
       t2,
       WindowEnd::still_active,
       ""},
      {"removed, back, removed: the last",
       removed,
       {gone, change(t4, evil_key, "ProviderPath", "C:\\evil.dll", ""),
        change(t4, evil_key, "Class", "2", ""), change(t5, evil_key, "", "", "", "key_deleted")},
       t4,
       t1,
       t2,
       WindowEnd::removed,
       t5},
      {"removed, back unseen", active, {gone}, t4, t1, t2, WindowEnd::still_active, ""},
      {"removed, and the hive is older", active, {gone}, t1, t1, t2, WindowEnd::removed, t3},
      {"a value that was not needed",
       active,
       {change(t3, evil_key, "AuthentProviderPath", "", "x", "value_deleted")},
       t3,
       t1,
       t2,
       WindowEnd::still_active,
       ""},
      {"another product enters the order later",
       active,
       {change(t3, order_key, "ProviderOrder", "RDPNP,Evil,Vpn", "RDPNP,Evil")},
       t2,
       t1,
       t2,
       WindowEnd::still_active,
       ""},
      {"the same, as Sysmon logs it",
       active,
       {change(t3, order_key, "ProviderOrder", "RDPNP,Evil,Vpn", "")},
       t2,
       t1,
       t2,
       WindowEnd::still_active,
       ""},
      {"its path is written again",
       active,
       {change(t3, evil_key, "ProviderPath", "C:\\evil2.dll", "C:\\evil.dll")},
       t3,
       t1,
       t2,
       WindowEnd::still_active,
       ""},
      {"nothing says that it went",
       removed,
       {},
       t2,
       t1,
       t2,
       WindowEnd::evidence_ends,
       "2026-11-22T00:00:00Z"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    HostFacts host;
    host.windows(19045);
    Provider provider{
        .name = std::string_view("Evil"), .state = c.state, .last_written = at(c.key_written)};
    if (c.state == ProviderState::active) {
      provider.order_position = 1;
      host.order("RDPNP,Evil", false, t2);
    }
    auto changes = making();
    changes.insert(changes.end(), c.more.begin(), c.more.end());
    const Exposure window = window_of(provider, changes, host.facts, at("2026-11-22T00:00:00Z"));
    EXPECT_EQ(to_rfc3339(window.earliest_start), to_rfc3339(at(c.earliest)));
    EXPECT_EQ(to_rfc3339(window.latest_start), to_rfc3339(at(c.latest)));
    EXPECT_EQ(name_of(window.end_kind), name_of(c.end_kind));
    EXPECT_EQ(window.end, c.end.empty() ? FileTime{} : at(c.end));
    EXPECT_EQ(window.earliest_end,
              window.end_kind == WindowEnd::evidence_ends ? at(t2) : window.end);
    EXPECT_FALSE(window.start_basis.empty());
    EXPECT_FALSE(window.end_basis.empty());
  }
}

TEST(Window, AnEndThatOnlyTheLogKnowsSaysSo) {
  HostFacts host;
  host.windows(19045);
  Provider provider{.name = std::string_view("Evil"),
                    .order_position = 1,
                    .state_basis = "the hive does not register it; the log does",
                    .last_written = at(t1)};
  const auto basis = [&] { return window_of(provider, making(), host.facts, at(t5)).end_basis; };
  EXPECT_EQ(basis(), "registered by the newest logged changes, which no hive confirms");
  provider.state = ProviderState::staged;
  EXPECT_EQ(
      basis(),
      "registered by the newest logged changes, which no hive confirms, though no order is in "
      "the evidence");
  host.order("RDPNP", false).order("RDPNP", true);
  EXPECT_EQ(basis(),
            "registered by the newest logged changes, which no hive confirms, though in no order");
}

TEST(Window, SilenceBehindTheEndOfAuditingTellsNothing) {
  const Provider provider{.name = std::string_view("Evil"),
                          .order_position = 1,
                          .state_basis = "no hive is in the evidence; the log has it"};
  HostFacts host;
  host.log("Security", t1, t5);
  const auto known_until = [&] {
    return window_of(provider, making(), host.facts, at(t5)).earliest_end;
  };
  EXPECT_EQ(known_until(), at(t5));
  host.event("2026-11-19T09:00:00Z", SystemEventKind::audit_policy_changed, "Registry", 4719,
             "success removed");
  host.event("2026-11-19T09:30:00Z", SystemEventKind::audit_policy_changed, "Registry", 4719,
             "success added");
  EXPECT_EQ(known_until(), at(t5)) << "it was back before the making";
  host.event(t3, SystemEventKind::audit_policy_changed, "Registry", 4719,
             "success removed, failure removed");
  EXPECT_EQ(known_until(), at(t3));
  host.event(t4, SystemEventKind::audit_policy_changed, "Registry", 4719, "success added");
  EXPECT_EQ(known_until(), at(t3)) << "what came in between was not logged";
  host.log("Microsoft-Windows-Sysmon/Operational", t1, t4);
  EXPECT_EQ(known_until(), at(t4)) << "Sysmon goes on";
}

TEST(Window, ALogInTwoFilesTellsWhatItTellsInOne) {
  const Provider provider{.name = std::string_view("Evil"),
                          .order_position = 1,
                          .state_basis = "no hive is in the evidence; the log has it"};
  const auto known_until = [&](const HostFacts& host) {
    return window_of(provider, making(), host.facts, at(t5)).earliest_end;
  };
  HostFacts one;
  one.log("Security", t1, t4, 1, 200);
  HostFacts two;
  two.log("Security", t1, t3, 1, 100).log("Security", t3, t4, 101, 200);
  two.last_log().registry_value_events = 0;
  EXPECT_EQ(known_until(one), at(t4));
  EXPECT_EQ(known_until(two), at(t4));
  two.last_log().first_id = 150;
  EXPECT_EQ(known_until(two), at(t3)) << "what is missing between them may have told of it";
  one.last_log().gaps.push_back(
      {.after_id = 100, .next_id = 150, .after_time = at(t3), .next_time = at(t3)});
  EXPECT_EQ(known_until(one), at(t3));
}

TEST(Window, AServicesOwnValuesAreNoRegistration) {
  HostFacts host;
  host.windows(19045).order("RDPNP,LanmanWorkstation", false, t3);
  const Provider provider{
      .name = std::string_view("LanmanWorkstation"), .order_position = 1, .last_written = at(t2)};
  const std::vector<Change> changes = {
      change("2026-01-01T00:00:00Z", "HKLM\\SYSTEM\\CurrentControlSet\\Services\\LanmanWorkstation",
             "Start", "2", "3"),
      change(t1, provider_key("LanmanWorkstation"), "Class", "3", "")};
  const Exposure window = window_of(provider, changes, host.facts, at(t5));
  EXPECT_EQ(window.earliest_start, at(t1));
  EXPECT_EQ(window.latest_start, at(t1));
}

TEST(Window, KeyTimesAloneGiveBounds) {
  HostFacts host;
  host.windows(19045).windows(26100, "C:\\Windows", "WinNT", HiveMoment::older_copy);
  host.facts.identities[1].installed = at("2026-06-01T00:00:00Z");
  host.order("RDPNP,Evil", false, t3);
  const Provider provider{
      .name = std::string_view("Evil"), .order_position = 1, .last_written = at(t1)};
  const Exposure window = window_of(provider, {}, host.facts, at(t5));
  EXPECT_EQ(window.earliest_start, at("2025-01-01T00:00:00Z"));
  EXPECT_EQ(window.latest_start, at(t3));
  EXPECT_EQ(window.end_kind, WindowEnd::still_active);
  host.facts.identities.clear();
  EXPECT_FALSE(window_of(provider, {}, host.facts, at(t5)).earliest_start.given());
}

TEST(Window, ComparedStatesGiveAnInexactEnd) {
  HostFacts host;
  host.windows(19045);
  Change removal = change(t3, evil_key, "", "", "", "registration_removed");
  removal.is_exact = false;
  removal.not_before = at(t1);
  Provider provider{
      .name = std::string_view("Evil"), .state = ProviderState::removed, .last_written = at(t1)};
  const std::vector<Change> changes = {removal};
  const Exposure window = window_of(provider, changes, host.facts, at(t5));
  EXPECT_EQ(window.end_kind, WindowEnd::removed);
  EXPECT_EQ(window.end, at(t3));
  EXPECT_EQ(window.earliest_end, at(t1));
  EXPECT_NE(window.end_basis.find("there until 2026-11-19 10:00:00Z"), std::string::npos);
  EXPECT_EQ(window.latest_start, at(t1));
  Change unbounded = removal;
  unbounded.time = at(t1);
  const Exposure open = window_of(provider, std::vector{unbounded}, host.facts, at(t5));
  EXPECT_EQ(open.end, at(t5));
  EXPECT_EQ(open.earliest_end, at(t1));
  Change unlisted = change(t4, order_key, "ProviderOrder", "RDPNP", "RDPNP,Evil");
  unlisted.is_exact = false;
  provider.state = ProviderState::staged;
  EXPECT_EQ(window_of(provider, std::vector{unlisted}, host.facts, at(t5)).end, at(t4));
  provider.state = ProviderState::active;
  EXPECT_EQ(window_of(provider, std::vector{unlisted}, host.facts, at(t5)).end_kind,
            WindowEnd::still_active);
}

Change compared(std::string_view not_before, std::string_view time, std::string_view key,
                std::string_view value, std::string_view now, std::string_view before,
                std::string_view what = "value_set") {
  Change made = change(time, key, value, now, before, what);
  made.is_exact = false;
  made.not_before = not_before.empty() ? FileTime{} : at(not_before);
  return made;
}

TEST(Window, ComparedStatesBoundTheStart) {
  struct Comparison {
    std::string_view name;
    std::vector<Change> changes;
    std::string_view earliest;
    std::string_view latest;
  };
  const Change added = compared(t1, t2, evil_key, "", "C:\\evil.dll", "", "registration_added");
  const Change classed = compared(t3, t4, evil_key, "Class", "2", "");
  const Change listed = compared(t2, t3, order_key, "ProviderOrder", "RDPNP,Evil", "RDPNP");
  const Comparison cases[] = {
      {"added between two copies", {added}, t1, t2},
      {"its class in a later copy", {added, classed}, t3, t4},
      {"listed later", {added, listed}, t1, t3},
      {"listed before it was registered", {listed, classed}, t3, t4},
      {"listed alone", {listed}, t2, t3},
      {"written again later",
       {added, compared(t4, t5, evil_key, "ProviderPath", "x", "y")},
       t1,
       t2},
      {"nothing bounds it",
       {compared("", t2, evil_key, "", "x", "", "registration_added")},
       "2025-01-01T00:00:00Z",
       t1},
  };
  for (const Comparison& c : cases) {
    SCOPED_TRACE(c.name);
    HostFacts host;
    host.windows(19045);
    const Provider provider{.name = std::string_view("Evil"), .last_written = at(t1)};
    const Exposure window = window_of(provider, c.changes, host.facts, at(t5));
    EXPECT_EQ(window.earliest_start, at(c.earliest));
    EXPECT_EQ(window.latest_start, at(c.latest));
    EXPECT_FALSE(window.evidence.empty() && c.changes.front().not_before.given());
  }
}

TEST(Window, ALoggedMakingIsBetterThanComparedStates) {
  HostFacts host;
  std::vector<Change> changes = making();
  changes.insert(changes.begin(),
                 compared(t1, t5, evil_key, "", "C:\\evil.dll", "", "registration_added"));
  const Provider provider{.name = std::string_view("Evil"), .last_written = at(t1)};
  const Exposure window = window_of(provider, changes, host.facts, at(t5));
  EXPECT_EQ(window.latest_start, at(t2));
}

TEST(Window, ThePolicyDependsOnTheBuild) {
  struct Policy {
    std::uint32_t build;
    std::optional<std::uint64_t> value;
    YesNo sent;
  };
  const Policy cases[] = {
      {19045, std::nullopt, YesNo::yes},
      {19045, 0, YesNo::yes},
      {19045, 1, YesNo::yes},
      {22621, std::nullopt, YesNo::yes},
      {22621, 0, YesNo::no},
      {22621, 1, YesNo::yes},
      {22631, 0, YesNo::no},
      {25216, std::nullopt, YesNo::no},
      {26100, std::nullopt, YesNo::no},
      {26100, 0, YesNo::no},
      {26100, 1, YesNo::yes},
      {0, 1, YesNo::unknown},
  };
  for (const Policy& c : cases) {
    HostFacts host;
    if (c.build != 0) {
      host.windows(c.build).windows(c.build == 26100 ? 19045U : 30000U, "C:\\Windows", "WinNT",
                                    HiveMoment::older_copy);
    }
    if (c.value) {
      host.policy(PolicyKind::enable_mpr, "EnableMPR", std::to_string(*c.value), c.value);
      host.facts.policies.back().last_written = {};  // Not later than the window's start.
    }
    const Provider provider{.name = std::string_view("Evil"), .last_written = at(t1)};
    const Exposure window = window_of(provider, {}, host.facts, at(t5));
    EXPECT_EQ(name_of(window.password_sent), name_of(c.sent))
        << c.build << " " << c.value.value_or(9);
    EXPECT_FALSE(window.password_basis.empty());
  }
}

TEST(Window, APolicyThatWasOnInsideTheWindowCounts) {
  const std::string key = "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\System";
  HostFacts host;
  host.windows(26100);
  const Provider provider{.name = std::string_view("Evil"), .last_written = at(t2)};
  auto changes = making();
  changes.push_back(change(t4, key, "EnableMPR", "0", "1"));
  EXPECT_EQ(window_of(provider, changes, host.facts, at(t5)).password_sent, YesNo::yes);
  changes.back() = change(t4, key, "EnableMPR", "DWORD (0x00000001)", "");
  EXPECT_EQ(window_of(provider, changes, host.facts, at(t5)).password_sent, YesNo::yes);
  changes.back() = change(t4, key, "EnableMPR", "0", "");
  EXPECT_EQ(window_of(provider, changes, host.facts, at(t5)).password_sent, YesNo::unknown)
      << "what it was before is not said";
  changes.back().was_created = true;
  EXPECT_EQ(window_of(provider, changes, host.facts, at(t5)).password_sent, YesNo::no)
      << "the event says that it was not there, and this Windows sends none without it";
  changes.back().was_created = false;
  changes.insert(changes.begin(), change("2026-01-01T00:00:00Z", key, "EnableMPR", "1", "0"));
  EXPECT_EQ(window_of(provider, changes, host.facts, at(t5)).password_sent, YesNo::yes)
      << "the write before says it";
}

TEST(Window, TheLastWriteOfTheKeyHidesWhatEnableMprWasBefore) {
  struct Written {
    std::uint32_t build;
    std::optional<std::uint64_t> value;
    std::string_view written;
    YesNo sent;
    std::string_view assumed;
  };
  const Written cases[] = {
      {26100, std::nullopt, t3, YesNo::unknown, "may have been sent until"},
      {26100, std::nullopt, "2026-01-01T00:00:00Z", YesNo::no, ""},
      {22621, 0, t3, YesNo::unknown, "may have been sent until"},
      {22621, 0, "2026-01-01T00:00:00Z", YesNo::no, ""},
      {26100, 1, t3, YesNo::yes, "may have been sent until"},
      {22621, std::nullopt, t3, YesNo::yes, "Windows does so by default"},
      {19045, std::nullopt, t3, YesNo::yes, ""},
  };
  for (const Written& c : cases) {
    SCOPED_TRACE(c.build);
    HostFacts host;
    host.windows(c.build);
    host.facts.keys.push_back(
        {.key = std::string_view("Microsoft\\Windows\\CurrentVersion\\Policies\\System"),
         .last_written = at(c.written)});
    if (c.value) {
      host.policy(PolicyKind::enable_mpr, "EnableMPR", std::to_string(*c.value), c.value);
      host.facts.policies.back().last_written = at(c.written);
    }
    const Provider provider{.name = std::string_view("Evil"), .last_written = at(t2)};
    const Exposure window = window_of(provider, making(), host.facts, at(t5));
    EXPECT_EQ(name_of(window.password_sent), name_of(c.sent));
    const bool is_told = std::ranges::any_of(window.assumed, [&](const std::string& text) {
      return text.find(c.assumed.empty() ? "that passwords" : c.assumed) != std::string::npos;
    });
    EXPECT_EQ(is_told, !c.assumed.empty());
  }
}

TEST(Window, WithoutAHiveTheStartsOfWindowsTellTheBuild) {
  const Provider provider{.name = std::string_view("Evil"), .last_written = at(t2)};
  HostFacts host;
  Exposure window = window_of(provider, making(), host.facts, at(t5));
  EXPECT_EQ(window.password_basis,
            "EnableMPR is not in the evidence; the Windows build is not in the evidence");
  host.event("2026-11-18T10:00:00Z", SystemEventKind::boot, "19045", 12);
  window = window_of(provider, making(), host.facts, at(t5));
  EXPECT_EQ(window.password_sent, YesNo::yes);
  EXPECT_NE(window.password_basis.find("build 19045"), std::string::npos) << window.password_basis;
  host.facts.system_events[0].subject = std::string_view("26100");
  window = window_of(provider, making(), host.facts, at(t5));
  EXPECT_EQ(window.password_sent, YesNo::unknown) << "only EnableMPR 1 sends it";
  host.facts.system_events[0].subject = std::string_view("22631");
  window = window_of(provider, making(), host.facts, at(t5));
  EXPECT_EQ(window.password_sent, YesNo::unknown) << "its default sends it, which is no fact";
}

TEST(Window, EachTimeHasItsOwnBuild) {
  const Provider provider{.name = std::string_view("Evil"), .last_written = at(t2)};
  HostFacts booted;
  booted.windows(26100);
  booted.event("2026-11-18T10:00:00Z", SystemEventKind::boot, "22631", 12);
  booted.event(t3, SystemEventKind::boot, "26100", 12);
  Exposure window = window_of(provider, making(), booted.facts, at(t5));
  EXPECT_EQ(window.password_sent, YesNo::yes);
  EXPECT_NE(window.password_basis.find("it was not sent from 2026-11-19"), std::string::npos)
      << window.password_basis;
  HostFacts upgraded;
  upgraded.windows(26100);
  upgraded.facts.upgrades.push_back({.upgraded = at(t3), .build = 22631});
  window = window_of(provider, making(), upgraded.facts, at(t5));
  EXPECT_EQ(window.password_sent, YesNo::yes);
  upgraded.facts.upgrades[0].upgraded = at("2026-11-01T00:00:00Z");
  window = window_of(provider, making(), upgraded.facts, at(t5));
  EXPECT_EQ(window.password_sent, YesNo::no) << "all of the window is behind the upgrade";
}

}  // namespace
}  // namespace npg
