#include <fmt/format.h>
#include <gtest/gtest.h>
#include <lzma.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "attack/bundle.hpp"
#include "attack/container.hpp"
#include "attack/diff.hpp"
#include "attack/import.hpp"
#include "attack/page.hpp"

namespace npg::attack {
namespace {

namespace fs = std::filesystem;

/// A folder of its own that goes with the test.
class AttackStore : public testing::Test {
 protected:
  void SetUp() override {
    folder = fs::temp_directory_path() /
             fmt::format("npguard-attack-{}-{}", ::getpid(),
                         testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::create_directories(folder);
  }
  void TearDown() override { fs::remove_all(folder); }

  Store loaded() const {
    auto store = Store::open(folder, Limits{});
    EXPECT_TRUE(store.has_value());
    EXPECT_TRUE(store->load().has_value());
    return std::move(*store);
  }
  std::expected<ImportReport, ImportRefusal> take(std::string_view text,
                                                  const std::string& release = {}) const {
    Store store = loaded();
    const ImportRequest request{
        .source = "t.json", .release = release, .domain = {}, .imported = {}};
    auto report = import_bundle(store, Bytes(bytes_of(text)), request, {}, Limits{});
    if (report && !report->already_there) {
      EXPECT_TRUE(store.commit().has_value());
    }
    return report;
  }
  std::size_t files() const {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
  }
  fs::path folder;
};

std::string id_of(std::string_view type, int number) {
  return fmt::format("{}--{:08x}-0000-4000-8000-000000000000", type, number);
}

struct Invented {
  std::string release = "1.0";
  std::string modified = "2020-01-01T00:00:00.000Z";
  std::string description = "An invented text.(Citation: Second)(Citation: First)";
  std::string platforms = R"(["Windows","Linux"])";
  std::string version = "1.9";
  std::string tactic = "Taking";
};
std::string bundle_of(const Invented& in) {
  const std::string technique = id_of("attack-pattern", 1);
  return fmt::format(
      R"json({{"type":"bundle","id":"bundle--x","objects":[
{{"type":"x-mitre-collection","id":"{}","name":"Enterprise (invented)","x_mitre_version":"{}","modified":"{}","x_mitre_contents":[]}},
{{"type":"attack-pattern","id":"{}","modified":"{}","name":"Invented","description":"{}","x_mitre_platforms":{},"x_mitre_version":"{}","kill_chain_phases":[{{"phase_name":"taking"}}],"external_references":[{{"source_name":"mitre-attack","external_id":"T9001"}},{{"source_name":"First","description":" one"}},{{"source_name":"Second"}}]}},
{{"type":"x-mitre-tactic","id":"{}","modified":"{}","name":"{}","x_mitre_shortname":"taking"}},
{{"type":"relationship","id":"{}","modified":"{}","relationship_type":"mitigates","source_ref":"{}","target_ref":"{}","description":"caf\u00e9"}}

]}}
)json",
      id_of("x-mitre-collection", 9), in.release, in.modified, technique, in.modified,
      in.description, in.platforms, in.version, id_of("x-mitre-tactic", 4), in.modified, in.tactic,
      id_of("relationship", 3), in.modified, id_of("course-of-action", 2), technique);
}

TEST_F(AttackStore, ImportsShowsAndMakesTheFileAgain) {
  const std::string text = bundle_of({});
  const auto report = take(text);
  ASSERT_TRUE(report.has_value()) << report.error().text;
  EXPECT_EQ(report->release.release, "1.0");
  EXPECT_EQ(report->release.domain, "enterprise-attack");
  EXPECT_EQ(report->dangling, 1U);
  const Store store = loaded();
  const auto release = Release::load(store, 0, Limits{});
  ASSERT_TRUE(release.has_value());
  const auto row = release->find("t9001");
  ASSERT_TRUE(row.has_value() && row->has_value());
  const auto page = page_of(*release, **row, Limits{});
  ASSERT_TRUE(page.has_value());
  EXPECT_EQ(page->object.name, "Invented");
  ASSERT_EQ(page->tactics.size(), 1U);
  EXPECT_EQ(page->tactics[0].name, "Taking");
  ASSERT_EQ(page->references.size(), 3U);
  EXPECT_EQ(page->references[0].source_name, "Second");
  EXPECT_EQ(page->references[1].description, "one");
  EXPECT_EQ(page->references[2].external_id, "T9001");
  EXPECT_EQ(text.substr(page->raw_offset, page->raw_bytes), release->raw(**row).value_or(""));
  const auto verdict = verify(*release, Limits{});
  ASSERT_TRUE(verdict.has_value());
  EXPECT_TRUE(verdict->bundle && verdict->hashes && verdict->file && verdict->damaged.empty());
}

