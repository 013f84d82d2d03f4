// A store in a folder of its own, for the tests of the mirror.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <string_view>

#include "attack/container.hpp"
#include "attack/import.hpp"
#include "attack/store.hpp"

namespace npg::attack {

/// A folder of its own that goes with the test.
class AttackStore : public testing::Test {
 protected:
  void SetUp() override {
    folder = std::filesystem::temp_directory_path() /
             fmt::format("npguard-attack-{}-{}", ::getpid(),
                         testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::create_directories(folder);
  }
  void TearDown() override { std::filesystem::remove_all(folder); }

  Store loaded() const {
    auto store = Store::open(folder, Limits{});
    EXPECT_TRUE(store.has_value());
    EXPECT_TRUE(store->load().has_value());
    return std::move(*store);
  }
  std::expected<ImportReport, ImportRefusal> take(std::string_view text,
                                                  const std::string& release = {}) const {
    Store store = loaded();
    const ImportRequest request{
        .source = "t.json", .release = release, .domain = {}, .imported = {}};
    auto report = import_bundle(store, Bytes(bytes_of(text)), request, {}, Limits{});
    if (report && !report->already_there) {
      EXPECT_TRUE(store.commit().has_value());
    }
    return report;
  }
  std::size_t files() const {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder),
                                                  std::filesystem::directory_iterator()));
  }
  std::filesystem::path folder;
};

/// A file's text; empty when it is not there.
inline std::string file_text(const std::filesystem::path& path) {
  const auto file = MappedFile::open(path);
  return file ? std::string(file->text()) : std::string();
}

}  // namespace npg::attack
