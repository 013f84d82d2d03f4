#include "fact/reference.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

namespace npg {
namespace {

TEST(FactsReference, ThePageIsFresh) {
  const std::string path = std::string(NPG_SOURCE_DIR) + "/docs/facts.md";
  if (std::getenv("NPGUARD_UPDATE") != nullptr) {
    std::ofstream(path, std::ios::binary) << facts_reference();
  }
  std::ifstream file(path, std::ios::binary);
  std::stringstream page;
  page << file.rdbuf();
  EXPECT_EQ(page.str(), facts_reference()) << "run this test with NPGUARD_UPDATE=1";
}

TEST(FactsReference, EveryKindHasItsFieldsAndTheirTypes) {
  const std::string page = facts_reference();
  EXPECT_NE(page.find("\n## registration\n"), std::string::npos);
  EXPECT_NE(page.find("| `provider_class` | number, may be absent | Class as a number, read "
                      "leniently |"),
            std::string::npos);
  EXPECT_NE(page.find("\n## log_coverage\n"), std::string::npos);
  EXPECT_NE(page.find("one of value_set, value_deleted"), std::string::npos);
}

}  // namespace
}  // namespace npg
