// Many good files and one that is corrupt in its middle: what is said of the good ones is the same
// to the byte, the bad one is named with the place, and the run is incomplete.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "app/outcome.hpp"
#include "app/render.hpp"
#include "app/scan.hpp"
#include "testing/evtx_writer.hpp"
#include "testing/recipe.hpp"
#include "testing/regf_writer.hpp"
#include "testing/workplace.hpp"

namespace npg {
namespace {

constexpr FileTime long_ago{130'000'000'000'000'000};
constexpr std::string_view good_image = "host/C/Windows/System32/p9np.dll";

std::vector<std::byte> hive_of_many_bins() {
  testing::RegfKey root{.name = "ROOT", .last_written = long_ago};
  for (int i = 0; i < 200; ++i) {
    testing::set_value(
        testing::key_at(root, fmt::format("Drivers\\Driver{:03}", i), long_ago),
        {.name = "Data", .type = 3, .data = std::vector<std::byte>(60, std::byte{7})});
  }
  return testing::write_hive(root, {.file_name = "DRIVERS", .last_written = long_ago});
}

/// Three chunks of another computer.
std::vector<std::byte> event_log_of_many_chunks() {
  testing::EventRecipe recipe{.provider = "Microsoft-Windows-Security-Auditing",
                              .channel = "Security",
                              .computer = "OTHER",
                              .event_id = 4624,
                              .time = long_ago};
  recipe.data = {testing::datum("TargetUserName", testing::EventType::string, "alice")};
  const std::vector<testing::EventRecipe> events(30, recipe);
  return testing::write_evtx(events, {.records_per_chunk_max = 10});
}

std::vector<std::byte> content_of(std::string_view path) {
  std::ostringstream text;
  text << std::ifstream(std::string(path), std::ios::binary).rdbuf();
  const std::string content = std::move(text).str();
  const auto bytes = std::as_bytes(std::span(content));
  return {bytes.begin(), bytes.end()};
}

Assessment scan_here(std::vector<std::string> paths) {
  auto assessment = scan({.paths = std::move(paths), .hash = HashMode::all});
  EXPECT_TRUE(assessment.has_value());
  return assessment ? *std::move(assessment) : Assessment{};
}

class OneBadFile : public ::testing::Test {
 protected:
  void SetUp() override {
    std::ostringstream recipe;
    recipe << std::ifstream(NPG_SOURCE_DIR "/examples/clean-host/recipe.yaml").rdbuf();
    const auto host = testing::build_host(recipe.str());
    ASSERT_TRUE(host.has_value()) << describe(host.error());
    ASSERT_TRUE(testing::write_host(*host, "host").has_value());
  }

  /// 64 bytes become 0xff.
  static void corrupt(std::string_view path, std::vector<std::byte> content, std::size_t at) {
    std::ranges::fill(std::span(content).subspan(at, 64), std::byte{0xff});
    ASSERT_TRUE(testing::write_file(path, content));
  }

  /// The bad file comes last in the order of paths. The host of the good ones is told as if it were
  /// not there.
  static void expect_the_good_told_alike(const Assessment& without, Assessment with) {
    ASSERT_EQ(with.evidence.size(), without.evidence.size() + 1);
    const auto bad = static_cast<std::uint32_t>(without.evidence.size());
    with.evidence.pop_back();
    std::erase_if(with.hosts,
                  [](const HostAssessment& host) { return host.host.name.raw() == "OTHER"; });
    std::erase_if(with.diagnostics, [&](const Diagnostic& one) { return one.evidence == bad; });
    with.diagnostic_counts = without.diagnostic_counts;
    with.complete = without.complete;
    EXPECT_EQ(assessment_as_json(with), assessment_as_json(without));
  }

  static void expect_named(const Assessment& assessment, std::string_view path, std::size_t at) {
    const auto item = std::ranges::find_if(
        assessment.evidence, [&](const EvidenceItem& one) { return one.path.raw() == path; });
    ASSERT_NE(item, assessment.evidence.end());
    EXPECT_EQ(item->status, EvidenceStatus::partial) << item->detail;
    const bool is_named = std::ranges::any_of(assessment.diagnostics, [&](const Diagnostic& one) {
      return one.severity >= Severity::data_loss && &assessment.evidence[one.evidence] == &*item &&
             one.offset > 0 && one.offset < at + 64;
    });
    EXPECT_TRUE(is_named) << "the bad file is named with its offset";
    const Outcome outcome = outcome_of(assessment, {.fail_on = FindingSeverity::critical});
    EXPECT_TRUE(outcome.is_incomplete);
    EXPECT_FALSE(outcome.has_findings);
  }

 private:
  testing::Workplace workplace_;
};

TEST_F(OneBadFile, AHive) {
  const Assessment without = scan_here({"host"});
  EXPECT_FALSE(outcome_of(without, {.fail_on = FindingSeverity::critical}).is_incomplete);
  const std::vector<std::byte> hive = hive_of_many_bins();
  corrupt("zz/DRIVERS", hive, hive.size() / 2);
  const Assessment with = scan_here({"host", "zz"});
  expect_named(with, "zz/DRIVERS", hive.size() / 2);
  expect_the_good_told_alike(without, with);
}

TEST_F(OneBadFile, AnEventLog) {
  const Assessment without = scan_here({"host"});
  // The head of a record in the second of three chunks.
  constexpr std::size_t second_chunk = 4096 + 65'536;
  corrupt("zz/Security.evtx", event_log_of_many_chunks(), second_chunk + 512);
  const Assessment with = scan_here({"host", "zz"});
  expect_named(with, "zz/Security.evtx", second_chunk + 512);
  expect_the_good_told_alike(without, with);
}

/// Zeros, or what nobody can read any more, in the place of a log or a hive: a loss, and named.
TEST_F(OneBadFile, OneOfWhichNothingIsLeft) {
  struct Case {
    const char* path;
    bool is_loss;
  };
  for (const Case& c : {Case{"zz/Security.evtx", true}, Case{"zz/SYSTEM", true},
                        Case{"zz/._Security.evtx", false}, Case{"zz/notes.bin", false}}) {
    SCOPED_TRACE(c.path);
    ASSERT_TRUE(testing::write_file(c.path, std::vector<std::byte>(70'000)));
    const Assessment with = scan_here({"host", "zz"});
    const bool is_named = std::ranges::any_of(with.diagnostics, [&](const Diagnostic& one) {
      return one.severity >= Severity::data_loss &&
             with.evidence[one.evidence].path.raw() == c.path;
    });
    EXPECT_EQ(is_named, c.is_loss);
    EXPECT_EQ(outcome_of(with, {.fail_on = FindingSeverity::critical}).is_incomplete, c.is_loss);
    std::filesystem::remove(c.path);
  }
}

/// An image is read because a registration names it: the bad one stands in the place of a good one.
TEST_F(OneBadFile, AnImage) {
  const Assessment without = scan_here({"host"});
  const std::vector<std::byte> image = content_of(good_image);
  corrupt(good_image, image, image.size() / 2);
  Assessment with = scan_here({"host"});
  expect_named(with, good_image, image.size() / 2);
  ASSERT_EQ(with.evidence.size(), without.evidence.size());
  ASSERT_EQ(with.hosts.size(), 1U);
  // All but what that image says is the same: its provider, and the finding on that.
  const HostAssessment& then = without.hosts.front();
  HostAssessment& now = with.hosts.front();
  ASSERT_EQ(now.providers.size(), then.providers.size());
  std::size_t changed = 0;
  for (std::size_t i = 0; i < now.providers.size(); ++i) {
    if (now.providers[i].name.raw() == "P9NP") {
      now.providers[i] = then.providers[i];
      ++changed;
    }
  }
  EXPECT_EQ(changed, 1U);
  std::erase_if(now.findings, [](const Finding& one) { return one.subject == "P9NP"; });
  now.attack = then.attack;  // It names that finding.
  std::erase_if(with.diagnostics, [&](const Diagnostic& one) {
    return with.evidence[one.evidence].path.raw() == good_image;
  });
  for (std::size_t i = 0; i < with.evidence.size(); ++i) {
    if (with.evidence[i].path.raw() == good_image) {
      with.evidence[i] = without.evidence[i];
    }
  }
  with.diagnostic_counts = without.diagnostic_counts;
  with.complete = without.complete;
  EXPECT_EQ(assessment_as_json(with), assessment_as_json(without));
}

}  // namespace
}  // namespace npg
