// The copies of a host's SYSTEM hive and registry exports, compared through a whole scan (E8, E30,
// E31, E40).
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

constexpr std::uint64_t hour = 3600 * FileTime::per_second;
FileTime at_hour(std::uint64_t hours) {
  return FileTime{132'000'000'000'000'000 + hours * hour};
}

/// A hive that was last written at an hour, with Evil registered when `evil` is given.
std::vector<std::byte> hive(std::uint64_t written, std::optional<std::uint64_t> evil,
                            std::string_view names) {
  testing::RegfKey root{.name = "ROOT", .last_written = at_hour(written)};
  const auto text = [&root](std::string_view path, std::string_view name, std::string_view data,
                            FileTime when) {
    testing::set_value(
        testing::key_at(root, path, when),
        {.name = std::string(name), .type = reg::sz, .data = testing::sz_data(data)});
  };
  testing::set_value(testing::key_at(root, "Select", at_hour(0)),
                     {.name = "Current", .type = reg::dword, .data = testing::dword_data(1)});
  text("ControlSet001\\Control\\ComputerName\\ComputerName", "ComputerName", "WKS", at_hour(0));
  text("ControlSet001\\Control\\NetworkProvider\\Order", "ProviderOrder", names, at_hour(written));
  text("ControlSet001\\Services\\RDPNP\\NetworkProvider", "ProviderPath",
       "%SystemRoot%\\System32\\drprov.dll", at_hour(0));
  if (evil) {
    constexpr std::string_view key = "ControlSet001\\Services\\Evil\\NetworkProvider";
    text(key, "ProviderPath", "C:\\evil.dll", at_hour(*evil));
    testing::set_value(testing::key_at(root, key, at_hour(*evil)),
                       {.name = "Class", .type = reg::dword, .data = testing::dword_data(2)});
  }
  return testing::write_hive(root, {.primary_sequence = static_cast<std::uint32_t>(written + 1),
                                    .secondary_sequence = static_cast<std::uint32_t>(written + 1)});
}

using Files = std::vector<std::pair<std::string, std::vector<std::byte>>>;
HostAssessment scan_files(const Files& files) {
  const testing::Workplace workplace;
  for (const auto& [path, bytes] : files) {
    EXPECT_TRUE(testing::write_file("host/" + path, bytes));
  }
  const auto assessment = scan({.paths = {"host"}});
  EXPECT_TRUE(assessment && assessment->hosts.size() == 1);
  return assessment && !assessment->hosts.empty() ? assessment->hosts.front() : HostAssessment{};
}

const Change* change_of(const HostAssessment& host, std::string_view what) {
  const auto found = std::ranges::find(host.changes, what, &Change::what);
  return found == host.changes.end() ? nullptr : &*found;
}

std::vector<std::byte> plain(std::string_view text) {
  const auto bytes = bytes_of(text);
  return {bytes.begin(), bytes.end()};
}

constexpr std::string_view config = "C/Windows/System32/config/";

TEST(HiveCopies, AProviderBetweenTwoCopiesIsBoundedInTime) {
  for (const std::string_view middle :
       {"C/Windows/System32/config/RegBack/SYSTEM", "C/Windows.old/Windows/System32/config/SYSTEM",
        "C/Windows/System32/config/SYSTEM.SAV", "saved/system.hiv"}) {
    SCOPED_TRACE(middle);
    const HostAssessment host =
        scan_files({{"C/Windows/System32/config/backup/SYSTEM", hive(10, std::nullopt, "RDPNP")},
                    {std::string(middle), hive(20, 15, "RDPNP,Evil")},
                    {std::string(config) + "SYSTEM", hive(30, std::nullopt, "RDPNP")}});
    const Change* added = change_of(host, "registration_added");
    ASSERT_NE(added, nullptr);
    EXPECT_EQ(added->not_before, at_hour(10));
    EXPECT_EQ(added->time, at_hour(15));
    EXPECT_EQ(added->new_value.raw(), "C:\\evil.dll");
    const Change* removed = change_of(host, "registration_removed");
    ASSERT_NE(removed, nullptr);
    EXPECT_EQ(removed->not_before, at_hour(20));
    EXPECT_EQ(removed->time, at_hour(30));
    ASSERT_EQ(removed->evidence.size(), 2U);
    EXPECT_NE(removed->evidence[0].evidence, removed->evidence[1].evidence);
    EXPECT_EQ(std::ranges::count(host.changes, "value_set", &Change::what), 2);
    // The window in which it could be told passwords has the same bounds.
    ASSERT_EQ(host.exposures.size(), 1U);
    const Exposure& window = host.exposures.front();
    EXPECT_EQ(window.provider.raw(), "Evil");
    EXPECT_EQ(window.earliest_start, at_hour(10));
    EXPECT_EQ(window.latest_start, at_hour(20));
    EXPECT_EQ(window.end_kind, WindowEnd::removed);
    EXPECT_EQ(window.earliest_end, at_hour(20));
    EXPECT_EQ(window.end, at_hour(30));
  }
}

TEST(HiveCopies, EqualCopiesAreNoChange) {
  const HostAssessment host =
      scan_files({{std::string(config) + "RegBack/SYSTEM", hive(10, 5, "Evil")},
                  {std::string(config) + "SYSTEM", hive(10, 5, "Evil")}});
  EXPECT_TRUE(host.changes.empty());
}

/// A hive whose keys are all as old as each other, and whose header has the given time.
std::vector<std::byte> stamped(std::uint64_t header, bool has_evil) {
  std::vector<std::byte> bytes =
      hive(10, has_evil ? std::optional<std::uint64_t>(5) : std::nullopt, "RDPNP");
  const auto put = [&bytes](std::size_t at, std::uint64_t value, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i) {
      bytes[at + i] = static_cast<std::byte>(value >> (8 * i));
    }
  };
  put(12, at_hour(header).ticks, 8);
  put(508, *regf::base_block_checksum(Bytes(bytes).clamp(0, 512)), 4);
  return bytes;
}

