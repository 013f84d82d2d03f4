// Each way to stand in a provider's place by its signature is told apart from the others, and the
// honest ones are not convicted.
#include <gtest/gtest.h>

#include <algorithm>
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
using testing::ProviderShape;
using testing::vendor_signature;
using testing::whcp_signature;
using testing::windows_signature;

const std::vector<std::string_view> network = {"NPGetCaps", "NPAddConnection3", "NPOpenEnum"};
const std::vector<std::string_view> logon_only = {"NPGetCaps", "NPLogonNotify",
                                                  "NPPasswordChangeNotify"};
const std::vector<std::string_view> both = {"NPGetCaps", "NPAddConnection3", "NPOpenEnum",
                                            "NPLogonNotify", "NPPasswordChangeNotify"};
constexpr std::string_view ntlanman = "C:\\Windows\\System32\\ntlanman.dll";

/// A host whose three providers are as Windows ships them, signed by catalogs.
HostFacts healthy(bool with_ntlanman = true) {
  HostFacts host;
  host.windows(19045).variable("PROCESSOR_ARCHITECTURE", "AMD64").defaults();
  for (const std::string_view name : {"drprov.dll", "davclnt.dll", "ntlanman.dll"}) {
    static const std::string folder = "C:\\Windows\\System32\\";
    if (with_ntlanman || name != "ntlanman.dll") {
      const std::string path = folder + std::string(name);
      host.image({.path = path,
                  .exports = network,
                  .original_filename = name,
                  .signature = windows_signature()});
    }
  }
  return host;
}

TEST(JudgeSignature, WindowsOwnSignedByWindowsIsExpected) {
  for (const Provider& provider : judged(healthy())) {
    EXPECT_EQ(provider.verdict, ProviderVerdict::expected) << told(provider);
    EXPECT_TRUE(has(provider, "signature_fits"));
  }
}

SignatureFact unsigned_among_many_catalogs() {
  SignatureFact signature = bad_signature(SignatureStatus::unsigned_file);
  signature.asked = {.catalogs = 2'000, .verified = 150, .members = 100'000};
  return signature;
}

struct InPlace {
  std::string_view what;
  SignatureFact signature;
  std::string_view code;
};

TEST(JudgeSignature, EachWayToStandInWindowsPlaceIsToldApart) {
  const InPlace cases[] = {
      {"valid signature of an unrelated vendor", vendor_signature("Contoso", "Contoso Ltd"),
       "signature_not_of_windows"},
      {"another certificate of Microsoft",
       vendor_signature("Microsoft Corporation", "Microsoft Corporation"),
       "signature_not_of_windows"},
      {"WHQL", whcp_signature(), "signature_whql_in_inbox_place"},
      {"self-signed Microsoft Windows",
       bad_signature(SignatureStatus::untrusted, "Microsoft Windows", "self_signed"),
       "signature_claims_microsoft"},
      {"self-signed somebody", bad_signature(SignatureStatus::untrusted, "Somebody", "self_signed"),
       "signature_untrusted"},
      {"changed after signing", bad_signature(SignatureStatus::broken, "Contoso", "digest"),
       "signature_broken"},
      {"replaced in place: no catalog knows the hash", unsigned_among_many_catalogs(),
       "dll_in_no_catalog"},
  };
  for (const InPlace& c : cases) {
    SCOPED_TRACE(c.what);
    HostFacts host = healthy(false);
    host.image({.path = ntlanman,
                .exports = network,
                .original_filename = "ntlanman.dll",
                .signature = c.signature});
    const auto providers = judged(host);
    const Provider& provider = named(providers, "LanmanWorkstation");
    EXPECT_TRUE(has(provider, c.code)) << told(provider);
    EXPECT_GT(provider.verdict, ProviderVerdict::unexplained) << told(provider);
    const auto signature_reasons = std::ranges::count_if(provider.reasons, [](const Reason& r) {
      return r.code.starts_with("signature_") || r.code.starts_with("dll_in_no");
    });
    EXPECT_EQ(signature_reasons, 1) << told(provider);
    EXPECT_EQ(named(providers, "RDPNP").verdict, ProviderVerdict::expected);
  }
}

