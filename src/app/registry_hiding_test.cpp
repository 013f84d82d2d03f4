// What is hidden or lost in the registration itself, through a whole scan: links out of the hive,
// stored names that Windows takes for others, values that no reader is shown. None of it may make a
// provider look harmless, and damage must not make one look evil.
#include "app/registry_hiding_test.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace npg {
namespace {

using registry_hiding::Content;
using registry_hiding::evil;
using registry_hiding::has_reason;
using registry_hiding::holds;
using registry_hiding::host_with_evil;
using registry_hiding::provider_of;
using registry_hiding::put_number;
using registry_hiding::put_text;
using registry_hiding::scan_files;
using registry_hiding::scan_hive;
using registry_hiding::told;
using registry_hiding::when;
using testing::RegfKey;

/// Where a value's record stands in the file.
std::size_t value_record(const Content& hive, std::string_view name) {
  for (std::size_t at = 4096 + 32; at + 24 + name.size() < hive.size(); at += 8) {
    const auto is_at = [&](std::size_t from, std::string_view text) {
      return std::ranges::equal(
          std::span(hive).subspan(from, text.size()), text,
          [](std::byte left, char right) { return left == static_cast<std::byte>(right); });
    };
    if (is_at(at + 4, "vk") && is_at(at + 4 + 20, name)) {
      return at;
    }
  }
  ADD_FAILURE() << name << " is not in the hive";
  return 4096;
}

TEST(RegistryHiding, ALinkOutOfTheHiveLeavesTheClassUnknown) {
  RegfKey root = host_with_evil();
  RegfKey& link = testing::key_at(root, "ControlSet001\\Services\\RDPNP\\NetworkProvider", when);
  link.flags |= 0x10;
  testing::set_value(link, {.name = "SymbolicLinkValue",
                            .type = reg::link,
                            .data = testing::sz_data("\\Registry\\Machine\\SOFTWARE\\Foo")});
  const Provider rdpnp = provider_of(scan_hive(root), "RDPNP");
  EXPECT_EQ(rdpnp.receives_credentials, YesNo::unknown);
  EXPECT_TRUE(has_reason(rdpnp, "registration_is_link"));
  EXPECT_TRUE(has_reason(rdpnp, "values_not_readable"));
  EXPECT_FALSE(has_reason(rdpnp, "registration_is_windows_own"));
  EXPECT_FALSE(has_reason(rdpnp, "network_class_only"));
}

TEST(RegistryHiding, AServiceOrAnOrderThatIsALinkIsTold) {
  RegfKey root = host_with_evil();
  put_text(root, "ControlSet001\\Services\\Other\\NetworkProvider", "ProviderPath", "C:\\o.dll");
  RegfKey& service = testing::key_at(root, "ControlSet001\\Services\\RDPNP", when);
  service.flags |= 0x10;
  testing::set_value(service,
                     {.name = "SymbolicLinkValue",
                      .type = reg::link,
                      .data = testing::sz_data(
                          "\\Registry\\Machine\\System\\CurrentControlSet\\Services\\Other")});
  RegfKey& order = testing::key_at(root, "ControlSet001\\Control\\NetworkProvider\\Order", when);
  order.flags |= 0x10;
  testing::set_value(order, {.name = "SymbolicLinkValue",
                             .type = reg::link,
                             .data = testing::sz_data("\\Registry\\Machine\\SOFTWARE\\Order")});
  const HostAssessment host = scan_hive(root);
  EXPECT_TRUE(has_reason(provider_of(host, "RDPNP"), "registration_is_link"));
  EXPECT_TRUE(holds(told(host, "NPG1017", "NetworkProvider\\Order"), "symbolic link"));
  EXPECT_FALSE(provider_of(host, "Evil").order_position);  // behind the link, not in this hive
}

/// Makes a key a link to where no hive of the evidence leads.
void link_out(RegfKey& key) {
  key.flags |= 0x10;
  key.values = {{.name = "SymbolicLinkValue",
                 .type = reg::link,
                 .data = testing::sz_data("\\Registry\\Machine\\HARDWARE\\x")}};
  key.children.clear();
}

TEST(RegistryHiding, AnOrderBehindALinkOutOfTheHiveIsNotAnEmptyOne) {
  for (const std::string_view path : {"Order", "HwOrder", ""}) {
    RegfKey root = host_with_evil();
    link_out(testing::key_at(root,
                             "ControlSet001\\Control\\NetworkProvider" +
                                 std::string(path.empty() ? "" : "\\") + std::string(path),
                             when));
    if (path == "HwOrder") {
      link_out(testing::key_at(root, "ControlSet001\\Control\\NetworkProvider\\Order", when));
    }
    const Provider one = provider_of(scan_hive(root), "Evil");
    EXPECT_TRUE(has_reason(one, "order_not_readable")) << path;
    EXPECT_FALSE(has_reason(one, "registered_not_listed")) << path;
  }
}

TEST(RegistryHiding, ServicesBehindALinkOutOfTheHiveAreNotAbsent) {
  RegfKey root = host_with_evil();
  link_out(testing::key_at(root, "ControlSet001\\Services", when));
  const Provider one = provider_of(scan_hive(root), "Evil");
  EXPECT_EQ(one.state, ProviderState::order_only);
  EXPECT_TRUE(has_reason(one, "registration_not_readable"));
  EXPECT_FALSE(has_reason(one, "order_name_without_key"));
}

TEST(RegistryHiding, WhatStandsBehindALinkMayBeYoungerThanTheLink) {
  RegfKey root = host_with_evil();
  constexpr FileTime later{when.ticks + 86400 * FileTime::per_second};
  RegfKey& target = testing::key_at(root, "ControlSet001\\Services\\T", later);
  testing::set_value(target,
                     {.name = "ProviderPath", .type = reg::sz, .data = testing::sz_data("t.dll")});
  RegfKey& link = testing::key_at(root, evil, when);
  link.flags |= 0x10;
  testing::set_value(
      link, {.name = "SymbolicLinkValue",
             .type = reg::link,
             .data = testing::sz_data("\\Registry\\Machine\\System\\ControlSet001\\Services\\T")});
  EXPECT_EQ(provider_of(scan_hive(root), "Evil").last_written, later);
}

TEST(RegistryHiding, AStoredCurrentControlSetDoesNotTakeTheCurrentOnesPlace) {
  RegfKey root = host_with_evil();
  testing::key_at(root, "CurrentControlSet", when);
  const HostAssessment host = scan_hive(root);
  EXPECT_EQ(host.host.name.raw(), "WKS");
  EXPECT_EQ(provider_of(host, "Evil").state, ProviderState::active);
  EXPECT_TRUE(holds(told(host, "NPG1017", "CurrentControlSet"), "Select"));
}

TEST(RegistryHiding, ALostControlSetDoesNotLeaveItsPlaceToAnother) {
  RegfKey root = host_with_evil();
  put_number(root, "Select", "Current", 3);
  const HostAssessment host = scan_hive(root);
  const Provider one = provider_of(host, "Evil");
  EXPECT_TRUE(one.state == ProviderState::active || has_reason(one, "order_not_readable"));
  EXPECT_NE(host.verdict, HostVerdict::clean);
}

TEST(RegistryHiding, ALostClassIsNotTheClassOfANetworkProvider) {
  Content hive = testing::write_hive(host_with_evil());
  const std::size_t at = value_record(hive, "Class");
  hive.at(at + 4) = std::byte{0};
  const Provider lost = provider_of(scan_files({{"SYSTEM", hive}}), "Evil");
  EXPECT_EQ(lost.receives_credentials, YesNo::unknown);
  EXPECT_TRUE(has_reason(lost, "values_not_readable"));
  EXPECT_FALSE(has_reason(lost, "network_class_only"));
}

TEST(RegistryHiding, ALostPathConvictsNobody) {
  RegfKey root = host_with_evil();
  Content hive = testing::write_hive(root);
  const std::size_t at = value_record(hive, "ProviderPath");  // RDPNP's: the first service by name
  const Content whole = hive;
  for (const std::size_t offset : {4U, 12U}) {  // the record's signature, the link to its data
    hive = whole;
    std::fill_n(hive.begin() + static_cast<std::ptrdiff_t>(at + offset), 2, std::byte{0xff});
    const HostAssessment host = scan_files({{"SYSTEM", hive}});
    for (const Provider& one : host.providers) {
      EXPECT_FALSE(has_reason(one, "inbox_name_other_path")) << one.name.raw() << " " << offset;
      EXPECT_TRUE(one.name.raw() != "RDPNP" || one.verdict != ProviderVerdict::malicious);
    }
  }
}

TEST(RegistryHiding, ALostOrderValueIsNoEmptyOrder) {
  RegfKey root = host_with_evil();
  Content hive = testing::write_hive(root);
  // That of HwOrder or of Order, whichever was written first: both name the same providers.
  const std::size_t at = value_record(hive, "ProviderOrder");
  std::fill_n(hive.begin() + static_cast<std::ptrdiff_t>(at + 12), 4, std::byte{0xf0});
  const HostAssessment host = scan_files({{"SYSTEM", hive}});
  EXPECT_EQ(told(host, "NPG1002", ""), "");
  EXPECT_FALSE(has_reason(provider_of(host, "Evil"), "registered_not_listed"));
}

TEST(RegistryHiding, ValuesBehindACountOfZeroAreFound) {
  Content hive = testing::write_hive(host_with_evil());
  // Evil's key: the one NetworkProvider whose count of values is 2.
  std::size_t found = 0;
  for (std::size_t at = 4096 + 32; at + 96 < hive.size(); at += 8) {
    if (hive[at + 4] == std::byte{'n'} && hive[at + 5] == std::byte{'k'} &&
        hive[at + 4 + 36] == std::byte{2} && hive[at + 4 + 76] == std::byte{'N'}) {
      hive[at + 4 + 36] = std::byte{0};
      ++found;
    }
  }
  ASSERT_EQ(found, 1U);
  const HostAssessment host = scan_files({{"SYSTEM", hive}});
  EXPECT_EQ(provider_of(host, "Evil").receives_credentials, YesNo::unknown);
  EXPECT_NE(told(host, "NPG1017", "Evil"), "");
}

TEST(RegistryHiding, ASecondValueOfANameIsTold) {
  RegfKey root = host_with_evil();
  RegfKey& key = testing::key_at(root, evil, when);
  const auto asking =
      std::ranges::find(key.values, std::string("Class"), &testing::RegfValue::name);
  ASSERT_NE(asking, key.values.end());
  testing::RegfValue harmless = *asking;
  harmless.data = testing::dword_data(1);
  key.values.insert(asking, std::move(harmless));
  const HostAssessment host = scan_hive(root);
  EXPECT_NE(provider_of(host, "Evil").receives_credentials, YesNo::no);
  EXPECT_TRUE(holds(told(host, "NPG1017", "Evil"), "second value"));
}

TEST(RegistryHiding, ANameThatGoesOnBehindANulIsTold) {
  RegfKey root = host_with_evil();
  RegfKey& key = testing::key_at(root, evil, when);
  key.values.push_back(
      {.name = std::string("Class\0", 6), .type = reg::dword, .data = testing::dword_data(2)});
  testing::key_at(root, std::string("ControlSet001\\Services\\RDPNP\\NetworkProvider\0", 45), when);
  const HostAssessment host = scan_hive(root);
  EXPECT_TRUE(holds(told(host, "NPG1017", "Evil"), "NUL"));
}

TEST(RegistryHiding, ATimeFarAheadOfTheHiveIsSetAside) {
  RegfKey root = host_with_evil();
  testing::key_at(root, evil, when).last_written =
      FileTime{when.ticks + 60ULL * 365 * 86400 * FileTime::per_second};
  const HostAssessment host = scan_hive(root);
  const Provider one = provider_of(host, "Evil");
  EXPECT_TRUE(has_reason(one, "last_written_impossible"));
  EXPECT_FALSE(one.last_written.given());
}

TEST(RegistryHiding, AHiveOfManyRegistrationsIsReadWhole) {
  RegfKey root = host_with_evil();
  constexpr int many = 3000;
  for (int i = 0; i < many; ++i) {
    put_text(root, "ControlSet001\\Services\\Np" + std::to_string(i) + "\\NetworkProvider",
             "ProviderPath", "C:\\np.dll");
  }
  const testing::Workplace workplace;
  EXPECT_TRUE(testing::write_file("host/SYSTEM", testing::write_hive(root)));
  const auto assessment = scan({.paths = {"host"}});
  ASSERT_TRUE(assessment && assessment->hosts.size() == 1);
  EXPECT_EQ(assessment->hosts[0].providers.size(), many + 2U);
  EXPECT_EQ(
      std::ranges::count(assessment->diagnostics, DiagnosticCode::limit_hit, &Diagnostic::code), 0);
}

TEST(RegistryHiding, AnUpgradeThatTookAProviderAwayIsTold) {
  RegfKey before = host_with_evil();
  RegfKey now = host_with_evil();
  constexpr FileTime after{when.ticks + 30ULL * 86400 * FileTime::per_second};
  std::erase_if(testing::key_at(now, "ControlSet001\\Services", when).children,
                [](const RegfKey& key) { return key.name == "Evil"; });
  put_text(now, "ControlSet001\\Control\\NetworkProvider\\Order", "ProviderOrder", "RDPNP");
  put_text(now, "ControlSet001\\Control\\NetworkProvider\\HwOrder", "ProviderOrder", "RDPNP");
  now.last_written = after;
  testing::key_at(now, "Setup\\Source OS (Updated on 4/1/2019 10:00:00)",
                  FileTime{when.ticks + 86400 * FileTime::per_second});
  const HostAssessment host = scan_files(
      {{"Windows/System32/config/SYSTEM", testing::write_hive(now, {.last_written = after})},
       {"Windows.old/Windows/System32/config/SYSTEM",
        testing::write_hive(before, {.last_written = when})}});
  const Provider gone = provider_of(host, "Evil");
  EXPECT_EQ(gone.state, ProviderState::removed);
  EXPECT_TRUE(has_reason(gone, "removed_with_upgrade"));
  EXPECT_FALSE(has_reason(gone, "removed_after_use"));
  EXPECT_TRUE(holds(told(host, "NPG1003", "Evil"), "upgraded"));
}

TEST(RegistryHiding, AnExportWithoutATimeProvesNoRemoval) {
  RegfKey root = host_with_evil();
  std::erase_if(testing::key_at(root, "ControlSet001\\Services", when).children,
                [](const RegfKey& key) { return key.name == "Evil"; });
  put_text(root, "ControlSet001\\Control\\NetworkProvider\\Order", "ProviderOrder", "RDPNP");
  put_text(root, "ControlSet001\\Control\\NetworkProvider\\HwOrder", "ProviderOrder", "RDPNP");
  constexpr std::string_view text =
      "Windows Registry Editor Version 5.00\r\n\r\n"
      "[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\Evil\\NetworkProvider]\r\n"
      "\"ProviderPath\"=\"C:\\\\evil.dll\"\r\n\"Class\"=dword:00000002\r\n";
  Content exported;
  std::ranges::transform(text, std::back_inserter(exported),
                         [](char c) { return static_cast<std::byte>(c); });
  const HostAssessment host =
      scan_files({{"SYSTEM", testing::write_hive(root)}, {"keys.reg", exported}});
  EXPECT_TRUE(holds(told(host, "NPG1003", "Evil"), "has no time"));
  for (const Finding& finding : host.findings) {
    EXPECT_TRUE(finding.rule != "NPG1003" || finding.severity == FindingSeverity::low);
  }
}

TEST(RegistryHiding, AnExportCutWithinAValueLeavesTheClassUnknown) {
  constexpr std::string_view text =
      "Windows Registry Editor Version 5.00\r\n\r\n"
      "[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\NetworkProvider\\Order]\r\n"
      "\"ProviderOrder\"=\"Evil\"\r\n\r\n"
      "[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\Evil\\NetworkProvider]\r\n"
      "\"ProviderPath\"=hex(2):43,00,3a,00,5c,00,65,00";
  Content exported;
  std::ranges::transform(text, std::back_inserter(exported),
                         [](char c) { return static_cast<std::byte>(c); });
  const Provider one = provider_of(scan_files({{"keys.reg", exported}}), "Evil");
  EXPECT_EQ(one.receives_credentials, YesNo::unknown);
  EXPECT_TRUE(has_reason(one, "values_not_readable"));
}

}  // namespace
}  // namespace npg
