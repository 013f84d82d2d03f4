#include "attack/store_test.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <lzma.h>
#include <zlib.h>

#include <algorithm>
#include <filesystem>

#include "attack/bundle.hpp"
#include "attack/diff.hpp"
#include "attack/diff_report.hpp"
#include "attack/page.hpp"

namespace npg::attack {
namespace {

namespace fs = std::filesystem;

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
  auto difference = compare_releases(*second, *third);
  ASSERT_TRUE(difference.has_value());
  EXPECT_EQ(difference->content.size(), 2U);
  EXPECT_EQ(difference->content_same_modified, 2U);
  ASSERT_TRUE(add_differences(*second, *third, *difference).has_value());
  EXPECT_EQ(difference->content[0].difference.value().version_kind, "minor");
  EXPECT_EQ(difference->content[1].difference.value().fields.at(0).field, "name");
  const auto verdict = verify(*third, Limits{});
  ASSERT_TRUE(verdict.has_value());
  EXPECT_TRUE(verdict->bundle && verdict->hashes && verdict->file);
}

TEST_F(AttackStore, WordsOfRelationshipsAndWhiteSpaceAlone) {
  ASSERT_TRUE(take(bundle_of({})).has_value());
  std::string second = bundle_of({.release = "2.0"});
  second.replace(second.find("{\"type\":\"attack-pattern\""), 1, "{ ");
  second.replace(second.find("caf\\u00e9"), 9, "caf\\u00e9 noir");
  ASSERT_TRUE(take(second).has_value());
  const Store store = loaded();
  const auto steps = history(store, store.of_domain("enterprise-attack"), "T9001", Limits{});
  ASSERT_TRUE(steps.has_value());
  EXPECT_EQ(steps->back().difference.level, Level::layout);
  const RelationDifference& relations = steps->back().relations;
  ASSERT_EQ(relations.changed.size(), 1U);
  EXPECT_EQ(relations.changed[0].fields, std::vector<std::string>{"description"});
  EXPECT_TRUE(relations.changed[0].content);
  EXPECT_EQ(relations.changed[0].words, "[-caf\xc3\xa9-]{+caf\xc3\xa9 noir+}");
}

/// An object with one more member, in a bundle by itself; `at` is where the member's value starts.
std::string bundle_with(std::string_view value) {
  return fmt::format(R"({{"type":"bundle","objects":[{{"type":"a","id":"{}","x":{}}}]}})",
                     id_of("a", 1), value);
}
const std::uint64_t at_value = bundle_with("").size() - 3;

std::string many_objects(int count) {
  std::string many = R"({"type":"bundle","objects":[)";
  for (int i = 0; i < count; ++i) {
    many += fmt::format("{}{{\"type\":\"a\",\"id\":\"{}\"}}", i == 0 ? "" : ",", id_of("a", i));
  }
  return many + "]}";
}

TEST_F(AttackStore, HostileBundlesLeaveTheStoreAsItWas) {
  ASSERT_TRUE(take(bundle_of({})).has_value());
  const std::string manifest = file_text(folder / "manifest");
  const std::size_t before = files();
  const std::string good = bundle_of({.release = "2.0"});
  const std::string object = fmt::format(R"({{"type":"a","id":"{}"}})", id_of("a", 1));
  const std::uint64_t first_object = std::string_view(R"({"type":"bundle","objects":[)").size();
  struct Case {
    const char* name;
    std::string text;
    ErrorCode code;
    std::uint64_t offset;
    const char* what;
  };
  const Case cases[] = {
      {"not JSON", "hello", ErrorCode::not_this_format, 0, "stix.bundle"},
      {"empty", "", ErrorCode::not_this_format, 0, "stix.bundle"},
      {"cut in the first text", good.substr(0, 6), ErrorCode::truncated, 6, "json.string"},
      {"cut before the end", good.substr(0, good.rfind('}')), ErrorCode::truncated, good.rfind('}'),
       "stix.bundle"},
      {"arrays a thousand deep", bundle_with(std::string(1000, '[')), ErrorCode::limit_exceeded,
       at_value + 63, "json.depth"},
      {"two megabytes of string", bundle_with('"' + std::string(2 << 20, 'a') + '"'),
       ErrorCode::limit_exceeded, at_value, "json.string"},
      {"a key twice", bundle_with(R"({"a":1,"a":2})"), ErrorCode::bad_value, at_value + 7,
       "json.duplicate_key"},
      {"a key twice in the bundle", R"({"type":"bundle","type":"bundle","objects":[]})",
       ErrorCode::bad_value, 17, "json.duplicate_key"},
      {"a lone surrogate", bundle_with(R"("ab\ud800")"), ErrorCode::bad_value, at_value + 3,
       "json.string.lone_surrogate"},
      {"bytes that are no UTF-8", bundle_with("\"a\xff\""), ErrorCode::bad_value, at_value + 2,
       "json.string.utf8"},
      {"broken inside an object", bundle_with("[1,2,,3]"), ErrorCode::bad_value, at_value + 5,
       "json.value"},
      {"an id twice", R"({"type":"bundle","objects":[)" + object + "," + object + "]}",
       ErrorCode::bad_value, first_object + object.size() + 1 + object.find("\"a--"),
       "stix.duplicate_id"},
      {"a million objects", many_objects(1'000'000), ErrorCode::limit_exceeded,
       many_objects(250'000).size() - 1, "stix.bundle.objects"},
      {"a bad id", R"({"type":"bundle","objects":[{"type":"a","id":"b--1"}]})",
       ErrorCode::bad_value, first_object + 17, "stix.id"},
      {"text after the end", good + "x", ErrorCode::bad_value, good.size(),
       "stix.bundle.trailing_data"},
  };
  for (const Case& each : cases) {
    const auto report = take(each.text);
    ASSERT_FALSE(report.has_value()) << each.name;
    EXPECT_EQ(name_of(report.error().error.code), name_of(each.code)) << each.name;
    EXPECT_EQ(report.error().error.what, each.what) << each.name;
    EXPECT_EQ(report.error().error.offset, each.offset) << each.name;
    EXPECT_EQ(files(), before) << each.name;
    EXPECT_EQ(file_text(folder / "manifest"), manifest) << each.name;
  }
  EXPECT_FALSE(take(bundle_of({.description = "other bytes, same release"})).has_value());
  EXPECT_FALSE(take(R"({"type":"bundle","objects":[]})", "2.0").has_value());
  EXPECT_TRUE(take(bundle_of({}))->already_there);
}

TEST_F(AttackStore, WhatAKilledImportLeftIsSweptAway) {
  ASSERT_TRUE(take(bundle_of({})).has_value());
  const std::size_t before = files();
  for (const char* name :
       {"0001-0123456789ab.segment", "0001-0123456789ab.segment.77.part", "manifest.78.part"}) {
    ASSERT_TRUE(write_whole(folder / name, "half").has_value());
  }
  ASSERT_TRUE(write_whole(folder / "notes.txt", "not ours").has_value());
  const Store store = loaded();
  store.sweep();
  EXPECT_EQ(files(), before + 1);
  EXPECT_TRUE(fs::exists(folder / "notes.txt"));
  EXPECT_TRUE(verify(*Release::load(store, 0, Limits{}), Limits{})->file);
}

TEST_F(AttackStore, EveryTruncationIsRefused) {
  const std::string text = bundle_of({});
  for (std::size_t size = 0; size + 1 < text.size(); size += 7) {
    ASSERT_FALSE(take(std::string_view(text).substr(0, size)).has_value()) << size;
  }
}

std::string xz_of(const std::string& text) {
  const std::vector<std::uint8_t> input(text.begin(), text.end());
  std::vector<std::uint8_t> output(lzma_stream_buffer_bound(input.size()));
  std::size_t size = 0;
  EXPECT_EQ(lzma_easy_buffer_encode(6, LZMA_CHECK_CRC64, nullptr, input.data(), input.size(),
                                    output.data(), &size, output.size()),
            LZMA_OK);
  return {output.begin(), output.begin() + static_cast<std::ptrdiff_t>(size)};
}

std::string gzip_of(const std::string& text) {
  const std::vector<Bytef> input(text.begin(), text.end());
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::vector<Bytef> output(deflateBound(&stream, input.size()));
  std::vector<Bytef> copy = input;
  stream.next_in = copy.data();
  stream.avail_in = static_cast<uInt>(copy.size());
  stream.next_out = output.data();
  stream.avail_out = static_cast<uInt>(output.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  output.resize(stream.total_out);
  deflateEnd(&stream);
  return {output.begin(), output.end()};
}

TEST(Container, BombsAreRefusedAtTheLimit) {
  Limits limits;
  limits.attack_file_bytes_max = 1 << 20;
  const std::string blanks(32 << 20, ' ');
  Compressor compressor(3);
  const std::pair<const char*, std::string> bombs[] = {
      {"zstd", std::string(compressor.compress(blanks))},
      {"xz", xz_of(blanks)},
      {"gzip", gzip_of(blanks)}};
  for (const auto& [name, bomb] : bombs) {
    EXPECT_LT(bomb.size(), 64U << 10) << name;
    const auto text = unpack(Bytes(bytes_of(bomb)), limits);
    ASSERT_FALSE(text.has_value()) << name;
    EXPECT_EQ(name_of(text.error().code), "limit_exceeded") << name;
    EXPECT_EQ(text.error().offset, 1U << 20) << name;
    for (std::size_t cut = 8; cut < bomb.size(); cut += bomb.size() / 7) {
      EXPECT_FALSE(
          unpack(Bytes(bytes_of(std::string_view(bomb).substr(0, cut))), Limits{}).has_value())
          << name << cut;
    }
  }
}

/// An analytic's page has its text once, and the version of an object is told once.
TEST_F(AttackStore, NothingIsPrintedTwice) {
  const auto bundle = [](std::string_view release, std::string_view version) {
    return fmt::format(
        R"json({{"type":"bundle","objects":[{{"type":"x-mitre-collection","id":"{}","name":"Enterprise (invented)","x_mitre_version":"{}"}},{{"type":"x-mitre-analytic","id":"{}","name":"Analytic 9001","description":"Looks for it.","x_mitre_version":"{}","x_mitre_log_source_references":[{{"name":"Log","channel":"1"}}],"external_references":[{{"source_name":"mitre-attack","external_id":"AN9001"}}]}}]}})json",
        id_of("x-mitre-collection", 9), release, id_of("x-mitre-analytic", 1), version);
  };
  ASSERT_TRUE(take(bundle("1.0", "1.0")).has_value());
  ASSERT_TRUE(take(bundle("2.0", "2.0")).has_value());
  const Store store = loaded();
  const auto release = Release::load(store, 0, Limits{});
  const auto page = page_of(*release, release->find("AN9001")->value(), Limits{});
  ASSERT_TRUE(page.has_value());
  const auto count = [](const std::string& text, std::string_view word) {
    int found = 0;
    for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
      ++found;
    }
    return found;
  };
  EXPECT_EQ(count(page_text(*page, ""), "Looks for it."), 1);
  EXPECT_EQ(count(page_text(*page, ""), "log source: Log 1"), 1);
  const auto steps = history(store, {0, 1}, "AN9001", Limits{});
  const std::string text = history_text(store, "AN9001", {}, *steps);
  EXPECT_EQ(count(text, "version major: 1.0 -> 2.0"), 1) << text;
  EXPECT_EQ(count(text, "x_mitre_version"), 0) << text;
}

TEST(Versions, AreComparedAsNumbers) {
  EXPECT_LT(compare_versions("1.9", "1.10"), 0);
  EXPECT_GT(compare_versions("18.1", "9.0"), 0);
  EXPECT_EQ(compare_versions("1", "1.0"), 0);
  EXPECT_EQ(version_kind("1.9", "1.10"), "minor");
  EXPECT_EQ(version_kind("1.9", "2.0"), "major");
}

}  // namespace
}  // namespace npg::attack