TEST(JudgeSignature, AnotherFileOfWindowsIsNotExpectedInAProvidersPlace) {
  struct Other {
    std::string_view what;
    std::vector<std::string_view> exports;
    std::string_view original;
    std::string_view machine;
    std::string_view code;
  };
  const Other cases[] = {
      {"no provider's exports", {"DXCoreCreate"}, "ntlanman.dll", "x64", "exports_do_not_fit"},
      {"another name", network, "dxcore.dll", "x64", "dll_renamed"},
      {"another machine", network, "ntlanman.dll", "x86", "machine_does_not_fit"},
  };
  for (const Other& c : cases) {
    SCOPED_TRACE(c.what);
    HostFacts host = healthy(false);
    host.image({.path = ntlanman,
                .exports = c.exports,
                .original_filename = c.original,
                .signature = windows_signature(),
                .machine = c.machine});
    const auto providers = judged(host);
    const Provider& provider = named(providers, "LanmanWorkstation");
    EXPECT_TRUE(has(provider, c.code)) << told(provider);
    EXPECT_GE(provider.verdict, ProviderVerdict::suspicious) << told(provider);
    for (const Reason& reason : provider.reasons) {
      EXPECT_GE(reason.weight, 0) << reason.code;
    }
  }
}

TEST(JudgeSignature, ACatalogOfNobodyThatNamesTheFileIsTold) {
  struct Catalog {
    SignatureStatus status;
    std::string_view why_code;
    ProviderVerdict verdict;
  };
  const Catalog cases[] = {
      {SignatureStatus::untrusted, "self_signed", ProviderVerdict::suspicious},
      {SignatureStatus::untrusted, "root_not_trusted", ProviderVerdict::suspicious},
      {SignatureStatus::broken, "digest", ProviderVerdict::suspicious},
      {SignatureStatus::untrusted, "expired", ProviderVerdict::unexplained},
  };
  for (const Catalog& c : cases) {
    SCOPED_TRACE(c.why_code);
    SignatureFact catalog = bad_signature(c.status, "Microsoft Windows", c.why_code);
    catalog.form = SignatureForm::catalog;
    catalog.catalog = SharedText("forged.cat");
    catalog.catalog_member = "0102";
    SignatureFact signature = bad_signature(SignatureStatus::unsigned_file);
    signature.others.push_back(catalog);
    HostFacts host;
    host.windows(19045).defaults();
    host.image({.path = ntlanman,
                .exports = network,
                .original_filename = "ntlanman.dll",
                .signature = signature});
    const auto providers = judged(host);
    const Provider& provider = named(providers, "LanmanWorkstation");
    EXPECT_TRUE(has(provider, "catalog_not_trusted")) << told(provider);
    EXPECT_FALSE(has(provider, "catalogs_not_in_evidence")) << told(provider);
    EXPECT_EQ(provider.verdict, c.verdict) << told(provider);
  }
}

TEST(JudgeSignature, AGenuineSignatureThatOnlyExpiredIsNoForgery) {
  HostFacts host = healthy(false);
  host.image(
      {.path = ntlanman,
       .exports = network,
       .original_filename = "ntlanman.dll",
       .signature = bad_signature(SignatureStatus::untrusted, "Microsoft Windows", "expired")});
  const auto providers = judged(host);
  const Provider& provider = named(providers, "LanmanWorkstation");
  EXPECT_TRUE(has(provider, "signature_untrusted")) << told(provider);
  EXPECT_FALSE(has(provider, "signature_claims_microsoft")) << told(provider);
  EXPECT_EQ(provider.verdict, ProviderVerdict::unexplained) << told(provider);
}

