#include "app/explain.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/evidence_text.hpp"
#include "testing/recipe.hpp"
#include "testing/workplace.hpp"

namespace npg {
namespace {

namespace fs = std::filesystem;

void build_example(const fs::path& folder) {
  std::ostringstream recipe;
  recipe << std::ifstream(fs::path(NPG_SOURCE_DIR) / "examples/compromised-host/recipe.yaml",
                          std::ios::binary)
                .rdbuf();
  const auto host = testing::build_host(recipe.str());
  ASSERT_TRUE(host.has_value());
  ASSERT_TRUE(testing::write_host(*host, folder).has_value());
}

std::size_t widest_line(const std::string& text) {
  std::size_t widest = 0;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    widest = std::max(widest, EvidenceText::from_utf8(line).to_utf16().size());
  }
  return widest;
}

TEST(Explain, AProvidersReasonsComeWithTheirBytesAndTheRule) {
  const testing::Workplace workplace;
  build_example("host");
  const auto told = explain("lanmanredirsvc", {.paths = {"host"}});
  ASSERT_TRUE(told.has_value());
  ASSERT_TRUE(told->found) << told->text;
  EXPECT_NE(told->text.find("credential_class"), std::string::npos) << told->text;
  EXPECT_NE(told->text.find("has bit 0x2 or 0x4"), std::string::npos);
  EXPECT_NE(told->text.find("Check by hand"), std::string::npos);
  EXPECT_NE(told->text.find("0x0"), std::string::npos);
  EXPECT_NE(told->text.find("lanredir.dll"), std::string::npos);
  EXPECT_NE(told->text.find("4d 5a"), std::string::npos) << "the DLL's own first bytes";
  EXPECT_LE(widest_line(told->text), 100U);
}

TEST(Explain, AFindingComesWithItsPage) {
  const testing::Workplace workplace;
  build_example("host");
  const auto told = explain("NPG1001", {.paths = {"host"}});
  ASSERT_TRUE(told.has_value() && told->found);
  EXPECT_NE(told->text.find("Benign causes"), std::string::npos);
  const auto one = explain("unknown_name", {.paths = {"host"}});
  ASSERT_TRUE(one.has_value() && one->found);
  EXPECT_EQ(one->text.find("credential_class"), std::string::npos);
}

TEST(Explain, AnotherFileOfTheChainIsFoundByAnyOfItsNames) {
  const testing::Workplace workplace;
  std::ofstream("software.reg", std::ios::binary)
      << "REGEDIT4\r\n\r\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows "
         "NT\\CurrentVersion\\Winlogon]\r\n\"mpnotify\"=\"C:\\\\Users\\\\Public\\\\e.exe\"\r\n";
  for (const std::string_view id : {"winlogon_mpnotify", "Winlogon mpnotify", "e.exe",
                                    "c:\\users\\public\\E.EXE", "path_in_writable_folder"}) {
    const auto told = explain(std::string(id), {.paths = {"software.reg"}});
    ASSERT_TRUE(told.has_value());
    ASSERT_TRUE(told->found) << id << told->text;
    EXPECT_NE(told->text.find("path_in_writable_folder"), std::string::npos) << told->text;
  }
}

TEST(Explain, WithoutEvidenceItSaysWhatAWordMeans) {
  EXPECT_TRUE(explain("dll_in_no_catalog", {})->found);
  EXPECT_TRUE(explain("NPG1007", {})->found);
  EXPECT_FALSE(explain("no_such_code", {})->found);
  EXPECT_FALSE(explain("", {})->found);
  EXPECT_FALSE(explain("NPG9999", {})->found);
}

TEST(Explain, WhatIsNotThereIsSaid) {
  const testing::Workplace workplace;
  build_example("host");
  const auto told = explain("Nobody", {.paths = {"host"}});
  ASSERT_TRUE(told.has_value());
  EXPECT_FALSE(told->found);
  EXPECT_FALSE(explain("x", {.paths = {"not-there"}}).has_value());
}

}  // namespace
}  // namespace npg