TEST(HiveCopies, AreDatedByTheirHeadersWhereTheirKeysAreOfOneTime) {
  const HostAssessment host =
      scan_files({{std::string(config) + "RegBack/SYSTEM", stamped(20, false)},
                  {"C/Windows.old/Windows/System32/config/SYSTEM", stamped(30, true)},
                  {std::string(config) + "SYSTEM", stamped(40, false)}});
  const Change* added = change_of(host, "registration_added");
  ASSERT_NE(added, nullptr);
  EXPECT_EQ(added->not_before, at_hour(20));
  EXPECT_EQ(added->time, at_hour(30));
  const Change* removed = change_of(host, "registration_removed");
  ASSERT_NE(removed, nullptr);
  EXPECT_EQ(removed->not_before, at_hour(30));
  EXPECT_EQ(removed->time, at_hour(40));
  ASSERT_EQ(host.exposures.size(), 1U);
  EXPECT_EQ(host.exposures.front().earliest_start, at_hour(20));
  EXPECT_EQ(host.exposures.front().end, at_hour(40));
}

TEST(HiveCopies, TheNewestIsThePresentOneWhereNoPathSaysWhich) {
  const HostAssessment host = scan_files(
      {{"a.bin", stamped(20, false)}, {"b.bin", stamped(30, true)}, {"c.bin", stamped(40, false)}});
  const Change* removed = change_of(host, "registration_removed");
  ASSERT_NE(removed, nullptr) << "one sequence number does not make the first path the present";
  EXPECT_EQ(removed->not_before, at_hour(30));
  ASSERT_EQ(host.exposures.size(), 1U);
  EXPECT_EQ(host.exposures.front().earliest_start, at_hour(20));
  EXPECT_EQ(host.exposures.front().end, at_hour(40));
}

TEST(HiveCopies, OfEqualTimesHaveNoProvenOrder) {
  const HostAssessment host =
      scan_files({{std::string(config) + "RegBack/SYSTEM", stamped(20, true)},
                  {std::string(config) + "SYSTEM", stamped(20, false)}});
  EXPECT_EQ(change_of(host, "registration_removed"), nullptr);
  const Change* only = change_of(host, "registration_only_in_copy_of_equal_time");
  ASSERT_NE(only, nullptr);
  EXPECT_FALSE(only->time.given());
}

TEST(HiveCopies, AKeyTimeThatACopyContradictsIsAReason) {
  const HostAssessment host =
      scan_files({{std::string(config) + "RegBack/SYSTEM", hive(10, std::nullopt, "RDPNP")},
                  {std::string(config) + "SYSTEM", hive(30, 1, "RDPNP,Evil")}});
  const auto evil = std::ranges::find_if(
      host.providers, [](const Provider& one) { return one.name.raw() == "Evil"; });
  ASSERT_NE(evil, host.providers.end());
  EXPECT_TRUE(std::ranges::any_of(evil->reasons, [](const Reason& reason) {
    return reason.code == "last_written_contradicted";
  }));
  const Change* added = change_of(host, "registration_added");
  ASSERT_NE(added, nullptr);
  EXPECT_EQ(added->not_before, at_hour(10));
  EXPECT_EQ(added->time, at_hour(30));
}

