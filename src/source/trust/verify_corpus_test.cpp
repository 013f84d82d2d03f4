// Real signed files under the shipped roots: what each is known to be, whoever signed or forged it.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "base/checksum.hpp"
#include "source/trust/image_layout.hpp"
#include "source/trust/verify.hpp"

namespace npg::trust {
namespace {

using enum SignatureStatus;

std::string text_of(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream whole;
  whole << in.rdbuf();
  return whole.str();
}

struct Known {
  const char* name;
  SignatureStatus status;
  const char* why_code;
  const char* signer;
  const char* root;  ///< the last of the chain's thumbprints begins so
};

// Microsoft's roots of 2010 (3b1efd3a), 2011 (8f43288a) and 2001 (cdd4eeae) each verify a
// certificate in a file that Microsoft signed.
const std::map<std::string, Known> known = {
    {"a8f541de54d2", {"acpiex.sys", trusted, "", "Microsoft Windows", "3b1efd3a"}},
    {"36de2c16a1f8", {"DXCore.dll", trusted, "", "Microsoft Windows", "3b1efd3a"}},
    {"f2a7cc645b96", {"pciide.sys", trusted, "", "Microsoft Windows", "cdd4eeae"}},
    {"8b54bf9e38af", {"sigcheck.exe", trusted, "", "Microsoft Corporation", "cdd4eeae"}},
    {"292def98af78", {"whois.exe", trusted, "", "Microsoft Corporation", "8f43288a"}},
    {"050bbeb6b9aa", {"SoftwareUpdate.exe", trusted, "", "Apple Inc.", "742c3192"}},
    {"5b357b9f42f9", {"ntexe.cat", trusted, "", "Microsoft Windows", "3b1efd3a"}},
    {"115fe8649854", {"a catalog of 2025", trusted, "", "Microsoft Windows", "3b1efd3a"}},
    {"834978eefccf",
     {"oem89.cat", trusted, "", "Microsoft Windows Hardware Compatibility Publisher", "3b1efd3a"}},
    {"075197180ab6", {"exports put in by hand", broken, "bytes_behind_table", "", ""}},
    {"4b86d2aabedf",
     {"forged YourPhone.exe", broken, "chain_signature", "Microsoft Corporation", ""}},
    {"e632e06081fe",
     {"patched sigcheck.exe", broken, "message_digest", "Microsoft Corporation", ""}},
    {"97b22ee88d81",
     {"patched sigcheck.exe", broken, "nested_signature", "Microsoft Corporation", ""}},
    {"5bffb32754d8",
     {"signed with a web server's", untrusted, "chain_incomplete", "test.billdemirkapi.me", ""}},
    {"4518b17aecce", {"kdbazis.dll", untrusted, "chain_incomplete", "VirtualKD-Redux SPC", ""}},
    {"43bc0e260fc8", {"7z1900-x64_signed.exe", untrusted, "root_not_trusted", "ollypwn", ""}},
    {"4f3c46bb7932",
     {"pegoat-authenticode.exe", untrusted, "self_signed", "contact@trailofbits.com", ""}},
    {"b2a22633336e", {"AutoRuns.cat", unsigned_file, "no_signature", "", ""}},
};

SignatureFact verify(std::span<const std::byte> file, const Terms& terms) {
  Diagnostics diagnostics;
  const auto image = pe::read_pe(Bytes(file), Limits{}, diagnostics);
  return image ? verify_image({.file = Bytes(file), .layout = layout_of(*image), .evidence = 0},
                              terms)
               : verify_catalog(Bytes(file), 0, terms);
}

void check(const SignatureFact& fact, const Known& expected) {
  EXPECT_EQ(fact.status, expected.status) << expected.name << ": " << fact.why;
  EXPECT_EQ(fact.why_code, expected.why_code) << expected.name << ": " << fact.why;
  EXPECT_EQ(fact.common_name.raw(), expected.signer) << expected.name;
  if (*expected.root != '\0') {
    ASSERT_FALSE(fact.chain.empty()) << expected.name;
    EXPECT_TRUE(fact.chain.back().is_pinned) << expected.name;
    EXPECT_TRUE(fact.chain.back().thumbprint.starts_with(expected.root)) << expected.name;
    EXPECT_TRUE(fact.signed_at.given()) << expected.name;
  }
}

TEST(TrustCorpus, RealFilesAreWhatTheyAre) {
  const char* const corpus = std::getenv("NPGUARD_CORPUS");
  if (corpus == nullptr) {
    GTEST_SKIP() << "NPGUARD_CORPUS is not set";
  }
  const auto anchors = Anchors::parse(text_of(NPG_SOURCE_DIR "/data/trusted_roots.tsv"),
                                      text_of(NPG_SOURCE_DIR "/data/distrusted_certificates.tsv"));
  ASSERT_TRUE(anchors.has_value()) << anchors.error();
  const Terms terms{
      .anchors = *anchors, .as_of = *parse_time("2026-11-01T00:00:00Z"), .limits = {}};
  std::size_t seen = 0;
  for (const char* const folder : {"pe", "cat"}) {
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(std::filesystem::path(corpus) / folder)) {
      const std::string content = entry.is_regular_file() ? text_of(entry.path()) : "";
      const auto expected = known.find(sha256_hex(bytes_of(content)).substr(0, 12));
      if (expected != known.end()) {
        check(verify(bytes_of(content), terms), expected->second);
        ++seen;
      }
    }
  }
  EXPECT_EQ(seen, known.size());
}

}  // namespace
}  // namespace npg::trust
