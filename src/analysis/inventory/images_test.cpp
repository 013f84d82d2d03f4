// What a DLL can do whatever it is called: machines, forwarders, proxies, the search, imports
// beside it.
#include "analysis/inventory/images.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "analysis/inventory/judged_host_test.hpp"

namespace npg {
namespace {

using judged_host::has;
using judged_host::judged;
using judged_host::named;
using judged_host::told;
using testing::bad_signature;
using testing::HostFacts;
using testing::vendor_signature;
using testing::windows_signature;

const std::vector<std::string_view> of_ntlanman = {
    "NPGetCaps", "NPAddConnection3", "NPOpenEnum", "NPCloseEnum", "NPGetUser", "NPGetConnection"};

HostFacts evil(std::string_view path = "C:\\Windows\\System32\\evil.dll") {
  HostFacts host;
  host.windows(19045).variable("PROCESSOR_ARCHITECTURE", "AMD64").defaults();
  host.provider({.name = "Evil", .path = path, .provider_class = 2});
  return host;
}

bool wants(const FactSet& facts, std::string_view path) {
  const auto wanted = wanted_images(facts);
  return std::ranges::any_of(wanted,
                             [&](const WantedImage& w) { return equal_names(w.path, path); });
}

TEST(Images, AForwardedLogonFunctionIsFollowedAndItsTargetJudged) {
  HostFacts host = evil();
  host.image({.path = "C:\\Windows\\System32\\evil.dll",
              .exports = {"NPLogonNotify"},
              .forwarder = "other.NPLogonNotify"});
  EXPECT_TRUE(wants(host.facts, "C:\\Windows\\System32\\other.dll"));
  EXPECT_TRUE(wants(host.facts, "C:\\Windows\\other.dll"));
  const auto without = judged(host);
  EXPECT_TRUE(has(named(without, "Evil"), "credential_export_forwarded"));
  EXPECT_TRUE(has(named(without, "Evil"), "forward_target_not_in_evidence"));
  host.image({.path = "C:\\Windows\\other.dll",
              .exports = {"NPLogonNotify"},
              .signature = bad_signature(SignatureStatus::unsigned_file)});
  const auto with = judged(host);
  const Provider& provider = named(with, "Evil");
  EXPECT_TRUE(has(provider, "forward_target_not_trusted")) << told(provider);
  EXPECT_FALSE(has(provider, "forward_target_not_in_evidence")) << told(provider);
  EXPECT_FALSE(has(provider, "forward_leads_nowhere")) << told(provider);
}

TEST(Images, AForwardThatLeadsNowhereOrOn) {
  HostFacts nowhere = evil();
  nowhere.image({.path = "C:\\Windows\\System32\\evil.dll",
                 .exports = {"NPLogonNotify"},
                 .forwarder = "other.#7"});
  nowhere.image({.path = "C:\\Windows\\System32\\other.dll", .exports = {"NPLogonNotify"}});
  EXPECT_TRUE(has(named(judged(nowhere), "Evil"), "forward_leads_nowhere"));
  HostFacts on = evil();
  on.image({.path = "C:\\Windows\\System32\\evil.dll",
            .exports = {"NPLogonNotify"},
            .forwarder = "other.#1"});
  on.image({.path = "C:\\Windows\\System32\\other.dll",
            .exports = {"NPLogonNotify"},
            .forwarder = "third.NPLogonNotify"});
  EXPECT_TRUE(has(named(judged(on), "Evil"), "forward_goes_on"));
}

TEST(Images, AProxyOfAnInboxDllIsToldByItsExports) {
  HostFacts host = evil();
  host.image({.path = "C:\\Windows\\System32\\ntlanman.dll",
              .exports = of_ntlanman,
              .signature = windows_signature()});
  auto exports = of_ntlanman;
  exports.push_back("NPLogonNotify");
  host.image({.path = "C:\\Windows\\System32\\evil.dll",
              .exports = exports,
              .forwarder = "ntlanmam.NPGetCaps"});
  host.facts.images.back().sha256 = std::string(64, 'b');
  const auto providers = judged(host);
  const Provider& provider = named(providers, "Evil");
  EXPECT_TRUE(has(provider, "dll_is_proxy_of_inbox")) << told(provider);
  EXPECT_EQ(provider.dlls.front().can_be, "proxy");
  EXPECT_EQ(named(providers, "LanmanWorkstation").verdict, ProviderVerdict::expected)
      << told(named(providers, "LanmanWorkstation"));
}

TEST(Images, AProxyIsToldWithoutTheInboxDllAtHand) {
  HostFacts host = evil();
  host.image({.path = "C:\\Windows\\System32\\evil.dll",
              .exports = of_ntlanman,
              .forwarder = "real.NPGetCaps"});
  EXPECT_TRUE(has(named(judged(host), "Evil"), "dll_is_proxy"));
}

TEST(Images, AnotherMachineLowersWhatWasExposedAndNotTheVerdict) {
  HostFacts host = evil();
  host.image({.path = "C:\\Windows\\System32\\evil.dll",
              .exports = {"NPGetCaps", "NPLogonNotify"},
              .has_version = false,
              .signature = bad_signature(SignatureStatus::unsigned_file),
              .machine = "x86"});
  const auto providers = judged(host);
  const Provider& provider = named(providers, "Evil");
  EXPECT_TRUE(has(provider, "dll_for_another_machine")) << told(provider);
  EXPECT_EQ(provider.receives_credentials, YesNo::unknown);
  EXPECT_EQ(provider.verdict, ProviderVerdict::malicious) << told(provider);
}

TEST(Images, MachinesAreComparedWithTheHosts) {
  const struct {
    std::string_view host;
    std::string machine;
    std::string hybrid;
    bool loads;
  } cases[] = {{"AMD64", "x64", "", true},         {"AMD64", "x86", "", false},
               {"AMD64", "arm64", "", false},      {"ARM64", "arm64", "", true},
               {"ARM64", "x64", "", false},        {"ARM64", "arm64", "arm64x", true},
               {"ARM64", "x64", "arm64ec", false}, {"x86", "x86", "", true},
               {"x86", "x64", "", false},          {"", "x86", "", true}};
  for (const auto& c : cases) {
    HostFacts host;
    host.windows(19045);
    if (!c.host.empty()) {
      host.variable("PROCESSOR_ARCHITECTURE", c.host);
    }
    ImageFact image;
    image.machine = c.machine;
    image.hybrid = c.hybrid;
    EXPECT_EQ(can_load(image, host_paths(host.facts)), c.loads) << c.host << " " << c.machine;
  }
}

TEST(Images, TheSearchTakesTheFirstFileThatIsThere) {
  HostFacts host = evil("evil.dll");
  host.image({.path = "C:\\Windows\\evil.dll", .exports = {"NPGetCaps"}});
  const auto late = judged(host);
  EXPECT_EQ(named(late, "Evil").dlls.front().path.resolved, "C:\\Windows\\evil.dll");
  EXPECT_TRUE(has(named(late, "Evil"), "path_found_late")) << told(named(late, "Evil"));
  host.image({.path = "C:\\Windows\\System32\\evil.dll", .exports = {"NPGetCaps"}});
  const auto first = judged(host);
  EXPECT_EQ(named(first, "Evil").dlls.front().path.resolved, "C:\\Windows\\System32\\evil.dll");
  EXPECT_TRUE(has(named(first, "Evil"), "path_ambiguous")) << told(named(first, "Evil"));
}

TEST(Images, ATwinIsShownAndNotTakenForTheFile) {
  HostFacts host = evil();
  host.image({.path = "C:\\Windows\\SysWOW64\\evil.dll", .exports = {"NPLogonNotify"}});
  const auto providers = judged(host);
  const ProviderDll& dll = named(providers, "Evil").dlls.front();
  EXPECT_FALSE(dll.image.has_value());
  ASSERT_EQ(dll.path.candidates.size(), 2U);
  EXPECT_EQ(dll.path.candidates[1].why, "wow64_twin");
  EXPECT_FALSE(dll.path.candidates[1].sha256.empty());
}

TEST(Images, ALibraryOfWindowsBesideTheDll) {
  HostFacts host = evil("C:\\Program Files\\V\\v.dll");
  host.image({.path = "C:\\Program Files\\V\\v.dll", .exports = {"NPGetCaps"}});
  ImageFact& image = host.facts.images.back();
  image.imports_beside.push_back({.name = std::string_view("helper.dll")});
  EXPECT_FALSE(has(named(judged(host), "Evil"), "import_beside_dll"));
  EXPECT_TRUE(has(named(judged(host), "Evil"), "import_beside_own"));
  image.imports_beside.push_back({.name = std::string_view("VERSION.dll")});
  EXPECT_TRUE(has(named(judged(host), "Evil"), "import_beside_dll"));
  EXPECT_TRUE(wants(host.facts, "C:\\Program Files\\V\\VERSION.dll")) << "it is looked at";
  image.searches_system_only = true;
  EXPECT_FALSE(has(named(judged(host), "Evil"), "import_beside_dll"));
}

TEST(Images, TheFileBesideIsLookedAt) {
  struct Case {
    std::string_view name;
    SignatureFact signature;
    std::string_view code;
  };
  const Case cases[] = {
      {"version.dll", bad_signature(SignatureStatus::unsigned_file), "import_beside_foreign"},
      {"version.dll", windows_signature(), "-"},
      {"version.dll", vendor_signature("V", "V Ltd"), "import_beside_dll"},
      {"mylib.dll", bad_signature(SignatureStatus::unsigned_file), "import_beside_unsigned"},
      {"mylib.dll", vendor_signature("V", "V Ltd"), "import_beside_own"},
  };
  for (const Case& c : cases) {
    HostFacts host = evil("C:\\Program Files\\V\\v.dll");
    host.image({.path = "C:\\Program Files\\V\\v.dll",
                .exports = {"NPGetCaps"},
                .signature = vendor_signature("V", "V Ltd")});
    host.facts.images.back().imports_beside.push_back({.name = c.name});
    const std::string beside = "C:\\Program Files\\V\\" + std::string(c.name);
    host.image({.path = beside, .signature = c.signature});
    const auto providers = judged(host);
    for (const std::string_view code : {"import_beside_foreign", "import_beside_dll",
                                        "import_beside_unsigned", "import_beside_own"}) {
      EXPECT_EQ(has(named(providers, "Evil"), code), code == c.code)
          << c.name << " " << code << " " << told(named(providers, "Evil"));
    }
  }
}

TEST(Images, ACircleOfForwardersIsNamedOnce) {
  HostFacts host = evil();
  host.image({.path = "C:\\Windows\\System32\\evil.dll",
              .exports = {"NPLogonNotify"},
              .forwarder = "other.NPLogonNotify"});
  host.image({.path = "C:\\Windows\\System32\\other.dll",
              .exports = {"NPLogonNotify"},
              .forwarder = "evil.NPLogonNotify"});
  const auto providers = judged(host);
  const Provider& provider = named(providers, "Evil");
  EXPECT_EQ(std::ranges::count_if(provider.reasons,
                                  [](const Reason& reason) {
                                    return reason.code.find("forward") != std::string::npos;
                                  }),
            1)
      << told(provider);
  EXPECT_TRUE(has(provider, "forward_circle"));
}

TEST(Images, EveryFunctionThatIsForwardedIsFollowedAndItsPlaceJudged) {
  const struct {
    std::string_view name;
    std::string_view to;
    std::vector<std::string_view> codes;
  } cases[] = {
      {"NPGetCaps", "\\\\h\\s\\t.NPGetCaps", {"np_export_forwarded", "forward_target_unc"}},
      {"NPGetCaps",
       "C:\\Users\\Public\\t.NPGetCaps",
       {"np_export_forwarded", "forward_target_in_writable_folder"}},
      {"NPOpenEnum",
       "C:/Users/Public/t.X",
       {"np_export_forwarded", "forward_target_in_writable_folder"}},
      {"NPLogonNotify", "\\\\h\\s\\t.X", {"credential_export_forwarded", "forward_target_unc"}},
      {"NPLogonNotify", "C:\\Windows\\System32\\t.X", {"credential_export_forwarded"}},
      {"NPGetCaps", "t.NPGetCaps", {"np_export_forwarded"}},
      {"DllRegisterServer", "\\\\h\\s\\t.X", {}},
  };
  for (const auto& c : cases) {
    HostFacts host = evil();
    host.image({.path = "C:\\Windows\\System32\\evil.dll", .exports = {c.name}, .forwarder = c.to});
    const auto providers = judged(host);
    const Provider& provider = named(providers, "Evil");
    for (const std::string_view code :
         {"np_export_forwarded", "credential_export_forwarded", "forward_target_unc",
          "forward_target_in_writable_folder"}) {
      EXPECT_EQ(has(provider, code), std::ranges::find(c.codes, code) != c.codes.end())
          << c.name << " " << c.to << " " << code << told(provider);
    }
  }
  HostFacts caps = evil();
  caps.image({.path = "C:\\Windows\\System32\\evil.dll",
              .exports = {"NPGetCaps"},
              .forwarder = "tgt.NPGetCaps"});
  EXPECT_TRUE(wants(caps.facts, "C:\\Windows\\System32\\tgt.dll"));
  caps.image({.path = "C:\\Windows\\System32\\TGT.DLL",
              .exports = {"NPGetCaps"},
              .signature = bad_signature(SignatureStatus::unsigned_file)});
  const auto providers = judged(caps);
  const Provider& provider = named(providers, "Evil");
  EXPECT_TRUE(has(provider, "forward_target_not_trusted")) << told(provider);
  const auto told_forward =
      std::ranges::find(provider.reasons, "np_export_forwarded", &Reason::code);
  ASSERT_NE(told_forward, provider.reasons.end());
  EXPECT_NE(told_forward->text.find("tgt.dll"), std::string::npos) << told_forward->text;
}

TEST(Images, TwoFunctionsForwardedToOneDllCountOnce) {
  HostFacts host = evil();
  host.image({.path = "C:\\Windows\\System32\\evil.dll",
              .exports = {"NPLogonNotify", "NPPasswordChangeNotify"},
              .forwarder = "other.NPLogonNotify"});
  const auto providers = judged(host);
  EXPECT_EQ(std::ranges::count_if(
                named(providers, "Evil").reasons,
                [](const Reason& r) { return r.code == "credential_export_forwarded"; }),
            1)
      << told(named(providers, "Evil"));
}

TEST(Images, AForwardIsFollowedUnderEveryNameToItsEnd) {
  HostFacts host = evil();
  host.image({.path = "C:\\Windows\\System32\\evil.dll",
              .exports = {"NPLogonNotify"},
              .forwarder = "hop1.X"});
  host.image({.path = "C:\\Windows\\System32\\hop1.dll", .exports = {"X"}, .forwarder = "hop2.Y"});
  host.image({.path = "C:\\Windows\\System32\\hop2.dll", .exports = {"Y"}, .forwarder = "end.Z"});
  EXPECT_TRUE(wants(host.facts, "C:\\Windows\\System32\\end.dll"));
  host.image({.path = "C:\\Windows\\System32\\end.dll",
              .exports = {"Z"},
              .signature = bad_signature(SignatureStatus::unsigned_file)});
  const auto providers = judged(host);
  EXPECT_TRUE(has(named(providers, "Evil"), "forward_target_not_trusted"))
      << told(named(providers, "Evil"));
  EXPECT_FALSE(has(named(providers, "Evil"), "forward_circle"));
}

TEST(Images, WhereTheFunctionsArePassedOnToDecidesWhoseProxyItIs) {
  HostFacts host = evil();
  for (const std::string_view name : {"drprov.dll", "ntlanman.dll"}) {
    static const std::string folder = "C:\\Windows\\System32\\";
    const std::string path = folder + std::string(name);
    host.image({.path = path, .exports = of_ntlanman, .signature = windows_signature()});
    host.facts.images.back().sha256 = std::string(64, name.front());
  }
  host.image({.path = "C:\\Windows\\System32\\evil.dll",
              .exports = of_ntlanman,
              .forwarder = "ntlanman.NPGetCaps"});
  host.facts.images.back().sha256 = std::string(64, 'b');
  const auto providers = judged(host);
  const auto& reasons = named(providers, "Evil").reasons;
  const auto proxy = std::ranges::find(reasons, "dll_is_proxy_of_inbox", &Reason::code);
  ASSERT_NE(proxy, reasons.end()) << told(named(providers, "Evil"));
  EXPECT_NE(proxy->text.find("ntlanman.dll"), std::string::npos) << proxy->text;
}

}  // namespace
}  // namespace npg