TEST_F(AttackStore, LevelsOfADifference) {
  ASSERT_TRUE(take(bundle_of({})).has_value());
  ASSERT_TRUE(
      take(bundle_of({.release = "2.0", .modified = "2021-01-01T00:00:00.000Z"})).has_value());
  ASSERT_TRUE(take(bundle_of({.release = "3.0",
                              .modified = "2021-01-01T00:00:00.000Z",
                              .description = "Another text.",
                              .platforms = R"(["Linux","Windows"])",
                              .version = "1.10",
                              .tactic = "Hiding"}))
                  .has_value());
  const Store store = loaded();
  const auto steps = history(store, store.of_domain("enterprise-attack"), "T9001", Limits{});
  ASSERT_TRUE(steps.has_value());
  ASSERT_EQ(steps->size(), 3U);
  EXPECT_EQ((*steps)[1].difference.level, Level::bookkeeping);
  EXPECT_EQ((*steps)[2].difference.level, Level::content);
  EXPECT_EQ((*steps)[2].difference.version_kind, "minor");
  EXPECT_FALSE((*steps)[2].difference.modified_moved);
  EXPECT_EQ((*steps)[2].tactics.at(0), "Hiding");
  const auto second = Release::load(store, 1, Limits{});
  const auto third = Release::load(store, 2, Limits{});
  const auto difference = compare_releases(*second, *third);
  ASSERT_TRUE(difference.has_value());
  EXPECT_EQ(difference->content.size(), 2U);
  EXPECT_EQ(difference->content_same_modified, 2U);
  const auto verdict = verify(*third, Limits{});
  ASSERT_TRUE(verdict.has_value());
  EXPECT_TRUE(verdict->bundle && verdict->hashes && verdict->file);
}

TEST_F(AttackStore, HostileBundlesLeaveTheStoreAsItWas) {
  ASSERT_TRUE(take(bundle_of({})).has_value());
  const std::size_t before = files();
  const std::string good = bundle_of({.release = "2.0"});
  std::string twice = good;
  twice.replace(twice.find(id_of("x-mitre-tactic", 4)), 14, "x-mitre-tactic");
  std::string many = R"({"type":"bundle","objects":[)";
  for (int i = 0; i < 260'000; ++i) {
    many += fmt::format("{}{{\"type\":\"a\",\"id\":\"{}\"}}", i == 0 ? "" : ",", id_of("a", i));
  }
  many += "]}";
  const std::string object = R"({"type":"a","id":"a--00000000-0000-4000-8000-000000000000"})";
  struct Case {
    const char* name;
    std::string text;
    ErrorCode code;
    const char* what;
  };
  const Case cases[] = {
      {"not JSON", "hello", ErrorCode::not_this_format, "stix.bundle"},
      {"cut", good.substr(0, good.size() / 2), ErrorCode::truncated, "json.string"},
      {"deep", R"({"type":"bundle","objects":[{"a":)" + std::string(1000, '['),
       ErrorCode::limit_exceeded, "json.depth"},
      {"ids twice", R"({"type":"bundle","objects":[)" + object + "," + object + "]}",
       ErrorCode::bad_value, "stix.duplicate_id"},
      {"many objects", many, ErrorCode::limit_exceeded, "stix.bundle.objects"},
      {"bad id", R"({"type":"bundle","objects":[{"type":"a","id":"b--1"}]})", ErrorCode::bad_value,
       "stix.id"},
      {"text after the end", good + "x", ErrorCode::bad_value, "stix.bundle.trailing_data"},
  };
  for (const Case& each : cases) {
    const auto report = take(each.text);
    ASSERT_FALSE(report.has_value()) << each.name;
    if (std::string_view(each.name) != "cut") {
      EXPECT_EQ(report.error().error.what, each.what) << each.name;
    }
    EXPECT_EQ(name_of(report.error().error.code), name_of(each.code)) << each.name;
    EXPECT_EQ(files(), before) << each.name;
  }
  EXPECT_FALSE(take(bundle_of({.description = "other bytes, same release"})).has_value());
  EXPECT_TRUE(take(bundle_of({}))->already_there);
}

