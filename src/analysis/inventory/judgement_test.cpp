#include "analysis/inventory/judgement.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "analysis/inventory/judged_host_test.hpp"

namespace npg {
namespace {

using namespace std::string_view_literals;
using judged_host::has;
using judged_host::judged;
using judged_host::named;
using judged_host::told;
using testing::HostFacts;
using testing::provider_key;
using testing::ProviderShape;

const std::vector<std::string_view> logon_only = {"NPGetCaps", "NPLogonNotify",
                                                  "NPPasswordChangeNotify"};
const std::vector<std::string_view> network_and_logon = {
    "NPGetCaps", "NPAddConnection3", "NPOpenEnum", "NPLogonNotify", "NPPasswordChangeNotify"};

TEST(Judgement, WindowsOwnProvidersAreNeverSuspicious) {
  for (const std::uint32_t build : {0U, 9600U, 17763U, 19045U, 22621U, 26100U}) {
    HostFacts host;
    host.windows(build).defaults();
    for (const Provider& provider : judged(host)) {
      EXPECT_EQ(provider.verdict, ProviderVerdict::unexplained) << told(provider);
      EXPECT_TRUE(has(provider, "registration_is_windows_own")) << told(provider);
      EXPECT_TRUE(has(provider, "dll_not_in_evidence"));
      EXPECT_EQ(provider.receives_credentials, YesNo::no);
      EXPECT_EQ(provider.state, ProviderState::active);
    }
  }
}

TEST(Judgement, WhatCannotBeReadExcusesNothing) {
  HostFacts host;
  host.windows(19045).defaults();
  host.provider({.name = "Short", .path = "C:\\Windows\\System32\\x.dll", .provider_class = 2});
  RegistrationFact& registration = host.facts.registrations.back();
  registration.provider_class.reset();
  for (RegistryValueFact& value : registration.values) {
    if (equal_names(value.name.raw(), "Class")) {
      value.number.reset();
      value.text = std::string_view("02");
    }
  }
  host.provider({.name = "Bent", .path = "433A5C782E646C6C", .provider_class = 1, .path_type = 3});
  const auto providers = judged(host);
  const Provider& short_class = named(providers, "Short");
  EXPECT_EQ(short_class.receives_credentials, YesNo::unknown);
  EXPECT_TRUE(has(short_class, "class_unreadable")) << told(short_class);
  EXPECT_FALSE(has(short_class, "network_class_only"));
  const Provider& bent = named(providers, "Bent");
  EXPECT_EQ(bent.receives_credentials, YesNo::unknown);
  EXPECT_FALSE(has(bent, "network_class_only")) << told(bent);
}

TEST(Judgement, AnInstallersWrongTypeIsNoCrime) {
  HostFacts host;
  host.windows(19045).defaults();
  host.provider({.name = "Vpn",
                 .path = "%ProgramFiles%\\Vpn\\vpn.dll",
                 .provider_class = 2,
                 .path_type = 1,
                 .hollow = true});
  EXPECT_TRUE(has(named(judged(host), "Vpn"), "path_literal_not_seen"))
      << "without any file of System32 nobody knows";
  host.image({.path = "C:\\Windows\\System32\\mpnotify.exe"});
  const auto providers = judged(host);
  const Provider& vpn = named(providers, "Vpn");
  EXPECT_LE(vpn.verdict, ProviderVerdict::suspicious) << told(vpn);
  EXPECT_TRUE(has(vpn, "path_does_not_load"));
  EXPECT_FALSE(has(vpn, "path_literal_not_seen"));
  EXPECT_FALSE(has(vpn, "path_searched"));
  EXPECT_FALSE(has(vpn, "path_in_unusual_folder"));
}

TEST(Judgement, AnotherControlSetsOrderIsNamed) {
  HostFacts host;
  host.windows(19045).defaults();
  host.provider({.name = "Evil", .path = "C:\\Windows\\System32\\evil.dll", .provider_class = 2});
  host.order("RDPNP,Evil", false);
  host.facts.orders.back().control_set = 2;
  host.facts.orders.back().control_set_is_current = false;
  host.load("2026-11-19T10:00:00Z", "C:\\Windows\\System32\\mpnotify.exe",
            "C:\\Windows\\System32\\evil.dll");
  host.facts.module_loads.back().hashes = std::string_view("MD5=00,SHA256=ABCD,IMPHASH=11");
  const auto providers = judged(host);
  const Provider& evil = named(providers, "Evil");
  EXPECT_EQ(evil.state, ProviderState::staged);
  EXPECT_FALSE(has(evil, "registered_not_listed"));
  const auto reason = [&evil](std::string_view code) {
    const auto found = std::find_if(evil.reasons.begin(), evil.reasons.end(),
                                    [&](const Reason& r) { return r.code == code; });
    return found == evil.reasons.end() ? Reason{} : *found;
  };
  EXPECT_NE(reason("listed_in_other_control_set").text.find("ControlSet002"), std::string::npos);
  EXPECT_NE(reason("dll_not_in_evidence").text.find("SHA256 ABCD"), std::string::npos);
  EXPECT_EQ(reason("dll_not_in_evidence").evidence.size(), 2U) << "the path and the load";
}

TEST(Judgement, ProductsAreNeverSuspicious) {
  struct Case {
    ProviderShape shape;
    std::vector<std::string_view> exports;
    bool has_image = true;
  };
  const Case cases[] = {
      {{.name = "P9NP",
        .path = "%SystemRoot%\\System32\\p9np.dll",
        .display = "Plan 9 Network Provider",
        .hollow = true},
       {"NPGetCaps", "NPAddConnection"}},
      {{.name = "VBoxSF",
        .path = "C:\\Windows\\system32\\VBoxMRXNP.dll",
        .display = "VirtualBox Shared Folders",
        .path_type = 1},
       network_and_logon},
      {{.name = "vmhgfs",
        .path = "%SystemRoot%\\System32\\vmhgfs.dll",
        .display = "VMware Shared Folders"},
       {"NPGetCaps", "NPAddConnection"}},
      {{.name = "dokan2", .path = "%SystemRoot%\\System32\\dokannp2.dll", .hollow = true},
       network_and_logon},
      {{.name = "Dokan1", .path = "%SystemRoot%\\System32\\dokannp1.dll", .hollow = true},
       network_and_logon},
      {{.name = "WinFsp.Np",
        .path = "C:\\Program Files (x86)\\WinFsp\\SxS\\sxs.20240101T000000Z\\bin\\winfsp-x64.dll",
        .path_type = 1},
       {"NPGetCaps", "NPAddConnection"}},
      {{.name = "WinFsp.Np",
        .path = "%ProgramFiles(x86)%\\WinFsp\\bin\\winfsp-%PROCESSOR_ARCHITECTURE%.dll"},
       {"NPGetCaps", "NPAddConnection"}},
      {{.name = "nfs41_driver",
        .path = "System32\\nfs41_np.dll",
        .display = "NFS41 Network",
        .path_type = 1},
       {"NPGetCaps", "NPAddConnection"}},
      {{.name = "AFSRedirector",
        .path = "C:\\Windows\\System32\\AFSRDFSProvider.dll",
        .provider_class = 1},
       {"NPGetCaps", "NPAddConnection"}},
      {{.name = "PnSson",
        .path = "C:\\Program Files (x86)\\Citrix\\ICA Client\\x64\\pnsson.dll",
        .provider_class = 2},
       logon_only},
      {{.name = "PnSson",
        .path = "C:\\Program Files (x86)\\Citrix\\ICA Client\\x64\\pnsson.dll",
        .authent = "C:\\Program Files (x86)\\Citrix\\ICA Client\\x64\\pnsson.dll",
        .provider_class = 2},
       logon_only},
      {{.name = "TransarcAFSDaemon",
        .authent = "C:\\Program Files\\OpenAFS\\Client\\Program\\afslogon.dll",
        .provider_class = 2,
        .display = "OpenAFSDaemon"},
       logon_only},
      {{.name = "TransarcAFSDaemon",
        .path = "C:\\Program Files\\OpenAFS\\Client\\Program\\afslogon.dll",
        .authent = "C:\\Program Files\\OpenAFS\\Client\\Program\\afslogon.dll",
        .provider_class = 2,
        .display = "OpenAFSDaemon"},
       logon_only},
      {{.name = "MIT Kerberos",
        .path = "C:\\Windows\\System32\\kfwlogon.dll",
        .authent = "C:\\Windows\\System32\\kfwlogon.dll",
        .provider_class = 2,
        .hollow = true},
       logon_only},
  };
  for (const Case& c : cases) {
    for (const bool with_image : {false, true}) {
      HostFacts host;
      host.windows(19045).variable("PROCESSOR_ARCHITECTURE", "AMD64").provider(c.shape);
      host.orders(c.shape.name);
      if (with_image) {
        for (const WantedImage& wanted : wanted_images(host.facts)) {
          if (wanted.may_go_by_name) {
            const std::string_view signer =
                c.shape.name == "PnSson" ? "Citrix Systems, Inc." : "A Vendor";
            host.image({.path = wanted.path,
                        .exports = c.exports,
                        .signature = c.exports == logon_only
                                         ? testing::vendor_signature(signer, signer)
                                         : SignatureFact{}});
          }
        }
      }
      const auto providers = judged(host);
      const Provider& provider = named(providers, c.shape.name);
      EXPECT_LT(provider.verdict, ProviderVerdict::suspicious)
          << c.shape.name << " " << with_image << " " << told(provider);
    }
  }
}

struct Convict {
  std::string_view name;
  ProviderShape shape;
  std::vector<std::string_view> exports;  ///< empty: the DLL is not in the evidence
  ProviderVerdict at_least;
  std::string_view code;
  std::string_view forwarder;
};

TEST(Judgement, AttacksAreConvictedByTheirOwnReason) {
  constexpr auto suspicious = ProviderVerdict::suspicious;
  constexpr auto malicious = ProviderVerdict::malicious;
  const std::string_view ntlanman = "%SystemRoot%\\System32\\ntlanman.dll";
  const std::string_view lanman_name = "Microsoft Windows Network";
  const std::string_view evil = "%SystemRoot%\\System32\\evil.dll";
  const Convict cases[] = {
      {"E1 a lone hive",
       {.name = "NPPSpy",
        .path = "%SystemRoot%\\System32\\NPPSPY.dll",
        .provider_class = 2,
        .hollow = true},
       {},
       suspicious,
       "credential_class",
       {}},
      {"E1 with a DLL of logon functions",
       {.name = "NPPSpy",
        .path = "%SystemRoot%\\System32\\NPPSPY.dll",
        .provider_class = 2,
        .hollow = true},
       logon_only,
       malicious,
       "exports_logon_functions_only",
       {}},
      {"E2 Cyrillic",
       {.name = "LanmanW\u043erkstation", .path = evil, .provider_class = 2},
       {},
       suspicious,
       "name_imitates_inbox",
       {}},
      {"E2 one letter more",
       {.name = "LanmanWorkstations", .path = evil},
       {},
       suspicious,
       "name_imitates_inbox",
       {}},
      {"E2 trailing space",
       {.name = "RDPNP ", .path = evil},
       {},
       suspicious,
       "name_imitates_inbox",
       {}},
      {"E2 rn for m",
       {.name = "LanrnanWorkstation", .path = evil},
       {},
       suspicious,
       "name_imitates_inbox",
       {}},
      {"E3 redirect, lone hive",
       {.name = "LanmanWorkstation", .path = evil, .display = lanman_name},
       {},
       suspicious,
       "inbox_name_other_path",
       {}},
      {"E3 redirect to a DLL of logon functions",
       {.name = "LanmanWorkstation", .path = evil, .display = lanman_name},
       logon_only,
       malicious,
       "inbox_name_other_path",
       {}},
      {"E3 redirect with a class",
       {.name = "WebClient", .path = evil, .provider_class = 3},
       {},
       malicious,
       "inbox_name_other_path",
       {}},
      {"E3 the same file by a device path",
       {.name = "RDPNP", .path = "\\\\?\\C:\\Windows\\System32\\drprov.dll"},
       {},
       suspicious,
       "inbox_name_other_path",
       {}},
      {"E4 authent path and class 3",
       {.name = "LanmanWorkstation",
        .path = ntlanman,
        .authent = evil,
        .provider_class = 3,
        .display = lanman_name},
       {},
       malicious,
       "inbox_authent_path_added",
       {}},
      {"E5 class alone",
       {.name = "LanmanWorkstation", .path = ntlanman, .provider_class = 2, .display = lanman_name},
       {},
       suspicious,
       "inbox_class_changed",
       {}},
      {"E11 class as text",
       {.name = "Foo", .path = evil, .provider_class = 2, .class_type = 1},
       {},
       suspicious,
       "class_type_unusual",
       {}},
      {"E13 UNC",
       {.name = "Foo", .path = "\\\\host\\share\\x.dll"},
       {},
       suspicious,
       "path_unc",
       {}},
      {"E10 NUL",
       {.name = "Foo", .path = "C:\\Windows\\System32\\a.dll\0b.dll"sv},
       {},
       suspicious,
       "path_embedded_nul",
       {}},
      {"E14 stream",
       {.name = "Foo", .path = "C:\\Windows\\System32\\a.dll:b.dll"},
       {},
       suspicious,
       "path_alternate_stream",
       {}},
      {"E14 climbs",
       {.name = "Foo", .path = "C:\\Windows\\System32\\..\\Temp\\a.dll"},
       {},
       suspicious,
       "path_in_writable_folder",
       {}},
      {"E20 System32 of another folder",
       {.name = "Foo", .path = "C:\\Data\\System32\\a.dll", .provider_class = 2},
       {},
       suspicious,
       "path_in_unusual_folder",
       {}},
      {"E23 forwarded",
       {.name = "Foo", .path = evil, .provider_class = 2},
       network_and_logon,
       suspicious,
       "credential_export_forwarded",
       "other.NPLogonNotify"},
      {"E24 nothing exported",
       {.name = "Foo", .path = evil, .provider_class = 2},
       {"DllMain"},
       suspicious,
       "class_without_logon_export",
       {}},
      {"primary authent class",
       {.name = "Foo", .path = evil, .provider_class = 4},
       {},
       suspicious,
       "credential_class",
       {}},
      {"a product's name, another path",
       {.name = "PnSson", .path = "C:\\Users\\Public\\pnsson.dll", .provider_class = 2},
       {},
       suspicious,
       "product_name_other_path",
       {}},
      {"a product's name, its DLL, another authent path",
       {.name = "PnSson",
        .path = "C:\\Program Files (x86)\\Citrix\\ICA Client\\x64\\pnsson.dll",
        .authent = "C:\\Users\\Public\\x.dll",
        .provider_class = 2},
       {},
       suspicious,
       "path_in_writable_folder",
       {}},
  };
  for (const Convict& c : cases) {
    SCOPED_TRACE(c.name);
    HostFacts host;
    host.windows(19045).provider(c.shape).orders(c.shape.name);
    if (!c.exports.empty()) {
      for (const WantedImage& wanted : wanted_images(host.facts)) {
        if (wanted.may_go_by_name) {
          host.image({.path = wanted.path,
                      .exports = c.exports,
                      .has_version = false,
                      .forwarder = c.forwarder});
        }
      }
    }
    const auto providers = judged(host);
    const Provider& provider = named(providers, c.shape.name);
    EXPECT_GE(provider.verdict, c.at_least) << told(provider);
    EXPECT_TRUE(has(provider, c.code)) << told(provider);
    for (const Reason& reason : provider.reasons) {
      EXPECT_FALSE(reason.evidence.empty()) << reason.code;
    }
  }
}

TEST(Judgement, PlaceIsAReason) {
  HostFacts host;
  host.windows(19045).defaults();
  host.provider({.name = "Staged", .path = "%SystemRoot%\\System32\\s.dll", .provider_class = 2});
  host.provider({.name = "HwOnly", .path = "%SystemRoot%\\System32\\h.dll"});
  host.facts.orders.clear();
  host.order("RDPNP,LanmanWorkstation,webclient,Dangling", false);
  host.order("RDPNP,LanmanWorkstation,webclient,HwOnly", true);
  const auto providers = judged(host);
  EXPECT_EQ(named(providers, "Staged").state, ProviderState::staged);
  EXPECT_TRUE(has(named(providers, "Staged"), "registered_not_listed"));
  EXPECT_EQ(named(providers, "Staged").verdict, ProviderVerdict::suspicious);
  EXPECT_EQ(named(providers, "HwOnly").hw_order_position, 3U);
  EXPECT_TRUE(has(named(providers, "HwOnly"), "listed_in_hw_order_only"));
  EXPECT_EQ(named(providers, "Dangling").state, ProviderState::order_only);
  EXPECT_TRUE(has(named(providers, "Dangling"), "order_name_without_key"));
  EXPECT_EQ(named(providers, "Dangling").verdict, ProviderVerdict::unexplained);
  EXPECT_EQ(named(providers, "Dangling").receives_credentials, YesNo::unknown);
}

TEST(Judgement, OnlyThePresentHasABuild) {
  HostFacts host;
  host.windows(9600).windows(19045, "C:\\Windows", "WinNT", HiveMoment::older_copy);
  host.provider({.name = "P9NP", .path = "%SystemRoot%\\System32\\p9np.dll"}).orders("P9NP");
  EXPECT_TRUE(has(judged(host).front(), "inbox_build_mismatch"));
}

TEST(Judgement, AVariableThatWindowsSetsItselfIsToldWhereTheEnvironmentSetsItToo) {
  for (const auto& [text, is_told] :
       {std::pair("C:\\evil", true), std::pair("C:\\Windows\\", false)}) {
    HostFacts host;
    host.windows(19045).defaults().variable("SystemRoot", text);
    const auto providers = judged(host);
    const Provider& lanman = named(providers, "LanmanWorkstation");
    EXPECT_EQ(has(lanman, "path_fixed_variable"), is_told) << told(lanman);
    EXPECT_EQ(lanman.dlls.front().path.resolved, "C:\\Windows\\System32\\ntlanman.dll");
  }
}

TEST(Judgement, AMovedFolderMakesAnInboxPathAnotherOne) {
  for (const bool is_moved : {true, false}) {
    HostFacts host;
    host.windows(19045).defaults().variable("windir",
                                            is_moved ? "C:\\ProgramData\\w" : "%SystemRoot%");
    for (RegistrationFact& registration : host.facts.registrations) {
      for (RegistryValueFact& value : registration.values) {
        if (equal_names(registration.name.raw(), "LanmanWorkstation") &&
            equal_names(value.name.raw(), "ProviderPath")) {
          value.text = std::string_view("%windir%\\System32\\ntlanman.dll");
        }
      }
    }
    const auto providers = judged(host);
    const Provider& lanman = named(providers, "LanmanWorkstation");
    EXPECT_EQ(lanman.dlls.front().path.resolved, is_moved
                                                     ? "C:\\ProgramData\\w\\System32\\ntlanman.dll"
                                                     : "C:\\Windows\\System32\\ntlanman.dll");
    EXPECT_EQ(has(lanman, "inbox_name_other_path"), is_moved) << told(lanman);
    EXPECT_EQ(has(lanman, "path_changed_variable"), is_moved);
    EXPECT_EQ(has(lanman, "inbox_value_changed"), !is_moved) << "Windows writes %SystemRoot%";
    EXPECT_FALSE(has(lanman, "registration_is_windows_own"));
  }
}

}  // namespace
}  // namespace npg
