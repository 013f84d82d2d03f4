#include "app/attack_catalogue.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

#include "app/attack_analysis.hpp"
#include "app/render.hpp"
#include "attack/release.hpp"
#include "testing/facts.hpp"

namespace npg {
namespace {

namespace fs = std::filesystem;
using testing::HostFacts;

Finding finding_of(const std::string& technique) {
  return {.id = "NPG1001-000000000000",
          .rule = "NPG1001",
          .title = "t",
          .severity = FindingSeverity::high,
          .subject = "s",
          .attack = {technique}};
}

HostAssessment host_with(const std::string& technique) {
  HostAssessment host;
  host.host.name = SharedText(std::string_view("HOST"));
  host.findings = {finding_of(technique)};
  host.posture = {{.check = "audit_registry", .mitigation = "M1047", .status = CheckStatus::fail}};
  return host;
}

/// The context of a technique; fails the test when it is not there.
AttackContext context_of(const std::vector<AttackContext>& all, const std::string& id) {
  const auto found = std::ranges::find_if(
      all, [&](const AttackContext& each) { return each.technique.attack_id == id; });
  EXPECT_NE(found, all.end()) << id;
  return found == all.end() ? AttackContext{} : *found;
}

std::string statuses(const AttackContext& context) {
  std::string out;
  for (const AttackLogSource& each : context.log_sources) {
    out += fmt::format("{} {} {}\n", each.named_by, each.channel, name_of(each.status));
  }
  return out;
}

TEST(AttackCatalogue, NamesAloneAreFactsWithoutObjects) {
  const AttackCatalogue& names = shipped_catalogue();
  EXPECT_FALSE(names.source.mirrored);
  EXPECT_NE(names.source.text.find("no source object is mirrored"), std::string::npos);
  const AttackContext& own = names.techniques.at("T1556.008");
  EXPECT_EQ(own.technique.name, "Network Provider DLL");
  EXPECT_TRUE(own.technique.stix_id.empty());
  ASSERT_EQ(own.tactics.size(), 3U);
  EXPECT_EQ(own.tactics[0].attack_id, "TA0112");
  EXPECT_EQ(own.strategies.at(0).attack_id, "DET0580");
  EXPECT_EQ(own.analytics.at(0).attack_id, "AN1598");
  EXPECT_EQ(own.mitigations.size(), 3U);
  ASSERT_FALSE(own.statements.empty());
  for (const AttackStatement& each : own.statements) {
    EXPECT_EQ(each.state, "not_mirrored") << each.id;
  }
}

TEST(AttackCatalogue, ATableThatDoesNotFitNamesItsLine) {
  const auto refused = catalogue_of_names("# c\ntechnique\tT1\tA\t-\t-\ntactic\tTA1\n");
  ASSERT_FALSE(refused.has_value());
  EXPECT_NE(refused.error().find("line 3"), std::string::npos);
}

TEST(AttackContexts, ACopyOfALogCountsNothingTwice) {
  const auto records_of = [](const HostFacts& host) {
    const auto all =
        attack_contexts(host_with("T1556.008"), host.normalised(), shipped_catalogue());
    std::uint64_t records = 0;
    for (const AttackLogSource& source : all.at(0).log_sources) {
      records += source.channel == "EventCode=4657" ? source.records : 0;
    }
    return records;
  };
  HostFacts host;
  host.log("Security", "2026-11-19T10:00:00Z", "2026-11-19T11:00:00Z", 1, 10);
  host.last_log().registry_value_events = 3;
  EXPECT_EQ(records_of(host), 3U);
  host.log("Security", "2026-11-19T10:00:00Z", "2026-11-19T11:00:00Z", 1, 10);
  host.last_log().registry_value_events = 3;
  host.last_log().origin.evidence += 1;
  EXPECT_EQ(records_of(host), 3U) << "the same log, twice collected";
  host.log("Security", "2026-11-19T10:30:00Z", "2026-11-19T11:00:00Z", 5, 10);
  host.last_log().registry_value_events = 1;
  EXPECT_EQ(records_of(host), 3U) << "a part of it";
  host.log("Security", "2026-11-19T11:30:00Z", "2026-11-19T12:00:00Z", 11, 20);
  host.last_log().registry_value_events = 2;
  EXPECT_EQ(records_of(host), 5U) << "what came after it";
}

TEST(AttackContexts, LogSourcesAreHeldAgainstTheLogs) {
  HostFacts host;
  host.log("Security", "2026-11-19T10:00:00Z", "2026-11-19T11:00:00Z", 1, 10);
  host.last_log().registry_value_events = 0;
  const auto all = attack_contexts(host_with("T1556.008"), host.normalised(), shipped_catalogue());
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(statuses(all[0]),
            "AN1598 EventCode=4657 silent\n"
            "AN1598 EventCode=11 missing\n"
            "AN1598 EventCode=10 missing\n"
            "AN1598 EventCode=7 missing\n"
            "npguard EventCode=4624 present\n"
            "npguard EventCode=4688 present\n"
            "npguard EventCode=1 missing\n"
            "npguard EventCode=12,13,14 missing\n");
  const auto audit =
      std::ranges::find(all[0].mitigations, "M1047",
                        [](const AttackMitigation& each) { return each.mitigation.attack_id; });
  ASSERT_NE(audit, all[0].mitigations.end());
  ASSERT_EQ(audit->checks.size(), 1U);
  EXPECT_EQ(audit->checks[0].status, "fail");
}

TEST(AttackContexts, TheTechniqueItIsAboutIsThereWithoutAFinding) {
  const auto all = attack_contexts(host_with("T9999"), FactSet{}, shipped_catalogue());
  EXPECT_TRUE(context_of(all, "T1556.008").findings.empty());
  EXPECT_EQ(context_of(all, "T9999").findings.size(), 1U);
  EXPECT_TRUE(context_of(all, "T9999").technique.name.empty());
}

std::string id_of(std::string_view type, int number) {
  return fmt::format("{}--{:08x}-0000-4000-8000-000000000000", type, number);
}

/// One object with an ATT&CK id; `more` is what else it holds.
std::string object(std::string_view type, int number, const std::string& name,
                   const std::string& attack_id, const std::string& more = {}) {
  return fmt::format(
      R"json({{"type":"{}","id":"{}","name":"{}",{}"external_references":[{{"source_name":"mitre-attack","external_id":"{}"}}]}},)json",
      type, id_of(type, number), name, more, attack_id);
}

std::string relation(int number, std::string_view kind, const std::string& from,
                     const std::string& to) {
  return fmt::format(
      R"json({{"type":"relationship","id":"{}","relationship_type":"{}","source_ref":"{}","target_ref":"{}"}})json",
      id_of("relationship", number), kind, from, to);
}

/// An invented release in which one technique is revoked, with texts of our own.
std::string bundle_of(const std::string& release, const std::string& description) {
  std::string out = fmt::format(
      R"json({{"type":"bundle","id":"bundle--x","objects":[{{"type":"x-mitre-collection","id":"{}","name":"Enterprise invented","x_mitre_version":"{}"}},)json",
      id_of("x-mitre-collection", 1), release);
  out += object(
      "attack-pattern", 1, "Invented technique", "T1556.008",
      fmt::format(
          R"json("modified":"2020-01-01T00:00:00.0{}Z","description":"{}","kill_chain_phases":[{{"phase_name":"taking"}}],)json",
          release[0], description));
  out += object("attack-pattern", 2, "Old", "T1070.001", "\"revoked\":true,");
  out += object("attack-pattern", 3, "New", "T1685.005");
  out += object("x-mitre-tactic", 4, "Taking of " + release, "TA0006",
                "\"x_mitre_shortname\":\"taking\",");
  out += object("course-of-action", 5, "Watch", "M1047");
  out += object(
      "x-mitre-detection-strategy", 6, "S", "DET0580",
      fmt::format(R"json("x_mitre_analytic_refs":["{}"],)json", id_of("x-mitre-analytic", 7)));
  out += object(
      "x-mitre-analytic", 7, "A", "AN1598",
      R"json("x_mitre_log_source_references":[{"name":"WinEventLog:Security","channel":"EventCode=4657"},{"name":"linux:syslog","channel":"x"}],)json");
  out += relation(8, "mitigates", id_of("course-of-action", 5), id_of("attack-pattern", 1)) + ",";
  out +=
      relation(9, "detects", id_of("x-mitre-detection-strategy", 6), id_of("attack-pattern", 1)) +
      ",";
  out += relation(10, "revoked-by", id_of("attack-pattern", 2), id_of("attack-pattern", 3));
  return out + "]}";
}

class MirroredCatalogue : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / fmt::format("npguard-catalogue-{}", ::getpid());
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }
  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name, std::ios::binary) << text;
    return folder_ / name;
  }
  void import(const std::string& release, const std::string& description) const {
    const auto done = mirror_import(
        request(), {.files = {write(release + ".json", bundle_of(release, description))}},
        Limits{});
    ASSERT_TRUE(done.has_value()) << done.error().text;
  }
  MirrorRequest request() const { return {.store = folder_ / "store"}; }
  AttackCatalogue catalogue() const {
    auto made = catalogue_of_store(folder_ / "store", Limits{});
    EXPECT_TRUE(made.has_value()) << made.error();
    return std::move(*made);
  }
  fs::path folder_;
};