TEST_F(AttackStore, EveryTruncationIsRefused) {
  const std::string text = bundle_of({});
  for (std::size_t size = 0; size + 1 < text.size(); size += 7) {
    ASSERT_FALSE(take(std::string_view(text).substr(0, size)).has_value()) << size;
  }
}

TEST(Container, BombsAreRefusedAtTheLimit) {
  Limits limits;
  limits.attack_file_bytes_max = 1 << 20;
  const std::string zeros(32 << 20, ' ');
  const std::string zstd = compress(zeros, 3);
  std::string xz(1 << 20, '\0');
  std::size_t xz_size = 0;
  const std::vector<std::uint8_t> input(zeros.begin(), zeros.end());
  std::vector<std::uint8_t> output(1 << 20);
  ASSERT_EQ(lzma_easy_buffer_encode(6, LZMA_CHECK_CRC64, nullptr, input.data(), input.size(),
                                    output.data(), &xz_size, output.size()),
            LZMA_OK);
  xz.assign(output.begin(), output.begin() + static_cast<std::ptrdiff_t>(xz_size));
  for (const std::string& bomb : {zstd, xz}) {
    const auto text = unpack(Bytes(bytes_of(bomb)), limits);
    ASSERT_FALSE(text.has_value());
    EXPECT_EQ(name_of(text.error().code), "limit_exceeded");
    for (std::size_t cut = 8; cut < bomb.size(); cut += bomb.size() / 7) {
      EXPECT_FALSE(
          unpack(Bytes(bytes_of(std::string_view(bomb).substr(0, cut))), Limits{}).has_value())
          << cut;
    }
  }
}

TEST(Versions, AreComparedAsNumbers) {
  EXPECT_LT(compare_versions("1.9", "1.10"), 0);
  EXPECT_GT(compare_versions("18.1", "9.0"), 0);
  EXPECT_EQ(compare_versions("1", "1.0"), 0);
  EXPECT_EQ(version_kind("1.9", "1.10"), "minor");
  EXPECT_EQ(version_kind("1.9", "2.0"), "major");
}

std::string file_text(const fs::path& path) {
  const auto file = MappedFile::open(path);
  return file ? std::string(file->text()) : std::string();
}

