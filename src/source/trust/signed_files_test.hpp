// Signed files that tests share: made once a run by src/testing/signing.sh, with an authority of
// their own. For tests alone.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "base/checksum.hpp"
#include "format/pe/pe_file.hpp"
#include "source/trust/image_layout.hpp"
#include "source/trust/verify.hpp"
#include "testing/catalog_writer.hpp"
#include "testing/pe_writer.hpp"

namespace npg::trust {

inline std::vector<std::byte> unsigned_image() {
  testing::ImageRecipe recipe;
  recipe.dll_name = "np.dll";
  recipe.exports = {{.name = "NPGetCaps"}, {.name = "NPLogonNotify"}};
  recipe.version.strings = {{"CompanyName", "Example"}};
  return testing::write_image(recipe);
}

inline ImageFile image_file(std::span<const std::byte> content) {
  Diagnostics diagnostics;
  const auto image = pe::read_pe(Bytes(content), Limits{}, diagnostics);
  EXPECT_TRUE(image.has_value());
  return {.file = Bytes(content),
          .layout = image ? layout_of(*image) : authenticode::ImageLayout{},
          .evidence = 7};
}

class SignedFiles : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    const std::string script = NPG_SOURCE_DIR "/src/testing/signing.sh";
    const auto image = unsigned_image();
    const std::filesystem::path cache =
        std::filesystem::read_symlink("/proc/self/exe").parent_path() / "signed_files";
    // Made once for this script and image, beside the test program; another run may be making it.
    const auto ready =
        cache / (sha256_hex(bytes_of(text_of(script))) + sha256_hex(image)).substr(48, 32);
    if (!std::filesystem::exists(ready / "done")) {
      folder_ = cache / ("making_" + std::to_string(::getpid()));
      std::filesystem::create_directories(folder_);
      write("image.dll", image);
      write("catalog.cat", testing::write_catalog({.members = members()}));
      if (std::system(
              "command -v openssl >/dev/null && osslsigncode --help 2>&1 | grep -q -- -TSA-key") !=
          0) {
        std::filesystem::remove_all(folder_);
        return;
      }
      EXPECT_EQ(std::system(("bash " + script + " '" + folder_.string() + "'").c_str()), 0)
          << read_text("log");
      std::error_code is_there;
      std::filesystem::rename(folder_, ready, is_there);
      if (is_there) {
        std::filesystem::remove_all(folder_);
      }
    }
    folder_ = ready;
  }
  void SetUp() override {
    if (!std::filesystem::exists(folder_ / "root.der")) {
      GTEST_SKIP()
          << "openssl, or an osslsigncode that can make timestamps (2.6), is not installed";
    }
    ASSERT_TRUE(std::filesystem::exists(folder_ / "done"));
    ASSERT_TRUE(anchors_.add(read("root.der"), {.is_microsoft = true}));
  }

  static std::vector<testing::CatalogMemberRecipe> members() {
    const auto image = unsigned_image();
    const auto file = image_file(image);
    const CatalogHashes hashes = catalog_hashes(file);
    return {{.digest = hashes.sha256}, {.digest = std::vector<std::byte>(20, std::byte{3})}};
  }
  static void write(const std::string& name, const std::vector<std::byte>& content) {
    std::ofstream out(folder_ / name, std::ios::binary);
    for (const std::byte b : content) {
      out.put(static_cast<char>(b));
    }
  }
  static std::string read_text(const std::string& name) { return text_of(folder_ / name); }
  static std::string text_of(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    std::ostringstream whole;
    whole << in.rdbuf();
    return whole.str();
  }
  static std::vector<std::byte> read(const std::string& name) {
    const std::string text = read_text(name);
    const auto bytes = bytes_of(text);
    return {bytes.begin(), bytes.end()};
  }

  /// Signs a file anew, by one of the certificates of signing.sh; false when the tool refuses.
  static bool sign(const std::filesystem::path& from, const std::filesystem::path& to,
                   const std::string& certificate, const std::string& options = {}) {
    const std::string of = "'" + (folder_ / certificate).string();
    const std::string command = "osslsigncode sign -certs " + of + ".chain' -key " + of +
                                ".key' -time 1700000000 " + options + " -in '" + from.string() +
                                "' -out '" + to.string() + "' >/dev/null 2>&1";
    return std::system(command.c_str()) == 0;
  }

  [[nodiscard]] SignatureFact verify(std::span<const std::byte> content) const {
    return verify_image(image_file(content), terms());
  }
  [[nodiscard]] SignatureFact verify(const std::string& name) const {
    const auto content = read(name);
    return verify(content);
  }
  [[nodiscard]] Terms terms() const { return {.anchors = anchors_, .as_of = as_of_, .limits = {}}; }

  static inline std::filesystem::path folder_;
  Anchors anchors_;
  FileTime as_of_ = *parse_time("2026-01-01T00:00:00Z");
};

}  // namespace npg::trust
