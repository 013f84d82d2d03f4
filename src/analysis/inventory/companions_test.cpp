#include "analysis/inventory/companions.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "analysis/inventory/judged_host_test.hpp"

namespace npg {
namespace {

using testing::bad_signature;
using testing::HostFacts;
using testing::vendor_signature;
using testing::windows_signature;

std::vector<Companion> judged_companions(const HostFacts& host) {
  const FactSet facts = host.normalised();
  auto companions = list_companions(facts);
  judge_companions(companions, facts, judged_host::knowledge());
  return companions;
}

std::string told(const Companion& companion) {
  std::string text = std::string(name_of(companion.verdict)) + ": ";
  for (const Reason& reason : companion.reasons) {
    text += reason.code + " " + std::to_string(reason.weight) + "; ";
  }
  return text;
}

bool has(const Companion& companion, std::string_view code) {
  return std::ranges::any_of(companion.reasons,
                             [&](const Reason& reason) { return reason.code == code; });
}

constexpr std::string_view mpnotify = "C:\\Windows\\System32\\mpnotify.exe";
constexpr std::string_view mpr = "C:\\Windows\\System32\\mpr.dll";

TEST(Companions, WindowsOwnFilesAreExpectedWhenWindowsSignedThem) {
  HostFacts host;
  host.windows(19045);
  host.image({.path = mpnotify, .signature = windows_signature()});
  host.image({.path = mpr,
              .exports = {"WNetAddConnection2W", "WNetOpenEnumW"},
              .signature = windows_signature()});
  const auto companions = judged_companions(host);
  ASSERT_EQ(companions.size(), 2U);
  for (const Companion& each : companions) {
    EXPECT_EQ(each.verdict, ProviderVerdict::expected) << told(each);
  }
}

TEST(Companions, AppInitLibrariesAreJudgedWhereTheyAreInForce) {
  for (const std::uint64_t load : {0U, 1U}) {
    HostFacts host;
    host.windows(19045)
        .policy(PolicyKind::app_init, "AppInit_DLLs", "C:\\Users\\Public\\a.dll,b.dll")
        .policy(PolicyKind::app_init, "LoadAppInit_DLLs", "", load);
    host.image({.path = "C:\\Windows\\System32\\b.dll",
                .signature = vendor_signature("Contoso", "Contoso Ltd")});
    const auto companions = judged_companions(host);
    ASSERT_EQ(companions.size(), load == 1 ? 2U : 0U);
    if (load == 1) {
      EXPECT_EQ(companions[0].role, CompanionRole::app_init);
      EXPECT_TRUE(has(companions[0], "loaded_by_app_init"));
      EXPECT_GE(companions[0].verdict, ProviderVerdict::suspicious) << told(companions[0]);
      EXPECT_EQ(companions[1].file.path.resolved, "C:\\Windows\\System32\\b.dll");
      EXPECT_LT(companions[1].verdict, ProviderVerdict::suspicious) << told(companions[1]);
    }
  }
}

TEST(Companions, AnotherFileInTheirPlaceIsNot) {
  SignatureFact in_no_catalog = bad_signature(SignatureStatus::unsigned_file);
  in_no_catalog.asked = {.catalogs = 2'000, .verified = 150, .members = 100'000};
  for (const SignatureFact& signature :
       {vendor_signature("Contoso", "Contoso Ltd"),
        bad_signature(SignatureStatus::untrusted, "Microsoft Windows", "self_signed"),
        in_no_catalog}) {
    HostFacts host;
    host.windows(19045);
    host.image({.path = mpr, .signature = windows_signature()});
    host.image({.path = mpnotify, .signature = signature});
    const auto companions = judged_companions(host);
    ASSERT_EQ(companions.size(), 2U);
    EXPECT_EQ(companions[0].role, CompanionRole::mpnotify);
    EXPECT_GE(companions[0].verdict, ProviderVerdict::suspicious) << told(companions[0]);
    EXPECT_EQ(companions[1].verdict, ProviderVerdict::expected) << told(companions[1]);
  }
}

TEST(Companions, WhatIsNotInTheEvidenceIsNotListed) {
  HostFacts host;
  host.windows(19045);
  EXPECT_TRUE(judged_companions(host).empty());
}

TEST(Companions, ANotifyeeIsJudgedLikeAProvidersDll) {
  HostFacts host;
  host.windows(19045);
  host.policy(PolicyKind::connect_notifyee, "Watch", "C:\\Users\\Public\\w.dll");
  host.image({.path = "C:\\Users\\Public\\w.dll",
              .exports = {"AddConnectNotify"},
              .has_version = false,
              .signature = bad_signature(SignatureStatus::unsigned_file)});
  const auto companions = judged_companions(host);
  ASSERT_EQ(companions.size(), 1U);
  EXPECT_GE(companions[0].verdict, ProviderVerdict::suspicious) << told(companions[0]);
  EXPECT_TRUE(has(companions[0], "path_in_writable_folder"));
  EXPECT_TRUE(has(companions[0], "dll_unsigned"));
  EXPECT_FALSE(companions[0].evidence.empty());
}

TEST(Companions, ProgramsAreFoundInTheirCommandLines) {
  const struct {
    std::string_view text;
    std::string_view resolved;
  } cases[] = {{"C:\\evil\\m.exe", "C:\\evil\\m.exe"},
               {"C:\\evil\\m.exe -x", "C:\\evil\\m.exe"},
               {"\"C:\\a b\\m.exe\" /y", "C:\\a b\\m.exe"},
               {"m.exe", "C:\\Windows\\System32\\m.exe"}};
  for (const auto& c : cases) {
    for (const PolicyKind kind : {PolicyKind::winlogon_mpnotify, PolicyKind::image_debugger}) {
      HostFacts host;
      host.windows(19045);
      host.policy(kind, "Debugger", c.text);
      const auto companions = judged_companions(host);
      ASSERT_EQ(companions.size(), 1U) << c.text;
      EXPECT_EQ(companions[0].file.path.resolved, c.resolved);
      EXPECT_GE(companions[0].verdict, ProviderVerdict::suspicious) << told(companions[0]);
    }
  }
  HostFacts own;
  own.windows(19045).policy(PolicyKind::winlogon_mpnotify, "mpnotify", "mpnotify.exe");
  EXPECT_TRUE(judged_companions(own).empty());
}

TEST(Companions, WindowsOwnProgramIsItselfHoweverItIsNamed) {
  const struct {
    std::string_view text;
    std::uint32_t type;
    bool is_own;
  } cases[] = {{"C:\\Windows\\System32\\mpnotify.exe", 1, true},
               {"c:\\windows\\system32\\MPNOTIFY", 1, true},
               {"\"C:\\Windows\\System32\\mpnotify.exe\"", 1, true},
               {"%SystemRoot%\\system32\\mpnotify.exe", 2, true},
               {"mpnotify", 1, true},
               {"%SystemRoot%\\system32\\mpnotify.exe", 1, false},
               {"C:\\Windows\\System32\\mpnotify.exe C:\\e.dll", 1, false},
               {"C:\\Windows\\mpnotify.exe", 1, false},
               {"\\\\h\\c$\\Windows\\System32\\mpnotify.exe", 1, false}};
  for (const auto& c : cases) {
    HostFacts host;
    host.windows(19045).policy(PolicyKind::winlogon_mpnotify, "mpnotify", c.text);
    host.facts.policies.back().type = c.type;
    const auto companions = judged_companions(host);
    ASSERT_FALSE(companions.empty()) << c.text;
    EXPECT_EQ(has(companions[0], "mpnotify_named_by_path"), c.is_own) << told(companions[0]);
    EXPECT_EQ(has(companions[0], "started_instead_of_mpnotify"), !c.is_own) << c.text;
    if (c.is_own) {
      EXPECT_EQ(companions[0].verdict, ProviderVerdict::unexplained) << told(companions[0]);
    }
  }
}

TEST(Companions, AFolderBesideTheProgramIsALeadAndNotVerified) {
  for (const bool is_forced : {false, true}) {
    HostFacts host;
    host.windows(19045);
    host.image({.path = "C:\\Windows\\System32\\mpnotify.exe.local\\mpr.dll",
                .exports = {"NPLogonNotify"},
                .signature = bad_signature(SignatureStatus::unsigned_file)});
    if (is_forced) {
      host.policy(PolicyKind::image_debugger, "DevOverrideEnable", "1", 1);
      host.facts.policies.back().key =
          std::string_view("Microsoft\\Windows NT\\CurrentVersion\\Image File Execution Options");
    }
    const auto companions = judged_companions(host);
    ASSERT_EQ(companions.size(), 1U);
    EXPECT_EQ(companions[0].registered.raw(), "System32\\mpnotify.exe.local");
    EXPECT_TRUE(has(companions[0], "beside_mpnotify_local")) << told(companions[0]);
    EXPECT_TRUE(has(companions[0], "local_folder_unverified")) << told(companions[0]);
    EXPECT_GE(companions[0].verdict, ProviderVerdict::suspicious) << told(companions[0]);
    const auto lead =
        std::ranges::find(companions[0].reasons, "beside_mpnotify_local", &Reason::code);
    EXPECT_EQ(lead->weight, is_forced ? 3 : 2);
  }
  HostFacts named;
  named.windows(19045).provider({.name = "Np", .path = "C:\\Program Files\\V\\np.dll"});
  const auto wanted = wanted_images(named.facts);
  for (const std::string_view name : {"mpr.dll", "np.dll"}) {
    EXPECT_TRUE(std::ranges::any_of(wanted, [&](const WantedImage& each) {
      return equal_names(each.path,
                         "C:\\Windows\\System32\\mpnotify.exe.local\\" + std::string(name));
    })) << name;
  }
}

TEST(Companions, AProgramIsNotLoadedSoItsExtensionIsItsOwn) {
  for (const auto& [value, is_loaded] : {std::pair{"Debugger", false}, {"VerifierDlls", true}}) {
    HostFacts host;
    host.windows(19045).policy(PolicyKind::image_debugger, value, "C:\\Windows\\System32\\m.exe");
    const auto companions = judged_companions(host);
    ASSERT_EQ(companions.size(), 1U);
    EXPECT_EQ(has(companions[0], "path_other_extension"), is_loaded) << told(companions[0]);
  }
}

constexpr std::string_view options =
    "Microsoft\\Windows NT\\CurrentVersion\\Image File Execution Options\\mpnotify.exe";
constexpr std::string_view at_exit =
    "Microsoft\\Windows NT\\CurrentVersion\\SilentProcessExit\\mpnotify.exe";

struct Setting {
  std::string key;
  std::string_view name;
  std::string_view text;
  std::optional<std::uint64_t> number = std::nullopt;
};

HostFacts with_settings(const std::vector<Setting>& settings) {
  HostFacts host;
  host.windows(19045).variable("PROCESSOR_ARCHITECTURE", "AMD64");
  for (const Setting& setting : settings) {
    host.policy(PolicyKind::image_debugger, setting.name, setting.text, setting.number);
    host.facts.policies.back().key = SharedText(std::string_view(setting.key));
  }
  return host;
}

TEST(Companions, WhatASettingKeepsFromBeingInForceIsToldAsThat) {
  const std::string filter = std::string(options) + "\\one";
  const Setting monitor{std::string(at_exit), "MonitorProcess", "C:\\m.exe"};
  const Setting in_filter{filter, "Debugger", "C:\\d.exe"};
  const Setting use{std::string(options), "UseFilter", "1", 1};
  const Setting flag{std::string(options), "GlobalFlag", "512", 0x200};
  const std::pair<std::vector<Setting>, bool> cases[] = {
      {{{std::string(options), "Debugger", "C:\\d.exe"}}, true},
      {{{"Wow6432Node\\" + std::string(options), "Debugger", "C:\\d.exe"}}, false},
      {{monitor}, false},
      {{monitor, flag}, true},
      {{monitor, flag, {std::string(at_exit), "ReportingMode", "0", 0}}, false},
      {{monitor, {std::string(options), "GlobalFlag", "0x200"}}, true},
      {{in_filter}, false},
      {{in_filter, use, {filter, "FilterFullPath", mpnotify}}, true},
      {{in_filter, use, {filter, "FilterFullPath", "C:\\Other\\mpnotify.exe"}}, false},
      {{{std::string(options), "VerifierDlls", "v.dll"}}, false},
      {{{std::string(options), "VerifierDlls", "v.dll"},
        {std::string(options), "GlobalFlag", "256", 0x100}},
       true},
  };
  for (const auto& [settings, is_in_force] : cases) {
    const auto companions = judged_companions(with_settings(settings));
    ASSERT_EQ(companions.size(), 1U) << "settings are no files";
    EXPECT_EQ(has(companions[0], "tied_to_mpnotify"), is_in_force) << told(companions[0]);
    EXPECT_EQ(has(companions[0], "tied_to_mpnotify_idle"), !is_in_force) << told(companions[0]);
  }
}

TEST(Companions, EachFileOfAListAndOfACommandLineIsJudged) {
  const auto list = judged_companions(
      with_settings({{std::string(options), "VerifierDlls", "vrfcore.dll  evil.dll"},
                     {std::string(options), "GlobalFlag", "256", 0x100}}));
  ASSERT_EQ(list.size(), 2U);
  EXPECT_TRUE(has(list[0], "verifier_of_windows")) << told(list[0]);
  EXPECT_EQ(list[1].file.path.resolved, "C:\\Windows\\System32\\evil.dll");
  EXPECT_TRUE(has(list[1], "tied_to_mpnotify")) << told(list[1]);

  HostFacts host;
  host.windows(19045);
  host.policy(PolicyKind::winlogon_mpnotify, "mpnotify",
              "rundll32.exe C:\\Users\\Public\\mp.dll,Run");
  host.image({.path = "C:\\Users\\Public\\mp.dll", .exports = {"Run"}});
  const auto started = judged_companions(host);
  ASSERT_EQ(started.size(), 2U);
  EXPECT_EQ(started[0].file.path.resolved, "C:\\Windows\\System32\\rundll32.exe");
  EXPECT_EQ(started[1].file.path.resolved, "C:\\Users\\Public\\mp.dll");
  EXPECT_TRUE(has(started[1], "path_in_writable_folder")) << told(started[1]);
}

TEST(Companions, ANotifyeeOfAnotherControlSetIsNotInForce) {
  for (const std::uint64_t current : {1U, 2U}) {
    HostFacts host;
    host.windows(19045);
    host.facts.selects.push_back({.current = current});
    host.policy(PolicyKind::connect_notifyee, "n", "C:\\n.dll");
    host.facts.policies.back().key =
        std::string_view("ControlSet002\\Control\\NetworkProvider\\Notifyees");
    const auto companions = judged_companions(host);
    ASSERT_EQ(companions.size(), 1U);
    EXPECT_EQ(has(companions[0], "loaded_as_notifyee"), current == 2) << told(companions[0]);
    EXPECT_EQ(has(companions[0], "loaded_as_notifyee_elsewhere"), current == 1);
  }
}

}  // namespace
}  // namespace npg