TEST_F(MirroredCatalogue, NamesTheReleaseAndItsObjects) {
  import("1.0", "one");
  import("2.0", "two");
  const AttackCatalogue mirror = catalogue();
  EXPECT_TRUE(mirror.source.mirrored);
  EXPECT_EQ(mirror.source.release, "2.0");
  EXPECT_FALSE(mirror.source.licence.empty());
  const AttackContext& own = mirror.techniques.at("T1556.008");
  EXPECT_EQ(own.technique.name, "Invented technique");
  EXPECT_EQ(own.technique.stix_id, id_of("attack-pattern", 1));
  EXPECT_EQ(own.technique.content_sha256.size(), 64U);
  ASSERT_EQ(own.tactics.size(), 1U);
  EXPECT_EQ(own.tactics[0].name, "Taking of 2.0");
  ASSERT_EQ(own.mitigations.size(), 1U);
  EXPECT_EQ(own.mitigations[0].mitigation.name, "Watch");
  const auto judged = attack_contexts(host_with("T1070.001"), FactSet{}, mirror);
  const std::string status = statuses(context_of(judged, "T1556.008"));
  EXPECT_TRUE(status.starts_with("AN1598 EventCode=4657 missing\nAN1598 x not_read\nnpguard "))
      << status;
  const AttackContext old = context_of(judged, "T1070.001");
  EXPECT_TRUE(old.revoked);
  EXPECT_EQ(old.successor.attack_id, "T1685.005");
  // The shipped statements were written against MITRE's objects, which these are not.
  EXPECT_TRUE(std::ranges::all_of(
      own.statements, [](const AttackStatement& each) { return each.state == "gone"; }));
}

