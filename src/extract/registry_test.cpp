#include "extract/registry.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "fact/text_pool.hpp"
#include "testing/virtual_registry.hpp"

namespace npg {
namespace {

using testing::VirtualRegistry;

struct Read {
  FactSet facts;
  Diagnostics diagnostics;
};

Read read(const VirtualRegistry& registry, HiveMoment moment = HiveMoment::current) {
  Read out;
  TextPool pool;
  extract_registry(registry, moment, pool, out.facts, out.diagnostics);
  return out;
}

std::vector<std::byte> bytes(std::string_view hexadecimal) {
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  std::vector<std::byte> out;
  for (std::size_t i = 0; i + 1 < hexadecimal.size(); i += 2) {
    out.push_back(static_cast<std::byte>(digit(hexadecimal[i]) * 16 + digit(hexadecimal[i + 1])));
  }
  return out;
}

std::vector<std::byte> utf16(std::string_view text) {
  std::vector<std::byte> out = testing::sz_data(text);
  out.erase(out.end() - 2, out.end());
  return out;
}

std::vector<std::string> names_of(const ProviderOrderFact& order) {
  std::vector<std::string> out;
  out.reserve(order.names.size());
  for (const SharedText& name : order.names) {
    out.emplace_back(name.raw());
  }
  return out;
}

std::vector<std::string> other_names_of(const ProviderOrderFact& order) {
  std::vector<std::string> out;
  out.reserve(order.other_names.size());
  for (const SharedText& name : order.other_names) {
    out.emplace_back(name.raw());
  }
  return out;
}

constexpr std::string_view rdpnp = "ControlSet001\\Services\\RDPNP\\NetworkProvider";
constexpr std::string_view order_key = "ControlSet001\\Control\\NetworkProvider\\Order";

TEST(Registry, AnEmptyHiveAddsNothing) {
  const Read out = read(VirtualRegistry());
  FactSet::for_each_kind(out.facts, [](const auto& facts) { EXPECT_TRUE(facts.empty()); });
  EXPECT_TRUE(out.diagnostics.kept().empty());
}

TEST(Registry, ARegistrationHasItsValuesAndItsServices) {
  VirtualRegistry registry;
  registry.set_dword("Select", "Current", 1);
  registry.add_key("ControlSet001\\Services\\Evil", "2026-11-20T10:00:00Z");
  registry.set_sz("ControlSet001\\Services\\Evil", "Group", "NetworkProvider");
  registry.set_sz("ControlSet001\\Services\\Evil", "Description", "not kept");
  constexpr std::string_view key = "ControlSet001\\Services\\Evil\\networkprovider";
  registry.add_key(key, "2026-11-20T10:00:01Z");
  registry.set_dword(key, "class", 2);
  registry.set_sz(key, "Name", "Evil");
  registry.set_expand_sz(key, "ProviderPath", "%SystemRoot%\\System32\\evil.dll");
  registry.set_sz(key, "AuthentProviderPath", "C:\\evil.dll");
  registry.add_key("ControlSet001\\Services\\Tcpip\\ServiceProvider");

  const Read out = read(registry);
  ASSERT_EQ(out.facts.registrations.size(), 1U);
  const RegistrationFact& fact = out.facts.registrations.front();
  EXPECT_EQ(fact.name.raw(), "Evil");
  EXPECT_EQ(fact.control_set, 1U);
  EXPECT_TRUE(fact.control_set_is_current);
  EXPECT_EQ(to_rfc3339(fact.last_written), "2026-11-20T10:00:01.0000000Z");
  EXPECT_EQ(to_rfc3339(fact.service_last_written), "2026-11-20T10:00:00.0000000Z");
  EXPECT_EQ(fact.provider_path.raw(), "%SystemRoot%\\System32\\evil.dll");
  EXPECT_EQ(fact.authent_provider_path.raw(), "C:\\evil.dll");
  EXPECT_EQ(fact.provider_class, 2U);
  ASSERT_EQ(fact.values.size(), 4U);
  EXPECT_EQ(fact.values[0].text.raw(), "2");
  EXPECT_EQ(fact.values[2].type, reg::expand_sz);
  ASSERT_EQ(fact.service_values.size(), 1U);
  EXPECT_EQ(fact.service_values[0].text.raw(), "NetworkProvider");
  EXPECT_NE(fact.origin.offset, 0U);
  EXPECT_TRUE(out.diagnostics.kept().empty());
}

TEST(Registry, EveryControlSetIsReadAndSelectSaysWhichIsCurrent) {
  struct Case {
    std::string_view name;
    std::uint32_t current;
    std::uint32_t expected;
    std::uint64_t diagnostics;
  };
  const Case cases[] = {{"first", 1, 1, 0}, {"second", 2, 2, 0}, {"neither", 7, 1, 1}};
  for (const Case& c : cases) {
    VirtualRegistry registry;
    registry.set_dword("Select", "Current", c.current);
    registry.add_key("ControlSet002\\Services\\RDPNP\\NetworkProvider");
    registry.add_key(rdpnp);
    const Read out = read(registry);
    ASSERT_EQ(out.facts.registrations.size(), 2U) << c.name;
    for (const RegistrationFact& fact : out.facts.registrations) {
      EXPECT_EQ(fact.control_set_is_current, fact.control_set == c.expected) << c.name;
    }
    EXPECT_EQ(out.diagnostics.count(DiagnosticCode::registry_value_odd), c.diagnostics) << c.name;
  }
}

TEST(Registry, ANameWithABackslashInTheOrderMeansANestedKey) {
  VirtualRegistry registry;
  registry.set_sz(order_key, "ProviderOrder", "RDPNP,foo\\bar,foo\\BAR,no\\where");
  registry.add_key("ControlSet001\\Services\\foo\\bar\\NetworkProvider");
  registry.add_key(rdpnp);
  const Read out = read(registry);
  ASSERT_EQ(out.facts.registrations.size(), 2U);
  EXPECT_EQ(out.facts.registrations[1].name.raw(), "foo\\bar");
}

TEST(Registry, OrdersAreReadInEveryForm) {
  const std::array<std::string_view, 2> two{"RDPNP,WebClient", "Evil"};
  using Names = std::vector<std::string>;
  struct Case {
    std::string_view name;
    std::uint32_t type;
    std::vector<std::byte> data;
    Names expected;
    std::uint64_t odd;
    Names other = {};
  };
  std::vector<std::byte> hidden = testing::sz_data("RDPNP");
  std::ranges::copy(testing::sz_data("Evil"), std::back_inserter(hidden));
  const Case cases[] = {
      {"plain",
       reg::sz,
       testing::sz_data("RDPNP,LanmanWorkstation,webclient"),
       {"RDPNP", "LanmanWorkstation", "webclient"},
       0},
      {"spaces",
       reg::expand_sz,
       testing::sz_data(" RDPNP ,\tWebClient"),
       {"RDPNP", "WebClient"},
       2},  // the spaces, the type
      {"empty names", reg::sz, testing::sz_data(",,RDPNP,, ,"), {"RDPNP"}, 1},
      {"a comma at the end", reg::sz, testing::sz_data("RDPNP,"), {"RDPNP"}, 1},
      {"a name twice", reg::sz, testing::sz_data("RDPNP,rdpnp"), {"RDPNP", "rdpnp"}, 1},
      {"semicolons", reg::sz, testing::sz_data("RDPNP;x"), {"RDPNP;x"}, 1},
      {"nothing", reg::sz, {}, {}, 0},
      {"without its NUL", reg::sz, utf16("RDPNP,Evil"), {"RDPNP", "Evil"}, 0},
      {"after a NUL", reg::sz, hidden, {"RDPNP"}, 1},
      {"several strings",
       reg::multi_sz,
       testing::multi_sz_data(two),
       {"RDPNP", "WebClient"},
       1,
       {"Evil"}},
      {"binary", reg::binary, testing::sz_data("RDPNP,Evil"), {"RDPNP", "Evil"}, 1},
      {"a number", reg::dword, testing::dword_data(5), {}, 1},
  };
  for (const Case& c : cases) {
    VirtualRegistry registry;
    registry.add_key("ControlSet001\\Control\\NetworkProvider\\HwOrder", "2026-11-20T10:00:00Z");
    registry.set("ControlSet001\\Control\\NetworkProvider\\HwOrder", "ProviderOrder", c.type,
                 c.data);
    const Read out = read(registry);
    ASSERT_EQ(out.facts.orders.size(), 1U) << c.name;
    EXPECT_TRUE(out.facts.orders[0].is_hw_order) << c.name;
    EXPECT_EQ(out.facts.orders[0].type, c.type) << c.name;
    EXPECT_TRUE(out.facts.orders[0].last_written.given()) << c.name;
    EXPECT_EQ(names_of(out.facts.orders[0]), c.expected) << c.name;
    EXPECT_EQ(other_names_of(out.facts.orders[0]), c.other) << c.name;
    EXPECT_EQ(out.diagnostics.count(DiagnosticCode::registry_value_odd), c.odd) << c.name;
  }
}

TEST(Registry, EveryReadingOfAnOrderThatLeadsToAKeyCounts) {
  struct Case {
    std::string_view order;
    std::string_view key;
    std::vector<std::string> names;
    std::vector<std::string> other;
  };
  const Case cases[] = {
      {"RDPNP ,WebClient", "RDPNP ", {"RDPNP", "WebClient"}, {"RDPNP "}},
      {"RDPNP ,WebClient", "Other", {"RDPNP", "WebClient"}, {}},
      {"RDPNP;Evil", "evil", {"RDPNP;Evil"}, {"Evil"}},
      {"\\Evil", "Evil", {"\\Evil"}, {"Evil"}},
      {"Evil\\", "Evil", {"Evil\\"}, {"Evil"}},
      {"Tcpip\\\\Evil", "Tcpip\\Evil", {"Tcpip\\\\Evil"}, {"Tcpip\\Evil"}},
  };
  for (const Case& c : cases) {
    VirtualRegistry registry;
    registry.set_sz(order_key, "ProviderOrder", c.order);
    registry.add_key("ControlSet001\\Services\\" + std::string(c.key) + "\\NetworkProvider");
    const Read out = read(registry);
    ASSERT_EQ(out.facts.orders.size(), 1U);
    EXPECT_EQ(names_of(out.facts.orders[0]), c.names) << c.order;
    EXPECT_EQ(other_names_of(out.facts.orders[0]), c.other) << c.order;
    EXPECT_EQ(out.diagnostics.count(DiagnosticCode::registry_value_odd), 1U) << c.order;
    // The key is inventoried once, whatever leads to it.
    EXPECT_EQ(out.facts.registrations.size(), 1U) << c.order;
  }
}

TEST(Registry, SeveralStringsAreGivenByBothReadings) {
  const std::array<std::string_view, 2> two{"RDPNP", "Evil"};
  VirtualRegistry registry;
  registry.set_multi_sz(order_key, "ProviderOrder", two);
  const Read out = read(registry);
  ASSERT_EQ(out.diagnostics.count(DiagnosticCode::registry_value_odd), 1U);
  EXPECT_NE(out.diagnostics.kept()[0].text.find("ends after \"RDPNP\""), std::string::npos);
}

TEST(Registry, OddPathsAndClassesAreReadAndReported) {
  VirtualRegistry registry;
  const std::array<std::string_view, 1> path{"C:\\a.dll"};
  registry.set_multi_sz(rdpnp, "ProviderPath", path);
  registry.set_sz(rdpnp, "Class", "0x2");
  const Read out = read(registry);
  ASSERT_EQ(out.facts.registrations.size(), 1U);
  EXPECT_EQ(out.facts.registrations[0].provider_class, 2U);
  EXPECT_EQ(out.facts.registrations[0].values[0].text.raw(), "C:\\a.dll");
  EXPECT_EQ(out.diagnostics.count(DiagnosticCode::registry_value_odd), 2U);
}

TEST(Registry, AClassOfTheWrongLengthIsSaidToBeShort) {
  VirtualRegistry registry;
  registry.set(rdpnp, "Class", reg::dword, std::vector<std::byte>{std::byte{2}});
  const Read out = read(registry);
  ASSERT_EQ(out.diagnostics.count(DiagnosticCode::registry_value_odd), 1U);
  EXPECT_NE(out.diagnostics.kept()[0].text.find("1 byte long"), std::string::npos);
}

const PolicyFact* policy(const FactSet& facts, PolicyKind kind, std::string_view value_name) {
  const auto found = std::ranges::find_if(facts.policies, [&](const PolicyFact& one) {
    return one.policy == kind && one.value_name.raw() == value_name;
  });
  return found == facts.policies.end() ? nullptr : &*found;
}

TEST(Registry, PoliciesOfASystemHive) {
  VirtualRegistry registry;
  registry.set_expand_sz("ControlSet001\\Control\\NetworkProvider\\Notifyees", "n1", "C:\\n.dll");
  const std::array<std::string_view, 2> packages{"scecli", "passms"};
  registry.set_multi_sz("ControlSet001\\Control\\Lsa", "Notification Packages", packages);
  registry.set_dword("ControlSet001\\Services\\EventLog\\Security", "MaxSize", 0x1400000);
  registry.set_dword("ControlSet001\\Services\\EventLog\\System", "Retention", 0);
  registry.set_sz("ControlSet001\\Services\\Sysmon64", "ImagePath", "C:\\Windows\\Sysmon64.exe");
  registry.set_sz("ControlSet001\\Services\\hidden\\Instances\\one", "Altitude", "385201");
  registry.set_sz("ControlSet001\\Services\\WdFilter\\Instances\\one", "Altitude", "328010");
  registry.set_expand_sz("ControlSet001\\Control\\Session Manager\\Environment", "Tools",
                         "%SystemRoot%\\tools");

  const FactSet facts = read(registry).facts;
  EXPECT_EQ(facts.policies.size(), 6U);
  EXPECT_EQ(policy(facts, PolicyKind::connect_notifyee, "n1")->text.raw(), "C:\\n.dll");
  EXPECT_EQ(policy(facts, PolicyKind::connect_notifyee, "n1")->key.raw(),
            "ControlSet001\\Control\\NetworkProvider\\Notifyees");
  EXPECT_EQ(policy(facts, PolicyKind::notification_package, "Notification Packages")->text.raw(),
            "scecli, passms");
  EXPECT_EQ(policy(facts, PolicyKind::event_log_setting, "MaxSize")->number, 0x1400000U);
  EXPECT_EQ(policy(facts, PolicyKind::event_log_setting, "Retention")->key.raw(),
            "ControlSet001\\Services\\EventLog\\System");
  EXPECT_EQ(policy(facts, PolicyKind::sysmon_service, "ImagePath")->key.raw(),
            "ControlSet001\\Services\\Sysmon64");
  EXPECT_EQ(policy(facts, PolicyKind::sysmon_service, "Altitude")->key.raw(),
            "ControlSet001\\Services\\hidden\\Instances\\one");
  ASSERT_EQ(facts.environment.size(), 1U);
  EXPECT_EQ(facts.environment[0].text.raw(), "%SystemRoot%\\tools");
  EXPECT_TRUE(read(registry, HiveMoment::before_replay).facts.policies.empty());
}

TEST(Registry, WhatIsTiedToMpnotifyAndFoldersOfASoftwareHive) {
  VirtualRegistry registry;
  const std::string options =
      "Microsoft\\Windows NT\\CurrentVersion\\Image File Execution Options\\";
  registry.set_sz(options + "MPNOTIFY.EXE", "Debugger", "C:\\e.exe -d");
  registry.set_sz(options + "mpnotify.exe\\one", "VerifierDlls", "v.dll");
  registry.set_sz(options + "notepad.exe", "Debugger", "C:\\other.exe");
  registry.set_dword(options + "mpnotify.exe", "GlobalFlag", 0x100);
  registry.set_sz("Microsoft\\Windows NT\\CurrentVersion\\SilentProcessExit\\mpnotify.exe",
                  "MonitorProcess", "C:\\m.exe");
  registry.set_sz("Microsoft\\Windows\\CurrentVersion", "ProgramFilesDir", "E:\\Programs");
  registry.set_dword("Microsoft\\Windows\\CurrentVersion", "CommonFilesDir", 5);
  registry.set_sz("Microsoft\\Windows\\CurrentVersion", "CommonW6432Dir", "E:\\Common");
  registry.set_dword("Microsoft\\Windows NT\\CurrentVersion\\Image File Execution Options",
                     "DevOverrideEnable", 1);
  const FactSet facts = read(registry).facts;
  EXPECT_EQ(facts.policies.size(), 5U);
  EXPECT_EQ(policy(facts, PolicyKind::image_debugger, "DevOverrideEnable")->number, 1U);
  EXPECT_EQ(policy(facts, PolicyKind::image_debugger, "GlobalFlag")->number, 0x100U);
  EXPECT_EQ(policy(facts, PolicyKind::image_debugger, "Debugger")->text.raw(), "C:\\e.exe -d");
  EXPECT_EQ(policy(facts, PolicyKind::image_debugger, "VerifierDlls")->text.raw(), "v.dll");
  EXPECT_EQ(policy(facts, PolicyKind::image_debugger, "MonitorProcess")->text.raw(), "C:\\m.exe");
  ASSERT_EQ(facts.environment.size(), 2U);
  EXPECT_EQ(facts.environment[1].name.raw(), "CommonProgramW6432");
  EXPECT_EQ(facts.environment[0].name.raw(), "ProgramFiles");
  EXPECT_EQ(facts.environment[0].control_set, 0U);
  EXPECT_TRUE(read(registry, HiveMoment::before_replay).facts.policies.empty());
}

TEST(Registry, TheSoftwareInventoryHasProductsWithANameOfBothKinds) {
  VirtualRegistry registry;
  registry.set_dword("Microsoft\\Windows\\CurrentVersion\\Policies\\System", "EnableMPR", 1);
  const std::string list = "Microsoft\\Windows\\CurrentVersion\\Uninstall";
  registry.set_sz(list + "\\{0C2A}", "DisplayName", "Citrix Workspace");
  registry.set_sz(list + "\\{0C2A}", "Publisher", "Citrix Systems, Inc.");
  registry.set_sz(list + "\\{0C2A}", "DisplayVersion", "24.3");
  registry.set_sz(list + "\\{0C2A}", "InstallLocation", "C:\\Program Files\\Citrix");
  registry.set_dword(list + "\\{0C2A}.KB1", "SystemComponent", 1);
  registry.set_dword(list + "\\{0C2B}", "DisplayName", 7);
  registry.set_sz("WOW6432Node\\" + list + "\\Dokan", "DisplayName", "Dokan Library");
  const FactSet facts = read(registry).facts;
  ASSERT_EQ(facts.installed_products.size(), 2U);
  const InstalledProductFact& citrix = facts.installed_products[0];
  EXPECT_EQ(citrix.key.raw(), "{0C2A}");
  EXPECT_EQ(citrix.name.raw(), "Citrix Workspace");
  EXPECT_EQ(citrix.publisher.raw(), "Citrix Systems, Inc.");
  EXPECT_EQ(citrix.version.raw(), "24.3");
  EXPECT_EQ(citrix.location.raw(), "C:\\Program Files\\Citrix");
  EXPECT_EQ(facts.installed_products[1].name.raw(), "Dokan Library");
  EXPECT_TRUE(facts.installed_products[1].publisher.empty());
  EXPECT_TRUE(read(registry, HiveMoment::before_replay).facts.installed_products.empty());
}

TEST(Registry, PoliciesAndIdentityOfASoftwareHive) {
  VirtualRegistry registry;
  registry.set_dword("Microsoft\\Windows\\CurrentVersion\\Policies\\System", "EnableMPR", 1);
  registry.set_dword("Microsoft\\Windows\\CurrentVersion\\Policies\\System\\Audit",
                     "ProcessCreationIncludeCmdLine_Enabled", 1);
  constexpr std::string_view nt = "Microsoft\\Windows NT\\CurrentVersion";
  const std::string winlogon = std::string(nt) + "\\Winlogon";
  registry.set_sz(winlogon, "mpnotify", "C:\\x.exe");
  registry.set_dword(winlogon + "\\Notify", "SmartCardLogonNotify", 1);
  registry.set_dword(winlogon + "\\Notify\\pkg", "SmartCardLogonNotify", 0);
  registry.set_sz(nt, "CurrentBuild", "19045");
  registry.set_sz(nt, "CurrentBuildNumber", "22631");
  registry.set_dword(nt, "UBR", 4317);
  registry.set_sz(nt, "ProductName", "Windows 10 Pro");
  registry.set_sz(nt, "EditionID", "Professional");
  registry.set_sz(nt, "InstallationType", "Client");
  registry.set_sz(nt, "SystemRoot", "C:\\Windows");
  registry.set_dword(nt, "InstallDate", 1700000000);
  registry.set_sz("Microsoft\\Cryptography", "MachineGuid", "0e9f");
  registry.set_sz(std::string(nt) + "\\ProfileList\\S-1-5-18", "ProfileImagePath",
                  "%systemroot%\\system32\\config\\systemprofile");

  const FactSet facts = read(registry).facts;
  EXPECT_EQ(facts.policies.size(), 5U);
  EXPECT_EQ(policy(facts, PolicyKind::enable_mpr, "EnableMPR")->number, 1U);
  EXPECT_EQ(policy(facts, PolicyKind::winlogon_mpnotify, "mpnotify")->text.raw(), "C:\\x.exe");
  ASSERT_EQ(facts.identities.size(), 1U);
  const HostIdentityFact& host = facts.identities[0];
  EXPECT_EQ(host.build, 22631U);
  EXPECT_EQ(host.revision, 4317U);
  EXPECT_EQ(host.product_name.raw(), "Windows 10 Pro");
  EXPECT_EQ(host.system_root.raw(), "C:\\Windows");
  EXPECT_EQ(host.machine_guid.raw(), "0e9f");
  EXPECT_EQ(host.system_profile.raw(), "%systemroot%\\system32\\config\\systemprofile");
  EXPECT_EQ(to_rfc3339(host.installed), "2023-11-14T22:13:20.0000000Z");
  registry.set(nt, "InstallTime", reg::qword, bytes("0080b3e4ad9dd901"));
  EXPECT_EQ(read(registry).facts.identities[0].installed.ticks, 0x01d99dade4b38000U);
}

TEST(Registry, VolumesThatHaveOneDriveLetter) {
  VirtualRegistry registry;
  registry.set_dword("Select", "Current", 1);
  registry.set_sz("ControlSet001\\Control\\ComputerName\\ComputerName", "ComputerName", "WS01");
  const auto mount = [&registry](std::string_view name, std::string_view hex) {
    registry.set_binary("MountedDevices", name, bytes(hex));
  };
  mount("\\DosDevices\\C:", "444d494f3a49443a01");
  mount("\\??\\Volume{1}", "444d494f3a49443a01");
  mount("\\??\\Volume{2}", "444d494f3a49443a02");  // Of no letter.
  mount("\\DosDevices\\D:", "03");
  mount("\\DosDevices\\E:", "03");
  mount("\\??\\Volume{3}", "03");  // Of two.
  mount("#{4}", "444d494f3a49443a01");
  const FactSet facts = read(registry).facts;
  ASSERT_EQ(facts.identities.size(), 1U);
  ASSERT_EQ(facts.identities[0].volumes.size(), 1U);
  EXPECT_EQ(facts.identities[0].volumes[0].raw(), "Volume{1}=C:");
}

TEST(Registry, IdentityOfASystemHive) {
  VirtualRegistry registry;
  registry.set_dword("Select", "Current", 2);
  registry.set_sz("ControlSet001\\Control\\ComputerName\\ComputerName", "ComputerName", "OLD");
  registry.set_sz("ControlSet002\\Control\\ComputerName\\ComputerName", "", "mnmsrvc");
  registry.set_sz("ControlSet002\\Control\\ComputerName\\ComputerName", "ComputerName", "WS01");
  registry.set_sz("ControlSet002\\Services\\Tcpip\\Parameters", "Domain", "corp.example");
  registry.set_sz("ControlSet002\\Control\\ProductOptions", "ProductType", "WinNT");
  const FactSet facts = read(registry).facts;
  ASSERT_EQ(facts.identities.size(), 1U);
  EXPECT_EQ(facts.identities[0].computer_name.raw(), "WS01");
  EXPECT_EQ(facts.identities[0].domain.raw(), "corp.example");
  EXPECT_EQ(facts.identities[0].product_type.raw(), "WinNT");
}

TEST(Registry, IdentityOfASecurityHive) {
  VirtualRegistry registry;
  registry.set("Policy\\PolAcDmS", "", reg::none,
               bytes("010400000000000515000000010000000200000003000000"));
  std::vector<std::byte> name = bytes("08000a0008000000");
  std::ranges::copy(testing::sz_data("CORP"), std::back_inserter(name));
  registry.set("Policy\\PolPrDmN", "", reg::none, name);
  registry.set("Policy\\PolDnDDN", "", reg::none, bytes("0000000000000000"));
  const Read out = read(registry);
  ASSERT_EQ(out.facts.identities.size(), 1U);
  EXPECT_EQ(out.facts.identities[0].machine_sid.raw(), "S-1-5-21-1-2-3");
  EXPECT_EQ(out.facts.identities[0].domain.raw(), "CORP");
  EXPECT_TRUE(out.diagnostics.kept().empty());

  // Every truncation of the two values is survived.
  for (std::size_t size = 0; size < name.size(); ++size) {
    registry.set(
        "Policy\\PolPrDmN", "", reg::none,
        std::vector<std::byte>(name.begin(), name.begin() + static_cast<std::ptrdiff_t>(size)));
    (void)read(registry);
  }
}

}  // namespace
}  // namespace npg