TEST(JudgeSignature, WithoutCatalogsAnUnsignedInboxDllIsUnknownAndNoCrime) {
  HostFacts host;
  host.windows(19045).defaults();
  host.image({.path = ntlanman,
              .exports = network,
              .signature = bad_signature(SignatureStatus::unsigned_file)});
  const auto providers = judged(host);
  const Provider& provider = named(providers, "LanmanWorkstation");
  EXPECT_TRUE(has(provider, "catalogs_not_in_evidence")) << told(provider);
  EXPECT_EQ(provider.verdict, ProviderVerdict::unexplained);
}

struct Convict {
  std::string_view what;
  ProviderShape shape;
  std::vector<std::string_view> exports;
  SignatureFact signature;
  std::vector<std::string_view> codes;
  ProviderVerdict at_least;
};

TEST(JudgeSignature, TruePositivesAreToldApart) {
  const auto unsigned_file = bad_signature(SignatureStatus::unsigned_file);
  const Convict cases[] = {
      {"unsigned DLL with Class 2",
       {.name = "Evil",
        .path = "%SystemRoot%\\System32\\evil.dll",
        .provider_class = 2,
        .hollow = true},
       logon_only,
       unsigned_file,
       {"dll_unsigned", "credential_class", "exports_logon_functions_only"},
       ProviderVerdict::malicious},
      {"AuthentProviderPath added to LanmanWorkstation",
       {.name = "LanmanWorkstation",
        .path = "%SystemRoot%\\System32\\ntlanman.dll",
        .authent = "%SystemRoot%\\System32\\evil.dll",
        .provider_class = 3,
        .display = "Microsoft Windows Network"},
       logon_only,
       unsigned_file,
       {"inbox_authent_path_added", "inbox_class_changed"},
       ProviderVerdict::malicious},
      {"Class bit 2 with no visible export",
       {.name = "Evil", .path = "C:\\Windows\\System32\\evil.dll", .provider_class = 2},
       {},
       unsigned_file,
       {"class_without_logon_export", "credential_class"},
       ProviderVerdict::suspicious},
      {"UNC path",
       {.name = "Evil", .path = "\\\\host\\share\\evil.dll", .provider_class = 2, .path_type = 1},
       {},
       {},
       {"path_unc", "credential_class"},
       ProviderVerdict::suspicious},
      {"a vendor's valid signature makes no known product",
       {.name = "Evil",
        .path = "C:\\Windows\\System32\\evil.dll",
        .provider_class = 2,
        .hollow = true},
       logon_only,
       vendor_signature("Contoso", "Contoso Ltd"),
       {"signature_of_a_vendor", "unknown_name"},
       ProviderVerdict::suspicious},
  };
  for (const Convict& c : cases) {
    SCOPED_TRACE(c.what);
    HostFacts host;
    host.windows(19045).provider(c.shape).orders(c.shape.name);
    if (c.signature.status != SignatureStatus::not_checked) {
      host.image({.path = "C:\\Windows\\System32\\evil.dll",
                  .exports = c.exports,
                  .has_version = false,
                  .signature = c.signature});
    }
    const auto providers = judged(host);
    const Provider& provider = named(providers, c.shape.name);
    EXPECT_GE(provider.verdict, c.at_least) << told(provider);
    for (const std::string_view code : c.codes) {
      EXPECT_TRUE(has(provider, code)) << code << ": " << told(provider);
    }
  }
}

constexpr ProviderShape vbox = {.name = "VBoxSF",
                                .path = "C:\\Windows\\system32\\VBoxMRXNP.dll",
                                .display = "VirtualBox Shared Folders",
                                .path_type = 1};

TEST(JudgeSignature, VirtualBoxIsAKnownVendorWithItsLogonExportsShown) {
  for (const SignatureFact& signature :
       {vendor_signature("Oracle Corporation", "Oracle Corporation"), whcp_signature()}) {
    HostFacts host;
    host.windows(19045).provider(vbox).orders("VBoxSF");
    host.image({.path = "C:\\Windows\\System32\\VBoxMRXNP.dll",
                .exports = both,
                .original_filename = "VBoxMRXNP.dll",
                .signature = signature});
    const auto providers = judged(host);
    const Provider& provider = named(providers, "VBoxSF");
    EXPECT_EQ(provider.verdict, ProviderVerdict::known_vendor) << told(provider);
    EXPECT_TRUE(has(provider, "exports_logon_functions")) << told(provider);
    EXPECT_EQ(provider.dlls.front().can_be, "both");
  }
}