/// What a hive's LanmanWorkstation and Notifyees are; empty parts are left out.
struct Bent {
  std::uint64_t written = 0;  ///< of the hive, and of the bent keys
  std::string_view path = "%SystemRoot%\\System32\\ntlanman.dll";
  std::string_view authent_path;
  std::optional<std::uint32_t> provider_class;
  std::string_view notifyee;
};

std::vector<std::byte> hive_of(const Bent& bent) {
  testing::RegfKey root{.name = "ROOT", .last_written = at_hour(bent.written)};
  const auto put = [&](std::string_view path, testing::RegfValue value) {
    testing::set_value(testing::key_at(root, path, at_hour(bent.written)), std::move(value));
  };
  const auto text = [&put](std::string_view path, std::string_view name, std::string_view data) {
    put(path, {.name = std::string(name), .type = reg::expand_sz, .data = testing::sz_data(data)});
  };
  put("Select", {.name = "Current", .type = reg::dword, .data = testing::dword_data(1)});
  text("ControlSet001\\Control\\ComputerName\\ComputerName", "ComputerName", "WKS");
  put("ControlSet001\\Control\\NetworkProvider\\Order",
      {.name = "ProviderOrder", .type = reg::sz, .data = testing::sz_data("LanmanWorkstation")});
  const std::string_view key = "ControlSet001\\Services\\LanmanWorkstation\\NetworkProvider";
  text(key, "ProviderPath", bent.path);
  if (!bent.authent_path.empty()) {
    text(key, "AuthentProviderPath", bent.authent_path);
  }
  if (bent.provider_class) {
    put(key,
        {.name = "Class", .type = reg::dword, .data = testing::dword_data(*bent.provider_class)});
  }
  if (!bent.notifyee.empty()) {
    text("ControlSet001\\Control\\NetworkProvider\\Notifyees", "Sync", bent.notifyee);
  }
  return testing::write_hive(root,
                             {.primary_sequence = static_cast<std::uint32_t>(bent.written),
                              .secondary_sequence = static_cast<std::uint32_t>(bent.written)});
}

/// A host whose middle state is bent, and whose older and present ones are not.
HostAssessment scan_bent(const Bent& bent) {
  return scan_files({{"C/Windows.old/Windows/System32/config/SYSTEM", hive_of({.written = 10})},
                     {std::string(config) + "RegBack/SYSTEM", hive_of(bent)},
                     {std::string(config) + "SYSTEM", hive_of({.written = 30})}});
}

const Provider* former_state(const HostAssessment& host) {
  const auto found = std::ranges::find_if(host.providers, [](const Provider& one) {
    return one.name.raw() == "LanmanWorkstation" && one.state == ProviderState::removed;
  });
  return found == host.providers.end() ? nullptr : &*found;
}

const Finding* finding_of(const HostAssessment& host, std::string_view rule) {
  const auto found = std::ranges::find(host.findings, rule, &Finding::rule);
  return found == host.findings.end() ? nullptr : &*found;
}

TEST(HiveCopies, ARegistrationThatReceivedPasswordsForATimeIsBoundedAndExposesAccounts) {
  const Bent cases[] = {
      {.written = 20, .authent_path = "C:\\evil.dll", .provider_class = 3},
      {.written = 20, .provider_class = 2},
      {.written = 20, .path = "C:\\evil.dll", .provider_class = 2},
  };
  for (const Bent& bent : cases) {
    const HostAssessment host = scan_bent(bent);
    const Provider* former = former_state(host);
    ASSERT_NE(former, nullptr);
    EXPECT_EQ(former->receives_credentials, YesNo::yes);
    EXPECT_GE(former->verdict, ProviderVerdict::suspicious);
    ASSERT_EQ(host.exposures.size(), 1U);
    const Exposure& window = host.exposures.front();
    EXPECT_EQ(window.earliest_start, at_hour(10));
    EXPECT_EQ(window.latest_start, at_hour(20));
    EXPECT_EQ(window.end_kind, WindowEnd::removed);
    EXPECT_EQ(window.earliest_end, at_hour(20));
    EXPECT_EQ(window.end, at_hour(30));
    const Finding* removed = finding_of(host, "NPG1003");
    ASSERT_NE(removed, nullptr);
    EXPECT_EQ(removed->severity, FindingSeverity::high);
    EXPECT_NE(finding_of(host, "NPG1001"), nullptr);
  }
}

