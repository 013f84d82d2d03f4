#include "app/attack_mirror.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace npg {
namespace {

namespace fs = std::filesystem;

class Mirror : public testing::Test {
 protected:
  void SetUp() override {
    work = fs::temp_directory_path() /
           fmt::format("npguard-mirror-{}-{}", ::getpid(),
                       testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::create_directories(work);
  }
  void TearDown() override { fs::remove_all(work); }

  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(work / name) << text;
    return (work / name).string();
  }
  MirrorRequest request() const { return {.store = (work / "a/store").string()}; }
  MirrorResult import(const std::string& file, const std::string& release = {}) const {
    return mirror_import(request(), {.files = {file}, .release = release}, Limits{});
  }
  fs::path work;
};

std::string collection(int number, const std::string& release) {
  return fmt::format(
      R"json({{"type":"x-mitre-collection","id":"x-mitre-collection--{:08x}-0000-4000-8000-000000000000","name":"Enterprise (invented)","x_mitre_version":"{}","x_mitre_contents":[]}})json",
      number, release);
}

std::string bundle(const std::string& objects) {
  return R"({"type":"bundle","id":"bundle--x","objects":[)" + objects + "]}";
}

const std::string technique =
    R"json({"type":"attack-pattern","id":"attack-pattern--00000001-0000-4000-8000-000000000000","name":"Invented","description":"A text that is long enough to be broken over several lines of a terminal, as the texts of real techniques are, and that cites.(Citation: Book)","external_references":[{"source_name":"mitre-attack","external_id":"T9001"},{"source_name":"Book","description":"An invented book"}]})json";

TEST_F(Mirror, ARefusedFirstImportLeavesNothing) {
  const auto refused = import(write("bad.json", "{"));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().kind, MirrorFailure::refused);
  EXPECT_FALSE(fs::exists(work / "a"));
  // A folder that was there stays, as it was.
  fs::create_directories(work / "a/store");
  write("a/store/notes.txt", "not ours");
  ASSERT_FALSE(import(write("bad.json", "{")).has_value());
  EXPECT_EQ(std::distance(fs::directory_iterator(work / "a/store"), fs::directory_iterator()), 1);
}

TEST_F(Mirror, ALostManifestStopsAnImport) {
  ASSERT_TRUE(import(write("1.json", bundle(collection(1, "1.0") + "," + technique))).has_value());
  fs::remove(work / "a/store/manifest");
  const auto refused = import(write("2.json", bundle(collection(1, "2.0") + "," + technique)));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().kind, MirrorFailure::damaged);
  EXPECT_NE(refused.error().text.find("has lost its manifest: 1 segments are there"),
            std::string::npos);
  const auto has_segment = [&] {
    return std::ranges::any_of(fs::directory_iterator(work / "a/store"), [](const auto& entry) {
      return entry.path().extension() == ".segment";
    });
  };
  EXPECT_TRUE(has_segment());
  EXPECT_FALSE(mirror_list(request(), Limits{}).has_value());
}

TEST_F(Mirror, OfSeveralCollectionsNoneSpeaksForTheBundle) {
  const std::string file =
      write("two.json", bundle(collection(1, "1.0") + "," + collection(2, "2.0")));
  const auto refused = import(file);
  ASSERT_FALSE(refused.has_value());
  EXPECT_NE(refused.error().text.find("has 2 collections"), std::string::npos);
  MirrorRequest named = request();
  named.domain = "enterprise-attack";
  const auto taken = mirror_import(named, {.files = {file}, .release = "3.0"}, Limits{});
  ASSERT_TRUE(taken.has_value()) << taken.error().text;
  EXPECT_NE(taken->out.find("enterprise-attack 3.0"), std::string::npos);
}

TEST_F(Mirror, WithoutABundleNamesAreFacts) {
  const auto shown = mirror_show(request(), "t1556.008", Limits{});
  ASSERT_TRUE(shown.has_value()) << shown.error().text;
  for (const char* line : {"T1556.008 Network Provider DLL", "no source object is mirrored",
                           "tactic: TA0112", "mitigation: M1024", "analytic: AN1598",
                           "WinEventLog:Sysmon EventCode=7", "npguard attack import FILE"}) {
    EXPECT_NE(shown->out.find(line), std::string::npos) << line << shown->out;
  }
  MirrorRequest as_json = request();
  as_json.json = true;
  EXPECT_NE(mirror_show(as_json, "M1047", Limits{})->out.find("\"mirrored\": false"),
            std::string::npos);
  for (const char* unknown : {"T0000", "T1556.008@19.1"}) {
    const auto nothing = mirror_show(request(), unknown, Limits{});
    ASSERT_FALSE(nothing.has_value()) << unknown;
    EXPECT_EQ(nothing.error().kind, MirrorFailure::no_input);
  }
  EXPECT_FALSE(fs::exists(work / "a"));
}

