// Whether a file is the one of its place by what it is and exports, what of a known product's
// registration was changed, odd paths, and which bytes the reasons cite.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "analysis/inventory/companions.hpp"
#include "analysis/inventory/judged_host_test.hpp"

namespace npg {
namespace {

using judged_host::has;
using judged_host::judged;
using judged_host::named;
using judged_host::told;
using testing::bad_signature;
using testing::HostFacts;
using testing::ProviderShape;
using testing::vendor_signature;
using testing::windows_signature;

const std::vector<std::string_view> network = {"NPGetCaps", "NPAddConnection3", "NPOpenEnum"};
const std::vector<std::string_view> both = {"NPGetCaps", "NPAddConnection3", "NPOpenEnum",
                                            "NPLogonNotify", "NPPasswordChangeNotify"};
constexpr std::string_view ntlanman = "C:\\Windows\\System32\\ntlanman.dll";
constexpr ProviderShape vbox = {.name = "VBoxSF",
                                .path = "C:\\Windows\\system32\\VBoxMRXNP.dll",
                                .display = "VirtualBox Shared Folders",
                                .path_type = 1};
constexpr std::string_view vbox_path = "C:\\Windows\\System32\\VBoxMRXNP.dll";

const Reason& reason(const Provider& provider, std::string_view code) {
  const auto found = std::ranges::find(provider.reasons, code, &Reason::code);
  EXPECT_NE(found, provider.reasons.end()) << code << " in " << told(provider);
  static const Reason none;
  return found == provider.reasons.end() ? none : *found;
}

HostFacts with_vbox(ProviderShape shape = vbox) {
  HostFacts host;
  host.windows(19045).provider(shape).orders("VBoxSF");
  return host;
}

TEST(JudgePlace, ExportsThatAreNotThoseOnRecordContradict) {
  struct Case {
    std::string_view what;
    std::vector<std::string_view> exports;
    bool fits;
  };
  const Case own[] = {{"as it is", network, true},
                      {"no NPGetCaps", {"NPOpenEnum"}, false},
                      {"NPGetCaps alone", {"NPGetCaps"}, false},
                      {"with logon functions", both, false}};
  for (const Case& c : own) {
    HostFacts host;
    host.windows(19045).defaults();
    host.image({.path = ntlanman,
                .exports = c.exports,
                .original_filename = "ntlanman.dll",
                .signature = windows_signature()});
    const auto providers = judged(host);
    const Provider& provider = named(providers, "LanmanWorkstation");
    EXPECT_EQ(has(provider, "exports_do_not_fit"), !c.fits) << c.what << told(provider);
    EXPECT_EQ(provider.verdict, c.fits ? ProviderVerdict::expected : ProviderVerdict::suspicious)
        << c.what << told(provider);
  }
  const Case products[] = {{"as it is", both, true},
                           {"no logon functions", network, false},
                           {"logon functions alone", {"NPGetCaps", "NPLogonNotify"}, false}};
  for (const Case& c : products) {
    HostFacts host = with_vbox();
    host.image({.path = vbox_path,
                .exports = c.exports,
                .original_filename = "VBoxMRXNP.dll",
                .signature = vendor_signature("Oracle Corporation", "Oracle Corporation")});
    const auto providers = judged(host);
    EXPECT_EQ(has(named(providers, "VBoxSF"), "exports_do_not_fit"), !c.fits)
        << c.what << told(named(providers, "VBoxSF"));
  }
}

TEST(JudgePlace, AFileOfWindowsThatDoesNotSayMicrosoftIsNone) {
  for (const bool has_version : {false, true}) {
    HostFacts host;
    host.windows(19045).defaults();
    host.image({.path = ntlanman,
                .exports = network,
                .has_version = has_version,
                .signature = {},
                .company = "Contoso"});
    const auto providers = judged(host);
    EXPECT_TRUE(has(named(providers, "LanmanWorkstation"), "version_not_of_windows"));
    EXPECT_GE(named(providers, "LanmanWorkstation").verdict, ProviderVerdict::suspicious)
        << told(named(providers, "LanmanWorkstation"));
  }
}

TEST(JudgePlace, AProductsChangedRegistrationIsTold) {
  ProviderShape shape = vbox;
  shape.provider_class = 2;
  shape.authent = "C:\\Windows\\System32\\evil.dll";
  shape.display = "Something";
  const HostFacts host = with_vbox(shape);
  const auto providers = judged(host);
  const Provider& provider = named(providers, "VBoxSF");
  EXPECT_EQ(reason(provider, "product_class_changed").weight, 3) << told(provider);
  EXPECT_EQ(reason(provider, "product_authent_path_changed").weight, 3);
  EXPECT_EQ(reason(provider, "product_display_name_changed").weight, 1);
  EXPECT_GE(provider.verdict, ProviderVerdict::suspicious);
  ProviderShape harmless = vbox;
  harmless.provider_class = 8;
  const auto other = judged(with_vbox(harmless));
  EXPECT_EQ(reason(named(other, "VBoxSF"), "product_class_changed").weight, 1);
}

TEST(JudgePlace, WeakAndOddSignaturesDoNotCount) {
  struct Case {
    std::string_view why;
    std::string_view code;
  };
  const Case cases[] = {{"weak_digest", "signature_weak"},
                        {"weak_key", "signature_weak"},
                        {"several_entries", "signature_table_odd"},
                        {"entry_revision_1", "signature_table_odd"}};
  for (const Case& c : cases) {
    HostFacts host = with_vbox();
    host.image(
        {.path = vbox_path,
         .exports = both,
         .original_filename = "VBoxMRXNP.dll",
         .signature = bad_signature(SignatureStatus::untrusted, "Oracle Corporation", c.why)});
    const auto providers = judged(host);
    EXPECT_EQ(reason(named(providers, "VBoxSF"), c.code).weight, 5) << c.why;
    EXPECT_GE(named(providers, "VBoxSF").verdict, ProviderVerdict::suspicious);
  }
  HostFacts unknown;
  unknown.windows(19045).provider({.name = "Np", .path = "C:\\Windows\\System32\\np.dll"});
  unknown.image(
      {.path = "C:\\Windows\\System32\\np.dll",
       .exports = network,
       .signature = bad_signature(SignatureStatus::untrusted, "Contoso", "chain_incomplete")});
  const auto providers = judged(unknown);
  EXPECT_TRUE(has(named(providers, "Np"), "signature_chain_incomplete"))
      << told(named(providers, "Np"));
}

TEST(JudgePlace, WhichCatalogsWereAskedIsSaid) {
  const auto verdict_with = [](const CatalogsAsked& asked, bool others_are_named) {
    SignatureFact signature = bad_signature(SignatureStatus::unsigned_file);
    signature.asked = asked;
    HostFacts host;
    host.windows(19045).defaults();
    host.image({.path = ntlanman,
                .exports = network,
                .original_filename = "ntlanman.dll",
                .signature = signature});
    if (others_are_named) {
      host.image({.path = "C:\\Windows\\System32\\drprov.dll",
                  .exports = network,
                  .original_filename = "drprov.dll",
                  .signature = windows_signature()});
    }
    return named(judged(host), "LanmanWorkstation");
  };
  const CatalogsAsked some{.catalogs = 12, .members = 340};
  const CatalogsAsked many{.catalogs = 900, .verified = 150, .members = 30'000};
  const CatalogsAsked unsound{.catalogs = 900, .verified = 20, .members = 30'000};
  const Provider unknown = verdict_with(some, false);
  EXPECT_EQ(unknown.verdict, ProviderVerdict::unexplained) << told(unknown);
  EXPECT_NE(reason(unknown, "dll_in_none_of_the_catalogs")
                .text.find("12 catalogs with 340 members were asked, and none names it"),
            std::string::npos);
  EXPECT_FALSE(has(verdict_with(many, false), "dll_in_no_catalog"));
  EXPECT_TRUE(has(verdict_with(many, true), "dll_in_no_catalog"));
  EXPECT_FALSE(has(verdict_with(unsound, true), "dll_in_no_catalog")) << "few are truly signed";
  const Provider partial = verdict_with(some, true);
  EXPECT_EQ(partial.verdict, ProviderVerdict::unexplained) << told(partial);
  EXPECT_NE(reason(partial, "dll_in_none_of_the_catalogs").text.find("1 other file"),
            std::string::npos)
      << "a few catalogs are not all of them";
  const CatalogsAsked damaged{.catalogs = 11,
                              .members = 300,
                              .damaged = 2,
                              .first_damaged = std::string_view("CatRoot/a.cat"),
                              .damaged_ones = {{.evidence = 9, .length = 5}}};
  const Provider uncertain = verdict_with(damaged, true);
  EXPECT_FALSE(has(uncertain, "dll_in_no_catalog")) << "the damaged one may name it";
  EXPECT_NE(reason(uncertain, "catalog_damaged").text.find("CatRoot/a.cat and 1 more"),
            std::string::npos);
  EXPECT_EQ(reason(uncertain, "catalog_damaged").evidence.back().evidence, 9U);
  EXPECT_TRUE(has(verdict_with({}, false), "catalogs_not_in_evidence"));
}

TEST(JudgePlace, ReasonsCiteTheBytesThatProveThem) {
  HostFacts host;
  host.windows(19045).provider({.name = "Np", .path = "C:\\Windows\\System32\\np.dll"});
  host.image({.path = "C:\\Windows\\System32\\np.dll",
              .exports = both,
              .signature = vendor_signature("Contoso", "Contoso Ltd")});
  ImageFact& image = host.facts.images.back();
  for (std::size_t i = 0; i < image.exports.size(); ++i) {
    image.exports[i].origin = {.evidence = 4, .offset = 0x400 + i * 0x20, .length = 0x10};
  }
  image.signature.origin = {.evidence = 4, .offset = 0x2000, .length = 0x600};
  image.signature.stated_digest_origin = {.evidence = 4, .offset = 0x2080, .length = 32};
  for (RegistryValueFact& value : host.facts.registrations.back().values) {
    value.data_origin = {.evidence = 0, .offset = 0x9000, .length = 60};
  }
  const auto providers = judged(host);
  const Provider& provider = named(providers, "Np");
  const auto& exports = reason(provider, "exports_logon_functions").evidence;
  ASSERT_EQ(exports.size(), 2U) << "the two names";
  EXPECT_EQ(exports[0].offset, 0x460U);
  EXPECT_EQ(exports[0].length, 0x10U);
  const auto& signature = reason(provider, "signature_of_a_vendor").evidence;
  ASSERT_EQ(signature.size(), 2U) << "the signature and the hash in it";
  EXPECT_EQ(signature[1].length, 32U);
  host.facts.registrations.back().values.front().type = 3;
  const auto odd = judged(host);
  EXPECT_EQ(reason(named(odd, "Np"), "path_unusual_type").evidence.at(0).offset, 0x9000U);
}

TEST(JudgePlace, FormsThatNobodyVerifiedAreUncertain) {
  struct Case {
    std::string_view path;
    std::string_view code;
  };
  const Case cases[] = {{"\"C:\\Windows\\System32\\np.dll\"", "path_quoted"},
                        {"C:\\Windows\\System32\\np.dll /x", "path_arguments"},
                        {"C:np.dll", "path_drive_relative"},
                        {"C:\\Windows\\System32\\n\u202elld.dll", "path_hidden_character"},
                        {"C:\\Windows\\System32\\n|p.dll", "path_illegal_character"}};
  for (const Case& c : cases) {
    HostFacts host;
    host.windows(19045).provider({.name = "Np", .path = c.path, .path_type = 1});
    const auto providers = judged(host);
    EXPECT_TRUE(has(named(providers, "Np"), c.code)) << c.path << told(named(providers, "Np"));
    EXPECT_TRUE(has(named(providers, "Np"), "path_form_unverified")) << c.path;
  }
  HostFacts plain;
  plain.windows(19045).provider({.name = "Np", .path = "C:\\Windows\\System32\\np.cpl"});
  const auto providers = judged(plain);
  EXPECT_TRUE(has(named(providers, "Np"), "path_other_extension"));
  EXPECT_FALSE(has(named(providers, "Np"), "path_form_unverified"));
}

TEST(JudgePlace, WindowsOwnFilesAreLookedForWithoutARegistration) {
  HostFacts host;
  host.windows(19045, "D:\\Windows");
  const auto wanted = wanted_images(host.facts);
  for (const std::string_view name : {"mpnotify.exe", "mpr.dll", "ntlanman.dll"}) {
    const std::string path = "D:\\Windows\\System32\\" + std::string(name);
    EXPECT_TRUE(std::ranges::any_of(wanted, [&](const WantedImage& w) { return w.path == path; }))
        << path;
  }
}

TEST(JudgePlace, AForwardIsFollowedToItsEndAndByItsPath) {
  HostFacts host;
  host.windows(19045).provider({.name = "Np", .path = "C:\\Windows\\System32\\np.dll"});
  host.image({.path = "C:\\Windows\\System32\\np.dll",
              .exports = {"NPLogonNotify"},
              .forwarder = "C:\\Users\\Public\\a.NPLogonNotify"});
  EXPECT_TRUE(std::ranges::any_of(wanted_images(host.facts), [](const WantedImage& w) {
    return w.path == "C:\\Users\\Public\\a.dll";
  }));
  host.image({.path = "C:\\Users\\Public\\a.dll",
              .exports = {"NPLogonNotify"},
              .forwarder = "b.NPLogonNotify"});
  EXPECT_TRUE(std::ranges::any_of(wanted_images(host.facts), [](const WantedImage& w) {
    return w.path == "C:\\Windows\\System32\\b.dll";
  })) << "the next step is looked for";
  host.image({.path = "C:\\Windows\\System32\\b.dll",
              .exports = {"NPLogonNotify"},
              .signature = bad_signature(SignatureStatus::unsigned_file)});
  const auto providers = judged(host);
  EXPECT_NE(reason(named(providers, "Np"), "forward_target_not_trusted").text.find("b.dll"),
            std::string::npos);
}

}  // namespace
}  // namespace npg
