#include "app/exception_trial.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "app/baseline.hpp"
#include "app/case_scans_test.hpp"
#include "testing/facts.hpp"
#include "testing/recipe.hpp"
#include "testing/workplace.hpp"

namespace npg {
namespace {

namespace fs = std::filesystem;
using case_scans::scan_alone;
using case_scans::scan_into;
using testing::at;
using testing::Workplace;

void write(const std::string& path, std::string_view text) {
  std::ofstream(path, std::ios::binary) << text;
}

/// A host with one foreign provider that listens, or only says that it does, and a value of it.
void build_host(const std::string& name, const std::string& exports, const std::string& more,
                const fs::path& folder) {
  const auto host = testing::build_host(R"(about: a host of a test
host: {windows: server-2022, computer: )" +
                                        name +
                                        R"(, installed: 2025-03-11T09:41:20Z}
hives:
  SYSTEM:
    written: 2026-11-16T05:30:12Z
    keys:
      CurrentControlSet\Services\FooNp\NetworkProvider:
        values: {Name: Foo, ProviderPath: 'C:\Program Files\Foo\foonp.dll')" +
                                        more + R"(}
      CurrentControlSet\Control\NetworkProvider\Order:
        values: {ProviderOrder: 'RDPNP,LanmanWorkstation,FooNp'}
dlls:
  - {path: 'C:\Program Files\Foo\foonp.dll', exports: [)" +
                                        exports + "]}\n");
  ASSERT_TRUE(host.has_value()) << testing::describe(host.error());
  ASSERT_TRUE(testing::write_host(*host, folder).has_value());
}

constexpr const char* harmless = "NPGetCaps, NPAddConnection";
constexpr const char* listens = "NPLogonNotify, NPPasswordChangeNotify";
const FileTime now = at("2026-11-20T00:00:00Z");

std::string hash_in(const Assessment& assessment) {
  for (const Provider& provider : assessment.hosts.at(0).providers) {
    if (provider.name.raw() == "FooNp") {
      return provider.dlls.at(0).image->sha256;
    }
  }
  return {};
}

/// An exception by the hash, of whatever severity.
void approve(const std::string& sha256) {
  const auto added =
      add_exception("x",
                    {.id = "EX-1",
                     .title = "t",
                     .reason = "r",
                     .evidence = {{.kind = "ticket", .reference = "CHG1", .window = std::nullopt}},
                     .owner = "o",
                     .author = "alice",
                     .approver = "bob",
                     .created = at("2026-11-01T00:00:00Z"),
                     .expires = at("2027-01-31T00:00:00Z"),
                     .selector = {.provider = "FooNp", .sha256 = sha256},
                     .hides_up_to = FindingSeverity::critical,
                     .revoked = std::nullopt},
                    now);
  ASSERT_TRUE(added.has_value()) << added.error().text;
}

Outcomed<ExceptionAnswer> tried(std::vector<std::string> paths, ExpectationFiles files = {}) {
  files.exceptions = "x";
  return test_exceptions({.expected = files, .paths = std::move(paths), .as_of = {}, .now = now});
}
std::string said(std::vector<std::string> paths, ExpectationFiles files = {}) {
  const auto answer = tried(std::move(paths), std::move(files));
  return answer ? answer->text : "failed: " + answer.error().text;
}

/// Whether a scan hides anything.
bool scan_hides(std::vector<std::string> paths, ExpectationFiles files = {}) {
  files.exceptions = "x";
  auto read = read_expectations(files);
  EXPECT_TRUE(read.has_value()) << read.error().text;
  read->expectations.as_of = now;
  const auto assessment = scan({.paths = std::move(paths), .expectations = &read->expectations});
  EXPECT_TRUE(assessment.has_value());
  return std::ranges::any_of(assessment->hosts.at(0).findings,
                             [](const Finding& one) { return !one.suppressed_by.empty(); });
}

TEST(ExceptionTrial, OfSeveralContentsEachMustFit) {
  const Workplace place;
  build_host("DAY", harmless, "", "day1");
  build_host("DAY", listens, "", "day3");
  for (const std::string& approved : {std::string("day1"), std::string("day3")}) {
    fs::remove_all("x");
    approve(hash_in(scan_alone({approved})));
    EXPECT_NE(said({approved}).find("holds on 1 of 1 hosts"), std::string::npos)
        << said({approved});
    EXPECT_TRUE(scan_hides({approved}));
    EXPECT_NE(said({"day1", "day3"}).find("does not hold: hash_differs"), std::string::npos);
    EXPECT_FALSE(scan_hides({"day1", "day3"}));
  }
  (void)scan_into("a.case", {"day1"});
  (void)scan_into("a.case", {"day3"});
  EXPECT_NE(said({"a.case"}).find("does not hold: hash_differs"), std::string::npos);
  EXPECT_FALSE(scan_hides({"a.case"}));
}

TEST(ExceptionTrial, TriesWhatAScanWithTheBaselineFinds) {
  const Workplace place;
  build_host("DAY", listens, "", "before");
  build_host("DAY", listens, ", DeviceName: evil", "after");
  write("key.pem",
        "-----BEGIN PRIVATE "
        "KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n-----END "
        "PRIVATE KEY-----\n");
  const auto built = build_baseline(
      {.paths = {"before"},
       .settings = {.name = "", .as_of = {}, .minimum_hosts = 1, .minimum_age_days = 0},
       .key_file = "key.pem"});
  ASSERT_TRUE(built.has_value()) << built.error().text;
  write("b", built->text);
  approve(hash_in(scan_alone({"before"})));
  const ExpectationFiles files{.baseline = "b", .baseline_key = "key.pem"};
  EXPECT_TRUE(scan_hides({"before"}, files));
  EXPECT_NE(said({"before"}, files).find("holds on 1 of 1 hosts"), std::string::npos);
  EXPECT_NE(said({"after"}).find("holds on 1 of 1 hosts"), std::string::npos);
  EXPECT_NE(said({"after"}).find("no baseline: "), std::string::npos);
  EXPECT_NE(said({"after"}, files).find("does not hold: registration_drifted"), std::string::npos)
      << said({"after"}, files);
  EXPECT_FALSE(scan_hides({"after"}, files));
}

TEST(ExceptionScan, AMissingJournalIsADiagnostic) {
  const Workplace place;
  build_host("DAY", listens, "", "day");
  approve(hash_in(scan_alone({"day"})));
  const auto severity_of_note = [](bool hides) {
    auto read = read_expectations({.exceptions = "x"});
    EXPECT_TRUE(read.has_value());
    read->expectations.as_of = now;
    const auto assessment = scan({.paths = {"day"}, .expectations = &read->expectations});
    EXPECT_EQ(scan_hides({"day"}), hides);
    for (const Diagnostic& one : assessment->diagnostics) {
      if (one.text.find("journal.jsonl") != std::string::npos) {
        return one.severity;
      }
    }
    return Severity::info;
  };
  EXPECT_EQ(severity_of_note(true), Severity::info) << "there is nothing to say";
  fs::remove("x/journal.jsonl");
  EXPECT_EQ(severity_of_note(false), Severity::data_loss);
  std::ifstream file("x/EX-1.yaml");
  std::string by_hand;
  for (std::string line; std::getline(file, line);) {
    std::erase(line, '\'');
    by_hand += line + "\n";
  }
  write("x/EX-1.yaml", by_hand);
  EXPECT_EQ(severity_of_note(true), Severity::notice);
}

TEST(ExceptionTrial, ACaseStandsAloneAndNothingIsNoAnswer) {
  const Workplace place;
  build_host("DAY", listens, "", "day");
  approve(hash_in(scan_alone({"day"})));
  (void)scan_into("a.case", {"day"});
  (void)scan_into("b.case", {"day"});
  fs::create_directories("empty");
  EXPECT_NE(said({"a.case"}).find("holds on 1 of 1 hosts"), std::string::npos);
  for (const std::vector<std::string>& paths :
       {std::vector<std::string>{"a.case", "b.case"}, {"day", "a.case"}}) {
    const auto answer = tried(paths);
    ASSERT_FALSE(answer.has_value());
    EXPECT_EQ(answer.error().kind, FailureKind::usage);
    EXPECT_NE(answer.error().text.find("a case stands alone"), std::string::npos);
  }
  const auto nothing = tried({"empty"});
  ASSERT_FALSE(nothing.has_value());
  EXPECT_EQ(nothing.error().kind, FailureKind::no_input);
}

}  // namespace
}  // namespace npg
