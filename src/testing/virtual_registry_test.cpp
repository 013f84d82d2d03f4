#include "testing/virtual_registry.hpp"

#include <gtest/gtest.h>

#include <array>

#include "testing/events.hpp"

namespace npg::testing {
namespace {

TEST(VirtualRegistry, ValuesAreFoundByWindowsNames) {
  VirtualRegistry registry;
  registry.add_key("ControlSet001\\Services\\RDPNP\\NetworkProvider", "2019-12-07T09:15:07Z");
  registry.set_expand_sz("ControlSet001\\Services\\rdpnp\\NetworkProvider", "ProviderPath",
                         "%SystemRoot%\\System32\\drprov.dll");
  registry.set_dword("Select", "Current", 1);

  const auto key =
      find_key(registry, registry.root(), "controlset001\\services\\RDPNP\\networkprovider");
  ASSERT_TRUE(key.has_value());
  EXPECT_EQ(to_rfc3339(registry.key(*key)->last_written), "2019-12-07T09:15:07.0000000Z");
  const auto path = find_value(registry, *key, "providerpath");
  ASSERT_TRUE(path.has_value());
  EXPECT_EQ(path->type, reg::expand_sz);
  EXPECT_EQ(text_of(*path).raw(), "%SystemRoot%\\System32\\drprov.dll");
  const auto select = find_key(registry, registry.root(), "Select");
  ASSERT_TRUE(select.has_value());
  EXPECT_EQ(number_of(*find_value(registry, *select, "Current")), 1U);
}

TEST(VirtualRegistry, SettingAgainReplacesAndAnUnknownKeyIsNotFound) {
  VirtualRegistry registry;
  registry.set_sz("A", "x", "one");
  registry.set_sz("a", "X", "two");
  const auto key = find_key(registry, registry.root(), "A");
  ASSERT_EQ(registry.values(*key).size(), 1U);
  EXPECT_EQ(text_of(registry.values(*key).front()).raw(), "two");
  EXPECT_EQ(registry.key(KeyId{99}).error().code, ErrorCode::not_found);
}

TEST(VirtualRegistry, MultiStringsEndWithAnEmptyOne) {
  VirtualRegistry registry;
  const std::array<std::string_view, 2> texts{"wsl.localhost", "wsl$"};
  registry.set_multi_sz("A", "TriggerStartPrefix", texts);
  const auto read = texts_of(registry.values(*find_key(registry, registry.root(), "A")).front());
  ASSERT_EQ(read.size(), 2U);
  EXPECT_EQ(read[1].raw(), "wsl$");
}

TEST(Events, AHelperMadeEventAnswersByName) {
  const WinEvent made = event("Microsoft-Windows-Security-Auditing", 4624, "2026-11-20T10:00:00Z",
                              {{"LogonType", "10"}, {"TargetLogonId", "0x5a1b2"}});
  EXPECT_EQ(made.channel.raw(), "Security");
  EXPECT_EQ(made.number("LogonType"), 10U);
  EXPECT_EQ(made.number("targetlogonid"), 0x5a1b2U);
  EXPECT_EQ(to_rfc3339(made.time()), "2026-11-20T10:00:00.0000000Z");
}

}  // namespace
}  // namespace npg::testing
