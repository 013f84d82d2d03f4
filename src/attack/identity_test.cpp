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

std::string relation(int number, std::string_view kind, std::string_view from,
                     std::string_view to) {
  return fmt::format(
      R"({{"type":"relationship","id":"{}","relationship_type":"{}","source_ref":"{}","target_ref":"{}"}})",
      id_of("relationship", number), kind, from, to);
}

std::vector<std::string> attack_ids(const std::vector<ReleaseChange>& changes) {
  std::vector<std::string> out;
  for (const ReleaseChange& each : changes) {
    out.push_back(each.object.attack_id);
  }
  return out;
}

/// Who is revoked, deprecated or restored is told by the objects, not by what relationships are
/// new.
TEST_F(Identities, StatesThatChangedBetweenReleases) {
  const std::string gone = R"("revoked":true,)";
  const std::string dropped = R"("x_mitre_deprecated":true,)";
  const auto technique = [](int number, std::string_view more) {
    return object("attack-pattern", number, fmt::format("T900{}", number), more);
  };
  ASSERT_TRUE(take(bundle("1.0", {technique(1, ""), technique(2, gone), technique(3, ""),
                                  technique(4, dropped), technique(5, ""), technique(6, ""),
                                  revoked_by(12, 2, 5)}))
                  .has_value());
  ASSERT_TRUE(
      take(bundle("2.0", {technique(1, gone), technique(2, gone), technique(3, dropped),
                          technique(4, ""), technique(5, gone), technique(6, ""),
                          revoked_by(11, 1, 5), revoked_by(13, 2, 6), revoked_by(14, 5, 6)}))
          .has_value());
  const Store store = loaded();
  const auto before = Release::load(store, 0, Limits{});
  const auto after = Release::load(store, 1, Limits{});
  const auto difference = compare_releases(*before, *after);
  ASSERT_TRUE(difference.has_value());
  ASSERT_EQ(difference->revoked.size(), 2U);
  EXPECT_EQ(difference->revoked[0].change.object.attack_id, "T9001");
  ASSERT_EQ(difference->revoked[0].successors.size(), 2U);
  EXPECT_EQ(difference->revoked[0].successors[1].attack_id, "T9006");
  ASSERT_EQ(difference->succeeded.size(), 1U);  // Revoked before, with a new relationship.
  EXPECT_EQ(difference->succeeded[0].change.object.attack_id, "T9002");
  EXPECT_EQ(difference->succeeded[0].before.attack_id, "T9005");
  EXPECT_EQ(difference->succeeded[0].after.attack_id, "T9006");
  EXPECT_EQ(attack_ids(difference->deprecated), std::vector<std::string>{"T9003"});
  EXPECT_EQ(attack_ids(difference->restored), std::vector<std::string>{"T9004"});
  const std::string text = release_difference_text(*before, *after, *difference);
  for (const char* line :
       {"2 revoked, 1 deprecated, 1 restored", "T9001 Name 1 -> T9005 Name 5 -> T9006 Name 6",
        "T9002 Name 2: T9005 Name 5 before, T9006 Name 6 now",
        "T9001 Name 1 revoked-by T9005 Name 5 (relationship--0000000b-"}) {
    EXPECT_NE(text.find(line), std::string::npos) << line << '\n' << text;
  }
  const auto steps = history(store, {0, 1}, "T9002", Limits{});
  const auto identity = identity_of(store, {0, 1}, "T9002", Limits{});
  EXPECT_NE(
      history_text(store, "T9002", *identity, *steps).find("REVOKED, succeeded by T9006 Name 6"),
      std::string::npos);
}

/// A live revoked-by relationship counts more than one that was itself dropped.
TEST_F(Identities, OfSeveralSuccessorsTheLiveRelationshipCounts) {
  const std::string gone = R"("revoked":true,)";
  std::string old_relation = revoked_by(10, 1, 2);
  old_relation.insert(1, R"("x_mitre_deprecated":true,)");
  ASSERT_TRUE(
      take(bundle("1.0",
                  {object("attack-pattern", 1, "T9001", gone), object("attack-pattern", 2, "T9002"),
                   object("attack-pattern", 3, "T9003"), old_relation, revoked_by(11, 1, 3)}))
          .has_value());
  const Store store = loaded();
  const auto release = Release::load(store, 0, Limits{});
  const auto chain = release->successors_of(release->find("T9001")->value());
  ASSERT_EQ(chain.size(), 1U);
  EXPECT_EQ(chain[0].attack_id, "T9003");
}

/// A relationship that leads elsewhere now is gone from here, new there, and at its other end told
/// with where it led before.
TEST_F(Identities, FarEndsThatChange) {
  const std::string a = id_of("attack-pattern", 1);
  const std::string b = id_of("attack-pattern", 2);
  const std::string mitigation = id_of("course-of-action", 3);
  const std::vector<std::string> objects = {object("attack-pattern", 1, "T9001"),
                                            object("attack-pattern", 2, "T9002"),
                                            object("course-of-action", 3, "M9003")};
  std::vector<std::string> first = objects;
  first.push_back(relation(11, "mitigates", mitigation, a));
  std::vector<std::string> second = objects;
  second.push_back(relation(11, "mitigates", mitigation, b));
  ASSERT_TRUE(take(bundle("1.0", first)).has_value());
  ASSERT_TRUE(take(bundle("2.0", second)).has_value());
  const Store store = loaded();
  const auto relations = [&](const char* id) {
    return history(store, {0, 1}, id, Limits{})->back().relations;
  };
  EXPECT_EQ(relations("T9001").removed.size(), 1U);
  EXPECT_EQ(relations("T9002").added.size(), 1U);
  const RelationDifference at_mitigation = relations("M9003");
  ASSERT_EQ(at_mitigation.changed.size(), 1U);
  EXPECT_EQ(at_mitigation.changed[0].other.attack_id, "T9002");
  EXPECT_EQ(at_mitigation.changed[0].other_before.attack_id, "T9001");
  EXPECT_TRUE(at_mitigation.changed[0].content);
}

}  // namespace
}  // namespace npg::attack
