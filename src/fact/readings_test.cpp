#include "fact/readings.hpp"

#include <gtest/gtest.h>

namespace npg {
namespace {

TEST(Readings, TheDomainDoesNotDependOnTheOrderOfFiles) {
  FactSet facts;
  EXPECT_TRUE(host_domain(facts).empty());
  facts.identities.push_back({.domain = std::string_view("CORPORATION")});
  facts.identities.push_back({.domain = std::string_view("corp.lan")});
  EXPECT_EQ(host_domain(facts).raw(), "corp.lan");
  std::swap(facts.identities[0], facts.identities[1]);
  EXPECT_EQ(host_domain(facts).raw(), "corp.lan");
}

}  // namespace
}  // namespace npg