TEST(JudgeSignature, VirtualBoxesNameUnderAnotherSignerIsNoKnownVendor) {
  for (const SignatureFact& signature :
       {vendor_signature("Contoso", "Contoso Ltd"),
        bad_signature(SignatureStatus::untrusted, "Oracle Corporation", "self_signed"),
        bad_signature(SignatureStatus::broken, "Oracle Corporation", "digest")}) {
    HostFacts host;
    host.windows(19045).provider(vbox).orders("VBoxSF");
    host.image({.path = "C:\\Windows\\System32\\VBoxMRXNP.dll",
                .exports = both,
                .original_filename = "VBoxMRXNP.dll",
                .signature = signature});
    const auto providers = judged(host);
    EXPECT_GE(named(providers, "VBoxSF").verdict, ProviderVerdict::unexplained)
        << told(named(providers, "VBoxSF"));
    EXPECT_GT(named(providers, "VBoxSF").score, 0) << told(named(providers, "VBoxSF"));
  }
}

TEST(JudgeSignature, ACertificateOfNobodyScoresNoBetterThanAnothersValidOne) {
  const auto score = [](const SignatureFact& signature, std::string_view code) {
    HostFacts host;
    host.windows(19045).provider(vbox).orders("VBoxSF");
    host.image({.path = "C:\\Windows\\System32\\VBoxMRXNP.dll",
                .exports = both,
                .original_filename = "VBoxMRXNP.dll",
                .signature = signature});
    const auto providers = judged(host);
    EXPECT_TRUE(has(named(providers, "VBoxSF"), code)) << told(named(providers, "VBoxSF"));
    return named(providers, "VBoxSF").score;
  };
  const int foreign =
      score(vendor_signature("Contoso", "Contoso Ltd"), "signature_of_another_signer");
  for (const std::string_view why : {"self_signed", "root_not_trusted", "chain_incomplete"}) {
    for (const std::string_view name : {"Oracle", "Oracle America, Inc.", "Oracle Corporation"}) {
      EXPECT_GE(
          score(bad_signature(SignatureStatus::untrusted, name, why), "signature_claims_vendor"),
          foreign)
          << name << why;
    }
    EXPECT_GE(
        score(bad_signature(SignatureStatus::untrusted, "Somebody", why), "signature_untrusted"),
        foreign);
  }
}

TEST(JudgeSignature, DokanysStubsAndWinFspsPathDoNotConvict) {
  struct Honest {
    ProviderShape shape;
    std::string_view file;
    std::vector<std::string_view> exports;
    SignatureFact signature;
  };
  const Honest cases[] = {
      {{.name = "dokan2", .path = "%SystemRoot%\\System32\\dokannp2.dll"},
       "C:\\Windows\\System32\\dokannp2.dll",
       both,
       vendor_signature("ISLOG", "ISLOG")},
      {{.name = "dokan2", .path = "%SystemRoot%\\System32\\dokannp2.dll"},
       "C:\\Windows\\System32\\dokannp2.dll",
       both,
       bad_signature(SignatureStatus::unsigned_file)},
      {{.name = "WinFsp.Np",
        .path = "C:\\Program Files (x86)\\WinFsp\\SxS\\sxs.20240101T000000Z\\bin\\winfsp-x64.dll",
        .path_type = 1},
       "C:\\Program Files (x86)\\WinFsp\\SxS\\sxs.20240101T000000Z\\bin\\winfsp-x64.dll",
       network,
       bad_signature(SignatureStatus::unsigned_file)},
  };
  for (const Honest& c : cases) {
    HostFacts host;
    host.windows(19045).provider(c.shape).orders(c.shape.name);
    host.image({.path = c.file, .exports = c.exports, .signature = c.signature});
    const auto providers = judged(host);
    EXPECT_LT(named(providers, c.shape.name).verdict, ProviderVerdict::suspicious)
        << told(named(providers, c.shape.name));
  }
}

