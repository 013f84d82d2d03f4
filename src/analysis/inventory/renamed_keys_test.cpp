#include "analysis/inventory/renamed_keys.hpp"

#include <gtest/gtest.h>

#include "analysis/inventory/inventory.hpp"
#include "testing/facts.hpp"

namespace npg {
namespace {

using testing::HostFacts;
using testing::provider_key;

constexpr std::string_view dll = "C:\\Windows\\System32\\evil.dll";

void rename_service(std::string_view time, std::string_view from, std::string_view to,
                    HostFacts& host) {
  const std::string services = "HKLM\\SYSTEM\\CurrentControlSet\\Services\\";
  host.change({.time = time,
               .key = services + std::string(from),
               .now = services + std::string(to),
               .change = ChangeKind::renamed,
               .event_id = 14});
  const Origin origin = host.facts.registry_changes.back().origin;
  host.change({.time = time,
               .key = services + std::string(to),
               .change = ChangeKind::key_created,
               .event_id = 14});
  host.facts.registry_changes.back().origin = origin;
}

const Provider* named(const std::vector<Provider>& providers, std::string_view name) {
  for (const Provider& provider : providers) {
    if (provider.name.raw() == name) {
      return &provider;
    }
  }
  return nullptr;
}

TEST(RenamedKeys, ARegistrationMovesWithItsKey) {
  HostFacts host;
  host.change({.time = "2026-03-01T08:00:00Z",
               .key = provider_key("Foo"),
               .value = "ProviderPath",
               .now = dll,
               .event_id = 13});
  host.change({.time = "2026-03-01T08:00:00Z",
               .key = provider_key("Foo"),
               .value = "Class",
               .now = "2",
               .event_id = 13});
  host.change({.time = "2026-03-01T08:30:00Z",
               .key = provider_key("Foo"),
               .value = "Name",
               .now = "x",
               .event_id = 13});
  host.change({.time = "2026-03-01T08:31:00Z",
               .key = provider_key("Foo"),
               .value = "Name",
               .change = ChangeKind::value_deleted,
               .event_id = 12});
  rename_service("2026-03-01T09:00:00Z", "Foo", "Bar", host);
  rename_service("2026-03-01T10:00:00Z", "Bar", "Evil", host);
  FactSet facts = host.normalised();
  follow_renames(facts);
  std::size_t moved = 0;
  for (const RegistryChangeFact& change : facts.registry_changes) {
    if (change.change != ChangeKind::value_set || change.key.raw() != provider_key("Evil")) {
      continue;
    }
    ++moved;
    EXPECT_EQ(change.time, testing::at("2026-03-01T10:00:00Z"));
    EXPECT_TRUE(change.was_created);
    EXPECT_EQ(change.new_value.raw(), change.value_name.raw() == "Class" ? "2" : dll);
  }
  EXPECT_EQ(moved, 2U) << "what was deleted before does not move";
  const auto providers = list_providers(facts);
  const Provider* evil = named(providers, "Evil");
  ASSERT_NE(evil, nullptr);
  EXPECT_EQ(evil->receives_credentials, YesNo::yes);
  EXPECT_EQ(evil->state, ProviderState::staged);
  ASSERT_NE(named(providers, "Foo"), nullptr);
  EXPECT_EQ(named(providers, "Foo")->state, ProviderState::removed);
}

TEST(RenamedKeys, ValuesOfAnOlderCopyMoveToo) {
  HostFacts host;
  host.provider({.name = "Foo",
                 .path = dll,
                 .provider_class = 2,
                 .written = "2026-03-01T08:00:00Z",
                 .moment = HiveMoment::older_copy});
  rename_service("2026-03-01T09:00:00Z", "Foo", "Evil", host);
  EXPECT_EQ(changes_by_renames(host.normalised()).size(), 2U);
}

TEST(RenamedKeys, AValueTakesItsDataAlong) {
  HostFacts host;
  const auto write = [&](std::string_view time, std::string_view name, std::string_view data) {
    host.change(
        {.time = time, .key = provider_key("Evil"), .value = name, .now = data, .event_id = 13});
  };
  const auto rename = [&](std::string_view time, std::string_view from, std::string_view to) {
    host.change({.time = time,
                 .key = provider_key("Evil"),
                 .value = from,
                 .now = std::string(provider_key("Evil")) + "\\" + std::string(to),
                 .change = ChangeKind::renamed,
                 .event_id = 14});
  };
  write("2026-03-01T08:00:00Z", "ProviderPath", dll);
  write("2026-03-01T08:00:01Z", "Foo", "2");
  rename("2026-03-01T09:00:00Z", "Foo", "Class");
  FactSet facts = host.normalised();
  follow_renames(facts);
  EXPECT_EQ(list_providers(facts).at(0).receives_credentials, YesNo::yes);

  rename("2026-03-01T10:00:00Z", "Class", "Bar");
  facts = host.normalised();
  follow_renames(facts);
  EXPECT_NE(list_providers(facts).at(0).receives_credentials, YesNo::yes);

  const std::size_t before = changes_by_renames(host.normalised()).size();
  rename("2026-03-01T11:00:00Z", "Unknown", "Class");
  EXPECT_EQ(changes_by_renames(host.normalised()).size(), before) << "what it held is not known";
}

TEST(RenamedKeys, AnotherKeyOfAPrefixStaysWhereItIs) {
  HostFacts host;
  host.change({.time = "2026-03-01T08:00:00Z",
               .key = provider_key("Foo2"),
               .value = "Class",
               .now = "2",
               .event_id = 13});
  rename_service("2026-03-01T09:00:00Z", "Foo", "Evil", host);
  EXPECT_TRUE(changes_by_renames(host.normalised()).empty());
}

}  // namespace
}  // namespace npg