TEST_F(Mirror, ListOfNothing) {
  const auto none = mirror_list(request(), Limits{});
  ASSERT_FALSE(none.has_value());
  EXPECT_EQ(none.error().kind, MirrorFailure::no_input);
  fs::create_directories(work / "a/store");
  const auto empty = mirror_list(request(), Limits{});
  ASSERT_TRUE(empty.has_value());
  EXPECT_NE(empty->out.find("no release of enterprise-attack is imported"), std::string::npos);
}

TEST_F(Mirror, TextFitsAHundredColumnsAndNumbersWhatItCites) {
  ASSERT_TRUE(import(write("1.json", bundle(collection(1, "1.0") + "," + technique))).has_value());
  ASSERT_TRUE(import(write("2.json", bundle(collection(1, "2.0") + "," + technique))).has_value());
  const auto shown = mirror_show(request(), "T9001", Limits{});
  ASSERT_TRUE(shown.has_value());
  EXPECT_NE(shown->out.find("cites. [1]"), std::string::npos) << shown->out;
  EXPECT_NE(shown->out.find("[1] Book: An invented book"), std::string::npos);
  for (const auto& reply :
       {shown, mirror_list(request(), Limits{}), mirror_history(request(), "T9001", Limits{}),
        mirror_diff(request(), {"1.0", "2.0"}, Limits{}), mirror_verify(request(), Limits{})}) {
    ASSERT_TRUE(reply.has_value());
    std::size_t start = 0;
    for (std::size_t end = reply->out.find('\n'); end != std::string::npos;
         end = reply->out.find('\n', start)) {
      const auto bytes = std::string_view(reply->out).substr(start, end - start);
      const auto letters = std::ranges::count_if(
          bytes, [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; });
      EXPECT_LE(letters, 100) << bytes;
      start = end + 1;
    }
  }
}

TEST_F(Mirror, ADamagedSegmentIsNamedToTheEnd) {
  for (const char* release : {"1.0", "2.0"}) {
    ASSERT_TRUE(import(write("x.json", bundle(collection(1, release) + "," + technique))));
  }
  fs::path first;
  for (const auto& entry : fs::directory_iterator(work / "a/store")) {
    if (entry.path().filename().string().starts_with("0000-")) {
      first = entry.path();
    }
  }
  std::fstream file(first, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(-3, std::ios::end);
  file.put('!');
  file.close();
  const auto verdict = mirror_verify(request(), Limits{});
  ASSERT_TRUE(verdict.has_value()) << verdict.error().text;
  EXPECT_FALSE(verdict->sound);
  EXPECT_NE(verdict->out.find("2 of 2 releases DAMAGED"), std::string::npos) << verdict->out;
  const auto shown = mirror_show(request(), "T9001", Limits{});
  ASSERT_FALSE(shown.has_value());
  EXPECT_EQ(shown.error().kind, MirrorFailure::damaged);
}

TEST_F(Mirror, AnIdOfAnotherReleaseOrDomainIsPointedAt) {
  ASSERT_TRUE(import(write("1.json", bundle(collection(1, "1.0") + "," + technique))));
  ASSERT_TRUE(import(write("2.json", bundle(collection(1, "2.0")))));
  const auto elsewhere = mirror_show(request(), "T9001", Limits{});
  ASSERT_FALSE(elsewhere.has_value());
  EXPECT_NE(elsewhere.error().text.find("1.0 has it: ask for T9001@1.0"), std::string::npos);
  const auto release = mirror_show(request(), "T9001@7.0", Limits{});
  ASSERT_FALSE(release.has_value());
  EXPECT_NE(release.error().text.find("of this domain there are: 1.0, 2.0"), std::string::npos);
}

}  // namespace
}  // namespace npg
