#include "fact/security_text.hpp"

#include <gtest/gtest.h>

namespace npg {
namespace {

using namespace std::string_view_literals;

TEST(SecurityText, IsSddlAsWindowsWritesIt) {
  KeySecurity security{.control = 0x9414,
                       .owner = "S-1-5-18"sv,
                       .group = "S-1-5-21-1-2-3-513"sv,
                       .has_dacl = true,
                       .has_sacl = true};
  security.dacl = {{.type = 0, .flags = 0x12, .mask = 0x20019, .sid = "S-1-5-32-545"sv},
                   {.type = 0, .flags = 0x02, .mask = 0xf003f, .sid = "S-1-5-32-544"sv},
                   {.type = 0, .flags = 0x0a, .mask = 0x10000000, .sid = "S-1-3-0"sv},
                   {.type = 1, .flags = 0, .mask = 0x40002, .sid = "S-1-1-0"sv},
                   {.type = 0, .flags = 0, .mask = 0x200, .sid = "S-1-5-99"sv}};
  security.sacl = {{.type = 2, .flags = 0xc2, .mask = 0xd0006, .sid = "S-1-1-0"sv}};
  EXPECT_EQ(sddl_text(security),
            "O:SYG:S-1-5-21-1-2-3-513D:PAI(A;CIID;KR;;;BU)(A;CI;KA;;;BA)(A;CIIO;GA;;;CO)"
            "(D;;DCWD;;;WD)(A;;0x200;;;S-1-5-99)S:(AU;CISAFA;DCLCSDWDWO;;;WD)");
  EXPECT_EQ(sddl_text(KeySecurity{.control = 4}), "D:NO_ACCESS_CONTROL");
  EXPECT_EQ(sddl_text(KeySecurity{}), "");
  // One whose DACL could not be read is not one without.
  EXPECT_EQ(sddl_text(KeySecurity{.control = 4, .is_damaged = true}), "");
}

TEST(SecurityText, ListsHoldMoreThanRightsAndAudits) {
  KeySecurity security{.control = 0x14, .has_dacl = true, .has_sacl = true};
  security.dacl = {{.type = 9, .mask = 0x20006, .sid = "S-1-1-0"sv},
                   {.type = 1, .mask = 0xf003f, .sid = "S-1-1-0"sv}};
  security.sacl = {{.type = 0x11, .mask = 1, .sid = "S-1-16-8192"sv},
                   {.type = 0x11, .mask = 7, .sid = "S-1-16-4096"sv},
                   {.type = 0x12, .mask = 0, .sid = "S-1-1-0"sv}};
  EXPECT_EQ(sddl_text(security),
            "D:(XA;;KW;;;WD;(...))(D;;KA;;;WD)S:(ML;;NW;;;ME)(ML;;NWNRNX;;;LW)(RA;;;;;WD;(...))");
  EXPECT_EQ(audited_entries(security), 0U);
  security.sacl.push_back({.type = 2, .flags = 0x40, .mask = 2, .sid = "S-1-1-0"sv});
  security.sacl.push_back({.type = 0x0d, .flags = 0x40, .mask = 2, .sid = "S-1-1-0"sv});
  EXPECT_EQ(audited_entries(security), 2U);
}

TEST(SecurityText, EntriesOfObjectsNameTheirTypes) {
  KeySecurity security{.control = 4, .has_dacl = true};
  security.dacl = {{.type = 5, .mask = 0xf003f, .sid = "S-1-5-32-545"sv},
                   {.type = 5,
                    .mask = 0x2,
                    .sid = "S-1-1-0"sv,
                    .object_type = "{BF967ABA-0DE6-11D0-A285-00AA003049E2}"sv}};
  EXPECT_EQ(sddl_text(security),
            "D:(OA;;KA;;;BU)(OA;;DC;bf967aba-0de6-11d0-a285-00aa003049e2;;WD)");
}

TEST(SecurityText, NamesAccountsThatAreTheSameEverywhere) {
  EXPECT_EQ(account_name("S-1-5-18"), "NT AUTHORITY\\SYSTEM");
  EXPECT_EQ(account_name("S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464"),
            "NT SERVICE\\TrustedInstaller");
  EXPECT_EQ(account_name("S-1-5-21-1-2-3-512"), "Domain Admins");
  EXPECT_EQ(account_name("S-1-5-21-1-2-3-1000"), "");
  EXPECT_EQ(account_name("S-1-5-21-512"), "");
}

TEST(SecurityText, RightsThatChangeAKey) {
  const struct {
    std::uint32_t mask;
    std::size_t rights;
  } cases[] = {{0x20019, 0}, {0xf003f, 6}, {0x10000000, 6}, {0x40000000, 2}, {0x20000002, 1}};
  for (const auto& c : cases) {
    EXPECT_EQ(write_rights(c.mask).size(), c.rights) << c.mask;
  }
}

}  // namespace
}  // namespace npg