TEST_F(MirroredCatalogue, AnEmptyStoreMeansNamesAndADamagedOneIsSaid) {
  EXPECT_FALSE(catalogue().source.mirrored);
  import("1.0", "one");
  write("store/manifest", "rubbish");
  EXPECT_FALSE(catalogue_of_store(folder_ / "store", Limits{}).has_value());
}

TEST_F(MirroredCatalogue, AStatementIsStaleWhenTheContentChanged) {
  import("1.0", "one");
  const std::string hash = catalogue().techniques.at("T1556.008").technique.content_sha256;
  const std::string file = write("ours.json", fmt::format(R"({{
    "schema":"npguard.attack_analysis/1","author":"somebody","date":"2026-11-22","domain":"enterprise-attack",
    "statements":[{{"id":"X-1","kind":"coverage","text":"Ours.","objects":[
      {{"attack_id":"T1556.008","stix_id":"{}","release":"1.0","content_sha256":"{}"}}]}}]}})",
                                                          id_of("attack-pattern", 1), hash));
  const auto state = [&](const std::string& release) {
    const auto reply = mirror_analysis(request(), {.files = {file}, .release = release}, Limits{});
    EXPECT_TRUE(reply.has_value()) << reply.error().text;
    const std::size_t at = reply ? reply->out.find("X-1") : std::string::npos;
    return at == std::string::npos ? "" : reply->out.substr(at + 9, 7);
  };
  EXPECT_EQ(state(""), "current");
  import("2.0", "two");
  EXPECT_EQ(state(""), "stale  ");
  EXPECT_EQ(state("1.0"), "current");
  // Only the modified time and the layout moved: the statement still holds.
  import("3.0", "one");
  EXPECT_EQ(state("3.0"), "current");
}

