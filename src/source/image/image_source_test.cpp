#include "source/image/image_source.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "base/checksum.hpp"
#include "testing/pe_writer.hpp"

namespace npg {
namespace {

MemoryFile file_of(std::vector<std::byte> content) {
  return {EvidenceText::from_literal("np.dll"), std::move(content)};
}

TEST(ReadImage, FillsTheView) {
  testing::ImageRecipe recipe;
  recipe.dll_name = "np.dll";
  recipe.timestamp = 77;
  recipe.exports = {{.name = "NPLogonNotify", .forwarder = "other.NPLogonNotify"},
                    {.name = "NPGetCaps"},
                    {.ordinal = 9}};
  recipe.version.strings = {{"CompanyName", "Example"}};
  recipe.version.product_version = testing::version_number(1, 2, 3, 4);
  const auto content = testing::write_image(recipe);
  Diagnostics diagnostics;
  const auto image = read_image(file_of(content), 4, Limits{}, diagnostics);
  ASSERT_TRUE(image.has_value());
  EXPECT_TRUE(image->is_dll);
  EXPECT_TRUE(image->is_pe32_plus);
  EXPECT_EQ(machine_name(image->machine), "x64");
  EXPECT_EQ(image->timestamp, 77U);
  EXPECT_EQ(image->export_name.raw(), "np.dll");
  ASSERT_EQ(image->exports.size(), 3U);
  EXPECT_EQ(image->exports[0].name.raw(), "NPGetCaps");
  EXPECT_EQ(image->exports[1].forwarder.raw(), "other.NPLogonNotify");
  EXPECT_TRUE(image->exports[2].name.empty());
  EXPECT_EQ(image->exports[2].ordinal, 9U);
  ASSERT_TRUE(image->version.has_value());
  EXPECT_EQ(image->version->product_version, testing::version_number(1, 2, 3, 4));
  EXPECT_EQ(image->version->strings[0].second.raw(), "Example");
  EXPECT_FALSE(image->has_certificate_table);
  EXPECT_FALSE(image->damaged);
  EXPECT_EQ(image->sha256, sha256_hex(content));
  EXPECT_EQ(image->size_bytes, content.size());
  EXPECT_EQ(image->origin.evidence, 4U);
  EXPECT_EQ(image->origin.length, content.size());
}

TEST(ReadImage, RefusalsSayWhy) {
  Diagnostics diagnostics;
  Limits small;
  small.image_bytes_max = 100;
  const auto content = testing::write_image({});
  EXPECT_EQ(read_image(file_of({}), 0, Limits{}, diagnostics).error().code,
            ErrorCode::not_this_format);
  EXPECT_EQ(read_image(file_of(content), 0, small, diagnostics).error().code,
            ErrorCode::limit_exceeded);
  const std::vector<std::byte> cut(content.begin(), content.begin() + 0x90);
  const auto truncated = read_image(file_of(cut), 0, Limits{}, diagnostics);
  EXPECT_EQ(truncated.error().code, ErrorCode::truncated);
  EXPECT_EQ(truncated.error().offset, 0x80U);
}

/// Images of the corpus by their SHA-256.
std::map<std::string, Image> corpus_images() {
  std::map<std::string, Image> images;
  const char* corpus = std::getenv("NPGUARD_CORPUS");
  if (corpus == nullptr) {
    return images;
  }
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(std::filesystem::path(corpus) / "pe")) {
    if (!entry.is_regular_file()) {
      continue;
    }
    std::ifstream in(entry.path(), std::ios::binary);
    std::ostringstream read;
    read << in.rdbuf();
    const std::string bytes = read.str();
    const auto view = bytes_of(bytes);
    Diagnostics diagnostics;
    auto image = read_image(file_of({view.begin(), view.end()}), 0, Limits{}, diagnostics);
    EXPECT_TRUE(image.has_value()) << entry.path();
    if (image) {
      images.emplace(image->sha256, std::move(*image));
    }
  }
  return images;
}

TEST(ReadImageCorpus, ReadsRealImages) {
  const auto images = corpus_images();
  if (images.empty()) {
    GTEST_SKIP() << "NPGUARD_CORPUS is not set";
  }
  EXPECT_GE(images.size(), 20U);
  // A signed DLL whose exports somebody redirected by hand to another DLL.
  const auto patched =
      images.find("075197180ab6ed36527001436a4562542dc4934a84a1d4ecdffc791e7f3a9490");
  ASSERT_NE(patched, images.end());
  ASSERT_EQ(patched->second.exports.size(), 4U);
  EXPECT_EQ(patched->second.exports[0].name.raw(), "DllCanUnloadNow");
  EXPECT_EQ(patched->second.exports[0].forwarder.raw(),
            "c:\\Windows\\System32\\dnshc.DllCanUnloadNow");
  EXPECT_TRUE(patched->second.has_certificate_table);
  EXPECT_TRUE(patched->second.damaged);  // Its export directory's DLL name leads nowhere.
}

}  // namespace
}  // namespace npg
