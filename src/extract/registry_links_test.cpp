// Symbolic links between the keys that decide who is told of passwords.
#include <gtest/gtest.h>

#include <algorithm>

#include "extract/registry.hpp"
#include "testing/virtual_registry.hpp"

namespace npg {
namespace {

using testing::VirtualRegistry;

constexpr std::uint32_t link_flag = 0x10;
constexpr std::string_view services = "ControlSet001\\Services\\";
constexpr std::string_view order = "ControlSet001\\Control\\NetworkProvider\\Order";

std::string below(std::string_view first, std::string_view second) {
  return std::string(first) + std::string(second);
}

void add_link(VirtualRegistry& registry, std::string_view path, std::string_view target) {
  registry.add_key(path, FileTime{5});
  registry.set_flags(path, link_flag);
  std::vector<std::byte> text = testing::sz_data(target);
  text.resize(text.size() - 2);
  registry.set(path, "SymbolicLinkValue", reg::link, std::move(text));
}

void add_evil(VirtualRegistry& registry, std::string_view path) {
  registry.add_key(path, FileTime{9});
  registry.set_sz(path, "ProviderPath", "C:\\evil.dll");
  registry.set_dword(path, "Class", 2);
}

struct Read {
  FactSet facts;
  Diagnostics diagnostics;
};
Read read(const VirtualRegistry& registry, const OtherHive& other = {}) {
  Read out;
  TextPool pool;
  extract_registry(registry, HiveMoment::current, pool, out.facts, out.diagnostics, other);
  return out;
}

const RegistrationFact* registration_named(const FactSet& facts, std::string_view name) {
  const auto found = std::ranges::find_if(facts.registrations, [name](const RegistrationFact& one) {
    return equal_names(one.name.raw(), name);
  });
  return found == facts.registrations.end() ? nullptr : &*found;
}

bool tells_link(const FactSet& facts, std::string_view key) {
  return std::ranges::any_of(facts.disagreements, [key](const DisagreementFact& one) {
    return one.what.raw() == "key_is_link" && one.key.raw() == key;
  });
}

TEST(RegistryLinks, AFlagWithoutATargetHidesNoValues) {
  VirtualRegistry registry;
  const std::string key = below(services, "Evil\\NetworkProvider");
  add_evil(registry, key);
  registry.set_flags(key, link_flag);
  const Read got = read(registry);
  const RegistrationFact* evil = registration_named(got.facts, "Evil");
  ASSERT_NE(evil, nullptr);
  EXPECT_EQ(evil->provider_path.raw(), "C:\\evil.dll");
  EXPECT_EQ(evil->provider_class, 2U);
}

TEST(RegistryLinks, AServiceIsFollowedThroughALinkOnTheWay) {
  VirtualRegistry registry;
  add_evil(registry, "Setup\\S\\Evil\\NetworkProvider");
  registry.set_dword("Setup\\S\\Evil", "Start", 2);
  add_link(registry, "Setup\\L", "\\Registry\\Machine\\SYSTEM\\Setup\\S");
  add_link(registry, below(services, "RDPNP"), "\\Registry\\Machine\\System\\Setup\\L\\Evil");
  const Read got = read(registry);
  const RegistrationFact* rdpnp = registration_named(got.facts, "RDPNP");
  ASSERT_NE(rdpnp, nullptr);
  EXPECT_EQ(rdpnp->provider_path.raw(), "C:\\evil.dll");
  EXPECT_EQ(rdpnp->link_target.raw(), "\\Registry\\Machine\\System\\Setup\\L\\Evil");
  EXPECT_FALSE(rdpnp->values_incomplete);
  EXPECT_EQ(rdpnp->service_values.size(), 1U);
  EXPECT_EQ(got.diagnostics.count(DiagnosticCode::registry_value_odd), 2U);
}

TEST(RegistryLinks, TheKeysAboveAnOrderMayBeLinks) {
  const struct {
    std::string_view link;
    std::string_view target;
    std::string_view real;
  } cases[] = {
      {"ControlSet001\\Control\\NetworkProvider", "\\Registry\\Machine\\SYSTEM\\Setup\\C",
       "Setup\\C\\Order"},
      {"ControlSet001\\Control", "\\Registry\\Machine\\SYSTEM\\Setup\\C",
       "Setup\\C\\NetworkProvider\\Order"},
      {"ControlSet001", "\\Registry\\Machine\\SYSTEM\\Setup\\C",
       "Setup\\C\\Control\\NetworkProvider\\Order"},
      {order, "\\Registry\\Machine\\SYSTEM\\Setup\\O", "Setup\\O"},
      {order, "\\Registry\\Machine\\SYSTEM\\CurrentControlSet\\Other", "ControlSet001\\Other"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.link);
    VirtualRegistry registry;
    add_link(registry, c.link, c.target);
    registry.set_sz(c.real, "ProviderOrder", "RDPNP,Evil");
    const Read got = read(registry);
    ASSERT_EQ(got.facts.orders.size(), 1U);
    EXPECT_EQ(got.facts.orders.front().raw.raw(), "RDPNP,Evil");
    EXPECT_TRUE(tells_link(got.facts, c.link));
  }
}

TEST(RegistryLinks, AnOrderBehindALinkOnTheWayIsRead) {
  VirtualRegistry registry;
  registry.set_sz("Setup\\S\\O", "ProviderOrder", "Evil");
  add_link(registry, "Setup\\L", "\\Registry\\Machine\\SYSTEM\\Setup\\S");
  add_link(registry, order, "\\Registry\\Machine\\SYSTEM\\Setup\\L\\O");
  const Read got = read(registry);
  ASSERT_EQ(got.facts.orders.size(), 1U);
  EXPECT_EQ(got.facts.orders.front().raw.raw(), "Evil");
}

TEST(RegistryLinks, LoopsEnd) {
  VirtualRegistry registry;
  add_link(registry, below(services, "Evil"), "\\Registry\\Machine\\SYSTEM\\Setup\\A\\B");
  add_link(registry, "Setup\\A", "\\Registry\\Machine\\SYSTEM\\Setup\\A\\A");
  add_link(registry, order, below("\\Registry\\Machine\\SYSTEM\\", order));
  const Read got = read(registry);
  EXPECT_TRUE(got.facts.orders.empty());
  EXPECT_TRUE(got.facts.registrations.empty());
  EXPECT_TRUE(tells_link(got.facts, order));
  const auto& told = got.diagnostics.kept();
  EXPECT_EQ(std::ranges::count_if(told,
                                  [](const Diagnostic& one) {
                                    return one.text.contains("Order is a symbolic link");
                                  }),
            1);
  EXPECT_TRUE(std::ranges::any_of(told, [](const Diagnostic& one) {
    return one.text.contains("Order is a symbolic link") && one.text.contains("in a circle");
  }));
}

TEST(RegistryLinks, OnlyALinksOwnTypeIsFollowed) {
  VirtualRegistry registry;
  add_evil(registry, "Setup\\E\\NetworkProvider");
  registry.set_sz(order, "ProviderOrder", "Evil");
  registry.add_key(below(services, "Evil"), FileTime{5});
  registry.set_flags(below(services, "Evil"), link_flag);
  registry.set_sz(below(services, "Evil"), "SymbolicLinkValue",
                  "\\Registry\\Machine\\SYSTEM\\Setup\\E");
  const Read got = read(registry);
  const RegistrationFact* evil = registration_named(got.facts, "Evil");
  ASSERT_NE(evil, nullptr);
  EXPECT_TRUE(evil->provider_path.empty());
  EXPECT_TRUE(evil->values_incomplete);
}

bool has_key(const FactSet& facts, std::string_view path) {
  return std::ranges::any_of(facts.keys, [path](const auto& one) { return one.key.raw() == path; });
}

TEST(RegistryLinks, ThePermissionsBehindALinkAreThoseThatDecide) {
  VirtualRegistry registry;
  registry.set_sz("Setup\\O", "ProviderOrder", "RDPNP");
  add_link(registry, order, "\\Registry\\Machine\\SYSTEM\\Setup\\O");
  const Read got = read(registry);
  EXPECT_TRUE(has_key(got.facts, order));
  EXPECT_TRUE(has_key(got.facts, "\\Registry\\Machine\\SYSTEM\\Setup\\O"));
}

TEST(RegistryLinks, PermissionsThatCannotBeReadAreTold) {
  // A descriptor whose owner lies behind its end, and one that has no header.
  std::vector<std::byte> cut(20, std::byte{0});
  cut[0] = std::byte{1};
  cut[4] = std::byte{20};
  for (const bool is_whole : {true, false}) {
    VirtualRegistry registry;
    registry.set_sz(order, "ProviderOrder", "RDPNP");
    registry.set_security(order, is_whole ? cut : std::vector<std::byte>(3, std::byte{1}));
    const Read got = read(registry);
    EXPECT_EQ(got.diagnostics.count(DiagnosticCode::hive_security_damaged), 1U) << is_whole;
    const auto key = std::ranges::find_if(
        got.facts.keys, [](const RegistryKeyFact& one) { return one.key.raw() == order; });
    ASSERT_NE(key, got.facts.keys.end());
    EXPECT_EQ(key->security.has_value(), is_whole);
  }
}

TEST(RegistryLinks, TheKeyOfAListedNameIsLookedAtThoughItRegistersNothing) {
  VirtualRegistry registry;
  registry.set_sz(order, "ProviderOrder", "Ghost,Tcpip\\Deep,Nobody");
  registry.set_dword(below(services, "Ghost"), "Start", 2);
  registry.set_dword(below(services, "Tcpip"), "Start", 2);
  const Read got = read(registry);
  EXPECT_TRUE(has_key(got.facts, below(services, "Ghost")));
  EXPECT_TRUE(has_key(got.facts, below(services, "Tcpip")));
  EXPECT_FALSE(has_key(got.facts, below(services, "Nobody")));
}

TEST(RegistryLinks, AServiceInAnotherHiveIsToldOrRead) {
  VirtualRegistry registry;
  registry.set_sz(order, "ProviderOrder", "RDPNP,Evil");
  add_link(registry, below(services, "Evil"), "\\Registry\\Machine\\SOFTWARE\\x");
  add_link(registry, below(services, "Other"), "\\Registry\\Machine\\SOFTWARE\\y");
  const Read alone = read(registry);
  const RegistrationFact* evil = registration_named(alone.facts, "Evil");
  ASSERT_NE(evil, nullptr);
  EXPECT_EQ(evil->link_target.raw(), "\\Registry\\Machine\\SOFTWARE\\x");
  EXPECT_TRUE(evil->values_incomplete);
  EXPECT_FALSE(evil->service_last_written.given());
  // In no order: whether it is a provider at all is not known.
  EXPECT_EQ(registration_named(alone.facts, "Other"), nullptr);
  EXPECT_TRUE(tells_link(alone.facts, below(services, "Other")));

  VirtualRegistry software;
  add_evil(software, "x\\NetworkProvider");
  const Read both = read(registry, [&](std::string_view name) {
    return equal_names(name, "SOFTWARE") ? &software : nullptr;
  });
  evil = registration_named(both.facts, "Evil");
  ASSERT_NE(evil, nullptr);
  EXPECT_EQ(evil->provider_path.raw(), "C:\\evil.dll");
  EXPECT_FALSE(evil->values_incomplete);
}

TEST(RegistryLinks, SettingsBehindLinksCount) {
  VirtualRegistry registry;
  registry.set_sz("x\\w", "mpnotify", "C:\\evil.exe");
  add_link(registry, "y", "\\Registry\\Machine\\SOFTWARE\\x");
  add_link(registry, "Microsoft\\Windows NT\\CurrentVersion\\Winlogon",
           "\\Registry\\Machine\\SOFTWARE\\y\\w");
  const Read got = read(registry);
  ASSERT_EQ(got.facts.policies.size(), 1U);
  EXPECT_EQ(got.facts.policies.front().text.raw(), "C:\\evil.exe");
}

}  // namespace
}  // namespace npg
