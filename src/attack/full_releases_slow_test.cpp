// Whole releases of 50 MB. MITRE's data is not part of the project: without NPGUARD_ATTACK this
// skips.
#include <gtest/gtest.h>

#include <cstdlib>

#include "attack/diff.hpp"
#include "attack/store_test.hpp"

namespace npg::attack {
namespace {

/// Counted by another program over the same two files, with the rule of docs/attack.md.
TEST_F(AttackStore, WholeReleasesAgainstAnotherCount) {
  const char* shared = std::getenv("NPGUARD_ATTACK");
  if (shared == nullptr) {
    GTEST_SKIP() << "NPGUARD_ATTACK is not set";
  }
  for (const std::string release : {"18.1", "19.1"}) {
    const std::string file =
        file_text(std::filesystem::path(shared) / "full" /
                  ("enterprise-attack-" + release + ".reassembled.stix21.json.xz"));
    const auto report = take(file);
    ASSERT_TRUE(report.has_value()) << report.error().text;
    EXPECT_EQ(report->release.release, release);
    EXPECT_EQ(report->dangling, 0U);
    EXPECT_EQ(report->release.bundle_sha256,
              release == "18.1"
                  ? "fd7b2f3e960fde8f8a50837edb7a57be6b5cbc09aae569558024f2fb1fcd3c46"
                  : "718d4b7137e9794455198160bd1c4c6ddbfde4a1b5aecef26c22c54a450f6b3f");
  }
  const Store store = loaded();
  const auto before = Release::load(store, 0, Limits{});
  const auto after = Release::load(store, 1, Limits{});
  ASSERT_TRUE(before.has_value() && after.has_value());
  const auto difference = compare_releases(*before, *after);
  ASSERT_TRUE(difference.has_value());
  EXPECT_EQ(difference->common, 24'426U);
  EXPECT_EQ(difference->added.size(), 1'416U);
  EXPECT_EQ(difference->removed.size(), 345U);
  EXPECT_EQ(difference->changed, 21'387U);
  EXPECT_EQ(difference->changed_same_modified, 1'046U);
  EXPECT_EQ(difference->content.size(), 753U);
  EXPECT_EQ(difference->content_same_modified, 12U);
  const auto verdict = verify(*after, Limits{});
  ASSERT_TRUE(verdict.has_value());
  EXPECT_TRUE(verdict->bundle && verdict->hashes && verdict->file && verdict->damaged.empty());
}

}  // namespace
}  // namespace npg::attack