TEST(JudgeSignature, AnUnverifiedRecordLowersNothing) {
  HostFacts host;
  host.windows(19045)
      .provider({.name = "SnacNp", .path = "C:\\Program Files\\S\\SnacNp.dll", .provider_class = 2})
      .orders("SnacNp");
  host.image({.path = "C:\\Program Files\\S\\SnacNp.dll",
              .exports = logon_only,
              .signature = vendor_signature("Symantec Corporation", "Symantec Corporation")});
  const auto providers = judged(host);
  const Provider& provider = named(providers, "SnacNp");
  EXPECT_TRUE(has(provider, "record_unverified")) << told(provider);
  EXPECT_TRUE(has(provider, "signer_record_unverified")) << told(provider);
  for (const Reason& reason : provider.reasons) {
    EXPECT_GE(reason.weight, 0) << reason.code;
  }
  EXPECT_EQ(provider.verdict, ProviderVerdict::unexplained);
}

TEST(JudgeSignature, AFileThatOnlySaysItIsMicrosofts) {
  HostFacts host;
  host.windows(19045).provider({.name = "Evil", .path = "C:\\Windows\\System32\\evil.dll"});
  host.image({.path = "C:\\Windows\\System32\\evil.dll",
              .exports = network,
              .signature = bad_signature(SignatureStatus::unsigned_file),
              .company = "Microsoft Corporation"});
  const auto providers = judged(host);
  EXPECT_TRUE(has(named(providers, "Evil"), "version_claims_microsoft"));
}

TEST(JudgeSignature, ASecondSignatureOfNobodyIsTold) {
  for (const auto& [why, is_told] : {std::pair("self_signed", true), std::pair("expired", false)}) {
    HostFacts host = healthy(false);
    SignatureFact signature = windows_signature();
    signature.others.push_back(bad_signature(SignatureStatus::untrusted, "Microsoft Windows", why));
    host.image({.path = ntlanman,
                .exports = network,
                .original_filename = "ntlanman.dll",
                .signature = signature});
    const auto providers = judged(host);
    const Provider& provider = named(providers, "LanmanWorkstation");
    EXPECT_EQ(has(provider, "other_signature_not_trusted"), is_told) << told(provider);
    EXPECT_EQ(provider.verdict == ProviderVerdict::expected, !is_told) << told(provider);
  }
}

TEST(JudgeSignature, AProductsNameTakesNothingOffAFileThatNobodyVouchesFor) {
  const auto against = [](std::string_view name, std::string_view path) {
    HostFacts host;
    host.windows(19045).provider({.name = name, .path = path, .provider_class = 2}).orders(name);
    host.image({.path = path,
                .exports = logon_only,
                .has_version = false,
                .signature = bad_signature(SignatureStatus::unsigned_file)});
    const auto providers = judged(host);
    int sum = 0;
    for (const Reason& reason : named(providers, name).reasons) {
      sum +=
          reason.code == "unknown_name" || reason.code == "path_unusual_folder" ? 0 : reason.weight;
    }
    return std::pair(sum, named(providers, name).verdict);
  };
  const auto [unknown, verdict] = against("zzz", "C:\\Windows\\System32\\kfwlogon.dll");
  EXPECT_GE(verdict, ProviderVerdict::suspicious);
  struct Product {
    std::string_view name;
    std::string_view path;
  };
  for (const Product& product :
       {Product{"MIT Kerberos", "C:\\Windows\\System32\\kfwlogon.dll"},
        Product{"npnotes", "C:\\Program Files\\Lotus\\npnotes.dll"},
        Product{"PnSson", "C:\\Program Files (x86)\\Citrix\\ICA Client\\x64\\pnsson.dll"}}) {
    const auto [sum, its_verdict] = against(product.name, product.path);
    EXPECT_GE(sum, unknown) << product.name;
    EXPECT_GE(its_verdict, ProviderVerdict::suspicious) << product.name;
  }
}

