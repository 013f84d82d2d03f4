// What a case takes for one place: content tells, not the name of a folder.
#include "app/case_places.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "app/case.hpp"
#include "app/case_keeping.hpp"
#include "app/case_scans_test.hpp"
#include "app/scan.hpp"
#include "base/evidence_text.hpp"
#include "testing/recipe.hpp"
#include "testing/workplace.hpp"

namespace npg {
namespace {

namespace fs = std::filesystem;
using case_scans::scan_alone;
using case_scans::scan_into;
using testing::Workplace;

const std::string home = "C/Windows/System32/config/";

/// A host with one foreign provider, whose DLL exports this.
void build_host(const std::string& name, const std::string& build, const std::string& exports,
                const fs::path& folder) {
  const auto host = testing::build_host(R"(about: a host of a test
host: {windows: )" + build +
                                        ", computer: " + name +
                                        R"(, installed: 2025-03-11T09:41:20Z}
hives:
  SYSTEM:
    written: 2026-11-16T05:30:12Z
    keys:
      CurrentControlSet\Services\FooNp\NetworkProvider:
        values: {Name: Foo, ProviderPath: 'C:\Program Files\Foo\foonp.dll'}
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

/// Each host with its build, its verdict and the DLL of the provider.
std::set<std::string> told(const Assessment& assessment) {
  std::set<std::string> hosts;
  for (const HostAssessment& host : assessment.hosts) {
    std::string text = std::string(host.host.name.raw()) + " " + std::to_string(host.host.build) +
                       " " + std::string(name_of(host.verdict));
    for (const Provider& provider : host.providers) {
      if (provider.name.raw() == "FooNp") {
        text += " " + std::string(name_of(provider.verdict));
        for (const ProviderDll& dll : provider.dlls) {
          text += " " + (dll.image ? dll.image->sha256 : "not found");
        }
      }
    }
    hosts.insert(text);
  }
  return hosts;
}

std::string lines_of(const std::string& path) {
  std::string lines;
  EXPECT_TRUE(dump_case(path, [&](std::string_view line) { lines.append(line).push_back('\n'); }));
  return lines;
}

void copy_tree(const fs::path& from, const fs::path& to) {
  fs::create_directories(to);
  fs::copy(from, to, fs::copy_options::recursive);
}

std::set<std::string> both(std::set<std::string> a, std::set<std::string> b) {
  a.merge(b);
  return a;
}

TEST(CasePlaces, AFolderThatIsFilledAnewIsAnotherPlace) {
  const Workplace place;
  build_host("ALPHA", "server-2022", harmless, "alpha");
  build_host("BRAVO", "server-2019", listens, "bravo");
  const auto alpha = told(scan_alone({"alpha"}));
  const auto bravo = told(scan_alone({"bravo"}));
  copy_tree("bravo/C", "mnt/C");
  EXPECT_EQ(told(scan_into("x", {"mnt"})), bravo);
  fs::remove_all("mnt");
  copy_tree("alpha/C", "mnt/C");
  const auto second = told(scan_into("x", {"mnt"}));
  EXPECT_TRUE(std::ranges::includes(second, alpha));
  EXPECT_EQ(told(scan_into("x", {})), both(alpha, bravo));
  EXPECT_TRUE(verify_case("x")->sound) << verify_case("x")->text;
}

TEST(CasePlaces, TheSameBytesElsewhereAddNothing) {
  const Workplace place;
  build_host("BRAVO", "server-2019", listens, "bravo");
  fs::create_directories("later");
  fs::copy("bravo/" + home + "SYSTEM", "later/SYSTEM");
  const auto whole = told(scan_into("x", {"bravo"}));
  const std::string kept = lines_of("x");
  EXPECT_EQ(told(scan_into("x", {"later"})), whole);
  EXPECT_EQ(lines_of("x"), kept);
  fs::create_directories("alone");
  fs::copy("bravo/" + home + "SOFTWARE", "alone/SOFTWARE");
  EXPECT_EQ(told(scan_into("x", {"alone"})), whole) << "it names nobody, and the case knows whose";
  EXPECT_EQ(lines_of("x"), kept);
  EXPECT_EQ(told(scan_into("x", {})), whole);
  // The other way round, the hive that stands where Windows has it counts.
  scan_into("y", {"later"});
  EXPECT_EQ(told(scan_into("y", {"bravo"})), whole);
  EXPECT_EQ(told(scan_into("y", {})), whole);
  EXPECT_TRUE(verify_case("y")->sound) << verify_case("y")->text;
}

TEST(CasePlaces, ACopyOfAnotherHostsHiveTakesNoFilesOfItsFolder) {
  const Workplace place;
  build_host("ALPHA", "server-2022", harmless, "server");
  build_host("BRAVO", "server-2019", listens, "bravo");
  const auto expected = both(told(scan_alone({"server"})), told(scan_alone({"bravo"})));
  fs::create_directories("server/C/Backup");
  fs::copy("bravo/" + home + "SYSTEM", "server/C/Backup/SYSTEM");
  EXPECT_EQ(told(scan_alone({"bravo", "server"})), expected);
  EXPECT_EQ(told(scan_into("x", {"bravo", "server"})), expected);
  EXPECT_EQ(told(scan_into("x", {})), expected);
  scan_into("y", {"bravo"});
  scan_into("y", {"server"});
  EXPECT_EQ(told(scan_into("y", {})), expected);
}

TEST(RivalImages, EachIsJudgedAndTheWorseDecides) {
  const Workplace place;
  build_host("DAY", "server-2022", harmless, "day1");
  build_host("DAY", "server-2022", listens, "day3");
  const auto worse = told(scan_alone({"day3"}));
  ASSERT_NE(told(scan_alone({"day1"})), worse);
  const auto has_both = [](const Assessment& assessment) {
    const bool is_stated =
        std::ranges::any_of(assessment.hosts.at(0).coverage.statements, [](const auto& text) {
          return text.find("was collected with different content") != std::string::npos;
        });
    const bool is_told = std::ranges::any_of(assessment.diagnostics, [](const Diagnostic& one) {
      return one.text.find("was judged, too, and the assessment is of the worse one") !=
                 std::string::npos &&
             one.evidence != Diagnostic::no_evidence;
    });
    return is_stated && is_told;
  };
  for (const std::vector<std::string>& paths :
       {std::vector<std::string>{"day1", "day3"}, {"day3", "day1"}}) {
    const Assessment once = scan_alone(paths);
    EXPECT_EQ(told(once), worse);
    EXPECT_TRUE(has_both(once));
    const std::string path = "x" + paths[0];
    scan_into(path, {paths[0]});
    const Assessment later = scan_into(path, {paths[1]});
    EXPECT_EQ(told(later), worse);
    EXPECT_TRUE(has_both(later));
    EXPECT_EQ(told(scan_into(path, {})), worse);
  }
}

/// The hashes that a stack of the case knows.
std::string stacked_hashes(const std::string& path) {
  const auto text = stack_case(path, {.what = "hash"});
  EXPECT_TRUE(text.has_value());
  return text ? *text : std::string();
}

TEST(RivalImages, EachIsComparedWithABaselineAndStacked) {
  const Workplace place;
  build_host("DAY", "server-2022", harmless, "day1");
  build_host("DAY", "server-2022", listens, "day3");
  scan_into("x1", {"day1"});
  scan_into("x3", {"day3"});
  scan_into("x", {"day1"});
  scan_into("x", {"day3"});
  for (const std::string& hash : {stacked_hashes("x1"), stacked_hashes("x3")}) {
    for (std::size_t at = hash.find("  "); at != std::string::npos; at = hash.find("  ", at + 1)) {
      const std::string word = hash.substr(at + 2, hash.find_first_of(" \n", at + 2) - at - 2);
      if (word.size() == 64) {
        EXPECT_NE(stacked_hashes("x").find(word), std::string::npos) << word;
      }
    }
  }
  // The baseline knows the worse content: the other one is a difference all the same.
  Baseline baseline;
  baseline.settings = {.name = "n", .as_of = {}, .minimum_hosts = 1, .minimum_age_days = 0};
  std::vector<HostProfile> profiles;
  ASSERT_TRUE(scan({.paths = {"day3"}, .profiles = &profiles}).has_value());
  baseline.add(profiles.at(0), "");
  const Expectations expectations{.baseline = &baseline};
  for (const std::vector<std::string>& paths :
       {std::vector<std::string>{"day1", "day3"}, {"day1"}, {"x"}}) {
    const auto assessment = scan({.paths = paths, .expectations = &expectations});
    ASSERT_TRUE(assessment.has_value());
    EXPECT_NE(std::ranges::find(assessment->hosts.at(0).findings, "NPG1022", &Finding::rule),
              assessment->hosts.at(0).findings.end())
        << paths[0];
  }
}

TEST(PlacesOfScan, WordsOfOneHiveAreOnePlace) {
  PlacesOfScan places;
  places.add_folder("hives a b", "one");
  places.add_kept("hives c b");
  places.add_kept("hives d");
  EXPECT_EQ(places.folder_of("hives c"), "one");
  EXPECT_EQ(places.folder_of("hives d"), "hives d");
  EXPECT_EQ(places.folder_of("computer X"), "computer X");
  EXPECT_FALSE(places.is_spread("hives a"));
  places.add_folder("hives c", "two");
  EXPECT_TRUE(places.is_spread("hives a"));
  EXPECT_EQ(places.folder_of("hives b"), places.folder_of("hives c"));
  EXPECT_TRUE(places.folder_of("hives b").starts_with("hives "));
}

}  // namespace
}  // namespace npg
