#include <algorithm>
#include <cstdint>

#include "source/trust/signed_files_test.hpp"

namespace npg::trust {
namespace {

using enum SignatureStatus;

std::string shown(const SignatureFact& fact) {
  return std::string(name_of(fact.status)) + " " + fact.why_code + ": " + fact.why;
}

TEST_F(SignedFiles, EachHoldsAsFarAsItShould) {
  struct Case {
    const char* file;
    SignatureStatus status;
    const char* why_code;
  };
  const Case cases[] = {
      {"good.dll", trusted, ""},
      {"good_md5.dll", untrusted, "weak_digest"},
      {"weak.dll", untrusted, "weak_digest"},
      {"old_md5_stamped.dll", trusted, ""},
      {"late_md5_stamped.dll", untrusted, "weak_digest"},
      {"good_sha1.dll", trusted, ""},
      {"good_sha384.dll", trusted, ""},
      {"good_sha512.dll", trusted, ""},
      {"elliptic.dll", trusted, ""},
      {"pages.dll", trusted, ""},
      {"whql.dll", trusted, ""},
      {"component.dll", trusted, ""},
      {"good_stamped.dll", trusted, ""},
      {"nested.dll", trusted, ""},
      {"old_stamped.dll", trusted, ""},
      {"old.dll", untrusted, "expired"},
      {"old_stamped_late.dll", untrusted, "expired"},
      {"old_stamped_by_liar.dll", untrusted, "expired"},
      {"lifetime.dll", untrusted, "expired"},
      {"lifetime_stamped.dll", untrusted, "expired"},
      {"future.dll", untrusted, "not_yet_valid"},
      {"server.dll", untrusted, "not_for_code"},
      {"orphan.dll", untrusted, "chain_incomplete"},
      {"short_chain.dll", untrusted, "chain_incomplete"},
      {"pupil.dll", untrusted, "not_an_authority"},
      {"windows.dll", untrusted, "self_signed"},
  };
  for (const Case& c : cases) {
    const SignatureFact fact = verify(std::string(c.file));
    EXPECT_EQ(fact.status, c.status) << c.file << ": " << shown(fact);
    EXPECT_EQ(fact.why_code, c.why_code) << c.file << ": " << shown(fact);
    EXPECT_EQ(fact.form, SignatureForm::embedded);
    EXPECT_EQ(fact.digest, fact.stated_digest) << c.file;
    for (const SignatureOddity& oddity : fact.oddities) {
      EXPECT_EQ(oddity.code, "timestamp_not_trusted") << c.file << ": " << oddity.text;
    }
    EXPECT_EQ(fact.origin.evidence, 7U);
  }
}

TEST_F(SignedFiles, TheSignerIsDescribed) {
  const SignatureFact fact = verify("good.dll");
  EXPECT_EQ(fact.subject.raw(), "CN=Example Vendor,O=Example Vendor");
  EXPECT_EQ(fact.common_name.raw(), "Example Vendor");
  EXPECT_EQ(fact.organization.raw(), "Example Vendor");
  EXPECT_EQ(fact.issuer.raw(), "CN=Example Code CA,O=Example");
  EXPECT_EQ(fact.program_name.raw(), "Example program");
  EXPECT_EQ(fact.program_url.raw(), "https://example.invalid/");
  EXPECT_EQ(fact.digest_algorithm, "sha256");
  EXPECT_EQ(to_rfc3339(fact.signing_time), "2023-11-14T22:13:20.0000000Z");
  EXPECT_FALSE(fact.signed_at.given());
  EXPECT_TRUE(fact.purposes.code_signing);
  EXPECT_FALSE(fact.purposes.whql);
  ASSERT_EQ(fact.chain.size(), 3U);
  EXPECT_EQ(fact.chain[0].thumbprint, fact.thumbprint);
  EXPECT_FALSE(fact.chain[1].is_pinned);
  EXPECT_TRUE(fact.chain[2].is_pinned);
  EXPECT_EQ(fact.chain[2].subject.raw(), "CN=Example Test Root,O=Example");
  EXPECT_TRUE(verify("whql.dll").purposes.whql);
  EXPECT_FALSE(verify("whql.dll").purposes.windows_system_component);
  EXPECT_TRUE(verify("component.dll").purposes.windows_system_component);
  EXPECT_EQ(verify("windows.dll").common_name.raw(), "Microsoft Windows");
}

TEST_F(SignedFiles, MicrosoftsPurposesCountUnderItsRootsAlone) {
  Anchors others;
  ASSERT_TRUE(others.add(read("root.der"), {.is_microsoft = false}));
  for (const char* const name : {"whql.dll", "component.dll"}) {
    const auto content = read(name);
    const SignatureFact fact =
        verify_image(image_file(content), {.anchors = others, .as_of = as_of_, .limits = {}});
    EXPECT_EQ(fact.status, trusted) << name;
    EXPECT_FALSE(fact.purposes.whql) << name;
    EXPECT_FALSE(fact.purposes.windows_system_component) << name;
    EXPECT_FALSE(fact.purposes.oids.empty()) << name;
  }
}

TEST_F(SignedFiles, ATimestampDatesTheSignature) {
  const SignatureFact fact = verify("old_stamped.dll");
  EXPECT_EQ(fact.timestamp.kind, TimestampKind::rfc3161);
  EXPECT_EQ(fact.timestamp.status, trusted) << fact.timestamp.why;
  EXPECT_EQ(to_rfc3339(fact.signed_at), "2023-11-14T22:13:20.0000000Z");
  EXPECT_EQ(fact.timestamp.signer.raw(), "CN=Example Stamper,O=Example");
  const SignatureFact liar = verify("old_stamped_by_liar.dll");
  EXPECT_EQ(liar.timestamp.status, untrusted);
  EXPECT_FALSE(liar.signed_at.given());
  EXPECT_TRUE(liar.timestamp.time.given());
}

TEST_F(SignedFiles, WithoutATimeNothingUndatedIsTrusted) {
  as_of_ = {};
  EXPECT_EQ(verify("good.dll").why_code, "no_time");
  EXPECT_EQ(verify("good_stamped.dll").status, trusted);
}

TEST_F(SignedFiles, RootsAreAnArgument) {
  const Anchors none;
  const auto content = read("good.dll");
  const SignatureFact fact =
      verify_image(image_file(content), {.anchors = none, .as_of = as_of_, .limits = {}});
  EXPECT_EQ(fact.status, untrusted);
  EXPECT_EQ(fact.why_code, "chain_incomplete");
}

TEST_F(SignedFiles, DistrustHasADate) {
  const SignatureFact before = verify("good_stamped.dll");
  ASSERT_EQ(before.status, trusted);
  anchors_.distrust("Example Code CA", before.serial,
                    {.from = *parse_time("2023-12-01"), .why = "stolen"});
  EXPECT_EQ(verify("good_stamped.dll").status, trusted) << "it was signed before";
  EXPECT_EQ(verify("good.dll").why_code, "distrusted") << "it may have been signed today";
  anchors_.distrust("Example Code CA", before.serial,
                    {.from = *parse_time("2023-11-01"), .why = "stolen"});
  const SignatureFact after = verify("good_stamped.dll");
  EXPECT_EQ(after.why_code, "distrusted");
  EXPECT_NE(after.why.find("stolen"), std::string::npos);
}

TEST_F(SignedFiles, RootsAreDistrustedFromADateToo) {
  Anchors dated;
  ASSERT_TRUE(dated.add(read("root.der"), {.distrusted_after = *parse_time("2023-11-01")}));
  const auto content = read("good_stamped.dll");
  EXPECT_EQ(
      verify_image(image_file(content), {.anchors = dated, .as_of = as_of_, .limits = {}}).why_code,
      "root_distrusted");
  Anchors closed;
  ASSERT_TRUE(closed.add(read("root.der"), {.issued_until = *parse_time("2022-01-01")}));
  EXPECT_EQ(verify_image(image_file(content), {.anchors = closed, .as_of = as_of_, .limits = {}})
                .why_code,
            "root_distrusted");
  Anchors other_use;
  ASSERT_TRUE(other_use.add(read("root.der"), {.may_sign = false}));
  EXPECT_EQ(verify_image(image_file(content), {.anchors = other_use, .as_of = as_of_, .limits = {}})
                .why_code,
            "root_not_for_this");
}

TEST_F(SignedFiles, ATimeThatWasOverIsToldBesideAnUnknownRoot) {
  const SignatureFact fact = verify("oracle_orphan_old.dll");
  EXPECT_EQ(fact.why_code, "chain_incomplete");
  EXPECT_NE(fact.why.find("expired at 2024-01-01"), std::string::npos) << fact.why;
  EXPECT_EQ(verify("orphan.dll").why.find("expired"), std::string::npos);
}

/// The bytes of OBJECT IDENTIFIER 1.3.6.1.4.1.311.3.3.1 and the SET that holds the token.
constexpr std::string_view token_attribute = "\x2b\x06\x01\x04\x01\x82\x37\x03\x03\x01\x31";

TEST_F(SignedFiles, ATimestampThatDoesNotHoldIsToldOf) {
  const auto whole = read("good_stamped.dll");
  // No SEQUENCE: the token cannot be read.
  const auto at = std::ranges::search(whole, bytes_of(token_attribute)).begin() - whole.begin();
  auto unreadable = whole;
  const std::size_t token = static_cast<std::size_t>(at) + token_attribute.size() + 3;
  ASSERT_EQ(unreadable.at(token), std::byte{0x30});
  unreadable[token] = std::byte{0x04};
  const SignatureFact fact = verify(unreadable);
  EXPECT_EQ(fact.status, broken);
  EXPECT_EQ(fact.why_code, "timestamp");
  // By nobody who is known: it dates nothing, and that is said.
  const SignatureFact liar = verify("good_stamped_by_liar.dll");
  EXPECT_EQ(liar.status, trusted);
  EXPECT_FALSE(liar.signed_at.given());
  ASSERT_EQ(liar.oddities.size(), 1U);
  EXPECT_EQ(liar.oddities[0].code, "timestamp_not_trusted");
  EXPECT_NE(liar.oddities[0].text.find("root"), std::string::npos) << liar.oddities[0].text;
}

TEST_F(SignedFiles, OddTablesAreNotTrusted) {
  const auto whole = read("good.dll");
  const auto layout = image_file(whole).layout;
  auto old = whole;
  old.at(layout.table_offset + 5) = std::byte{1};
  const SignatureFact revision = verify(old);
  EXPECT_EQ(revision.status, untrusted);
  EXPECT_EQ(revision.why_code, "entry_revision_1");
  auto doubled = whole;
  doubled.insert(doubled.end(), whole.begin() + static_cast<std::ptrdiff_t>(layout.table_offset),
                 whole.end());
  for (unsigned i = 0; i < 4; ++i) {
    doubled.at(layout.directory_offset + 4 + i) =
        static_cast<std::byte>(2 * layout.table_size >> (8U * i));
  }
  const SignatureFact two = verify(doubled);
  EXPECT_EQ(two.status, untrusted) << shown(two);
  EXPECT_EQ(two.why_code, "several_entries");
  ASSERT_EQ(two.others.size(), 1U);
  EXPECT_EQ(two.others[0].status, trusted);
}

TEST_F(SignedFiles, TwoSignaturesAreBothJudged) {
  const SignatureFact fact = verify("nested.dll");
  ASSERT_EQ(fact.others.size(), 1U);
  EXPECT_EQ(fact.others[0].status, trusted) << shown(fact.others[0]);
  EXPECT_EQ(fact.others[0].common_name.raw(), "Elliptic");
  EXPECT_EQ(fact.others[0].digest, fact.digest);
  EXPECT_GT(fact.others[0].origin.offset, fact.origin.offset);
}

TEST_F(SignedFiles, AnyOtherByteBreaksIt) {
  for (const char* const name : {"good.dll", "pages.dll", "nested.dll"}) {
    const auto whole = read(name);
    const auto layout = image_file(whole).layout;
    const std::uint64_t stride = std::max<std::uint64_t>(layout.table_offset / 40, 1);
    for (std::uint64_t at = layout.headers_size; at < layout.table_offset; at += stride) {
      auto changed = whole;
      changed[at] ^= std::byte{0x01};
      const SignatureFact fact = verify(changed);
      EXPECT_EQ(fact.status, broken) << name << " at " << at;
      EXPECT_EQ(fact.why_code, "digest") << name << " at " << at;
    }
    auto free = whole;
    free[layout.checksum_offset] ^= std::byte{0xff};
    EXPECT_EQ(verify(free).status, trusted) << "the checksum is not signed";
  }
}

/// Every byte of the signature, flipped: never trusted, unless it is one that nothing signs.
TEST_F(SignedFiles, AFlippedSignatureIsNeverMoreThanItWas) {
  const auto whole = read("good_stamped.dll");
  const auto layout = image_file(whole).layout;
  const SignatureFact original = verify(whole);
  std::size_t still_trusted = 0;
  for (std::uint64_t at = layout.table_offset; at < whole.size(); at += 3) {
    auto changed = whole;
    changed[at] ^= std::byte{0x20};
    const SignatureFact fact = verify(changed);
    if (fact.status == trusted) {
      ++still_trusted;
      EXPECT_EQ(fact.thumbprint, original.thumbprint);
      EXPECT_EQ(fact.digest, fact.stated_digest);
      EXPECT_TRUE(fact.chain.back().is_pinned);
    }
  }
  EXPECT_LT(still_trusted, whole.size() - layout.table_offset) << "flips have an effect";
}

TEST_F(SignedFiles, TricksWithTheTableAreNeverTrusted) {
  const auto whole = read("good.dll");
  const auto layout = image_file(whole).layout;
  const auto set = [&](std::vector<std::byte>& file, std::uint64_t at, std::uint64_t value) {
    for (unsigned i = 0; i < 4; ++i) {
      file.at(at + i) = static_cast<std::byte>(value >> (8U * i));
    }
  };
  struct Case {
    const char* code;
    std::vector<std::byte> file;
  };
  std::vector<Case> cases;
  auto appended = whole;
  appended.resize(whole.size() + 16, std::byte{0x41});
  cases.push_back({"bytes_behind_table", appended});
  auto hidden = appended;  // The payload is put inside the table: CVE-2013-3900.
  set(hidden, layout.directory_offset + 4, layout.table_size + 16);
  set(hidden, layout.table_offset, layout.table_size + 16);
  cases.push_back({"bytes_behind_signature", hidden});
  auto beside = appended;
  set(beside, layout.directory_offset + 4, layout.table_size + 16);
  cases.push_back({"entry_truncated", beside});
  auto outside = whole;
  set(outside, layout.directory_offset + 4, layout.table_size + 8);
  cases.push_back({"table_outside_file", outside});
  auto far = whole;
  set(far, layout.directory_offset, 0xfffffff0);
  cases.push_back({"table_outside_file", far});
  auto overlapping = whole;
  set(overlapping, layout.directory_offset, layout.table_offset - 8);
  set(overlapping, layout.directory_offset + 4, layout.table_size + 8);
  cases.push_back({"table_overlaps_image", overlapping});
  auto odd = whole;
  odd.insert(odd.begin() + static_cast<std::ptrdiff_t>(layout.table_offset), 4, std::byte{0});
  set(odd, layout.directory_offset, layout.table_offset + 4);
  cases.push_back({"table_misaligned", odd});
  auto revision = whole;
  revision[layout.table_offset + 5] = std::byte{9};
  cases.push_back({"entry_revision", revision});
  auto type = whole;
  type[layout.table_offset + 6] = std::byte{1};
  cases.push_back({"entry_type", type});
  auto cut = whole;
  cut.resize(whole.size() - 64);
  cases.push_back({"table_outside_file", cut});
  auto empty = whole;
  set(empty, layout.table_offset, 0);
  cases.push_back({"table_empty", empty});
  for (const Case& c : cases) {
    const SignatureFact fact = verify(c.file);
    EXPECT_EQ(fact.status, broken) << c.code << ": " << shown(fact);
    const auto found = std::ranges::find(fact.oddities, c.code, &SignatureOddity::code);
    ASSERT_NE(found, fact.oddities.end()) << c.code << ": " << shown(fact);
    EXPECT_TRUE(found->breaks);
    EXPECT_EQ(found->origin.evidence, 7U);
  }
}

TEST(VerifyImage, AnUnsignedImageHasAHashAllTheSame) {
  const auto content = unsigned_image();
  const Anchors anchors;
  const SignatureFact fact = verify_image(
      image_file(content), {.anchors = anchors, .as_of = FileTime{.ticks = 1}, .limits = {}});
  EXPECT_EQ(fact.status, unsigned_file);
  EXPECT_EQ(fact.form, SignatureForm::none);
  EXPECT_EQ(fact.digest_algorithm, "sha256");
  EXPECT_EQ(fact.digest.size(), 64U);
}

}  // namespace
}  // namespace npg::trust
