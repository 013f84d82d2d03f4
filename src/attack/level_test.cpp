// One definition of a level: what history, a comparison of two objects and one of two releases call
// a difference is the same.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "attack/analysis_file.hpp"
#include "attack/diff.hpp"
#include "attack/diff_report.hpp"
#include "attack/json_scan.hpp"
#include "attack/store_test.hpp"

namespace npg::attack {
namespace {

const std::string id = "attack-pattern--00000001-0000-4000-8000-000000000000";

/// The members of an object behind type and id.
std::string object_of(std::string_view members) {
  return fmt::format(R"({{"type":"attack-pattern","id":"{}",{}}})", id, members);
}
const std::string plain = object_of(
    R"("modified":"2020-01-01T00:00:00.000Z","name":"caf\u00e9","x_mitre_platforms":["A","B"],"x":{"a":1,"b":2},"external_references":[{"source_name":"mitre-attack","external_id":"T9001"}])");

std::string with(std::string_view from, std::string_view to) {
  std::string out = plain;
  const std::size_t at = out.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return out.replace(at, from.size(), to);
}

std::string bundle(std::string_view release, std::string_view object, std::string_view form) {
  return fmt::format(
      R"json({{"type":"bundle","id":"bundle--x",{}"objects":[{{"type":"x-mitre-collection","id":"x-mitre-collection--00000009-0000-4000-8000-000000000000","name":"Enterprise (invented)","x_mitre_version":"{}","x_mitre_contents":[]}},{}]}})json",
      form, release, object);
}

struct Case {
  const char* name;
  std::string after;
  Level level;
};
const Case cases[] = {
    {"the same bytes", plain, Level::identical},
    {"white space", with(":{\"a\"", ": {\"a\""), Level::layout},
    {"an escape", with("caf\\u00e9", "caf\xc3\xa9"), Level::layout},
    {"a number's form", with("\"a\":1", "\"a\":1.0"), Level::layout},
    {"an escape and white space", with("\"caf\\u00e9\"", " \"caf\xc3\xa9\""), Level::layout},
    {"keys in another order", with(R"("a":1,"b":2)", R"("b":2,"a":1)"), Level::order},
    {"a set in another order", with(R"(["A","B"])", R"(["B","A"])"), Level::order},
    {"an item of a set twice", with(R"(["A","B"])", R"(["A","B","A"])"), Level::order},
    {"a set and keys", with(R"(["A","B"],"x":{"a":1,"b":2})", R"(["B","A"],"x":{"b":2,"a":1})"),
     Level::order},
    {"modified", with("2020", "2021"), Level::bookkeeping},
    {"an empty member", with(R"("x":)", R"("y":[],"x":)"), Level::bookkeeping},
    {"modified, a set's order and white space",
     with(R"(2020-01-01T00:00:00.000Z","name":"caf\u00e9","x_mitre_platforms":["A","B"])",
          R"(2021-01-01T00:00:00.000Z", "name":"caf\u00e9","x_mitre_platforms":["B","A"])"),
     Level::bookkeeping},
    {"another name", with("caf", "Caf"), Level::content},
    {"an item more", with(R"(["A","B"])", R"(["A","B","C"])"), Level::content},
    {"a set that is no list", with(R"(["A","B"])", R"("A")"), Level::content},
    {"revoked", with(R"("x":)", R"("revoked":true,"x":)"), Level::content},
    {"not revoked", with(R"("x":)", R"("revoked":false,"x":)"), Level::bookkeeping},
    {"a list of no set in another order", with(R"({"a":1,"b":2})", R"([2,1])"), Level::content},
};

using Levels = AttackStore;

TEST_F(Levels, HistoryAndDifferencesAgree) {
  ASSERT_TRUE(take(bundle("1.0", plain, "")).has_value());
  int number = 1;
  for (const Case& each : cases) {
    const std::string release = fmt::format("{}.0", ++number);
    ASSERT_TRUE(take(bundle(release, each.after, "")).has_value()) << each.name;
    const Store store = loaded();
    const std::size_t last = store.releases().size() - 1;
    const auto before = Release::load(store, 0, Limits{});
    const auto after = Release::load(store, last, Limits{});
    ASSERT_TRUE(before.has_value() && after.has_value());
    const auto releases = compare_releases(*before, *after, Listing::everything);
    ASSERT_TRUE(releases.has_value());
    EXPECT_EQ(releases->on(each.level), 1U) << each.name;
    EXPECT_EQ(releases->common, 1U);
    EXPECT_EQ(releases->content.size(), each.level == Level::content ? 1U : 0U) << each.name;
    EXPECT_EQ(releases->lesser.size(),
              each.level == Level::content || each.level == Level::identical ? 0U : 1U)
        << each.name;
    const auto steps = history(store, {0, last}, "T9001", Limits{});
    ASSERT_TRUE(steps.has_value());
    EXPECT_EQ(name_of(steps->back().difference.level), name_of(each.level)) << each.name;
    // What is said of the fields fits the level.
    const auto has = [&](std::string_view kind) {
      return std::ranges::any_of(steps->back().difference.fields,
                                 [&](const FieldChange& field) { return field.kind == kind; });
    };
    EXPECT_EQ(has("content"), each.level == Level::content) << each.name;
    EXPECT_TRUE(each.level >= Level::bookkeeping || !has("bookkeeping")) << each.name;
  }
}

/// A plain comparison's count is of RFC 8785 forms, whatever the level.
TEST_F(Levels, APlainComparisonSeesTheOrderOfSets) {
  ASSERT_TRUE(take(bundle("1.0", plain, "")).has_value());
  ASSERT_TRUE(take(bundle("2.0", with(R"(["A","B"])", R"(["B","A"])"), "")).has_value());
  const Store store = loaded();
  const auto difference =
      compare_releases(*Release::load(store, 0, Limits{}), *Release::load(store, 1, Limits{}));
  ASSERT_TRUE(difference.has_value());
  EXPECT_EQ(difference->changed, 1U);
  EXPECT_EQ(difference->changed_same_modified, 1U);
}

/// STIX 2.0 against 2.1: said, and content alone compared.
TEST_F(Levels, FormsAreNotComparedSilently) {
  const std::string software = R"("name":"Invented","labels":["malware"])";
  const std::string newer = R"("spec_version":"2.1","name":"Invented","is_family":true)";
  const auto malware = [](std::string_view members) {
    return fmt::format(
        R"({{"type":"malware","id":"malware--00000002-0000-4000-8000-000000000000",{}}})", members);
  };
  ASSERT_TRUE(take(bundle("1.0", plain + "," + malware(software), R"("spec_version":"2.0",)")));
  ASSERT_TRUE(take(
      bundle("2.0", with(R"("x":)", R"("spec_version":"2.1","x":)") + "," + malware(newer), "")));
  ASSERT_TRUE(take(bundle("3.0", plain + "," + malware(software), R"("spec_version":"2.0",)")));
  ASSERT_TRUE(take(bundle("3.0", plain + "," + malware(newer), "")));
  const Store store = loaded();
  const auto first = Release::load(store, 0, Limits{});
  const auto second = Release::load(store, 1, Limits{});
  const auto difference = compare_releases(*first, *second);
  ASSERT_TRUE(difference.has_value());
  EXPECT_FALSE(difference->same_form);
  EXPECT_EQ(difference->on(Level::form), 2U);
  EXPECT_TRUE(difference->content.empty());
  const std::string text = release_difference_text(*first, *second, *difference);
  EXPECT_NE(text.find("1.0 to 2.0, STIX 2.0 against STIX 2.1"), std::string::npos) << text;
  EXPECT_NE(text.find("content alone is compared"), std::string::npos);
  const std::vector<std::size_t> releases = store.of_domain("enterprise-attack");
  // The form that more releases have comes first, and is kept where a release is there in both.
  EXPECT_EQ(releases, (std::vector<std::size_t>{0, 1, 3}));
  // A statement is held against both forms of its release, software having other members in each.
  const auto third = Release::load(store, 3, Limits{});
  const std::string software_id = "malware--00000002-0000-4000-8000-000000000000";
  const auto older = content_hash(*Release::load(store, 2, Limits{}), software_id);
  ASSERT_TRUE(older.has_value());
  EXPECT_NE(older, content_hash(*third, software_id));
  const AnalysedObject written{"S9001", software_id, "3.0", *older};
  EXPECT_EQ(state_of(written, &*third), AnalysisState::current);
  EXPECT_EQ(state_of(written, &*second), AnalysisState::stale);
  for (const char* object : {"T9001", "malware--00000002-0000-4000-8000-000000000000"}) {
    const auto steps = history(store, releases, object, Limits{});
    ASSERT_TRUE(steps.has_value());
    EXPECT_FALSE(steps->at(1).same_form);
    EXPECT_EQ(name_of(steps->at(1).difference.level), "form only") << object;
    EXPECT_TRUE(steps->at(2).same_form);
    const auto identity = identity_of(store, releases, object, Limits{});
    EXPECT_NE(
        history_text(store, object, *identity, *steps).find("1.0 is STIX 2.0 and this is STIX 2.1"),
        std::string::npos);
  }
}

}  // namespace
}  // namespace npg::attack
