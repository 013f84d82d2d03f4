#include "source/trust/anchors.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>

namespace npg::trust {
namespace {

std::string data(const std::string& name) {
  std::ifstream in(NPG_SOURCE_DIR "/data/" + name, std::ios::binary);
  std::ostringstream whole;
  whole << in.rdbuf();
  return whole.str();
}

TEST(Anchors, TheShippedTablesAreWhole) {
  const auto anchors =
      Anchors::parse(data("trusted_roots.tsv"), data("distrusted_certificates.tsv"));
  ASSERT_TRUE(anchors.has_value()) << anchors.error();
  EXPECT_GE(anchors->size(), 80U);
}

TEST(Anchors, ARowThatIsWrongNamesItsLine) {
  const std::string roots = data("trusted_roots.tsv");
  const std::string distrusted = data("distrusted_certificates.tsv");
  const std::size_t row = roots.rfind('\n', roots.size() - 2) + 1;
  const std::string head = "# one\n# two\n";
  const std::string last = roots.substr(row);
  ASSERT_TRUE(Anchors::parse(head + last, distrusted).has_value());
  struct Case {
    const char* what;
    std::string row;
    const char* error;
  };
  const auto cell = [&](std::size_t number, const std::string& content) {
    std::size_t begin = 0;
    for (std::size_t i = 0; i < number; ++i) {
      begin = last.find('\t', begin) + 1;
    }
    return last.substr(0, begin) + content + last.substr(last.find_first_of("\t\n", begin));
  };
  const Case cases[] = {
      {"a column less", last.substr(last.find('\t') + 1), "columns"},
      {"another owner", cell(1, "somebody"), "owner"},
      {"no date", cell(3, "soon"), "date"},
      {"another thumbprint", cell(5, std::string(40, '0')), "hashes"},
      {"another hash", cell(6, std::string(64, '0')), "hashes"},
      {"no source", cell(7, ""), "source"},
      {"no certificate", cell(8, "AAAA"), "certificate"},
      {"no base64", cell(8, "%%%%"), "certificate"},
  };
  for (const Case& c : cases) {
    const auto read = Anchors::parse(head + c.row, distrusted);
    ASSERT_FALSE(read.has_value()) << c.what;
    EXPECT_NE(read.error().find("line 3"), std::string::npos) << read.error();
    EXPECT_NE(read.error().find(c.error), std::string::npos) << read.error();
  }
  EXPECT_FALSE(Anchors::parse("", "A\tb\tsoon\tw\ts\td\n").has_value());
  EXPECT_FALSE(Anchors::parse("", "A\tb\t-\tw\t\td\n").has_value());
  EXPECT_FALSE(Anchors::parse("", "A\tb\n").has_value());
}

}  // namespace
}  // namespace npg::trust
