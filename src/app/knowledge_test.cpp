#include "app/knowledge.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "app/data.hpp"

namespace npg {
namespace {

constexpr std::string_view header =
    "name\tproduct\tvendor\tkind\tpaths\tauthent\tclass\tcredentials\tdisplay\tbuilds\texports\t"
    "signers\tsigner_confidence\tfile_products\tsource\tconfidence\tdate\n";

/// A good row with one cell replaced.
std::string row_with(std::size_t cell, std::string_view text) {
  std::vector<std::string> cells = {"a",    "b",  "c", "third_party", "p",         "-",
                                    "2",    "no", "?", "-",           "?",         "Contoso",
                                    "high", "?",  "s", "high",        "2026-11-28"};
  cells.at(cell) = text;
  std::string row;
  for (const std::string& each : cells) {
    row += (row.empty() ? "" : "\t") + each;
  }
  return row + "\n";
}

TEST(KnownProviders, EveryShippedRowNamesItsSource) {
  const auto knowledge = parse_known_providers(data::known_providers);
  ASSERT_TRUE(knowledge.has_value()) << knowledge.error();
  EXPECT_GE(knowledge->providers.size(), 20U);
  for (const KnownProvider& row : knowledge->providers) {
    EXPECT_GT(row.source.size(), 10U) << row.name;
    EXPECT_FALSE(row.product.empty()) << row.name;
    // What ships with Windows is signed by Windows, and no product is on record as signed so.
    const bool by_windows =
        std::ranges::find(row.signers, "Microsoft Windows") != row.signers.end();
    EXPECT_EQ(by_windows, row.is_inbox) << row.name;
    if (row.signer_is_confident) {
      EXPECT_FALSE(row.signers.empty()) << row.name;
    }
  }
}

TEST(KnownProviders, RefusalsNameTheLine) {
  const struct {
    std::string row;
    std::string error;
  } cases[] = {
      {"a\tb\n", "line 2: has 2 columns, 17 are needed"},
      {row_with(3, "new"), "line 2: kind is neither inbox nor third_party"},
      {row_with(6, "x"), "line 2: class is neither none, ? nor a number"},
      {row_with(7, "maybe"), "line 2: credentials is neither yes, no nor ?"},
      {row_with(9, "9-8"), "line 2: builds is not first-last"},
      {row_with(10, "all"), "line 2: exports is neither network, credential, both nor ?"},
      {row_with(12, "sure"), "line 2: signer_confidence is neither high nor low"},
      {row_with(14, ""), "line 2: name, source or date is empty"},
      {row_with(15, "sure"), "line 2: confidence is neither high nor low"},
      {row_with(16, ""), "line 2: name, source or date is empty"},
      {row_with(16, "2026-13-41"), "line 2: date is no day (2026-11-28)"},
      {row_with(16, "soon"), "line 2: date is no day (2026-11-28)"},
      {row_with(0, "*"), "line 2: name is a pattern; a row is of one provider"},
      {row_with(4, "*"), "line 2: a path is a pattern, or names no file"},
      {row_with(4, "*\\"), "line 2: a path is a pattern, or names no file"},
      {row_with(4, "p.dll|C:\\*\\p.dll"), "line 2: a path is a pattern, or names no file"},
      {row_with(5, "*\\*.dll"), "line 2: a path is a pattern, or names no file"},
  };
  for (const auto& c : cases) {
    const auto parsed = parse_known_providers(std::string(header) + c.row);
    ASSERT_FALSE(parsed.has_value()) << c.row;
    EXPECT_EQ(parsed.error(), c.error);
  }
  EXPECT_EQ(parse_known_providers("").error(), "there is no header line");
}

TEST(KnownProviders, EditorsOfWindowsMaySaveATable) {
  std::string table = std::string(header) + row_with(0, "OurSso");
  for (auto at = table.find('\n'); at != std::string::npos; at = table.find('\n', at + 2)) {
    table.insert(at, "\r");
  }
  const auto parsed = parse_known_providers("\xef\xbb\xbf" + table);
  ASSERT_TRUE(parsed.has_value()) << parsed.error();
  ASSERT_EQ(parsed->providers.size(), 1U);
  EXPECT_EQ(parsed->providers[0].name, "OurSso");
}

TEST(KnownProviders, ANameOfSeveralRowsIsTold) {
  const auto twice = knowledge_with(std::string(header) + row_with(0, "OurSso") +
                                    row_with(0, "OURSSO") + row_with(0, "Other"));
  ASSERT_TRUE(twice.has_value()) << twice.error();
  EXPECT_EQ(names_given_twice(*twice), std::vector<std::string>{"OURSSO"});
  EXPECT_TRUE(names_given_twice(shipped_knowledge()).empty());
}

TEST(KnownValues, RowsAreCheckedAndNameTheirSource) {
  EXPECT_GE(shipped_knowledge().values.size(), 15U);
  constexpr std::string_view columns = "provider\tvalue\ttype\ttext\tsource\tdate\n";
  const struct {
    std::string_view row;
    std::string_view error;
  } cases[] = {
      {"P\tV\tsz\tT\tS\n", "line 2: the row has not 6 columns"},
      {"P\tV\tdword\tT\tS\tD\n", "line 2: type is none of ?, sz, expand_sz, binary, multi_sz"},
      {"P\tV\tsz\tT\t\tD\n", "line 2: a cell is empty"}};
  for (const auto& c : cases) {
    const auto parsed = parse_known_values(std::string(columns) + std::string(c.row));
    ASSERT_FALSE(parsed.has_value());
    EXPECT_EQ(parsed.error(), c.error);
  }
  EXPECT_FALSE(parse_known_values("P\tV\tsz\tT\tS\tD\n").has_value()) << "no header";
}

TEST(KnownProviders, AUsersRowsStandBehindTheShippedOnes) {
  const auto knowledge = knowledge_with(std::string(header) + row_with(0, "OurSso"));
  ASSERT_TRUE(knowledge.has_value()) << knowledge.error();
  EXPECT_EQ(knowledge->providers.size(), shipped_knowledge().providers.size() + 1);
  EXPECT_EQ(knowledge->providers.back().name, "OurSso");
  EXPECT_TRUE(knowledge->providers.back().is_users);
  EXPECT_FALSE(knowledge->providers.front().is_users);
  EXPECT_FALSE(knowledge->permissions.empty());
  EXPECT_EQ(knowledge->providers.back().signers, std::vector<std::string>{"Contoso"});
  EXPECT_FALSE(knowledge_with("nothing").has_value());
}

// A product's row under a name or file of Windows' own would take the place of its rules.
TEST(KnownProviders, AUsersRowIsOfNothingThatWindowsShips) {
  const std::string name_is = " is the name of a provider of Windows' own, and no product's";
  const std::string file_is =
      " is the file of LanmanWorkstation, a provider of Windows' own, and no product's";
  const struct {
    std::string row;
    std::string error;
  } cases[] = {
      {row_with(3, "inbox"),
       "line 3: the row of a says inbox; what ships with Windows is not for a file to say"},
      {row_with(0, "LANMANWorkstation"), "line 3: LANMANWorkstation" + name_is},
      {row_with(0, "rdpnp"), "line 3: rdpnp" + name_is},
      {row_with(4, "%SystemRoot%\\System32\\ntlanman.dll"),
       "line 3: %SystemRoot%\\System32\\ntlanman.dll" + file_is},
      {row_with(4, "p.dll|System32\\NTLANMAN"), "line 3: System32\\NTLANMAN" + file_is},
      {row_with(4, "*\\ntlanman.dll. "), "line 3: *\\ntlanman.dll. " + file_is},
      {row_with(4, "C:\\Windows/System32/ntlanman.dll::$DATA"),
       "line 3: C:\\Windows/System32/ntlanman.dll::$DATA" + file_is},
      {row_with(5, "\\\\?\\C:\\Windows\\System32\\ntlanman.dll"),
       "line 3: \\\\?\\C:\\Windows\\System32\\ntlanman.dll" + file_is},
  };
  for (const auto& c : cases) {
    const auto knowledge = knowledge_with(std::string(header) + row_with(0, "OurSso") + c.row);
    ASSERT_FALSE(knowledge.has_value()) << c.row;
    EXPECT_EQ(knowledge.error(), c.error);
  }
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