TEST(JudgeSignature, ExportsThatCouldNotBeReadAreNotMissing) {
  HostFacts host;
  host.windows(19045).provider({.name = "Np", .path = "C:\\Windows\\System32\\np.dll"});
  host.image({.path = "C:\\Windows\\System32\\np.dll",
              .exports = network,
              .signature = bad_signature(SignatureStatus::unsigned_file)});
  host.facts.images.back().exports_incomplete = true;
  const auto providers = judged(host);
  const Provider& provider = named(providers, "Np");
  EXPECT_TRUE(has(provider, "exports_incomplete")) << told(provider);
  EXPECT_FALSE(has(provider, "no_logon_exports"));
  EXPECT_EQ(provider.receives_credentials, YesNo::unknown);
  EXPECT_EQ(provider.dlls.front().can_be, "");
}

/// As the catalogs of a host leave a file that none of them names and that may be in another one.
SignatureFact in_none_of(CatalogsAsked asked, std::string_view why_code = "catalogs_incomplete") {
  SignatureFact signature;
  signature.status = SignatureStatus::not_checked;
  signature.why_code = why_code;
  signature.asked = std::move(asked);
  return signature;
}

TEST(JudgeSignature, CatalogsThatAreNotAllMakeNothingUnsigned) {
  const struct {
    std::string_view what;
    SignatureFact signature;
    std::string_view code;
  } cases[] = {
      {"one of many", in_none_of({.catalogs = 1, .members = 18}), "dll_in_none_of_the_catalogs"},
      {"a damaged one", in_none_of({.catalogs = 1, .damaged = 1}), "catalog_damaged"},
      {"none that counts", in_none_of({}, "no_catalogs"), "-"},
  };
  for (const auto& c : cases) {
    for (const std::string_view name : {"VBoxSF", "Other"}) {
      HostFacts host;
      host.windows(19045).provider({.name = name, .path = "%SystemRoot%\\System32\\VBoxMRXNP.dll"});
      host.orders(name);
      host.image({.path = "C:\\Windows\\System32\\VBoxMRXNP.dll",
                  .exports = both,
                  .signature = c.signature,
                  .company = "Microsoft"});
      const auto providers = judged(host);
      const Provider& provider = named(providers, name);
      EXPECT_FALSE(has(provider, "dll_unsigned")) << c.what << told(provider);
      EXPECT_FALSE(has(provider, "dll_unsigned_product_signs")) << c.what << told(provider);
      EXPECT_FALSE(has(provider, "version_claims_microsoft")) << c.what << told(provider);
      const std::string_view code = c.code != "-"      ? c.code
                                    : name == "VBoxSF" ? "catalogs_not_in_evidence"
                                                       : "signature_not_checked";
      const auto reason = std::ranges::find(provider.reasons, code, &Reason::code);
      ASSERT_NE(reason, provider.reasons.end()) << c.what << told(provider);
      EXPECT_EQ(reason->text.contains("1 catalog with 18 members was asked, and none names it"),
                code == "dll_in_none_of_the_catalogs")
          << reason->text;
      EXPECT_EQ(provider.verdict, ProviderVerdict::unexplained) << c.what << told(provider);
    }
  }
}

