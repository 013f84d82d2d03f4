// Damaged hives and partial exports through a whole scan: what is lost is told as lost, never as
// tampering and never as absent; and what Select and odd orders say.
#include <gtest/gtest.h>

#include <algorithm>

#include "app/scan.hpp"
#include "format/regf/base_block.hpp"
#include "testing/regf_writer.hpp"
#include "testing/virtual_registry.hpp"
#include "testing/workplace.hpp"
#include "view/registry_view.hpp"

namespace npg {
namespace {

constexpr FileTime when{132'000'000'000'000'000};

using Bytes8 = std::vector<std::byte>;

void put_text(testing::RegfKey& root, std::string_view path, std::string_view name,
              std::string_view text, std::uint32_t type = reg::sz) {
  testing::set_value(testing::key_at(root, path, when),
                     {.name = std::string(name), .type = type, .data = testing::sz_data(text)});
}

void put_number(testing::RegfKey& root, std::string_view path, std::string_view name,
                std::uint32_t number) {
  testing::set_value(
      testing::key_at(root, path, when),
      {.name = std::string(name), .type = reg::dword, .data = testing::dword_data(number)});
}

testing::RegfKey plain_host() {
  testing::RegfKey root{.name = "ROOT", .last_written = when};
  root.security = testing::default_descriptor();
  for (const std::string_view name : {"Current", "Default", "LastKnownGood"}) {
    put_number(root, "Select", name, 1);
  }
  put_text(root, "ControlSet001\\Control\\ComputerName\\ComputerName", "ComputerName", "WKS");
  for (const std::string_view key : {"Order", "HwOrder"}) {
    put_text(root, "ControlSet001\\Control\\NetworkProvider\\" + std::string(key), "ProviderOrder",
             "RDPNP,LanmanWorkstation");
  }
  put_text(root, "ControlSet001\\Services\\RDPNP\\NetworkProvider", "ProviderPath",
           "%SystemRoot%\\System32\\drprov.dll", reg::expand_sz);
  put_text(root, "ControlSet001\\Services\\LanmanWorkstation\\NetworkProvider", "ProviderPath",
           "%SystemRoot%\\System32\\ntlanman.dll", reg::expand_sz);
  return root;
}

std::optional<Assessment> scan_of(const std::string& name, const Bytes8& bytes) {
  const testing::Workplace workplace;
  EXPECT_TRUE(testing::write_file("host/" + name, bytes));
  auto assessment = scan({.paths = {"host"}});
  EXPECT_TRUE(assessment);
  return assessment ? std::optional(std::move(*assessment)) : std::nullopt;
}

HostAssessment host_of(const std::string& name, const Bytes8& bytes) {
  const auto assessment = scan_of(name, bytes);
  EXPECT_TRUE(assessment && assessment->hosts.size() == 1);
  return assessment && !assessment->hosts.empty() ? assessment->hosts.front() : HostAssessment{};
}

const Finding* finding_of(const HostAssessment& host, std::string_view rule) {
  const auto found = std::ranges::find(host.findings, rule, &Finding::rule);
  return found == host.findings.end() ? nullptr : &*found;
}

const Provider* provider_of(const HostAssessment& host, std::string_view name) {
  const auto found = std::ranges::find_if(
      host.providers, [name](const Provider& one) { return one.name.raw() == name; });
  return found == host.providers.end() ? nullptr : &*found;
}

bool has_reason(const Provider* provider, std::string_view code) {
  return provider != nullptr && std::ranges::any_of(provider->reasons, [code](const Reason& one) {
           return one.code == code;
         });
}

/// Places of a key's record in the file, by its name.
std::size_t key_record(const Bytes8& hive, std::string_view name) {
  const auto is_at = [&hive](std::size_t at, std::string_view text) {
    return std::ranges::equal(
        std::span(hive).subspan(at, text.size()), text,
        [](std::byte left, char right) { return left == static_cast<std::byte>(right); });
  };
  for (std::size_t at = 4096 + 32; at + 84 + name.size() < hive.size(); at += 8) {
    if (is_at(at + 4, "nk") && is_at(at + 4 + 76, name)) {
      return at;
    }
  }
  ADD_FAILURE() << name << " is not in the hive";
  return 0;
}

std::uint32_t number_at(const Bytes8& hive, std::size_t at) {
  std::uint32_t number = 0;
  for (std::size_t i = 4; i-- > 0;) {
    number = number << 8U | static_cast<std::uint32_t>(hive.at(at + i));
  }
  return number;
}

TEST(RegistryDamage, ALostListOfSubkeysIsDamageAndNoFinding) {
  Bytes8 hive = testing::write_hive(plain_host());
  const std::size_t services = key_record(hive, "Services");
  const std::size_t list = 4096 + number_at(hive, services + 4 + 28);
  std::fill_n(hive.begin() + static_cast<std::ptrdiff_t>(list) + 4, 8, std::byte{0});
  const HostAssessment host = host_of("SYSTEM", hive);
  EXPECT_EQ(finding_of(host, "NPG1017"), nullptr);
  EXPECT_NE(provider_of(host, "RDPNP"), nullptr);  // found by the parent that its key names
  EXPECT_FALSE(has_reason(provider_of(host, "LanmanWorkstation"), "order_name_without_key"));
}

TEST(RegistryDamage, AKeyLeftOutOfAWholeListIsAFinding) {
  Bytes8 hive = testing::write_hive(plain_host());
  const std::size_t services = key_record(hive, "Services");
  const std::size_t list = 4096 + number_at(hive, services + 4 + 28);
  hive.at(list + 6) = std::byte{1};  // The list's count; the key states two.
  const HostAssessment host = host_of("SYSTEM", hive);
  for (const std::string_view text : {"Windows does not find it there", "2 stated, 1 listed"}) {
    EXPECT_TRUE(std::ranges::any_of(host.findings, [text](const Finding& finding) {
      return finding.rule == "NPG1017" && finding.text.find(text) != std::string::npos;
    })) << text;
  }
}

TEST(RegistryDamage, AKeyWhoseRecordIsLostIsNotSaidToBeAbsent) {
  Bytes8 hive = testing::write_hive(plain_host());
  const std::size_t lanman = key_record(hive, "LanmanWorkstation");
  std::fill_n(hive.begin() + static_cast<std::ptrdiff_t>(lanman) + 4, 76, std::byte{0});
  const HostAssessment host = host_of("SYSTEM", hive);
  const Provider* provider = provider_of(host, "LanmanWorkstation");
  EXPECT_FALSE(has_reason(provider, "order_name_without_key"));
  EXPECT_TRUE(has_reason(provider, "registration_not_readable"));
  EXPECT_EQ(finding_of(host, "NPG1002"), nullptr);
}

TEST(RegistryDamage, ALostOrderIsNotAnOrderWithoutNames) {
  testing::RegfKey root = plain_host();
  put_text(root, "ControlSet002\\Control\\NetworkProvider\\Order", "ProviderOrder",
           "RDPNP,LanmanWorkstation");
  put_text(root, "ControlSet002\\Services\\RDPNP\\NetworkProvider", "ProviderPath",
           "%SystemRoot%\\System32\\drprov.dll", reg::expand_sz);
  Bytes8 hive = testing::write_hive(root);
  for (const std::string_view name : {"Order", "HwOrder"}) {
    const std::size_t order = key_record(hive, name);
    std::fill_n(hive.begin() + static_cast<std::ptrdiff_t>(order) + 4, 76, std::byte{0});
  }
  const HostAssessment host = host_of("SYSTEM", hive);
  EXPECT_EQ(finding_of(host, "NPG1004"), nullptr);
  EXPECT_EQ(finding_of(host, "NPG1005"), nullptr);
  EXPECT_TRUE(has_reason(provider_of(host, "RDPNP"), "order_not_readable"));
  EXPECT_FALSE(has_reason(provider_of(host, "RDPNP"), "registered_not_listed"));
}

TEST(RegistryDamage, AHiveWithoutItsRootRecordStillTellsOfItsHost) {
  for (const bool loses_base_block : {false, true}) {
    Bytes8 hive = testing::write_hive(plain_host());
    const std::size_t root = key_record(hive, "ROOT");
    std::fill_n(hive.begin() + static_cast<std::ptrdiff_t>(root), 84, std::byte{0});
    if (loses_base_block) {
      std::fill_n(hive.begin(), 4096, std::byte{0});
    }
    const auto assessment = scan_of("SYSTEM", hive);
    ASSERT_TRUE(assessment);
    ASSERT_EQ(assessment->hosts.size(), 1U);
    const HostAssessment& host = assessment->hosts.front();
    EXPECT_EQ(host.host.name.raw(), "WKS");
    EXPECT_NE(provider_of(host, "LanmanWorkstation"), nullptr);
    EXPECT_FALSE(assessment->complete);
    EXPECT_TRUE(std::ranges::any_of(assessment->diagnostics, [](const Diagnostic& one) {
      return one.code == DiagnosticCode::hive_header_damaged && one.severity == Severity::error &&
             one.text.find("root key is destroyed") != std::string::npos;
    }));
  }
}

TEST(RegistryDamage, AHiveWithoutItsFirstPagesIsAHive) {
  testing::RegfKey root = plain_host();
  for (int i = 0; i < 200; ++i) {
    put_text(root, "ControlSet001\\Control\\Filler" + std::to_string(i), "Text",
             "what a hive of some size holds");
  }
  Bytes8 hive = testing::write_hive(root);
  ASSERT_GT(hive.size(), 0x4000U);
  std::fill_n(hive.begin(), 0x2000, std::byte{0});
  const auto assessment = scan_of("SYSTEM", hive);
  ASSERT_TRUE(assessment);
  ASSERT_EQ(assessment->evidence.size(), 1U);
  EXPECT_EQ(assessment->evidence.front().kind, "hive");
  EXPECT_EQ(assessment->evidence.front().status, EvidenceStatus::partial);
  EXPECT_FALSE(assessment->complete);
}

TEST(RegistryDamage, AZeroedBaseBlockIsToldAsOne) {
  Bytes8 hive = testing::write_hive(plain_host());
  std::fill_n(hive.begin(), 4096, std::byte{0});
  const auto assessment = scan_of("SYSTEM", hive);
  ASSERT_TRUE(assessment);
  ASSERT_EQ(assessment->hosts.size(), 1U);
  const auto said = [&assessment](DiagnosticCode code, std::string_view words) {
    return std::ranges::any_of(assessment->diagnostics, [&](const Diagnostic& one) {
      return one.code == code && one.text.find(words) != std::string::npos;
    });
  };
  EXPECT_TRUE(said(DiagnosticCode::hive_header_damaged, "all zeros"));
  EXPECT_FALSE(said(DiagnosticCode::hive_dirty_without_log, ""));
  EXPECT_FALSE(said(DiagnosticCode::hive_trailing_data, ""));
  EXPECT_FALSE(assessment->complete);
}

Bytes8 plain(std::string_view text) {
  const auto bytes = bytes_of(text);
  return {bytes.begin(), bytes.end()};
}

constexpr std::string_view export_head =
    "Windows Registry Editor Version 5.00\r\n\r\n"
    "[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\ComputerName\\ComputerName]\r\n"
    "\"ComputerName\"=\"WKS\"\r\n";
constexpr std::string_view exported_order =
    "[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\NetworkProvider]\r\n"
    "[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\NetworkProvider\\Order]\r\n"
    "\"ProviderOrder\"=\"RDPNP,Evil\"\r\n";
constexpr std::string_view exported_service =
    "[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\Evil\\NetworkProvider]\r\n"
    "\"ProviderPath\"=\"C:\\\\evil.dll\"\r\n\"Class\"=dword:00000002\r\n";

TEST(PartialExport, WithoutTheServicesSaysOfNoneThatItIsNotThere) {
  const HostAssessment host =
      host_of("order.reg", plain(std::string(export_head) + std::string(exported_order)));
  for (const std::string_view name : {"RDPNP", "Evil"}) {
    EXPECT_FALSE(has_reason(provider_of(host, name), "order_name_without_key")) << name;
    EXPECT_TRUE(has_reason(provider_of(host, name), "registration_not_readable")) << name;
  }
}

TEST(PartialExport, WithoutTheOrderSaysOfNoProviderThatItIsNotListed) {
  const HostAssessment host =
      host_of("evil.reg", plain(std::string(export_head) + std::string(exported_service)));
  const Provider* evil = provider_of(host, "Evil");
  EXPECT_FALSE(has_reason(evil, "registered_not_listed"));
  EXPECT_TRUE(has_reason(evil, "order_not_readable"));
  ASSERT_EQ(host.exposures.size(), 1U);
  EXPECT_EQ(host.exposures.front().end_basis.find("in no order"), std::string::npos);
}

TEST(Select, PointingElsewhereIsAFinding) {
  const struct {
    const char* name;
    std::uint32_t current;
    std::uint32_t next;
    std::uint32_t good;
    std::uint32_t failed;
    std::optional<FindingSeverity> severity;
  } cases[] = {
      {"as Windows 10 has it", 1, 1, 1, 0, std::nullopt},
      {"as Windows 7 has it", 1, 1, 2, 0, std::nullopt},
      {"the next start takes another", 1, 2, 1, 0, FindingSeverity::medium},
      {"a set that is not there", 1, 3, 1, 0, FindingSeverity::medium},
      {"current is not there", 7, 7, 1, 0, FindingSeverity::medium},
      {"last known good is not there", 1, 1, 9, 0, FindingSeverity::low},
      {"one failed", 1, 1, 1, 2, FindingSeverity::info},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    testing::RegfKey root = plain_host();
    testing::key_at(root, "ControlSet002", when).children =
        testing::key_at(root, "ControlSet001", when).children;
    put_number(root, "Select", "Current", c.current);
    put_number(root, "Select", "Default", c.next);
    put_number(root, "Select", "LastKnownGood", c.good);
    put_number(root, "Select", "Failed", c.failed);
    const HostAssessment host = host_of("SYSTEM", testing::write_hive(root));
    const Finding* finding = finding_of(host, "NPG1028");
    ASSERT_EQ(finding != nullptr, c.severity.has_value());
    if (finding != nullptr) {
      EXPECT_EQ(finding->severity, *c.severity) << finding->text;
      EXPECT_EQ(finding->evidence.size(), 1U);
    }
  }
}

TEST(OddOrders, OfANumberNameNoProvider) {
  testing::RegfKey root = plain_host();
  put_number(root, "ControlSet001\\Control\\NetworkProvider\\Order", "ProviderOrder", 7);
  const HostAssessment host = host_of("SYSTEM", testing::write_hive(root));
  EXPECT_EQ(provider_of(host, "7"), nullptr);
  EXPECT_EQ(host.providers.size(), 2U);
}

TEST(OddOrders, AreNumberedByOneReadingAndTheOtherIsKept) {
  testing::RegfKey root = plain_host();
  testing::ByteWriter strings;
  for (const std::string_view text : {"RDPNP", "LanmanWorkstation"}) {
    strings.add_utf16(text);
    strings.add_zeros(2);
  }
  strings.add_zeros(2);
  testing::set_value(testing::key_at(root, "ControlSet001\\Control\\NetworkProvider\\Order", when),
                     {.name = "ProviderOrder", .type = reg::multi_sz, .data = strings.take()});
  const HostAssessment host = host_of("SYSTEM", testing::write_hive(root));
  const Provider* first = provider_of(host, "RDPNP");
  const Provider* other = provider_of(host, "LanmanWorkstation");
  ASSERT_NE(first, nullptr);
  ASSERT_NE(other, nullptr);
  EXPECT_EQ(first->order_position, std::optional(0U));
  EXPECT_EQ(other->order_position, std::nullopt);
  EXPECT_EQ(other->state, ProviderState::active);
  EXPECT_TRUE(has_reason(other, "listed_by_odd_reading"));
}

TEST(DefaultPermissions, AreTakenFromWhatTheSystemHiveTellsOfItsBuild) {
  testing::RegfKey root = plain_host();
  put_number(root, "ControlSet001\\Control\\Windows", "CSDBuildNumber", 17514);
  put_number(root, "ControlSet001\\Control\\Windows", "CSDVersion", 0x100);
  testing::key_at(root, "ControlSet001\\Services\\RDPNP\\NetworkProvider", when).security =
      testing::trusted_installer_descriptor();
  const HostAssessment host = host_of("SYSTEM", testing::write_hive(root));
  const auto state = std::ranges::find_if(host.keys, [](const KeyState& one) {
    return one.fact.key.raw() == "ControlSet001\\Services\\RDPNP\\NetworkProvider";
  });
  ASSERT_NE(state, host.keys.end());
  EXPECT_EQ(state->comparison, DefaultComparison::same);
  EXPECT_EQ(state->default_basis, "build 7601: CSDBuildNumber 17514");
  const auto check = std::ranges::find(host.posture, "key_permissions", &PostureCheck::check);
  ASSERT_NE(check, host.posture.end());
  EXPECT_NE(check->observed.find("CSDBuildNumber 17514"), std::string::npos);
}

TEST(DefaultPermissions, AreNotKnownWhereNothingTellsTheBuild) {
  const HostAssessment host = host_of("SYSTEM", testing::write_hive(plain_host()));
  EXPECT_TRUE(std::ranges::all_of(host.keys, [](const KeyState& one) {
    return one.comparison == DefaultComparison::not_known;
  }));
}

}  // namespace
}  // namespace npg
