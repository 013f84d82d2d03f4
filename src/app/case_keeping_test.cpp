// A case: what is read in pieces on several days is judged as what is read at once.
#include "app/case_keeping.hpp"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "app/baseline.hpp"
#include "app/case.hpp"
#include "app/case_scans_test.hpp"
#include "app/exceptions.hpp"
#include "app/scan.hpp"
#include "base/signing.hpp"
#include "testing/recipe.hpp"
#include "testing/workplace.hpp"

namespace npg {
namespace {

namespace fs = std::filesystem;
using case_scans::scan_alone;
using case_scans::scan_into;
using testing::Workplace;

std::string read_text(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}
void write_text(const fs::path& path, std::string_view text) {
  std::ofstream(path, std::ios::binary) << text;
}

void build_example(const std::string& name, const fs::path& folder) {
  const auto host =
      testing::build_host(read_text(fs::path(NPG_SOURCE_DIR) / "examples" / name / "recipe.yaml"));
  ASSERT_TRUE(host.has_value());
  ASSERT_TRUE(testing::write_host(*host, folder).has_value());
}

/// All that is said of hosts, without the numbers of evidence files.
std::string said_of(const Assessment& assessment) {
  std::ostringstream out;
  for (const HostAssessment& host : assessment.hosts) {
    out << host.host.name.raw() << " " << host.host.build << " " << name_of(host.verdict) << " "
        << host.verdict_text << "\n";
    for (const Provider& provider : host.providers) {
      out << " " << provider.name.raw() << " " << name_of(provider.state) << " "
          << name_of(provider.verdict) << " " << provider.score;
      for (const Reason& reason : provider.reasons) {
        out << " " << reason.code << ":" << reason.text;
      }
      out << "\n";
    }
    for (const Finding& finding : host.findings) {
      out << " " << finding.id << " " << name_of(finding.severity) << " " << finding.text << " "
          << finding.evidence.size() << "\n";
    }
    for (const Change& change : host.changes) {
      out << " " << to_rfc3339(change.time) << " " << change.what << " " << change.key.raw() << " "
          << change.actor.account.raw() << "\n";
    }
    for (const Exposure& exposure : host.exposures) {
      out << " " << exposure.provider.raw() << " " << to_rfc3339(exposure.earliest_start);
      for (const ExposedAccount& account : exposure.accounts) {
        out << " " << account.account.raw() << ":" << name_of(account.certainty) << ":"
            << account.logons;
      }
      out << "\n";
    }
    for (const NotEvaluated& rule : host.coverage.not_evaluated) {
      out << " " << rule.rule << " " << rule.why << "\n";
    }
  }
  return out.str();
}

std::string lines_of(const std::string& path) {
  std::string lines;
  EXPECT_TRUE(dump_case(path, [&](std::string_view line) { lines.append(line).push_back('\n'); }));
  return lines;
}

TEST(CaseKeeping, AScanIntoACaseSaysWhatAScanSays) {
  const Workplace place;
  build_example("compromised-host", "one");
  build_example("clean-host", "two");
  const std::string alone = said_of(scan_alone({"one", "two"}));
  EXPECT_EQ(said_of(scan_into("x.npgcase", {"one", "two"})), alone);
  const std::string kept = lines_of("x.npgcase");
  EXPECT_EQ(said_of(scan_into("x.npgcase", {"one", "two"})), alone);
  EXPECT_EQ(lines_of("x.npgcase"), kept) << "scanning twice adds nothing";
  EXPECT_EQ(said_of(scan_into("x.npgcase", {})), alone) << "all that the case knows";
  EXPECT_TRUE(verify_case("x.npgcase")->sound) << verify_case("x.npgcase")->text;
}

TEST(CaseKeeping, EvidenceInPiecesIsJudgedAsAWhole) {
  const Workplace place;
  build_example("compromised-host", "host");
  const std::string whole = said_of(scan_alone({"host"}));
  std::vector<std::string> logs;
  for (const auto& entry : fs::recursive_directory_iterator("host")) {
    if (entry.path().extension() == ".evtx") {
      logs.push_back(entry.path().string());
    }
  }
  ASSERT_GT(logs.size(), 1U);
  // First all but the logs, then one log a day; and the other way round.
  for (const bool logs_first : {false, true}) {
    const std::string path = logs_first ? "logs-first" : "logs-last";
    for (const std::string& log : logs) {
      fs::rename(log, fs::path("aside") += "-" + fs::path(log).filename().string());
    }
    Assessment last;
    if (!logs_first) {
      last = scan_into(path, {"host"});
      EXPECT_NE(said_of(last), whole);
    }
    for (const std::string& log : logs) {
      fs::rename(fs::path("aside") += "-" + fs::path(log).filename().string(), log);
      last = scan_into(path, {log});
    }
    if (logs_first) {
      last = scan_into(path, {"host"});
    }
    EXPECT_EQ(said_of(last), whole) << path;
    EXPECT_EQ(said_of(scan_into(path, {})), whole) << path;
    EXPECT_TRUE(verify_case(path)->sound);
  }
}

TEST(CaseKeeping, HostsOfACaseStayApart) {
  const Workplace place;
  build_example("compromised-host", "one");
  build_example("clean-host", "two");
  const std::string one = said_of(scan_into("x", {"one"}));
  const std::string two = said_of(scan_into("x", {"two"}));
  EXPECT_EQ(said_of(scan_into("x", {"one"})), one);
  EXPECT_EQ(said_of(scan_into("x", {"two"})), two);
  EXPECT_EQ(scan_into("x", {}).hosts.size(), 2U);
}

constexpr std::string_view private_key =
    "-----BEGIN PRIVATE "
    "KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n-----END PRIVATE "
    "KEY-----\n";
constexpr std::string_view public_key =
    "-----BEGIN PUBLIC "
    "KEY-----\nMCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n-----END PUBLIC "
    "KEY-----\n";

TEST(BaselineFiles, AreSignedAndTamperingIsRefused) {
  const Workplace place;
  build_example("clean-host", "host");
  write_text("key.pem", private_key);
  write_text("pub.pem", public_key);
  const auto built = build_baseline(
      {.paths = {"host"},
       .settings = {.name = "golden", .as_of = {}, .minimum_hosts = 1, .minimum_age_days = 0},
       .key_file = "key.pem"});
  ASSERT_TRUE(built.has_value()) << built.error().text;
  write_text("b", built->text);
  ASSERT_TRUE(read_baseline("b", "pub.pem").has_value())
      << read_baseline("b", "pub.pem").error().text;
  const auto diff =
      diff_with_baseline({.baseline_file = "b", .key_file = "pub.pem", .paths = {"host"}});
  ASSERT_TRUE(diff.has_value()) << diff.error().text;
  EXPECT_FALSE(diff->has_differences) << diff->text;
  // Any byte, anything added, anything cut.
  for (std::size_t at = 0; at < built->text.size(); at += built->text.size() / 97 + 1) {
    std::string bad = built->text;
    bad[at] = static_cast<char>(bad[at] ^ 1);
    write_text("b", bad);
    EXPECT_FALSE(read_baseline("b", "pub.pem").has_value()) << at;
  }
  const std::string line = built->text.substr(built->text.rfind("signature\t"));
  for (const std::string& bad :
       {built->text + "\n", built->text + line, line, std::string(),
        built->text.substr(0, built->text.size() - 1),
        built->text.substr(0, built->text.size() - line.size()),
        built->text.substr(0, built->text.size() - line.size()) + "value\tx\n" + line}) {
    write_text("b", bad);
    EXPECT_FALSE(read_baseline("b", "pub.pem").has_value()) << bad.substr(0, 40);
  }
  write_text("b", built->text);
  write_text("other.pem",
             "-----BEGIN PUBLIC "
             "KEY-----\nMCowBQYDK2VwAyEAPUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=\n-----END "
             "PUBLIC KEY-----\n");
  EXPECT_NE(read_baseline("b", "other.pem").error().text.find("refused"), std::string::npos);
  EXPECT_EQ(read_baseline("absent", "pub.pem").error().kind, FailureKind::no_input);
}

TEST(BaselineFiles, ACaseGivesTheSameAsItsEvidence) {
  const Workplace place;
  build_example("clean-host", "host");
  build_example("compromised-host", "other");
  write_text("key.pem", private_key);
  (void)scan_into("x.npgcase", {"host", "other"});
  const BaselineSettings settings{.name = "",
                                  .as_of = {},  // the newest time of either
                                  .minimum_hosts = 1,
                                  .minimum_age_days = 0};
  const auto from_files =
      build_baseline({.paths = {"host", "other"}, .settings = settings, .key_file = "key.pem"});
  const auto from_case =
      build_baseline({.paths = {"x.npgcase"}, .settings = settings, .key_file = "key.pem"});
  ASSERT_TRUE(from_files && from_case);
  EXPECT_EQ(from_files->text, from_case->text);
  write_text("b", from_case->text);
  const auto one = diff_with_baseline(
      {.baseline_file = "b", .key_file = "key.pem", .paths = {"x.npgcase"}, .host = "fs01"});
  ASSERT_TRUE(one.has_value()) << one.error().text;
  EXPECT_FALSE(one->has_differences) << one->text;
  EXPECT_EQ(
      diff_with_baseline(
          {.baseline_file = "b", .key_file = "key.pem", .paths = {"x.npgcase"}, .host = "none"})
          .error()
          .kind,
      FailureKind::no_input);
}

TEST(BaselineFiles, AHostInSeveralCasesCountsOnce) {
  const Workplace place;
  build_example("clean-host", "host");
  write_text("key.pem", private_key);
  for (const char* const a_case : {"a.case", "b.case"}) {
    (void)scan_into(a_case, {"host"});
  }
  const auto built = build_baseline(
      {.paths = {"a.case", "b.case", "host", "host"}, .settings = {}, .key_file = "key.pem"});
  ASSERT_TRUE(built.has_value()) << built.error().text;
  EXPECT_NE(built->summary.find(": 1 host, 0 values known"), std::string::npos) << built->summary;
  EXPECT_NE(built->summary.find("was given 3 times and counts once"), std::string::npos)
      << built->summary;
}

TEST(CaseKeeping, ACaseAsTheOnlyPathStandsForWhatItKnows) {
  const Workplace workplace;
  build_example("compromised-host", "host");
  const Assessment first = scan_into("a.case", {"host"});
  const std::string before = read_text("a.case");
  const Assessment again = scan_alone({"a.case"});
  EXPECT_EQ(said_of(again), said_of(first));
  EXPECT_EQ(read_text("a.case"), before);
  // Damaged behind its head it is no evidence to be passed over.
  write_text("a.case", before.substr(0, before.size() / 2));
  const auto damaged = scan({.paths = {"a.case"}});
  ASSERT_FALSE(damaged.has_value());
  EXPECT_EQ(damaged.error().code, ErrorCode::io);
  EXPECT_EQ(damaged.error().have, 0U);
  EXPECT_NE(why_not_opened(damaged.error()).find("npguard verify"), std::string::npos);
}

TEST(CaseKeeping, ACaseIsLookedIntoWithoutWriting) {
  const Workplace workplace;
  build_example("compromised-host", "host");
  const Assessment first = scan_into("a.case", {"host"});
  sqlite3* raw = nullptr;
  ASSERT_EQ(sqlite3_open("a.case", &raw), SQLITE_OK);
  // Who would write had to wait for this one.
  ASSERT_EQ(sqlite3_exec(raw, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), SQLITE_OK);
  EXPECT_EQ(said_of(scan_alone({"a.case"})), said_of(first));
  sqlite3_close(raw);
}

TEST(CaseKeeping, EachFileIsListedOnce) {
  const Workplace workplace;
  build_example("compromised-host", "host");
  std::vector<std::string> paths;
  for (const EvidenceItem& item : scan_into("a.case", {"host"}).evidence) {
    paths.emplace_back(item.path.raw());
  }
  std::ranges::sort(paths);
  EXPECT_EQ(std::ranges::adjacent_find(paths), paths.end());
}

TEST(CaseKeeping, WhatAnotherNpguardKeptIsSaidToBeMissing) {
  const Workplace workplace;
  build_example("compromised-host", "host");
  scan_into("a.case", {"host"});
  sqlite3* raw = nullptr;
  ASSERT_EQ(sqlite3_open("a.case", &raw), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(raw, "UPDATE reading SET layout=x'00'", nullptr, nullptr, nullptr),
            SQLITE_OK);
  sqlite3_close(raw);
  const Assessment assessment = scan_alone({"a.case"});
  EXPECT_FALSE(assessment.complete);
  ASSERT_FALSE(assessment.diagnostics.empty());
  EXPECT_EQ(assessment.diagnostics.front().code, DiagnosticCode::file_skipped);
  EXPECT_NE(assessment.diagnostics.front().text.find("scan it again"), std::string::npos);
}

}  // namespace
}  // namespace npg