/// Any file of the right vendor has its signature; what the file says of itself can differ.
TEST(JudgeSignature, AFileOfTheVendorThatIsAnotherOneExplainsNothing) {
  Knowledge known = judged_host::knowledge();
  known.providers.push_back({.name = "Acme",
                             .product = "Acme SSO",
                             .vendor = "Acme",
                             .paths = {"%SystemRoot%\\System32\\acme.dll"},
                             .signers = {"Acme"},
                             .source = "a test",
                             .provider_class = 2,
                             .credentials = YesNo::yes,
                             .authent_is_known = true,
                             .class_is_known = true,
                             .signer_is_confident = true,
                             .is_confident = true,
                             .is_users = true});
  const struct {
    std::string_view what;
    std::string_view original;
    std::vector<std::string_view> exports;
    bool is_dll;
    ProviderVerdict verdict;
  } cases[] = {
      {"its own", "acme.dll", both, true, ProviderVerdict::known_vendor},
      {"a program", "acme.dll", both, false, ProviderVerdict::unexplained},
      {"of another name", "setup.exe", both, true, ProviderVerdict::unexplained},
      {"without what it is for", "acme.dll", network, true, ProviderVerdict::unexplained},
  };
  for (const auto& c : cases) {
    HostFacts host;
    host.windows(19045).provider(
        {.name = "Acme", .path = "%SystemRoot%\\System32\\acme.dll", .provider_class = 2});
    host.image({.path = "C:\\Windows\\System32\\acme.dll",
                .exports = c.exports,
                .original_filename = c.original,
                .signature = vendor_signature("Acme", "Acme")});
    host.facts.images.back().is_dll = c.is_dll;
    const FactSet facts = host.normalised();
    auto providers = list_providers(facts);
    judge_providers(providers, list_changes(facts), facts, known);
    EXPECT_EQ(named(providers, "Acme").verdict, c.verdict)
        << c.what << told(named(providers, "Acme"));
  }
}

TEST(JudgeSignature, AProviderThatCanBeNoneIsTold) {
  const struct {
    std::vector<std::string_view> exports;
    std::size_t unnamed;
    std::optional<int> weight;
  } cases[] = {{{"Foo"}, 0, 2},
               {{}, 3, 2},
               {{"NPLogonNotify"}, 0, 1},
               {network, 0, std::nullopt},
               {{"NPGetCaps"}, 0, std::nullopt}};
  for (const auto& c : cases) {
    HostFacts host;
    host.windows(19045).provider(
        {.name = "Vend", .path = "C:\\Windows\\System32\\v.dll", .provider_class = 1});
    host.image({.path = "C:\\Windows\\System32\\v.dll",
                .exports = c.exports,
                .signature = vendor_signature("Acme", "Acme")});
    for (std::size_t i = 0; i < c.unnamed; ++i) {
      host.facts.images.back().exports.push_back({.ordinal = 1});
    }
    const auto providers = judged(host);
    const Provider& provider = named(providers, "Vend");
    const auto found = std::ranges::find(provider.reasons, "no_provider_exports", &Reason::code);
    ASSERT_EQ(found != provider.reasons.end(), c.weight.has_value()) << told(provider);
    if (c.weight) {
      EXPECT_EQ(found->weight, *c.weight);
      EXPECT_FALSE(has(provider, "no_logon_exports")) << told(provider);
    }
  }
}

TEST(JudgeSignature, BuildsThatShareFilesAreOneWindows) {
  struct Build {
    std::uint32_t host;
    std::string_view version;
    bool is_another;
  };
  for (const Build& c : {Build{7601, "6.1.7600.16385", false}, Build{6002, "6.0.6001.18000", false},
                         Build{20349, "10.0.20348.1", false}, Build{26200, "10.0.26100.1", false},
                         Build{22631, "10.0.26100.1", true}, Build{9600, "6.1.7601.1", true}}) {
    HostFacts host = healthy(false);
    host.facts.identities.clear();
    host.windows(c.host);
    host.image({.path = ntlanman,
                .exports = network,
                .original_filename = "ntlanman.dll",
                .signature = windows_signature()});
    host.facts.images.back().file_version = c.version;
    host.facts.images.back().company = std::string_view("Microsoft Corporation");
    const auto providers = judged(host);
    EXPECT_EQ(has(named(providers, "LanmanWorkstation"), "version_of_another_build"), c.is_another)
        << c.host << " " << c.version;
  }
}

}  // namespace
}  // namespace npg