/// The shared vectors: what T1556.008 is in each of 16 releases, counted by other means.
TEST_F(AttackStore, VectorsOfRealReleases) {
  const char* shared = std::getenv("NPGUARD_ATTACK");
  if (shared == nullptr) {
    GTEST_SKIP() << "NPGUARD_ATTACK is not set";
  }
  const std::string expected = file_text(fs::path(shared) / "vectors/T1556.008.history.json");
  Limits limits;
  const auto vectors = Object::parse(expected, limits);
  ASSERT_TRUE(vectors.has_value());
  for (const JsonValue& each : (*vectors)->value().items()) {
    const std::string release = each.text("release");
    const std::string text =
        file_text(fs::path(shared) / ("core/enterprise-" + release + ".core.stix20.json"));
    ASSERT_TRUE(take(text, release).has_value()) << release;
  }
  const Store store = loaded();
  const auto steps = history(store, store.of_domain("enterprise-attack"), "T1556.008", limits);
  ASSERT_TRUE(steps.has_value());
  const auto all = (*vectors)->value().items();
  ASSERT_EQ(steps->size(), all.size());
  for (std::size_t i = 0; i < all.size(); ++i) {
    const JsonValue& want = all[i];
    const HistoryStep& have = (*steps)[i];
    const std::string release = want.text("release");
    EXPECT_EQ(have.present, want.truth("present")) << release;
    if (!have.present) {
      continue;
    }
    EXPECT_EQ(hex_of(have.hashes.minified), want.text("sha256_stix20_minified_source_order"))
        << release;
    EXPECT_EQ(hex_of(have.hashes.canonical), want.text("sha256_stix20_jcs")) << release;
    EXPECT_EQ(have.version, want.text("x_mitre_version")) << release;
    EXPECT_EQ(have.modified, want.text("modified")) << release;
    const JsonValue changes = want.member("changes_since_previous_release");
    if (changes.is(JsonKind::array)) {
      std::vector<std::string> wanted;
      std::vector<std::string> got;
      for (const JsonValue& change : changes.items()) {
        wanted.push_back(change.text("field") + " " + change.text("kind"));
      }
      for (const FieldChange& change : have.difference.fields) {
        got.push_back(change.field + " " + change.kind);
      }
      EXPECT_EQ(got, wanted) << release;
    }
    EXPECT_EQ(have.relations.added.size(), want.member("relationships_added").items().size())
        << release;
    EXPECT_EQ(have.relations.removed.size(), want.member("relationships_removed").items().size())
        << release;
    std::vector<std::string> wanted;
    std::vector<std::string> got;
    for (const JsonValue& change : want.member("relationships_changed").items()) {
      std::string line = change.text("id");
      for (const JsonValue& field : change.member("fields").items()) {
        line += " " + field.text();
      }
      wanted.push_back(line);
    }
    for (const RelationChange& change : have.relations.changed) {
      std::string line = change.id;
      for (const std::string& field : change.fields) {
        line += " " + field;
      }
      got.push_back(line);
    }
    std::ranges::sort(got);
    std::ranges::sort(wanted);
    EXPECT_EQ(got, wanted) << release;
  }
}

TEST_F(AttackStore, OfficialCollectionsHaveTheirPublishedHash) {
  const char* shared = std::getenv("NPGUARD_ATTACK");
  if (shared == nullptr) {
    GTEST_SKIP() << "NPGUARD_ATTACK is not set";
  }
  const auto pins = parse_pins(file_text(fs::path(NPG_SOURCE_DIR) / "data/attack_bundles.tsv"));
  ASSERT_TRUE(pins.has_value());
  Store store = loaded();
  for (const char* name :
       {"ics-attack-17.1", "ics-attack-18.0", "ics-attack-18.1", "mobile-attack-17.1"}) {
    const std::string file =
        file_text(fs::path(shared) / "official" / (std::string(name) + ".json.xz"));
    const ImportRequest request{.source = name,
                                .release = {},
                                .domain = {},
                                .imported = {},
                                .require_pinned = true,
                                .require_closed = false};
    const auto report = import_bundle(store, Bytes(bytes_of(file)), request, *pins, Limits{});
    ASSERT_TRUE(report.has_value()) << name << report.error().text;
    EXPECT_EQ(report->release.pinned, "match");
    EXPECT_EQ(report->contents_missing, 0U) << name;
    EXPECT_EQ(report->contents_unlisted, 0U) << name;
  }
  for (std::size_t i = 0; i < store.releases().size(); ++i) {
    const auto release = Release::load(store, i, Limits{});
    const auto verdict = verify(*release, Limits{});
    ASSERT_TRUE(verdict.has_value());
    EXPECT_TRUE(verdict->bundle && verdict->hashes && verdict->file && verdict->damaged.empty())
        << i;
  }
}

}  // namespace
}  // namespace npg::attack
