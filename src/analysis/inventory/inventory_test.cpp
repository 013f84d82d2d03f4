#include "analysis/inventory/inventory.hpp"

#include <gtest/gtest.h>

#include "analysis/inventory/judged_host_test.hpp"

namespace npg {
namespace {

using judged_host::has;
using judged_host::judged;
using judged_host::knowledge;
using judged_host::named;
using judged_host::told;
using testing::HostFacts;
using testing::provider_key;

TEST(Inventory, ABentAndRestoredProviderIsListedAsItWas) {
  HostFacts host;
  host.windows(19045).defaults();
  const std::string key = provider_key("LanmanWorkstation");
  host.change({.time = "2026-11-19T10:00:00Z",
               .key = key,
               .value = "AuthentProviderPath",
               .now = "C:\\Windows\\System32\\evil.dll"});
  host.change(
      {.time = "2026-11-19T10:00:01Z", .key = key, .value = "Class", .now = "DWORD (0x00000003)"});
  host.change({.time = "2026-11-19T12:00:00Z",
               .key = key,
               .value = "Class",
               .change = ChangeKind::value_deleted});
  host.change({.time = "2026-11-19T12:00:01Z",
               .key = key,
               .value = "AuthentProviderPath",
               .change = ChangeKind::value_deleted});
  const auto providers = judged(host);
  ASSERT_EQ(providers.size(), 4U);
  EXPECT_EQ(named(providers, "LanmanWorkstation").state, ProviderState::active);
  const Provider& former = providers.back();
  EXPECT_EQ(former.name.raw(), "LanmanWorkstation");
  EXPECT_EQ(former.state, ProviderState::removed);
  EXPECT_EQ(former.receives_credentials, YesNo::yes);
  EXPECT_EQ(former.provider_class, 3U);
  EXPECT_EQ(former.verdict, ProviderVerdict::malicious) << told(former);
}

TEST(Inventory, AServiceKeysValuesAreNotTheProviders) {
  HostFacts host;
  host.change({.time = "2026-11-19T10:00:00Z",
               .key = provider_key("Evil"),
               .value = "ProviderPath",
               .now = "C:\\evil.dll"});
  host.change({.time = "2026-11-19T10:00:01Z",
               .key = "HKLM\\SYSTEM\\CurrentControlSet\\Services\\Evil",
               .value = "ImagePath",
               .now = "C:\\evil.sys"});
  const auto providers = list_providers(host.normalised());
  ASSERT_EQ(providers.size(), 1U);
  ASSERT_EQ(providers[0].values.size(), 1U);
  EXPECT_EQ(providers[0].values[0].name.raw(), "ProviderPath");
}

TEST(Changes, TwoLogsAreOneChangeAndTwoWritesAreTwo) {
  HostFacts host;
  const std::string key = provider_key("Evil");
  for (const std::uint32_t event_id : {4657U, 13U}) {
    for (const std::string_view time : {"2026-11-19T10:00:00Z", "2026-11-19T10:00:00.5Z"}) {
      host.change({.time = time, .key = key, .value = "Class", .now = "2", .event_id = event_id});
    }
  }
  const auto changes = list_changes(host.normalised());
  ASSERT_EQ(changes.size(), 2U);
  EXPECT_EQ(changes[0].evidence.size(), 2U);
  EXPECT_EQ(changes[1].evidence.size(), 2U);
}

TEST(Changes, AWriteToAControlSetThatIsNotTheCurrentOneKeepsItsName) {
  const auto key_with = [](std::uint32_t set, std::string_view select_written) {
    HostFacts host;
    host.facts.selects.push_back({.current = 1, .last_written = testing::at(select_written)});
    host.change({.time = "2026-11-19T12:00:00Z",
                 .key = testing::provider_key("Evil"),
                 .value = "Class",
                 .now = "2"});
    host.facts.registry_changes.back().control_set = set;
    return std::string(list_changes(host.normalised()).at(0).key.raw());
  };
  const std::string current = testing::provider_key("Evil");
  constexpr std::string_view before = "2026-11-19T10:00:00Z";
  EXPECT_EQ(key_with(2, before), "HKLM\\SYSTEM\\ControlSet002\\Services\\Evil\\NetworkProvider");
  EXPECT_EQ(key_with(1, before), current);
  EXPECT_EQ(key_with(0, before), current) << "the log named none";
  EXPECT_EQ(key_with(2, "2026-11-20T10:00:00Z"), current)
      << "another set may have been the current one then";
}

}  // namespace
}  // namespace npg
