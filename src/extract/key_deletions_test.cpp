#include "extract/key_deletions.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "extract/event_parts.hpp"
#include "fact/text_pool.hpp"
#include "testing/events.hpp"

namespace npg {
namespace {

using event_provider::security;

WinEvent access(std::uint32_t id, std::string_view time, std::string_view mask,
                std::string_view key, std::string_view handle = "0xdc") {
  return testing::event(security, id, time,
                        {{"SubjectLogonId", "0x1a2b3c"},
                         {"ObjectType", "Key"},
                         {"ObjectName", key},
                         {"HandleId", handle},
                         {"AccessMask", mask},
                         {"ProcessId", "0x1a84"}});
}

WinEvent deleted(std::string_view time, std::string_view handle = "0xdc") {
  return testing::event(security, 4660, time,
                        {{"SubjectUserName", "mallory"},
                         {"SubjectLogonId", "0x1a2b3c"},
                         {"HandleId", handle},
                         {"ProcessId", "0x1a84"},
                         {"ProcessName", "C:\\reg.exe"}});
}

constexpr std::string_view ours =
    "\\REGISTRY\\MACHINE\\SYSTEM\\ControlSet001\\Services\\Evil\\NetworkProvider";
constexpr std::string_view service = "\\REGISTRY\\MACHINE\\SYSTEM\\ControlSet001\\Services\\Evil";

FactSet joined(std::vector<WinEvent> events) {
  TextPool pool;
  FactSet facts;
  KeyDeletions deletions;
  for (const WinEvent& event : events) {
    deletions.take(event, pool);
  }
  deletions.finish(facts);
  return facts;
}

TEST(KeyDeletions, TheHandleNamesTheKey) {
  for (const std::uint32_t id : {4656U, 4663U}) {
    for (const std::string_view key : {ours, service}) {
      std::vector<WinEvent> events = {access(id, "2026-03-10T13:00:00Z", "0x10000", key),
                                      deleted("2026-03-10T13:00:00.02Z")};
      for (int order = 0; order < 2; ++order) {
        const FactSet facts = joined(events);
        ASSERT_EQ(facts.registry_changes.size(), 1U) << id << key;
        const RegistryChangeFact& change = facts.registry_changes[0];
        EXPECT_EQ(change.change, ChangeKind::key_deleted);
        EXPECT_EQ(change.event_id, 4660U);
        EXPECT_EQ(change.raw_key.raw(), key);
        EXPECT_EQ(change.control_set, 1U);
        EXPECT_EQ(change.actor.account.raw(), "mallory");
        EXPECT_EQ(to_rfc3339(change.time), "2026-03-10T13:00:00.0200000Z");
        std::ranges::reverse(events);
      }
    }
  }
}

TEST(KeyDeletions, WhatDoesNotFitIsNoDeletion) {
  const std::vector<WinEvent> cases[] = {
      {deleted("2026-03-10T13:00:00Z")},
      {access(4663, "2026-03-10T13:00:00Z", "0x2", ours), deleted("2026-03-10T13:00:00Z")},
      {access(4663, "2026-03-10T13:00:00Z", "0x10000", "\\REGISTRY\\MACHINE\\SOFTWARE\\x"),
       deleted("2026-03-10T13:00:00Z")},
      {access(4663, "2026-03-10T13:00:00Z", "0x10000", ours),
       deleted("2026-03-10T13:00:00Z", "0xe0")},
      // The handle is another object's by then.
      {access(4663, "2026-03-10T13:00:00Z", "0x10000", ours), deleted("2026-03-10T13:05:00Z")},
      {access(4663, "2026-03-10T13:00:05Z", "0x10000", ours), deleted("2026-03-10T13:00:00Z")},
  };
  for (const auto& events : cases) {
    EXPECT_TRUE(joined(events).registry_changes.empty());
  }
}

TEST(KeyDeletions, PartsOfALogAreJoined) {
  TextPool pool;
  KeyDeletions first;
  KeyDeletions second;
  first.take(access(4663, "2026-03-10T13:00:00Z", "0x10000", ours), pool);
  second.take(deleted("2026-03-10T13:00:00Z"), pool);
  first.append(std::move(second));
  FactSet facts;
  first.finish(facts);
  EXPECT_EQ(facts.registry_changes.size(), 1U);
}

TEST(KeyChanges, AKeyRenamedIntoOursIsMade) {
  TextPool pool;
  FactSet facts;
  extract_event(testing::event(
                    event_provider::sysmon, 14, "2026-03-10T13:00:00Z",
                    {{"EventType", "RenameKey"},
                     {"TargetObject", "HKLM\\System\\CurrentControlSet\\Services\\H\\Foo"},
                     {"NewName", "HKLM\\System\\CurrentControlSet\\Services\\H\\NetworkProvider"}}),
                pool, facts);
  ASSERT_EQ(facts.registry_changes.size(), 2U);
  EXPECT_EQ(facts.registry_changes[1].change, ChangeKind::key_created);
  EXPECT_EQ(facts.registry_changes[1].key.raw(),
            "HKLM\\SYSTEM\\CurrentControlSet\\Services\\H\\NetworkProvider");
}

TEST(KeyChanges, TheChoiceOfTheControlSetBearsOnUs) {
  for (const auto& [value, count] : {std::pair("Current", 1U), std::pair("Failed", 0U)}) {
    TextPool pool;
    FactSet facts;
    const std::string target = std::string("HKLM\\System\\Select\\") + value;
    extract_event(testing::event(event_provider::sysmon, 13, "2026-03-10T13:00:00Z",
                                 {{"EventType", "SetValue"},
                                  {"TargetObject", target},
                                  {"Details", "DWORD (0x00000002)"}}),
                  pool, facts);
    EXPECT_EQ(facts.registry_changes.size(), count) << value;
  }
}

TEST(KeyDeletions, SourcesAreAskedForThem) {
  EXPECT_TRUE(std::ranges::any_of(registration_interests(), [](const EventInterest& one) {
    return one.event_id == 4660 && one.any_of.empty();
  }));
}

}  // namespace
}  // namespace npg
