// For tests: a host with everything that a clean one needs, whose files of Windows are named by a
// catalog and whose VirtualBox provider is signed in the file, both by the tests' own authority.
#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "app/scan.hpp"
#include "source/trust/signed_files_test.hpp"
#include "testing/pe_writer.hpp"
#include "testing/recipe.hpp"
#include "testing/workplace.hpp"

namespace npg {

class SignedHost : public trust::SignedFiles {
 protected:
  static constexpr std::string_view recipe = R"(
host: {windows: windows-11-23h2, computer: WS11, machine_sid: S-1-5-21-1-2-3, role: workstation,
       installed: 2025-05-01T08:00:00Z}
audit: {Registry: success}
hives:
  SYSTEM:
    written: 2025-05-01T09:00:00Z
    keys:
      CurrentControlSet\Control\NetworkProvider\Order:
        {values: {ProviderOrder: 'RDPNP,LanmanWorkstation,webclient,VBoxSF'}}
      CurrentControlSet\Control\NetworkProvider\HwOrder:
        {values: {ProviderOrder: 'RDPNP,LanmanWorkstation,webclient,VBoxSF'}}
      CurrentControlSet\Services\VBoxSF: {values: {Group: NetworkProvider, Type: !dword 2}}
      CurrentControlSet\Services\VBoxSF\NetworkProvider:
        values: {Name: VirtualBox Shared Folders, DeviceName: '\Device\VBoxMiniRdr',
                 ProviderPath: 'C:\Windows\system32\VBoxMRXNP.dll'}
  SOFTWARE: {written: 2025-05-01T09:00:00Z}
  SECURITY: {written: 2025-05-01T09:00:00Z}
dlls:
  - {path: 'C:\Windows\System32\mpr.dll', exports: [WNetAddConnection2W, WNetOpenEnumW],
     version: {CompanyName: Microsoft Corporation, OriginalFilename: mpr.dll}}
  - {path: 'C:\Windows\System32\VBoxMRXNP.dll',
     exports: [NPGetCaps, NPAddConnection, NPAddConnection3, NPCancelConnection, NPOpenEnum,
               NPEnumResource, NPCloseEnum, NPGetConnection, NPGetResourceInformation,
               NPGetResourceParent, NPGetUniversalName, NPLogonNotify, NPPasswordChangeNotify],
     version: {CompanyName: Oracle Corporation, OriginalFilename: VBoxMRXNP.dll}}
events:
  - {time: 2026-01-01T06:00:00Z, boot: {started: 2026-01-01T06:00:00Z}}
  - {time: 2026-01-01T06:00:05Z, security_started: {}}
  - {time: 2026-01-01T06:00:06Z, eventlog_started: {}}
  - {time: 2026-01-01T06:01:00Z, registry_value: {by: 'NT AUTHORITY\SYSTEM', by_logon_id: 0x3e7, value: Start,
     key: '\REGISTRY\MACHINE\SYSTEM\ControlSet001\Services\Other', operation: modified, old: '3',
     new_type: REG_DWORD, new: '2', pid: 0x300, image: 'C:\Windows\System32\services.exe'}}
  - {time: 2026-01-01T06:02:00Z, sysmon_value: {image: 'C:\Windows\System32\services.exe', pid: 768,
     user: 'NT AUTHORITY\SYSTEM', target: 'HKLM\System\CurrentControlSet\Services\Other\Start',
     details: 'DWORD (0x00000002)'}}
  - {time: 2026-01-01T06:03:00Z, sysmon_load: {image: 'C:\Windows\System32\services.exe', pid: 768,
     loaded: 'C:\Windows\System32\ntdll.dll'}}
  - {time: 2026-01-01T06:04:00Z, process: {by: 'NT AUTHORITY\SYSTEM', pid: 0x400,
     image: 'C:\Windows\System32\svchost.exe'}}
  - {time: 2026-01-01T06:05:00Z, script: {text: Get-Date, path: ''}}
)";
  static constexpr std::string_view system32 = "host/C/Windows/System32/";
  static constexpr std::string_view catalog_path =
      "host/C/Windows/System32/CatRoot/{F750E6C3-38EE-11D1-85E5-00C04FC295EE}/windows.cat";

