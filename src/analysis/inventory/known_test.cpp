#include "analysis/inventory/known.hpp"

#include <gtest/gtest.h>

#include "analysis/inventory/judged_host_test.hpp"
#include "testing/facts.hpp"

namespace npg {
namespace {

using judged_host::knowledge;

std::string imitated(std::string_view name) {
  const Knowledge known = knowledge();
  const KnownProvider* row = imitated_provider(name, known);
  return row == nullptr ? std::string() : row->name;
}

TEST(Known, Imitations) {
  EXPECT_EQ(imitated("webcIient"), "WebClient");
  EXPECT_EQ(imitated("lanmanworkstation"), "");
  EXPECT_EQ(imitated("LanmanServer"), "");
  EXPECT_EQ(imitated("RDPNA"), "");
  EXPECT_EQ(imitated("vmhgfs"), "");
  EXPECT_EQ(imitated(""), "");
}

TEST(ImitatedNames, LookAlikesOfInboxAndOfProducts) {
  const Knowledge known = testing::shipped_providers(NPG_SOURCE_DIR);
  const struct {
    std::string name;
    std::string_view like;
  } cases[] = {
      {"RDP\xd0\x9d\xd0\xa0", ""},               // Cyrillic En reads as H
      {"RD\xd0\xa0NP", "RDPNP"},                 // Cyrillic Er
      {"\xef\xbc\xb2\xef\xbc\xa4PNP", "RDPNP"},  // full-width R and D
      {"RDPNP\xe2\x80\x8b", "RDPNP"},            // zero-width space
      {"RDPNP.", "RDPNP"},
      {"Web\xd0\xa1lient", "WebClient"},  // Cyrillic Es
      {"WebCIient", "WebClient"},         // capital I for l
      {"Web\xce\x9dlient", "WebClient"},  // Greek Nu reads as N: one letter off
      {"Lanrnan\xc9\xaf", ""},
      {"LanrnanWorkstation", "LanmanWorkstation"},  // rn for m
      {"vmhgf\xd1\x95", "vmhgfs"},                  // Cyrillic Dze
      {"PnS\xd1\x95\xce\xbfn", "PnSson"},           // Cyrillic Dze, Greek omicron
      {"d\xd0\xbekan2", "dokan2"},
      {"dokan3", ""},  // products number their names
      {"vmhgfs", ""},
      {"Contoso", ""},
  };
  for (const auto& c : cases) {
    const KnownProvider* row = imitated_provider(c.name, known);
    EXPECT_EQ(row == nullptr ? std::string() : row->name, c.like) << c.name;
  }
  EXPECT_EQ(unusual_letters("RD\xd0\xa0\xe2\x80\x8b"), "U+0420, U+200B");
}

}  // namespace
}  // namespace npg
