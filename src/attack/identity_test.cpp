// Which object an id means, and what became of it.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "attack/diff.hpp"
#include "attack/diff_report.hpp"
#include "attack/page.hpp"
#include "attack/store_test.hpp"

namespace npg::attack {
namespace {

std::string id_of(std::string_view type, int number) {
  return fmt::format("{}--{:08x}-0000-4000-8000-000000000000", type, number);
}

std::string object(std::string_view type, int number, std::string_view attack_id,
                   std::string_view more = {}) {
  return fmt::format(
      R"({{"type":"{}","id":"{}","name":"Name {}",{}"external_references":[{{"source_name":"mitre-attack","external_id":"{}"}}]}})",
      type, id_of(type, number), number, more, attack_id);
}

std::string revoked_by(int number, int from, int to) {
  return fmt::format(
      R"({{"type":"relationship","id":"{}","relationship_type":"revoked-by","source_ref":"{}","target_ref":"{}"}})",
      id_of("relationship", number), id_of("attack-pattern", from), id_of("attack-pattern", to));
}

std::string bundle(std::string_view release, const std::vector<std::string>& objects) {
  std::string out = fmt::format(
      R"json({{"type":"bundle","id":"bundle--x","objects":[{{"type":"x-mitre-collection","id":"{}","name":"Enterprise (invented)","x_mitre_version":"{}","x_mitre_contents":[]}})json",
      id_of("x-mitre-collection", 99), release);
  for (const std::string& each : objects) {
    out += ",\n" + each;
  }
  return out + "]}";
}

using Identities = AttackStore;

TEST_F(Identities, ATechniqueBeforeTheOldMitigationOfItsId) {
  const std::string dropped =
      object("course-of-action", 1, "T9001", R"("x_mitre_deprecated":true,)");
  const std::string technique = object("attack-pattern", 2, "T9001", R"("revoked":true,)");
  // In one release the mitigation comes first, in the other last, and once it is there alone.
  ASSERT_TRUE(take(bundle("1.0", {dropped})).has_value());
  ASSERT_TRUE(take(bundle("2.0", {technique, dropped})).has_value());
  ASSERT_TRUE(take(bundle("3.0", {dropped, technique})).has_value());
  const Store store = loaded();
  for (const std::size_t index : {std::size_t{1}, std::size_t{2}}) {
    const auto release = Release::load(store, index, Limits{});
    const auto row = release->find("T9001");
    ASSERT_TRUE(row.has_value() && row->has_value());
    EXPECT_EQ(release->id(**row), id_of("attack-pattern", 2));
    const auto page = page_of(*release, **row, Limits{});
    ASSERT_TRUE(page.has_value());
    EXPECT_EQ(page->same_attack_id, std::vector<std::string>{id_of("course-of-action", 1)});
    EXPECT_NE(page_text(*page, "").find("T9001 is also the id of course-of-action--"),
              std::string::npos);
  }
  const auto releases = store.of_domain("enterprise-attack");
  const auto identity = identity_of(store, releases, "t9001", Limits{});
  ASSERT_TRUE(identity.has_value());
  EXPECT_EQ(identity->stix_id, id_of("attack-pattern", 2));
  EXPECT_EQ(identity->others, std::vector<std::string>{id_of("course-of-action", 1)});
  const auto steps = history(store, releases, "T9001", Limits{});
  ASSERT_TRUE(steps.has_value());
  EXPECT_FALSE(steps->at(0).present);  // Only the mitigation was there.
  EXPECT_EQ(steps->at(2).difference.level, Level::identical);
  EXPECT_NE(history_text(store, "T9001", *identity, *steps).find("also the id of course-of-action"),
            std::string::npos);
}

TEST_F(Identities, ChainsOfSuccessorsAreFollowedToTheirEnd) {
  const std::string gone = R"("revoked":true,)";
  ASSERT_TRUE(take(bundle("1.0", {object("attack-pattern", 1, "T9001", gone),
                                  object("attack-pattern", 2, "T9002", gone),
                                  object("attack-pattern", 3, "T9003"), revoked_by(11, 1, 2),
                                  revoked_by(12, 2, 3),
                                  // Two that name each other: no end to find.
                                  object("attack-pattern", 4, "T9004", gone),
                                  object("attack-pattern", 5, "T9005", gone), revoked_by(13, 4, 5),
                                  revoked_by(14, 5, 4)}))
                  .has_value());
  const Store store = loaded();
  const auto release = Release::load(store, 0, Limits{});
  const auto page = page_of(*release, release->find("T9001")->value(), Limits{});
  ASSERT_TRUE(page.has_value());
  EXPECT_EQ(page->successor.attack_id, "T9003");
  ASSERT_EQ(page->successors.size(), 2U);
  EXPECT_NE(page_text(*page, "").find("succeeded by T9002 Name 2 -> T9003 Name 3"),
            std::string::npos);
  const auto circle = page_of(*release, release->find("T9004")->value(), Limits{});
  ASSERT_TRUE(circle.has_value());
  EXPECT_EQ(circle->successors.size(), 1U);
}

}  // namespace
}  // namespace npg::attack