  void SetUp() override {
    SignedFiles::SetUp();
    if (IsSkipped()) {
      return;
    }
    const auto built = testing::build_host(recipe);
    ASSERT_TRUE(built) << testing::describe(built.error());
    ASSERT_TRUE(testing::write_host(*built, "host"));
    ASSERT_TRUE(testing::write_file(
        path("mpnotify.exe"),
        testing::write_image({.is_dll = false,
                              .version = {.strings = {{"CompanyName", "Microsoft Corporation"},
                                                      {"OriginalFilename", "mpnotify.exe"}}}})));
    sign_provider("oracle");
    write_catalog("component");
  }

  static std::filesystem::path path(std::string_view file) {
    return std::filesystem::path(system32) / file;
  }
  static std::vector<std::byte> bytes_in(const std::filesystem::path& file) {
    const std::string text = text_of(file);
    const auto bytes = bytes_of(text);
    return {bytes.begin(), bytes.end()};
  }
  /// Flips one bit; a negative offset counts from the end.
  static void damage(const std::filesystem::path& file, std::ptrdiff_t offset) {
    auto content = bytes_in(file);
    content.at(static_cast<std::size_t>(
        offset < 0 ? static_cast<std::ptrdiff_t>(content.size()) + offset : offset)) ^=
        std::byte{0x10};
    ASSERT_TRUE(testing::write_file(file, content));
  }
  static void append(const std::filesystem::path& file, std::size_t bytes) {
    auto content = bytes_in(file);
    content.resize(content.size() + bytes, std::byte{0x41});
    ASSERT_TRUE(testing::write_file(file, content));
  }

  /// Signs the provider's DLL as the recipe has it.
  static void sign_provider(const std::string& certificate, const std::string& options = {}) {
    if (!std::filesystem::exists("unsigned.dll")) {
      std::filesystem::copy_file(path("VBoxMRXNP.dll"), "unsigned.dll");
    }
    std::filesystem::remove(path("VBoxMRXNP.dll"));
    ASSERT_TRUE(sign("unsigned.dll", path("VBoxMRXNP.dll"), certificate, options));
  }
  /// Names the files of Windows that lie there now in a catalog, signed or, by nobody, not.
  static void write_catalog(const std::string& certificate, const std::string& options = {}) {
    std::vector<testing::CatalogMemberRecipe> members;
    for (const char* const name :
         {"drprov.dll", "ntlanman.dll", "davclnt.dll", "mpr.dll", "mpnotify.exe"}) {
      const auto content = bytes_in(path(name));
      members.push_back({.digest = trust::catalog_hashes(trust::image_file(content)).sha256});
    }
    std::filesystem::remove(catalog_path);
    const auto catalog = testing::write_catalog({.members = members});
    ASSERT_TRUE(testing::write_file(
        certificate.empty() ? std::filesystem::path(catalog_path) : "unsigned.cat", catalog));
    if (!certificate.empty()) {
      std::filesystem::create_directories(std::filesystem::path(catalog_path).parent_path());
      ASSERT_TRUE(sign("unsigned.cat", catalog_path, certificate, options));
    }
  }

  /// Options that stamp a signature by the tests' own service at that second since 1970.
  static std::string stamped(std::uint64_t seconds) {
    return "-TSA-certs '" + (folder_ / "stamper.pem").string() + "' -TSA-key '" +
           (folder_ / "stamper.key").string() + "' -TSA-time " + std::to_string(seconds);
  }
  [[nodiscard]] std::string serial_of(const std::filesystem::path& file) const {
    return verify(std::span<const std::byte>(bytes_in(file))).serial;
  }

  [[nodiscard]] Assessment assessed() const {
    auto assessment = scan({.paths = {"host"}, .as_of = as_of_, .anchors = &anchors_});
    EXPECT_TRUE(assessment && assessment->hosts.size() == 1);
    return assessment ? *std::move(assessment) : Assessment{};
  }
  [[nodiscard]] HostAssessment host() const {
    const Assessment assessment = assessed();
    return assessment.hosts.empty() ? HostAssessment{} : assessment.hosts.front();
  }
  static Provider provider(const HostAssessment& host, std::string_view name) {
    for (const Provider& one : host.providers) {
      if (equal_names(one.name.raw(), name)) {
        return one;
      }
    }
    ADD_FAILURE() << "no provider " << name;
    return {};
  }
  static bool has(std::span<const Reason> reasons, std::string_view code) {
    return std::ranges::find(reasons, code, &Reason::code) != reasons.end();
  }
  static std::string told(std::span<const Reason> reasons) {
    std::string text;
    for (const Reason& reason : reasons) {
      text += "\n  " + reason.code + " " + std::to_string(reason.weight) + ": " + reason.text;
    }
    return text;
  }

  testing::Workplace workplace_;
};

}  // namespace npg
