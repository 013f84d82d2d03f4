// The objects of real releases, counted and hashed by other means. MITRE's data is not part of the
// project: without NPGUARD_ATTACK these tests skip.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "attack/bundle.hpp"
#include "attack/diff.hpp"
#include "attack/page.hpp"
#include "attack/store_test.hpp"

namespace npg::attack {
namespace {

namespace fs = std::filesystem;

class RealReleases : public AttackStore {
 protected:
  void SetUp() override {
    AttackStore::SetUp();
    if (std::getenv("NPGUARD_ATTACK") == nullptr) {
      GTEST_SKIP() << "NPGUARD_ATTACK is not set";
    }
    shared = std::getenv("NPGUARD_ATTACK");
  }
  ObjectPointer json(const fs::path& file) const {
    auto parsed = Object::parse(file_text(shared / file), Limits{});
    EXPECT_TRUE(parsed.has_value()) << file;
    return parsed ? *parsed : nullptr;
  }
  void take_core(const std::string& release, std::string_view form = "stix20") const {
    const std::string name = fmt::format("enterprise-{}.core.{}.json", release, form);
    const auto report = take(file_text(shared / "core" / name), release);
    ASSERT_TRUE(report.has_value()) << name << report.error().text;
  }
  fs::path shared;
};

const std::vector<std::string> releases = {"12.0", "12.1", "13.0", "13.1", "14.0", "14.1",
                                           "15.0", "15.1", "16.0", "16.1", "17.0", "17.1",
                                           "18.0", "18.1", "19.0", "19.1"};

std::string sha256(std::string_view text) {
  Hasher hasher;
  return hex_of(hasher.hash(text));
}

std::string canonical_sha256(const JsonValue& value) {
  std::string form;
  append_canonical(form, value);
  return sha256(form);
}

std::vector<std::string> texts(const JsonValue& list) {
  std::vector<std::string> out;
  for (const JsonValue& each : list.items()) {
    out.push_back(each.text());
  }
  return out;
}

std::vector<std::string> changes_of(const ObjectDifference& difference) {
  std::vector<std::string> out;
  for (const FieldChange& change : difference.fields) {
    out.push_back(change.field + " " + change.kind);
  }
  return out;
}

std::vector<std::string> wanted_changes(const JsonValue& changes) {
  std::vector<std::string> out;
  for (const JsonValue& change : changes.items()) {
    out.push_back(change.text("field") + " " + change.text("kind"));
  }
  return out;
}

std::vector<std::string> ids_of(const std::vector<RelationChange>& changes, bool with_fields) {
  std::vector<std::string> out;
  for (const RelationChange& change : changes) {
    std::string& line = out.emplace_back(change.id);
    for (const std::string& field : with_fields ? change.fields : std::vector<std::string>()) {
      line += " " + field;
    }
  }
  std::ranges::sort(out);
  return out;
}

/// The vectors list a relationship as an id, or as an object with an id and fields.
std::vector<std::string> wanted_ids(const JsonValue& list) {
  std::vector<std::string> out;
  for (const JsonValue& item : list.items()) {
    std::string& line = out.emplace_back(item.is(JsonKind::string) ? item.text() : item.text("id"));
    for (const JsonValue& field : item.member("fields").items()) {
      line += " " + field.text();
    }
  }
  std::ranges::sort(out);
  return out;
}

void expect_object(const Release& release, const JsonValue& want) {
  const std::string name = want.text("release");
  const auto row = release.find("T1556.008");
  ASSERT_TRUE(row.has_value() && row->has_value()) << name;
  const auto object = release.object(**row);
  ASSERT_TRUE(object.has_value());
  const JsonValue have = (*object)->value();
  for (const char* field :
       {"name", "x_mitre_version", "modified", "created", "x_mitre_attack_spec_version"}) {
    EXPECT_EQ(have.text(field), want.text(field)) << name << field;
  }
  EXPECT_EQ(texts(have.member("x_mitre_platforms")), texts(want.member("platforms"))) << name;
  EXPECT_EQ(texts(have.member("x_mitre_contributors")), texts(want.member("contributors")));
  EXPECT_EQ(texts(have.member("x_mitre_data_sources")), texts(want.member("data_sources")));
  EXPECT_EQ(have.member("x_mitre_detection").exists(), want.truth("has_x_mitre_detection"));
  EXPECT_EQ(have.text("x_mitre_detection"), want.text("x_mitre_detection"));
  std::vector<std::string> phases;
  for (const JsonValue& phase : have.member("kill_chain_phases").items()) {
    phases.push_back(phase.text("phase_name"));
  }
  EXPECT_EQ(phases, texts(want.member("tactics"))) << name;
  EXPECT_EQ(std::to_string(have.member("external_references").items().size()),
            want.member("external_references").source());
  EXPECT_EQ(sha256(have.text("description")), want.text("description_sha256"));
  EXPECT_EQ(canonical_sha256(have.member("external_references")),
            want.text("external_references_jcs_sha256"));
}

void expect_relations(const Release& release, const JsonValue& want) {
  const auto row = release.find("T1556.008");
  ASSERT_TRUE(row.has_value() && row->has_value());
  const std::vector<Relation> have = release.relations_of(release.blob(**row).id);
  const std::vector<JsonValue> wanted = want.member("relationships").items();
  ASSERT_EQ(have.size(), wanted.size()) << want.text("release");
  for (const JsonValue& each : wanted) {
    const auto found = std::ranges::find_if(have, [&](const Relation& relation) {
      return release.id(relation.row) == each.text("id");
    });
    ASSERT_NE(found, have.end()) << each.text("id");
    EXPECT_EQ(found->kind, each.text("relationship_type"));
    EXPECT_EQ(found->outgoing ? "out" : "in", each.text("direction"));
    EXPECT_EQ(release.store().ids()[found->other], each.text("other"));
    const auto object = release.object(found->row);
    const auto other = release.row_of(found->other);
    ASSERT_TRUE(object.has_value() && other.has_value());
    EXPECT_EQ(release.blob(*other).attack_id, each.text("other_attack_id"));
    EXPECT_EQ((*release.object(*other))->value().text("name"), each.text("other_name"));
    EXPECT_EQ((*object)->value().text("modified"), each.text("modified"));
    EXPECT_EQ(canonical_sha256((*object)->value()), each.text("jcs_sha256_stix20"));
    if (each.member("description_sha256").is(JsonKind::string)) {
      EXPECT_EQ(sha256((*object)->value().text("description")), each.text("description_sha256"));
    }
  }
}

TEST_F(RealReleases, HistoryOfTheTechniqueIsTheVectors) {
  const ObjectPointer vectors = json("vectors/T1556.008.history.json");
  const std::vector<JsonValue> wanted = vectors->value().items();
  ASSERT_EQ(wanted.size(), releases.size());
  for (const std::string& release : releases) {
    take_core(release);
  }
  const Store store = loaded();
  const auto steps = history(store, store.of_domain("enterprise-attack"), "T1556.008", Limits{});
  ASSERT_TRUE(steps.has_value());
  ASSERT_EQ(steps->size(), wanted.size());
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const JsonValue& want = wanted[i];
    const HistoryStep& have = (*steps)[i];
    const std::string name = want.text("release");
    EXPECT_EQ(have.present, want.truth("present")) << name;
    if (!have.present) {
      continue;
    }
    const auto release = Release::load(store, have.release, Limits{});
    ASSERT_TRUE(release.has_value());
    expect_object(*release, want);
    expect_relations(*release, want);
    EXPECT_EQ(hex_of(have.hashes.minified), want.text("sha256_stix20_minified_source_order"));
    EXPECT_EQ(hex_of(have.hashes.canonical), want.text("sha256_stix20_jcs"));
    EXPECT_EQ(have.first, want.member("changes_since_previous_release").is(JsonKind::string));
    if (!have.first) {
      EXPECT_EQ(changes_of(have.difference),
                wanted_changes(want.member("changes_since_previous_release")))
          << name;
    }
    EXPECT_EQ(ids_of(have.relations.added, false), wanted_ids(want.member("relationships_added")))
        << name;
    EXPECT_EQ(ids_of(have.relations.removed, false),
              wanted_ids(want.member("relationships_removed")))
        << name;
    EXPECT_EQ(ids_of(have.relations.changed, true),
              wanted_ids(want.member("relationships_changed")))
        << name;
  }
}

/// Every object of every core bundle, in the forms that the manifests have hashes of.
TEST_F(RealReleases, EveryHashOfEveryManifest) {
  std::size_t objects = 0;
  std::size_t derived = 0;
  for (const std::string& release : releases) {
    const ObjectPointer manifest = json("core/enterprise-" + release + ".manifest.json");
    take_core(release);
    const bool has_derived =
        fs::exists(shared / ("core/enterprise-" + release + ".core.stix21-derived.json"));
    if (has_derived) {
      take_core(release, "stix21-derived");
    }
    const Store store = loaded();
    for (const std::string form : {"2.0", "2.1"}) {
      const auto index = store.find("enterprise-attack", release, form);
      ASSERT_TRUE(form == "2.1" ? index.has_value() == has_derived : index.has_value());
      const auto loaded_release = index ? Release::load(store, *index, Limits{})
                                        : Result<Release>(fail(ErrorCode::not_found, 0, "none"));
      for (const JsonValue& each : manifest->value().member("objects").items()) {
        if (!loaded_release) {
          break;
        }
        const auto row = loaded_release->find(each.text("id"));
        ASSERT_TRUE(row.has_value() && row->has_value()) << each.text("id");
        const auto raw = loaded_release->raw(**row);
        ASSERT_TRUE(raw.has_value());
        const auto object = Object::parse(*raw, Limits{});
        ASSERT_TRUE(object.has_value());
        Hasher hasher;
        const ObjectHashes hashes = hashes_of((*object)->text(), (*object)->tape(), hasher);
        const JsonValue want = each.member("sha256");
        if (form == "2.0") {
          ++objects;
          EXPECT_EQ(hex_of(hashes.raw), want.text("stix20_object_bytes")) << each.text("id");
          EXPECT_EQ(hex_of(hashes.minified), want.text("stix20_minified_source_order"));
          EXPECT_EQ(hex_of(hashes.canonical), want.text("stix20_jcs"));
        } else {
          ++derived;
          EXPECT_EQ(hex_of(hashes.minified), want.text("stix21_derived_minified_source_order"));
          EXPECT_EQ(hex_of(hashes.canonical), want.text("stix21_derived_jcs"));
        }
      }
    }
  }
  EXPECT_EQ(objects, 370U);
  EXPECT_EQ(derived, 116U);
}

/// The files of exact bytes: what a hash is of, and the hash that mirrors print cut to 12 digits.
TEST_F(RealReleases, TheBytesThatAreHashed) {
  take_core("19.1");
  take_core("19.1", "stix21-derived");
  const Store store = loaded();
  for (const std::string form : {"2.0", "2.1"}) {
    const auto release =
        Release::load(store, store.find("enterprise-attack", "19.1", form).value(), Limits{});
    ASSERT_TRUE(release.has_value());
    const auto object = release->object(release->find("T1556.008").value().value());
    ASSERT_TRUE(object.has_value());
    std::string minified;
    std::string canonical;
    append_minified(minified, (*object)->value());
    append_canonical(canonical, (*object)->value());
    const std::string stem = form == "2.0" ? "stix20" : "stix21";
    EXPECT_EQ(minified, file_text(shared / ("vectors/T1556.008-19.1." + stem + ".min.json")));
    EXPECT_EQ(canonical, file_text(shared / ("vectors/T1556.008-19.1." + stem + ".jcs.json")));
    if (form == "2.1") {
      EXPECT_EQ(sha256(minified),
                "3f8e03f99dfa67b7d1aba99b34c8fb4f95f3b7fab35fd4e1dd7f427a08c367a7");
      EXPECT_EQ(sha256(canonical),
                "f54ff3b85d1171137b9960fc09e112a269a20a774666a9ec1437193c6685dc8c");
    }
  }
}

/// Content counts of the trimmed releases, against a count by another program.
TEST_F(RealReleases, ContentCountsOfTrimmedReleases) {
  for (const std::string release : {"18.1", "19.0", "19.1"}) {
    const std::string text =
        file_text(shared / ("extended/enterprise-" + release + ".extended.stix20.json"));
    ASSERT_TRUE(take(text, release).has_value()) << release;
  }
  const Store store = loaded();
  struct Case {
    std::size_t before;
    std::size_t after;
    std::uint64_t common;
    std::uint64_t plain;
    std::uint64_t plain_same_modified;
    std::uint64_t content;
    std::uint64_t content_same_modified;
  };
  const Case cases[] = {
      {0, 1, 119, 72, 51, 22, 1}, {1, 2, 125, 70, 1, 3, 0}, {0, 2, 119, 85, 18, 22, 1}};
  for (const Case& each : cases) {
    const auto before = Release::load(store, each.before, Limits{});
    const auto after = Release::load(store, each.after, Limits{});
    const auto difference = compare_releases(*before, *after);
    ASSERT_TRUE(difference.has_value());
    EXPECT_EQ(difference->common, each.common);
    EXPECT_EQ(difference->changed, each.plain);
    EXPECT_EQ(difference->changed_same_modified, each.plain_same_modified);
    EXPECT_EQ(difference->content.size(), each.content);
    EXPECT_EQ(difference->content_same_modified, each.content_same_modified);
  }
}

TEST_F(RealReleases, OfficialCollectionsHaveTheirPublishedHash) {
  const auto pins = parse_pins(file_text(fs::path(NPG_SOURCE_DIR) / "data/attack_bundles.tsv"));
  ASSERT_TRUE(pins.has_value());
  Store store = loaded();
  for (const std::string name :
       {"ics-attack-17.1", "ics-attack-18.0", "ics-attack-18.1", "mobile-attack-17.1"}) {
    const std::string file = file_text(shared / "official" / (name + ".json.xz"));
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