TEST(HiveCopies, ARegistrationThatWasBentWithoutReceivingForSureIsFoundAndBounded) {
  for (const Bent& bent : {Bent{.written = 20, .authent_path = "C:\\evil.dll"},
                           Bent{.written = 20, .path = "C:\\evil.dll"}}) {
    const HostAssessment host = scan_bent(bent);
    ASSERT_NE(former_state(host), nullptr);
    EXPECT_GE(former_state(host)->verdict, ProviderVerdict::suspicious);
    EXPECT_NE(finding_of(host, "NPG1001"), nullptr);
    const Finding* removed = finding_of(host, "NPG1003");
    ASSERT_NE(removed, nullptr);
    EXPECT_EQ(removed->first_seen, at_hour(10));
    EXPECT_EQ(removed->last_seen, at_hour(30));
  }
}

TEST(HiveCopies, TheStateThatSaysMostStandsForARegistrationThatIsGone) {
  const auto with_class = [](std::uint64_t written, std::optional<std::uint32_t> number) {
    return hive_of({.written = written, .provider_class = number});
  };
  const HostAssessment host =
      scan_files({{"a/SYSTEM", with_class(10, std::nullopt)},
                  {"b/SYSTEM", with_class(15, 2)},
                  {"c/SYSTEM", with_class(20, std::nullopt)},
                  {std::string(config) + "SYSTEM", hive(30, std::nullopt, "RDPNP")}});
  const Provider* former = former_state(host);
  ASSERT_NE(former, nullptr);
  EXPECT_EQ(former->receives_credentials, YesNo::yes);
  EXPECT_EQ(host.exposures.size(), 1U);
}

TEST(HiveCopies, ANotifyeeThatStoodInACopyIsAFindingBoundedInTime) {
  const HostAssessment host = scan_bent({.written = 20, .notifyee = "C:\\evil.dll"});
  const Finding* finding = finding_of(host, "NPG1010");
  ASSERT_NE(finding, nullptr);
  EXPECT_EQ(finding->first_seen, at_hour(20));
  EXPECT_EQ(finding->last_seen, at_hour(30));
  EXPECT_EQ(finding->evidence.size(), 2U);
  const auto changed = [&host](std::string_view what) {
    return std::ranges::find_if(host.changes, [what](const Change& change) {
      return change.what == what && change.value_name.raw() == "Sync";
    });
  };
  const auto added = changed("value_set");
  ASSERT_NE(added, host.changes.end());
  EXPECT_EQ(added->not_before, at_hour(10));
  EXPECT_EQ(added->time, at_hour(20));
  EXPECT_EQ(added->key.raw(),
            "HKLM\\SYSTEM\\CurrentControlSet\\Control\\NetworkProvider\\Notifyees");
  const auto deleted = changed("value_deleted");
  ASSERT_NE(deleted, host.changes.end());
  EXPECT_EQ(deleted->not_before, at_hour(20));
  EXPECT_EQ(deleted->time, at_hour(30));
}

/// A SOFTWARE hive with a program in a value of a key of Windows NT\CurrentVersion, when one is
/// given.
std::vector<std::byte> software(std::uint64_t written, std::string_view program,
                                std::string_view key = "Winlogon",
                                std::string_view value = "mpnotify") {
  testing::RegfKey root{.name = "ROOT", .last_written = at_hour(written)};
  testing::key_at(root, "Classes", at_hour(written));
  const std::string_view windows = "Microsoft\\Windows NT\\CurrentVersion";
  testing::set_value(
      testing::key_at(root, windows, at_hour(written)),
      {.name = "CurrentBuildNumber", .type = reg::sz, .data = testing::sz_data("19045")});
  if (!program.empty()) {
    const std::string path = std::string(windows) + "\\" + std::string(key);
    testing::set_value(
        testing::key_at(root, path, at_hour(written)),
        {.name = std::string(value), .type = reg::sz, .data = testing::sz_data(program)});
  }
  return testing::write_hive(root, {.primary_sequence = static_cast<std::uint32_t>(written),
                                    .secondary_sequence = static_cast<std::uint32_t>(written)});
}

