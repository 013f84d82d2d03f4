// A whole scan of files that osslsigncode signed: what each state of a signature or a catalog makes
// of the verdict, and by which reason it is told from the others.
#include "app/signed_host_test.hpp"

namespace npg {
namespace {

using enum ProviderVerdict;

TEST_F(SignedHost, ACleanHostIsClean) {
  const Assessment assessment = assessed();
  EXPECT_TRUE(assessment.complete);
  const HostAssessment& host = assessment.hosts.at(0);
  for (const char* const name : {"RDPNP", "LanmanWorkstation", "WebClient"}) {
    const Provider one = provider(host, name);
    EXPECT_EQ(one.verdict, expected) << name << told(one.reasons);
    ASSERT_TRUE(one.dlls.at(0).image);
    EXPECT_EQ(one.dlls[0].image->signature.form, SignatureForm::catalog);
    EXPECT_TRUE(has(one.reasons, "signature_fits"));
  }
  const Provider vbox = provider(host, "VBoxSF");
  EXPECT_EQ(vbox.verdict, known_vendor) << told(vbox.reasons);
  EXPECT_TRUE(has(vbox.reasons, "exports_logon_functions")) << "they are shown all the same";
  EXPECT_EQ(host.companions.size(), 2U);
  for (const Companion& companion : host.companions) {
    EXPECT_EQ(companion.verdict, expected) << told(companion.reasons);
  }
  std::string open;
  for (const std::string& statement : host.coverage.statements) {
    open += "\n  " + statement;
  }
  for (const NotEvaluated& rule : host.coverage.not_evaluated) {
    open += "\n  " + rule.rule + " " + rule.why;
  }
  for (const Finding& finding : host.findings) {
    open += "\n  " + finding.rule + " " + finding.subject + ": " + finding.text;
  }
  EXPECT_EQ(host.verdict, HostVerdict::clean) << host.verdict_text << open;
}

/// The reasons of a provider that are about its signature.
std::vector<std::string> signature_reasons(const Provider& provider) {
  std::vector<std::string> codes;
  for (const Reason& reason : provider.reasons) {
    if (reason.code.starts_with("signature_") || reason.code.starts_with("timestamp_") ||
        reason.code.starts_with("dll_in_no") || reason.code.starts_with("catalog") ||
        reason.code.starts_with("dll_unsigned")) {
      codes.push_back(reason.code);
    }
  }
  return codes;
}

class SignedVendor : public SignedHost {
 protected:
  void expect(const char* what, ProviderVerdict verdict,
              const std::vector<std::string>& reasons) const {
    const HostAssessment assessed_host = host();
    const Provider vbox = provider(assessed_host, "VBoxSF");
    EXPECT_EQ(vbox.verdict, verdict) << what << told(vbox.reasons);
    EXPECT_EQ(signature_reasons(vbox), reasons) << what << told(vbox.reasons);
    EXPECT_EQ(provider(assessed_host, "RDPNP").verdict, expected) << what;
  }
};

TEST_F(SignedVendor, EachStateOfItsSignatureIsToldApart) {
  sign_provider("oracle");
  damage(path("VBoxMRXNP.dll"), 0x260);
  expect("tampered", suspicious, {"signature_broken"});
  sign_provider("oracle_old");
  expect("expired", unexplained, {"signature_untrusted"});
  sign_provider("oracle_old", stamped(1'700'000'000));
  expect("expired, and signed in time", known_vendor, {"signature_fits"});
  sign_provider("oracle_old", stamped(1'720'000'000));
  expect("stamped when it had expired", unexplained, {"signature_untrusted"});
  sign_provider("oracle_orphan");
  expect("another root under the vendor's name", suspicious, {"signature_claims_vendor"});
  sign_provider("good");
  expect("another vendor's valid signature", suspicious, {"signature_of_another_signer"});
  sign_provider("whql");
  expect("Microsoft's on the vendor's behalf", known_vendor, {"signature_fits"});
  sign_provider("oracle", "-h md5");
  expect("MD5", suspicious, {"signature_weak"});
  sign_provider("oracle", "-TSA-certs '" + (folder_ / "liar.pem").string() + "' -TSA-key '" +
                              (folder_ / "liar.key").string() + "' -TSA-time 1700000000");
  expect("stamped by nobody", known_vendor, {"timestamp_not_trusted", "signature_fits"});
  sign_provider("oracle");
  append(path("VBoxMRXNP.dll"), 32);
  expect("something behind it", suspicious, {"signature_broken"});
  std::filesystem::copy_file("unsigned.dll", path("VBoxMRXNP.dll"),
                             std::filesystem::copy_options::overwrite_existing);
  expect("no signature, and no catalog names it", suspicious, {"dll_unsigned_product_signs"});
  // The proof of a changed file is the hash that was signed.
  sign_provider("oracle");
  damage(path("VBoxMRXNP.dll"), 0x260);
  const HostAssessment changed = host();
  for (const Reason& reason : provider(changed, "VBoxSF").reasons) {
    if (reason.code == "signature_broken") {
      ASSERT_EQ(reason.evidence.size(), 1U);
      EXPECT_EQ(reason.evidence[0].length, 32U);
    }
  }
}

TEST_F(SignedVendor, ASecondSignatureIsLookedAtToo) {
  sign_provider("oracle");
  std::filesystem::rename(path("VBoxMRXNP.dll"), "once.dll");
  ASSERT_TRUE(sign("once.dll", path("VBoxMRXNP.dll"), "elliptic", "-nest"));
  expect("both hold", known_vendor, {"signature_fits"});
  damage(path("VBoxMRXNP.dll"), -200);
  const HostAssessment broken_host = host();
  const Provider vbox = provider(broken_host, "VBoxSF");
  EXPECT_EQ(vbox.verdict, suspicious) << told(vbox.reasons);
}

TEST_F(SignedVendor, DistrustHoldsFromItsDate) {
  anchors_.distrust("Example Code CA", serial_of(path("VBoxMRXNP.dll")),
                    {.from = *parse_time("2025-12-01"), .why = "stolen"});
  expect("distrusted since, and not stamped", unexplained, {"signature_untrusted"});
}

TEST_F(SignedHost, AChangedFileOfWindowsIsInNoCatalog) {
  damage(path("ntlanman.dll"), 0x208);
  const HostAssessment assessed_host = host();
  const Provider one = provider(assessed_host, "LanmanWorkstation");
  EXPECT_TRUE(has(one.reasons, "dll_in_no_catalog")) << told(one.reasons);
  EXPECT_EQ(one.verdict, suspicious) << told(one.reasons);
  EXPECT_EQ(provider(assessed_host, "RDPNP").verdict, expected);
  EXPECT_EQ(assessed_host.verdict, HostVerdict::suspicious);
}

TEST_F(SignedHost, AReplacedMpnotifyIsAFinding) {
  ASSERT_TRUE(testing::write_file(
      path("mpnotify.exe"),
      testing::write_image({.timestamp = 7,
                            .is_dll = false,
                            .version = {.strings = {{"CompanyName", "Microsoft Corporation"},
                                                    {"OriginalFilename", "mpnotify.exe"}}}})));
  const HostAssessment assessed_host = host();
  ASSERT_EQ(assessed_host.companions.size(), 2U);
  EXPECT_EQ(assessed_host.companions[0].role, CompanionRole::mpnotify);
  EXPECT_EQ(assessed_host.companions[0].verdict, suspicious);
  EXPECT_TRUE(has(assessed_host.companions[0].reasons, "dll_in_no_catalog"))
      << told(assessed_host.companions[0].reasons);
  EXPECT_EQ(assessed_host.companions[1].verdict, expected);
  const auto found = std::ranges::find_if(assessed_host.findings, [](const Finding& finding) {
    return finding.subject.find("mpnotify.exe") != std::string::npos;
  });
  ASSERT_NE(found, assessed_host.findings.end());
  EXPECT_EQ(found->severity, FindingSeverity::high);
}

TEST_F(SignedHost, WhatIsNoImageInWindowsPlaceIsAFindingToo) {
  ASSERT_TRUE(testing::write_file(path("mpnotify.exe"), bytes_of("#!/bin/sh\n")));
  const HostAssessment other = host();
  ASSERT_EQ(other.companions.size(), 2U);
  EXPECT_EQ(other.companions[0].verdict, suspicious) << told(other.companions[0].reasons);
  EXPECT_TRUE(has(other.companions[0].reasons, "dll_is_no_image"));
  // What a collector could not read may come as zeros.
  ASSERT_TRUE(testing::write_file(path("mpnotify.exe"), std::vector<std::byte>(4096)));
  const HostAssessment zeros = host();
  ASSERT_EQ(zeros.companions.size(), 2U);
  EXPECT_EQ(zeros.companions[0].verdict, unexplained) << told(zeros.companions[0].reasons);
}

TEST_F(SignedHost, ALinkOfTheEvidenceIsFollowedAndTold) {
  std::filesystem::create_directories("host/C/Real");
  std::filesystem::rename(path("VBoxMRXNP.dll"), "host/C/Real/np.dll");
  std::filesystem::create_symlink("../../Real/np.dll", path("VBoxMRXNP.dll"));
  const HostAssessment linked = host();
  const Provider vbox = provider(linked, "VBoxSF");
  ASSERT_FALSE(vbox.dlls.empty());
  ASSERT_TRUE(vbox.dlls[0].image) << told(vbox.reasons);
  EXPECT_EQ(vbox.dlls[0].image->through_link.raw(), "C:\\Real\\np.dll");
  EXPECT_TRUE(has(vbox.reasons, "path_through_link")) << told(vbox.reasons);
}

TEST_F(SignedHost, CatalogsVouchAsFarAsTheyHold) {
  struct Case {
    const char* certificate;
    ProviderVerdict verdict;
    const char* reason;
  };
  const Case cases[] = {
      {"good", suspicious, "signature_not_of_windows"},
      {"whql", suspicious, "signature_whql_in_inbox_place"},
      {"windows", suspicious, "catalog_not_trusted"},
      {"orphan", suspicious, "catalog_not_trusted"},
      {"old", unexplained, "catalog_not_trusted"},
      {"", unexplained, "catalog_not_trusted"},
  };
  for (const Case& c : cases) {
    write_catalog(c.certificate);
    const HostAssessment assessed_host = host();
    const Provider one = provider(assessed_host, "RDPNP");
    EXPECT_EQ(one.verdict, c.verdict) << c.certificate << told(one.reasons);
    EXPECT_EQ(signature_reasons(one), std::vector<std::string>{c.reason})
        << c.certificate << told(one.reasons);
  }
}

TEST_F(SignedHost, WithoutCatalogsOrWithDamagedOnesNothingIsSaid) {
  const auto whole = bytes_in(catalog_path);
  std::filesystem::remove(catalog_path);
  const HostAssessment without = host();
  const Provider unasked = provider(without, "RDPNP");
  EXPECT_EQ(unasked.verdict, unexplained);
  EXPECT_EQ(signature_reasons(unasked), std::vector<std::string>{"catalogs_not_in_evidence"});

  ASSERT_TRUE(testing::write_file(catalog_path, std::span(whole).first(whole.size() / 2)));
  const Assessment damaged = assessed();
  EXPECT_FALSE(damaged.complete);
  const Provider unknown = provider(damaged.hosts.at(0), "RDPNP");
  EXPECT_EQ(unknown.verdict, unexplained) << told(unknown.reasons);
  EXPECT_EQ(signature_reasons(unknown), std::vector<std::string>{"catalog_damaged"});
  const auto told_damage = std::ranges::find(unknown.reasons, "catalog_damaged", &Reason::code);
  EXPECT_NE(told_damage->text.find("windows.cat"), std::string::npos) << told_damage->text;
  ASSERT_EQ(told_damage->evidence.size(), 2U);
  EXPECT_EQ(damaged.evidence.at(told_damage->evidence[1].evidence).kind, "catalog");

  const auto other =
      testing::write_catalog({.members = {{.digest = std::vector(32, std::byte{1})}}});
  ASSERT_TRUE(testing::write_file(catalog_path, other));
  const HostAssessment strange = host();
  const Provider unnamed = provider(strange, "RDPNP");
  EXPECT_EQ(unnamed.verdict, unexplained);
  EXPECT_EQ(signature_reasons(unnamed), std::vector<std::string>{"catalogs_not_in_evidence"})
      << "one that nobody signed is none";
}

TEST_F(SignedHost, WhatIsNoDllIsToldInItsPlace) {
  ASSERT_TRUE(testing::write_file(path("VBoxMRXNP.dll"), std::span<const std::byte>()));
  const HostAssessment empty_host = host();
  const Provider empty = provider(empty_host, "VBoxSF");
  EXPECT_EQ(empty.verdict, unexplained) << told(empty.reasons);
  EXPECT_NE(told(empty.reasons).find("is empty (0 bytes)"), std::string::npos)
      << told(empty.reasons);
  EXPECT_FALSE(has(empty.reasons, "dll_not_in_evidence")) << "it is there";
  ASSERT_TRUE(testing::write_file(path("VBoxMRXNP.dll"), bytes_in(path("mpnotify.exe"))));
  const HostAssessment program_host = host();
  const Provider program = provider(program_host, "VBoxSF");
  EXPECT_TRUE(has(program.reasons, "dll_is_program")) << told(program.reasons);
  EXPECT_GE(program.verdict, suspicious) << told(program.reasons);
}

TEST_F(SignedHost, ACatalogThatWasChangedIsToldAndNotCountedAndACopyIsNone) {
  const std::filesystem::path folder = std::filesystem::path(catalog_path).parent_path();
  const auto good = bytes_in(catalog_path);
  ASSERT_TRUE(testing::write_file(folder / "copy.cat", good));
  auto changed = good;
  const auto member = trust::catalog_hashes(trust::image_file(bytes_in(path("mpr.dll")))).sha256;
  const auto at = std::ranges::search(changed, member);
  ASSERT_FALSE(at.empty());
  at.front() ^= std::byte{0x10};
  ASSERT_TRUE(testing::write_file(folder / "bad.cat", changed));
  ASSERT_TRUE(testing::write_file(path("drprov.dll"), bytes_in("unsigned.dll")));

  const Assessment assessment = assessed();
  const auto bad = std::ranges::find_if(assessment.evidence, [](const EvidenceItem& item) {
    return item.path.raw().ends_with("bad.cat");
  });
  ASSERT_NE(bad, assessment.evidence.end());
  EXPECT_NE(bad->detail.find("vouches for nothing"), std::string::npos) << bad->detail;
  EXPECT_TRUE(std::ranges::any_of(assessment.diagnostics, [](const Diagnostic& each) {
    return each.code == DiagnosticCode::catalog_broken;
  }));
  const Provider rdpnp = provider(assessment.hosts.at(0), "RDPNP");
  ASSERT_TRUE(rdpnp.dlls.at(0).image);
  const CatalogsAsked& asked = rdpnp.dlls[0].image->signature.asked;
  EXPECT_EQ(asked.catalogs, 1U) << "the good one, its copy left out";
  EXPECT_EQ(asked.verified, 1U);
}

}  // namespace
}  // namespace npg