TEST_F(MirroredCatalogue, AnalysisFilesThatDoNotFitAreRefused) {
  import("1.0", "one");
  const std::string texts[] = {
      "{",
      R"({"schema":"other"})",
      R"({"schema":"npguard.attack_analysis/1","author":"a","date":"soon","domain":"d"})",
      R"({"schema":"npguard.attack_analysis/1","author":"a","date":"2026-11-22","domain":"d","statements":[{"id":"1","kind":"posture","text":"t","objects":[]}]})",
      R"({"schema":"npguard.attack_analysis/1","author":"a","date":"2026-11-22","domain":"d","statements":[{"id":"1","kind":"posture","text":"t","objects":[{"stix_id":"a--1","release":"1","content_sha256":"x"}]}]})",
  };
  for (const std::string& text : texts) {
    const auto reply =
        mirror_analysis(request(), {.files = {write("bad.json", text)}, .release = {}}, Limits{});
    ASSERT_FALSE(reply.has_value()) << text;
    EXPECT_EQ(reply.error().kind, MirrorFailure::refused) << text;
  }
}

/// What the layer format 4.5 asks of a document, as far as npguard writes it.
void expect_layer(const std::string& text, std::size_t techniques) {
  const auto layer = attack::Object::parse(text.substr(0, text.size() - 1), Limits{});
  ASSERT_TRUE(layer.has_value()) << text;
  const attack::JsonValue top = (*layer)->value();
  EXPECT_FALSE(top.text("name").empty());
  EXPECT_EQ(top.text("domain"), "enterprise-attack");
  EXPECT_EQ(top.member("versions").text("layer"), "4.5");
  EXPECT_FALSE(top.member("versions").text("navigator").empty());
  EXPECT_EQ(top.member("techniques").items().size(), techniques) << text;
  for (const attack::JsonValue& each : top.member("techniques").items()) {
    EXPECT_TRUE(each.text("techniqueID").starts_with("T"));
    for (const auto& [key, value] : each.members()) {
      const bool known = key == "techniqueID" || key == "comment" || key == "enabled" ||
                         key == "score" || key == "showSubtechniques" || key == "metadata";
      EXPECT_TRUE(known) << key;
      EXPECT_TRUE(key != "score" || value.is(attack::JsonKind::number));
    }
    for (const attack::JsonValue& pair : each.member("metadata").items()) {
      EXPECT_TRUE(pair.member("name").is(attack::JsonKind::string));
      EXPECT_TRUE(pair.member("value").is(attack::JsonKind::string));
      EXPECT_FALSE(pair.text("name").empty());
    }
  }
  const attack::JsonValue gradient = top.member("gradient");
  EXPECT_GE(gradient.member("colors").items().size(), 2U);
  EXPECT_TRUE(gradient.member("minValue").is(attack::JsonKind::number));
  EXPECT_TRUE(gradient.member("maxValue").is(attack::JsonKind::number));
}

TEST_F(MirroredCatalogue, LayersOfFindingsAndOfVisibility) {
  import("1.0", "one");
  const AttackCatalogue mirror = catalogue();
  Assessment assessment;
  assessment.attack_source = mirror.source;
  assessment.hosts.push_back(host_with("T1070.001"));
  HostFacts facts;
  facts.log("Security", "2026-11-19T10:00:00Z", "2026-11-19T11:00:00Z", 1, 10);
  assessment.hosts[0].attack = attack_contexts(assessment.hosts[0], facts.normalised(), mirror);
  // T1556.008, the successor of the revoked one, and the two parents that must be open.
  const std::string findings = assessment_as_layer(assessment, LayerKind::findings);
  expect_layer(findings, 4);
  EXPECT_NE(findings.find("\"techniqueID\": \"T1685.005\",\n      \"score\": 75"),
            std::string::npos)
      << findings;
  EXPECT_NE(findings.find("npguard names T1070.001"), std::string::npos);
  const std::string visibility = assessment_as_layer(assessment, LayerKind::visibility);
  expect_layer(visibility, 4);
  // 4657, 4624 and 4688 of six sources.
  EXPECT_NE(visibility.find("\"techniqueID\": \"T1556.008\",\n      \"score\": 50"),
            std::string::npos)
      << visibility;
  assessment.hosts.clear();
  expect_layer(assessment_as_layer(assessment, LayerKind::findings), 0);
}

}  // namespace
}  // namespace npg
