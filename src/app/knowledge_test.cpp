#include "app/knowledge.hpp"

#include <gtest/gtest.h>

#include "app/data.hpp"

namespace npg {
namespace {

constexpr std::string_view header =
    "name\tproduct\tvendor\tkind\tpaths\tauthent\tclass\tcredentials\tdisplay\tbuilds\tsource\tconf"
    "idence\tdate\n";

TEST(KnownProviders, EveryShippedRowNamesItsSource) {
  const auto knowledge = parse_known_providers(data::known_providers);
  ASSERT_TRUE(knowledge.has_value()) << knowledge.error();
  EXPECT_GE(knowledge->providers.size(), 15U);
  for (const KnownProvider& row : knowledge->providers) {
    EXPECT_GT(row.source.size(), 10U) << row.name;
    EXPECT_FALSE(row.product.empty()) << row.name;
  }
}

TEST(KnownProviders, RefusalsNameTheLine) {
  const struct {
    std::string row;
    std::string error;
  } cases[] = {
      {"a\tb\n", "line 2: has 2 columns, 13 are needed"},
      {"a\tb\tc\tnew\tp\t-\tnone\tno\t?\t-\ts\thigh\td\n",
       "line 2: kind is neither inbox nor third_party"},
      {"a\tb\tc\tinbox\tp\t-\tx\tno\t?\t-\ts\thigh\td\n",
       "line 2: class is neither none, ? nor a number"},
      {"a\tb\tc\tinbox\tp\t-\t2\tmaybe\t?\t-\ts\thigh\td\n",
       "line 2: credentials is neither yes, no nor ?"},
      {"a\tb\tc\tinbox\tp\t-\t2\tno\t?\t9-8\ts\thigh\td\n", "line 2: builds is not first-last"},
      {"a\tb\tc\tinbox\tp\t-\t2\tno\t?\t-\t\thigh\td\n", "line 2: source or date is empty"},
      {"a\tb\tc\tinbox\tp\t-\t2\tno\t?\t-\ts\tsure\td\n",
       "line 2: confidence is neither high nor low"},
  };
  for (const auto& c : cases) {
    const auto parsed = parse_known_providers(std::string(header) + c.row);
    ASSERT_FALSE(parsed.has_value()) << c.row;
    EXPECT_EQ(parsed.error(), c.error);
  }
  EXPECT_EQ(parse_known_providers("").error(), "there is no header line");
}

TEST(DefaultPermissions, EveryShippedRowNamesItsSource) {
  const auto rows = parse_default_permissions(data::default_permissions);
  ASSERT_TRUE(rows.has_value()) << rows.error();
  EXPECT_GE(rows->size(), 10U);
  for (const DefaultPermission& row : *rows) {
    EXPECT_GT(row.source.size(), 10U) << row.key;
    EXPECT_EQ(row.owners.front().substr(0, 4), "S-1-") << row.key;
  }
  EXPECT_FALSE(parse_default_permissions("key\tbuilds\n").has_value());
}

}  // namespace
}  // namespace npg
