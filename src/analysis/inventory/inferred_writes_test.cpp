#include "analysis/inventory/inferred_writes.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "analysis/inventory/changes.hpp"
#include "testing/facts.hpp"

namespace npg {
namespace {

using testing::HostFacts;
using testing::provider_key;

constexpr std::string_view add_class =
    "reg add HKLM\\SYSTEM\\CurrentControlSet\\Services\\Evil\\NetworkProvider /v Class /d 2";

/// Evil's key was last written at 10:00:00, the orders an hour before.
HostFacts written_host() {
  HostFacts host;
  host.provider({.name = "Evil", .path = "C:\\evil.dll", .provider_class = 2});
  host.orders("RDPNP,Evil", "2026-11-19T09:00:00Z");
  return host;
}

void run(HostFacts& host, std::string_view time, std::string_view command,
         std::uint32_t event_id = 4688) {
  host.process(time, "C:\\Windows\\System32\\reg.exe", "C:\\Windows\\System32\\cmd.exe", 0x1004,
               std::nullopt, event_id);
  ProcessStartFact& start = host.facts.process_starts.back();
  start.command_line = command;
  start.account = std::string_view("CORP\\mallory");
  if (event_id == 4688) {
    start.logon_id = 0x77b10;
  }
}

std::vector<Change> inferred(HostFacts& host) {
  std::vector<Change> changes = list_changes(host.normalised());
  std::erase_if(changes, [](const Change& change) { return change.what != inferred_write; });
  return changes;
}

TEST(InferredWrites, ACommandLineRightBeforeTheLastWriteIsTakenForTheWrite) {
  HostFacts host = written_host();
  host.logon({.time = "2026-11-19T09:50:00Z",
              .account = "CORP\\mallory",
              .type = 3,
              .logon_id = 0x77b10,
              .address = "10.0.0.66"});
  run(host, "2026-11-19T09:59:58Z", add_class);
  run(host, "2026-11-19T09:59:59Z", add_class, 1);
  const std::vector<Change> changes = inferred(host);
  ASSERT_EQ(changes.size(), 1U);
  const Change& change = changes[0];
  EXPECT_EQ(change.time, testing::at("2026-11-19T10:00:00Z")) << "when the key was written";
  EXPECT_FALSE(change.is_exact);
  EXPECT_EQ(change.key.raw(), provider_key("Evil"));
  EXPECT_EQ(change.actor.account.raw(), "CORP\\mallory");
  EXPECT_EQ(change.actor.source_address.raw(), "10.0.0.66");
  EXPECT_EQ(change.actor.certainty, "inferred");
  EXPECT_EQ(change.actor.command_line.raw(), add_class);
  EXPECT_TRUE(std::ranges::none_of(change.chain, [](const AttributionLink& link) {
    return (link.link == "account" || link.link == "session" || link.link == "process") &&
           link.status == "seen";
  })) << "no event tells of the write";
}

TEST(InferredWrites, EachOfSeveralWritersIsNamed) {
  HostFacts host = written_host();
  run(host, "2026-11-19T09:59:57Z", add_class);
  run(host, "2026-11-19T09:59:59Z", add_class);
  host.facts.process_starts.back().account = std::string_view("CORP\\bob");
  host.facts.process_starts.back().process_id = 0x2222;
  const std::vector<Change> changes = inferred(host);
  ASSERT_EQ(changes.size(), 2U);
  EXPECT_EQ(changes[0].actor.account.raw(), "CORP\\mallory");
  EXPECT_EQ(changes[0].time, testing::at("2026-11-19T09:59:57Z"));
  EXPECT_EQ(changes[1].actor.account.raw(), "CORP\\bob");
  EXPECT_EQ(changes[1].time, testing::at("2026-11-19T10:00:00Z")) << "the last one wrote last";
}

TEST(InferredWrites, AnOrderIsTheOneThatIsNamed) {
  HostFacts host = written_host();
  run(host, "2026-11-19T08:59:59Z",
      "reg add HKLM\\SYSTEM\\CurrentControlSet\\Control\\NetworkProvider\\HwOrder /v ProviderOrder "
      "/d "
      "RDPNP,Evil /f");
  const std::vector<Change> changes = inferred(host);
  ASSERT_EQ(changes.size(), 1U);
  EXPECT_TRUE(changes[0].key.raw().ends_with("HwOrder")) << changes[0].key.raw();
}

TEST(InferredWrites, AScriptBearsTheSidOfItsUser) {
  HostFacts host = written_host();
  host.facts.scripts.push_back(
      {.time = testing::at("2026-11-19T09:59:59Z"),
       .text = std::string_view("New-ItemProperty -Path HKLM:\\SYSTEM\\CurrentControlSet\\Services"
                                "\\Evil\\NetworkProvider -Name Class -Value 2"),
       .sid = std::string_view("S-1-5-21-1-2-3-1104")});
  const std::vector<Change> changes = inferred(host);
  ASSERT_EQ(changes.size(), 1U);
  EXPECT_EQ(changes[0].actor.sid.raw(), "S-1-5-21-1-2-3-1104");
}

TEST(InferredWrites, WhatDoesNotFitIsNone) {
  const struct {
    std::string_view what;
    std::string_view time;
    std::string_view command;
  } cases[] = {
      {"too long before", "2026-11-19T09:59:50Z", add_class},
      {"behind it", "2026-11-19T10:00:05Z", add_class},
      {"it only reads", "2026-11-19T09:59:59Z",
       "reg query HKLM\\SYSTEM\\CurrentControlSet\\Services\\Evil\\NetworkProvider"},
      {"another provider", "2026-11-19T09:59:59Z",
       "reg add HKLM\\SYSTEM\\CurrentControlSet\\Services\\Other\\NetworkProvider /v Class /d 2"},
      {"one whose name ends like it", "2026-11-19T09:59:59Z",
       "reg add HKLM\\SYSTEM\\CurrentControlSet\\Services\\MyEvil\\NetworkProvider /v Class /d 2"},
      {"one whose name begins like it", "2026-11-19T09:59:59Z",
       "reg add HKLM\\SYSTEM\\CurrentControlSet\\Services\\Evil2\\NetworkProvider /v Class /d 2"},
      {"another control set", "2026-11-19T09:59:59Z",
       "reg add HKLM\\SYSTEM\\ControlSet002\\Services\\Evil\\NetworkProvider /v Class /d 2"},
      {"another computer", "2026-11-19T09:59:59Z",
       "reg add \\\\FS02\\HKLM\\SYSTEM\\CurrentControlSet\\Services\\Evil\\NetworkProvider /v "
       "Class"},
      {"it looks for such words", "2026-11-19T09:59:59Z",
       "findstr \"reg add\" log.txt | find \"Services\\Evil\\NetworkProvider\""},
      {"the path is data", "2026-11-19T09:59:59Z",
       "reg add HKCU\\Software\\Notes /d \"see HKLM\\..\\Services\\Evil\\NetworkProvider\""},
      {"no provider's setting", "2026-11-19T09:59:59Z", "reg add HKLM\\SOFTWARE\\Evil /v x /d 2"},
  };
  for (const auto& c : cases) {
    HostFacts host = written_host();
    run(host, c.time, c.command);
    EXPECT_TRUE(inferred(host).empty()) << c.what;
  }
}

TEST(InferredWrites, WhereAnEventTellsOfTheWriteNothingIsInferred) {
  HostFacts host = written_host();
  run(host, "2026-11-19T09:59:59Z", add_class);
  host.change({.time = "2026-11-19T10:00:00Z",
               .key = provider_key("Evil"),
               .value = "Class",
               .now = "2",
               .event_id = 4657});
  EXPECT_TRUE(inferred(host).empty());
}

}  // namespace
}  // namespace npg
