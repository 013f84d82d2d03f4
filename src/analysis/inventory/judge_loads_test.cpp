// The file in the evidence need not be the one that was loaded.
#include <gtest/gtest.h>

#include <string>

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

constexpr std::string_view mpnotify = "C:\\Windows\\System32\\mpnotify.exe";
constexpr std::string_view ntlanman = "C:\\Windows\\System32\\ntlanman.dll";
constexpr std::string_view time = "2026-11-20T08:00:00Z";
const std::string other_hash(64, 'A');

struct Load {
  std::string_view what;
  std::string hashes;
  std::string_view signer;
  std::string_view status;
  std::string_view code;  ///< empty: no reason
};

HostFacts loaded(const Load& load, std::string_view provider, std::string_view path,
                 SignatureFact signature) {
  HostFacts host;
  host.windows(19045).variable("PROCESSOR_ARCHITECTURE", "AMD64").defaults();
  if (provider != "LanmanWorkstation") {
    host.provider({.name = provider, .path = path, .provider_class = 1});
    host.orders(std::string("RDPNP,LanmanWorkstation,webclient,").append(provider));
  }
  host.image({.path = path,
              .exports = {"NPGetCaps", "NPAddConnection3", "NPOpenEnum"},
              .original_filename = path.substr(path.rfind('\\') + 1),
              .signature = std::move(signature)});
  host.facts.images.back().sha256 = std::string(64, 'b');
  host.load(time, mpnotify, path);
  ModuleLoadFact& fact = host.facts.module_loads.back();
  fact.hashes = std::string_view(load.hashes);
  fact.signature = load.signer;
  fact.signature_status = load.status;
  return host;
}

TEST(JudgeLoads, AnotherFileThanTheOneInTheEvidenceTakesBackWhatSpeaksForIt) {
  const std::string other = "MD5=00,SHA256=" + other_hash + ",IMPHASH=1";
  const Load cases[] = {
      {"not signed", other, "", "Unavailable", "loaded_file_differs"},
      {"signed by somebody", other, "Contoso", "Valid", "loaded_file_differs"},
      {"its signature does not hold", other, "Microsoft Windows", "Expired", "loaded_file_differs"},
      {"an update of Windows", other, "Microsoft Windows", "Valid", "other_version_loaded"},
      {"no hash", "MD5=00", "", "Unavailable", ""},
  };
  for (const Load& c : cases) {
    SCOPED_TRACE(c.what);
    const auto providers = judged(loaded(c, "LanmanWorkstation", ntlanman, windows_signature()));
    const Provider& provider = named(providers, "LanmanWorkstation");
    const bool differs = c.code == "loaded_file_differs";
    EXPECT_EQ(has(provider, "loaded_file_differs"), differs) << told(provider);
    EXPECT_EQ(has(provider, "other_version_loaded"), c.code == "other_version_loaded");
    EXPECT_EQ(provider.verdict == ProviderVerdict::expected, !differs) << told(provider);
    for (const Reason& reason : provider.reasons) {
      EXPECT_TRUE(!differs || reason.effect != ReasonEffect::lowers || reason.weight == 0)
          << reason.code;
      if (reason.code == c.code) {
        EXPECT_EQ(reason.evidence.size(), 2U);
        EXPECT_NE(reason.text.find(other_hash), std::string::npos);
      }
    }
  }
}

TEST(JudgeLoads, TheSameFileIsNoReasonAndAnotherVersionOfItsSignerWeighsNothing) {
  constexpr std::string_view path = "C:\\Windows\\System32\\prov.dll";
  HostFacts host = loaded({}, "Prov", path, vendor_signature("Contoso", "Contoso Ltd"));
  host.facts.module_loads.back().hashes =
      std::string_view("SHA256=" + std::string(64, 'B'));  // As Sysmon writes them.
  EXPECT_FALSE(has(named(judged(host), "Prov"), "loaded_file_differs"));

  ModuleLoadFact newer = host.facts.module_loads.back();
  newer.hashes = std::string_view("SHA256=" + other_hash);
  newer.signature = std::string_view("Contoso");
  newer.signature_status = std::string_view("Valid");
  host.facts.module_loads.push_back(newer);
  const auto providers = judged(host);
  EXPECT_TRUE(has(named(providers, "Prov"), "other_version_loaded"));
  EXPECT_FALSE(has(named(providers, "Prov"), "loaded_file_differs"));
}

TEST(JudgeLoads, WhereTheLogDoesNotSayWhoSignedItNothingIsTakenBack) {
  const auto providers = judged(loaded({"", "SHA256=" + other_hash, "", "", ""},
                                       "LanmanWorkstation", ntlanman, windows_signature()));
  const Provider& provider = named(providers, "LanmanWorkstation");
  EXPECT_TRUE(has(provider, "loaded_file_differs")) << told(provider);
  EXPECT_EQ(provider.verdict, ProviderVerdict::unexplained) << told(provider);
}

}  // namespace
}  // namespace npg
