// Signatures in a scan: from the file, from a catalog of the host or one that the user named, and
// what is said when there is none to ask.
#include "app/signatures.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "app/scan.hpp"
#include "base/checksum.hpp"
#include "format/pe/pe_file.hpp"
#include "source/trust/image_layout.hpp"
#include "testing/catalog_writer.hpp"
#include "testing/pe_writer.hpp"

namespace npg {
namespace {

class ScanSignatures : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::path(::testing::TempDir()) /
              ("npguard_signatures_" + std::to_string(::getpid()));
    std::filesystem::create_directories(host());
    write(folder_ / "host" / "SYSTEM.reg",
          "Windows Registry Editor Version 5.00\r\n\r\n"
          "[HKEY_LOCAL_MACHINE\\SYSTEM\\Select]\r\n\"Current\"=dword:00000001\r\n\r\n"
          "[HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001\\Services\\Np\\NetworkProvider]\r\n"
          "\"ProviderPath\"=\"C:\\\\Windows\\\\System32\\\\np.dll\"\r\n\"Name\"=\"Np\"\r\n");
    image_ = testing::write_image({.dll_name = "np.dll", .exports = {{.name = "NPGetCaps"}}});
    write(host() / "np.dll", image_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  [[nodiscard]] std::filesystem::path host() const {
    return folder_ / "host" / "C" / "Windows" / "System32";
  }
  static void write(const std::filesystem::path& path, std::span<const std::byte> content) {
    std::filesystem::create_directories(path.parent_path());
    std::ofstream out(path, std::ios::binary);
    for (const std::byte b : content) {
      out.put(static_cast<char>(b));
    }
  }
  static void write(const std::filesystem::path& path, std::string_view content) {
    write(path, bytes_of(content));
  }

  [[nodiscard]] Assessment scanned(const std::vector<std::string>& catalogs = {}) const {
    auto assessment = scan({.paths = {(folder_ / "host").string()}, .catalogs = catalogs});
    EXPECT_TRUE(assessment.has_value());
    return assessment ? *std::move(assessment) : Assessment{};
  }
  [[nodiscard]] static SignatureFact signature_in(const Assessment& assessment) {
    for (const HostAssessment& host : assessment.hosts) {
      for (const Provider& provider : host.providers) {
        for (const ProviderDll& dll : provider.dlls) {
          if (dll.image) {
            return dll.image->signature;
          }
        }
      }
    }
    ADD_FAILURE() << "no image was read";
    return {};
  }
  /// The hash under which a catalog names the image.
  [[nodiscard]] std::vector<std::byte> hash() const {
    Diagnostics diagnostics;
    const auto image = pe::read_pe(Bytes(image_), Limits{}, diagnostics);
    EXPECT_TRUE(image.has_value());
    return trust::catalog_hashes(
               {.file = Bytes(image_), .layout = trust::layout_of(*image), .evidence = 0})
        .sha256;
  }

  std::filesystem::path folder_;
  std::vector<std::byte> image_;
};

TEST_F(ScanSignatures, WithoutCatalogsNothingIsCalledUnsigned) {
  const SignatureFact fact = signature_in(scanned());
  EXPECT_EQ(fact.status, SignatureStatus::not_checked);
  EXPECT_EQ(fact.why_code, "no_catalogs");
  EXPECT_EQ(fact.digest.size(), 64U);
}

TEST_F(ScanSignatures, ACatalogThatNobodySignedAndThatNamesOtherFilesSettlesNothing) {
  const auto other =
      testing::write_catalog({.members = {{.digest = std::vector(32, std::byte{1})}}});
  write(host() / "CatRoot" / "x.cat", other);
  const Assessment assessment = scanned();
  const SignatureFact fact = signature_in(assessment);
  EXPECT_EQ(fact.status, SignatureStatus::not_checked);
  EXPECT_EQ(fact.why_code, "no_catalogs");
  EXPECT_EQ(fact.asked.catalogs, 0U);
  EXPECT_TRUE(std::ranges::any_of(assessment.diagnostics, [](const Diagnostic& each) {
    return each.code == DiagnosticCode::catalog_not_trusted;
  }));
  const auto catalog = std::ranges::find(assessment.evidence, "catalog", &EvidenceItem::kind);
  ASSERT_NE(catalog, assessment.evidence.end());
  EXPECT_EQ(catalog->status, EvidenceStatus::read);
  EXPECT_EQ(catalog->counts.at("members"), 1U);
  EXPECT_NE(catalog->detail.find("vouches for nothing"), std::string::npos) << catalog->detail;
}

TEST_F(ScanSignatures, ACatalogThatNobodySignedVouchesForNothing) {
  const auto catalog = testing::write_catalog({.members = {{.digest = hash()}}});
  write(folder_ / "catalogs" / "x.cat", catalog);
  write(folder_ / "catalogs" / "note.txt", "no catalog");
  const Assessment assessment = scanned({(folder_ / "catalogs").string()});
  const SignatureFact fact = signature_in(assessment);
  EXPECT_EQ(fact.status, SignatureStatus::unsigned_file);
  EXPECT_EQ(fact.why_code, "catalog_not_trusted");
  ASSERT_EQ(fact.others.size(), 1U);
  EXPECT_TRUE(fact.others[0].catalog.raw().ends_with("x.cat"));
  EXPECT_EQ(fact.others[0].catalog_member, fact.digest);
  EXPECT_TRUE(std::ranges::none_of(assessment.evidence, [](const EvidenceItem& item) {
    return item.path.raw().ends_with("note.txt");
  })) << "only catalogs are taken from a folder of catalogs";
  const EvidenceItem& cited = assessment.evidence.at(fact.others[0].origin.evidence);
  EXPECT_EQ(cited.sha256.size(), 64U) << "a catalog that is cited is hashed";
}

TEST_F(ScanSignatures, ADamagedCatalogIsDataLoss) {
  auto catalog = testing::write_catalog({.members = {{.digest = hash()}}});
  catalog.resize(catalog.size() - 40);
  write(host() / "CatRoot" / "x.cat", catalog);
  const Assessment assessment = scanned();
  EXPECT_FALSE(assessment.complete);
  const auto item = std::ranges::find(assessment.evidence, "catalog", &EvidenceItem::kind);
  ASSERT_NE(item, assessment.evidence.end());
  EXPECT_EQ(item->status, EvidenceStatus::damaged);
}

TEST_F(ScanSignatures, AFileThatIsLargerThanIsReadIsReadAsFarAsThatGoes) {
  auto padded = testing::write_image(
      {.dll_name = "np.dll", .exports = {{.name = "NPGetCaps"}, {.name = "NPLogonNotify"}}});
  Limits limits;
  limits.image_bytes_max = padded.size() + 1000;
  padded.resize(padded.size() + 3000);
  write(host() / "np.dll", padded);
  const auto assessment = scan({.paths = {(folder_ / "host").string()}, .limits = limits});
  ASSERT_TRUE(assessment.has_value());
  const Provider& provider = assessment->hosts.at(0).providers.at(0);
  ASSERT_TRUE(provider.dlls.at(0).image);
  const ImageFact& image = *provider.dlls[0].image;
  EXPECT_EQ(image.unread_bytes, 2000U);
  EXPECT_EQ(image.size_bytes, padded.size());
  EXPECT_EQ(image.sha256, sha256_hex(padded));
  EXPECT_TRUE(image.unreadable.empty()) << image.unreadable;
  EXPECT_EQ(image.exports.size(), 2U);
  EXPECT_EQ(image.signature.why_code, "file_too_large");
  EXPECT_FALSE(assessment->complete);
  const auto has = [&](std::string_view code) {
    return std::ranges::find(provider.reasons, code, &Reason::code) != provider.reasons.end();
  };
  EXPECT_TRUE(has("dll_oversized"));
  EXPECT_TRUE(has("exports_logon_functions_only"));
  EXPECT_FALSE(has("dll_is_no_image"));
}

TEST_F(ScanSignatures, TheResultDoesNotDependOnThreadsOrOrder) {
  const auto catalog = testing::write_catalog({.members = {{.digest = hash()}}});
  write(folder_ / "catalogs" / "b.cat", catalog);
  write(folder_ / "catalogs" / "a.cat", catalog);
  const std::string a = (folder_ / "catalogs" / "a.cat").string();
  const std::string b = (folder_ / "catalogs" / "b.cat").string();
  const SignatureFact first = signature_in(scanned({a, b}));
  const SignatureFact second = signature_in(scanned({b, a, b}));
  ASSERT_EQ(first.others.size(), 2U);
  ASSERT_EQ(second.others.size(), 2U);
  EXPECT_EQ(first.others[0].catalog, second.others[0].catalog);
  EXPECT_TRUE(first.others[0].catalog.raw().ends_with("a.cat"));
}

}  // namespace
}  // namespace npg