TEST(HiveCopies, AnotherMpnotifyThatStoodInACopyIsAFindingWithAWindow) {
  const HostAssessment host =
      scan_files({{std::string(config) + "SYSTEM", hive_of({.written = 30})},
                  {"C/Windows.old/Windows/System32/config/SOFTWARE", software(10, "")},
                  {std::string(config) + "RegBack/SOFTWARE", software(20, "C:\\evil.exe")},
                  {std::string(config) + "SOFTWARE", software(30, "")}});
  ASSERT_NE(finding_of(host, "NPG1007"), nullptr);
  ASSERT_EQ(host.exposures.size(), 1U);
  const Exposure& window = host.exposures.front();
  EXPECT_EQ(window.earliest_start, at_hour(10));
  EXPECT_EQ(window.latest_start, at_hour(20));
  EXPECT_EQ(window.earliest_end, at_hour(20));
  EXPECT_EQ(window.end, at_hour(30));
}

TEST(HiveCopies, WhatWasTiedToMpnotifyInACopyIsAFinding) {
  const struct {
    std::string_view key;
    std::string_view value;
    FindingSeverity severity;
    bool has_window;
  } cases[] = {
      {"Image File Execution Options\\mpnotify.exe", "Debugger", FindingSeverity::high, true},
      {"Image File Execution Options\\mpnotify.exe", "VerifierDlls", FindingSeverity::medium,
       false},
      {"SilentProcessExit\\mpnotify.exe", "MonitorProcess", FindingSeverity::medium, false},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.value);
    const HostAssessment host = scan_files(
        {{std::string(config) + "SYSTEM", hive_of({.written = 30})},
         {"C/Windows.old/Windows/System32/config/SOFTWARE", software(10, "")},
         {std::string(config) + "RegBack/SOFTWARE", software(20, "C:\\evil.exe", c.key, c.value)},
         {std::string(config) + "SOFTWARE", software(30, "")}});
    const Finding* finding = finding_of(host, "NPG1040");
    ASSERT_NE(finding, nullptr);
    EXPECT_EQ(finding->severity, c.severity);
    EXPECT_EQ(finding->last_seen, at_hour(30));
    EXPECT_NE(change_of(host, "value_deleted"), nullptr);
    ASSERT_EQ(host.exposures.size(), c.has_window ? 1U : 0U);
    if (c.has_window) {
      const Exposure& window = host.exposures.front();
      EXPECT_EQ(window.provider.raw(), "mpnotify.exe Debugger");
      EXPECT_EQ(window.earliest_start, at_hour(10));
      EXPECT_EQ(window.latest_start, at_hour(20));
      EXPECT_EQ(window.earliest_end, at_hour(20));
      EXPECT_EQ(window.end, at_hour(30));
    }
  }
}

constexpr std::string_view evil_export =
    "Windows Registry Editor Version 5.00\r\n\r\n"
    "[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\ComputerName\\ComputerName]\r\n"
    "\"ComputerName\"=\"WKS\"\r\n"
    "[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\NetworkProvider\\Order]\r\n"
    "\"ProviderOrder\"=\"RDPNP,Evil\"\r\n"
    "[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\Evil\\NetworkProvider]\r\n"
    "\"ProviderPath\"=\"C:\\\\evil.dll\"\r\n\"Class\"=dword:00000002\r\n";

TEST(RegistryExports, AloneAreReadAsAHive) {
  const HostAssessment host = scan_files({{"keys.reg", plain(evil_export)}});
  EXPECT_EQ(host.host.name.raw(), "WKS");
  const auto evil = std::ranges::find_if(
      host.providers, [](const Provider& one) { return one.name.raw() == "Evil"; });
  ASSERT_NE(evil, host.providers.end());
  EXPECT_EQ(evil->state, ProviderState::active);
  EXPECT_EQ(evil->receives_credentials, YesNo::yes);
}

TEST(RegistryExports, AreComparedWithTheHiveWithoutATime) {
  const HostAssessment host =
      scan_files({{"a.reg", plain(evil_export)}, {"SYSTEM", hive(10, std::nullopt, "RDPNP")}});
  const Change* only = change_of(host, "registration_only_in_export");
  ASSERT_NE(only, nullptr);
  EXPECT_FALSE(only->time.given());
  EXPECT_EQ(only->evidence.size(), 2U);
  EXPECT_TRUE(std::ranges::any_of(host.findings, [](const Finding& finding) {
    return finding.rule == "NPG1003" &&
           finding.text.find("it names this computer") != std::string::npos;
  }));
  // The export does not cover all services: what it lacks says nothing.
  EXPECT_EQ(change_of(host, "registration_not_in_export"), nullptr);
}

}  // namespace
}  // namespace npg
