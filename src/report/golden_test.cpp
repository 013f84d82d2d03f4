#include "report/golden.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

namespace npg::sample {

void expect_golden(const std::string& file_name, std::string_view actual) {
  const std::string path = std::string(NPG_SOURCE_DIR) + "/src/report/golden/" + file_name;
  if (const char* const update = std::getenv("NPGUARD_UPDATE");
      update != nullptr && std::string_view(update) == "1") {
    std::ofstream(path, std::ios::binary) << actual;
    return;
  }
  std::ifstream file(path, std::ios::binary);
  std::stringstream expected;
  expected << file.rdbuf();
  std::istringstream got{std::string(actual)};
  std::string expected_line;
  std::string actual_line;
  for (int line = 1;; ++line) {
    const bool has_expected = static_cast<bool>(std::getline(expected, expected_line));
    const bool has_actual = static_cast<bool>(std::getline(got, actual_line));
    if (!has_expected && !has_actual) {
      break;
    }
    ASSERT_EQ(has_expected, has_actual) << path << ":" << line << ": one text ends here";
    ASSERT_EQ(expected_line, actual_line) << path << ":" << line;
  }
}

TEST(Golden, TheFolderIsThere) {
  // A folder that cannot be read would let an update write nothing, and nobody would notice.
  const std::ifstream file(std::string(NPG_SOURCE_DIR) + "/src/report/golden/empty.txt");
  EXPECT_TRUE(file.good());
}

}  // namespace npg::sample
