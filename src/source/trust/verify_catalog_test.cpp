#include <algorithm>

#include "base/identifiers.hpp"
#include "source/trust/catalog_index.hpp"
#include "source/trust/signed_files_test.hpp"

namespace npg::trust {
namespace {

using enum SignatureStatus;

CatalogWitness witness(const SignatureFact& catalog) {
  return {.catalog = catalog,
          .path = SharedText(std::string_view("CatRoot/x.cat")),
          .member = std::string(64, 'a'),
          .origin = {.evidence = 3, .offset = 9, .length = 4, .how = {}}};
}

TEST_F(SignedFiles, ACatalogVouchesAsFarAsItIsTrusted) {
  struct Case {
    const char* file;
    SignatureStatus catalog;
    SignatureStatus image;
    SignatureForm form;
  };
  const Case cases[] = {
      {"good.cat", trusted, trusted, SignatureForm::catalog},
      {"windows.cat", untrusted, unsigned_file, SignatureForm::none},
      {"catalog.cat", unsigned_file, unsigned_file, SignatureForm::none},
  };
  for (const Case& c : cases) {
    const auto content = read(c.file);
    const SignatureFact catalog = verify_catalog(Bytes(content), 5, terms());
    EXPECT_EQ(catalog.status, c.catalog) << c.file << ": " << catalog.why;
    SignatureFact image = verify("image.dll");
    add_catalog(image, witness(catalog));
    EXPECT_EQ(image.status, c.image) << c.file;
    EXPECT_EQ(image.form, c.form) << c.file;
    if (c.form == SignatureForm::catalog) {
      EXPECT_EQ(image.catalog.raw(), "CatRoot/x.cat");
      EXPECT_EQ(image.catalog_member, std::string(64, 'a'));
      EXPECT_EQ(image.common_name.raw(), "Example Vendor");
      EXPECT_TRUE(image.others.empty());
    } else {
      EXPECT_EQ(image.why_code, "catalog_not_trusted");
      ASSERT_EQ(image.others.size(), 1U) << "what was found is shown";
    }
  }
}

TEST_F(SignedFiles, AForgedMemberBreaksTheCatalog) {
  const auto whole = read("good.cat");
  const auto hash = members()[0].digest;
  auto changed = whole;
  const auto at = std::ranges::search(changed, hash).begin();
  ASSERT_NE(at, changed.end());
  *at ^= std::byte{1};
  const SignatureFact fact = verify_catalog(Bytes(changed), 5, terms());
  EXPECT_EQ(fact.status, broken);
  EXPECT_EQ(fact.why_code, "message_digest");
  auto longer = whole;
  longer.push_back(std::byte{0});
  EXPECT_EQ(verify_catalog(Bytes(longer), 5, terms()).why_code, "bytes_behind_signature");
  EXPECT_EQ(verify_catalog(Bytes(std::span(whole).first(100)), 5, terms()).why_code, "unreadable");
}

TEST_F(SignedFiles, ACatalogDoesNotMendABrokenSignature) {
  const auto catalog_file = read("good.cat");
  const SignatureFact catalog = verify_catalog(Bytes(catalog_file), 5, terms());
  auto changed = read("good.dll");
  changed[0x300] ^= std::byte{1};
  SignatureFact fact = verify(changed);
  add_catalog(fact, witness(catalog));
  EXPECT_EQ(fact.status, broken);
  ASSERT_EQ(fact.others.size(), 1U);
  SignatureFact old = verify("old.dll");
  add_catalog(old, witness(catalog));
  EXPECT_EQ(old.status, trusted) << "it is unbroken, and a trusted catalog names it";
  EXPECT_EQ(old.form, SignatureForm::catalog);
  ASSERT_EQ(old.others.size(), 1U);
  EXPECT_EQ(old.others[0].why_code, "expired");
}

TEST(CatalogIndex, FindsByEitherHash) {
  const std::vector<std::byte> sha1(20, std::byte{1});
  const std::vector<std::byte> sha256(32, std::byte{2});
  const std::vector<std::byte> other(32, std::byte{3});
  CatalogIndex index;
  CatalogIndex second;
  Diagnostics diagnostics;
  const auto one = testing::write_catalog({.members = {{.digest = sha256}}});
  const auto three = testing::write_catalog(
      {.is_version_2 = false,
       .members = {{.digest = sha1}, {.digest = sha256}, {.digest = other, .tag = sha256}}});
  EXPECT_EQ(index.add(Bytes(one), 9, SignatureLimits{}, diagnostics), 1U);
  EXPECT_EQ(second.add(Bytes(three), 4, SignatureLimits{}, diagnostics), 3U);
  index.merge(std::move(second));
  index.sort();
  EXPECT_EQ(index.size(), 3U);
  ASSERT_EQ(index.find(sha256).size(), 2U);
  EXPECT_EQ(index.find(sha256)[0].catalog, 4U) << "by number, whatever the order of adding";
  EXPECT_EQ(index.find(sha1).size(), 1U);
  EXPECT_TRUE(index.find(other).empty()) << "a member with two hashes names nothing";
  EXPECT_EQ(diagnostics.count(DiagnosticCode::file_unreadable), 1U);
  EXPECT_TRUE(index.find(std::span(sha1).first(5)).empty());
}

}  // namespace
}  // namespace npg::trust
