// PolAdtEv as real hives of Windows 8.1, Server 2008 R2, 10 and NT 4 hold it.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "extract/audit_subcategories.hpp"
#include "extract/registry.hpp"
#include "fact/text_pool.hpp"
#include "testing/virtual_registry.hpp"

namespace npg {
namespace {

constexpr std::string_view windows_10 =
    "0001000009000000840000000100000003000000030003000100010000000100000000000000030000000000"
    "0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
    "000001000100000000000000000001000000010000000000000000000000000000000000000000000000dcaf"
    "05000b000e00030006000600060004000400";
constexpr std::string_view windows_8 =
    "00010000090000007e0000000100000003000000030001000100010000000100000000000000030000000000"
    "0000000000000000000000000000000000000000000000000000000000000000000000000000000001000100"
    "000000000000000001000000010000000000000000000000000000000000000000000000fe7f05000a000e00"
    "030004000600060004000400";
constexpr std::string_view server_2008 =
    "0001000009000000780000000100000003000000030003000100010000000100000000000000030000000000"
    "0000000000000000000000000000000000000000000000000000000000000000000001000100000000000000"
    "0000010001000100000000000000010000000000000001000100000001000000050009000c00030004000600"
    "060004000400";
constexpr std::string_view server_2016 =
    "0001000009000000840000000100000003000000030003000100010000000100000000000000030000000000"
    "0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
    "000001000100000000000000000001000100010000000000000001000000000000000100010000000100043f"
    "05000b000e00030006000600060004000400";
constexpr std::string_view nt_4 =
    "002114000000000000000000000000000000000000000000000000000000000007000000";

std::vector<std::byte> bytes(std::string_view hexadecimal) {
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  std::vector<std::byte> out;
  for (std::size_t i = 0; i + 1 < hexadecimal.size(); i += 2) {
    out.push_back(static_cast<std::byte>(digit(hexadecimal[i]) * 16 + digit(hexadecimal[i + 1])));
  }
  return out;
}

struct Read {
  FactSet facts;
  Diagnostics diagnostics;
};
Read read(std::vector<std::byte> data) {
  testing::VirtualRegistry registry;
  registry.add_key("Policy\\PolAdtEv", "2026-11-20T10:00:00Z");
  registry.set("Policy\\PolAdtEv", "", reg::none, std::move(data));
  Read out;
  TextPool pool;
  extract_registry(registry, HiveMoment::current, pool, out.facts, out.diagnostics);
  return out;
}

/// A switch, nine categories of four bytes, their count (KB 246120).
TEST(AuditPolicy, CategoriesOfOldWindowsGoForTheirParts) {
  constexpr std::string_view xp =
      "01000000"
      "01000000030000000100000000000000000000000300000001000000000000000300000009000000";
  const Read out = read(bytes(xp));
  ASSERT_EQ(out.facts.audit_policies.size(), 1U);
  std::map<std::string_view, int> values;
  for (const AuditSetting& setting : out.facts.audit_policies[0].settings) {
    values[setting.subcategory] = setting.value;
  }
  EXPECT_EQ(values["Logon"], 3);
  EXPECT_EQ(values["Special Logon"], 3);
  EXPECT_EQ(values["Registry"], 1);
  EXPECT_EQ(values["Process Creation"], 0);
  EXPECT_EQ(values["Audit Policy Change"], 3);
  EXPECT_EQ(out.diagnostics.count(DiagnosticCode::registry_value_odd), 0U);
  // A count that does not fit is no such value, and is told.
  std::string wrong(xp);
  wrong[wrong.size() - 8] = '1';
  wrong[wrong.size() - 7] = '0';
  const Read refused = read(bytes(wrong));
  EXPECT_TRUE(refused.facts.audit_policies[0].settings.empty());
  EXPECT_EQ(refused.diagnostics.count(DiagnosticCode::registry_value_odd), 1U);
}

TEST(AuditPolicy, RealValuesAreReadByTheirOwnCounts) {
  struct Case {
    std::string_view name;
    std::string_view data;
    std::size_t settings;
    std::uint64_t odd;
  };
  const Case cases[] = {{"Windows 10", windows_10, 59, 0},
                        {"Windows 8.1", windows_8, 56, 0},
                        {"Server 2008 R2", server_2008, 53, 0},
                        {"Server 2016", server_2016, 59, 0},
                        {"NT 4", nt_4, 51, 0}};
  for (const Case& c : cases) {
    const Read out = read(bytes(c.data));
    ASSERT_EQ(out.facts.audit_policies.size(), 1U) << c.name;
    const AuditPolicyFact& fact = out.facts.audit_policies[0];
    EXPECT_EQ(fact.settings.size(), c.settings) << c.name;
    EXPECT_TRUE(equal_names(fact.raw.raw(), c.data)) << c.name;
    EXPECT_TRUE(fact.last_written.given()) << c.name;
    EXPECT_EQ(out.diagnostics.count(DiagnosticCode::registry_value_odd), c.odd) << c.name;
    std::map<std::string_view, int> values;
    for (const AuditSetting& setting : fact.settings) {
      values[setting.subcategory] = setting.value;
    }
    EXPECT_EQ(values.size(), c.settings) << c.name;
    if (c.data == nt_4) {
      // Auditing is off there: what the categories say does not count.
      EXPECT_EQ(std::ranges::count(fact.settings, 0, &AuditSetting::value), 51) << c.name;
    } else {
      EXPECT_EQ(values["Security State Change"], 1) << c.name;
      EXPECT_EQ(values["System Integrity"], 3) << c.name;
      EXPECT_GE(values["Logon"], 1) << c.name;
      EXPECT_EQ(values["Logoff"], 1) << c.name;
      EXPECT_EQ(values["Special Logon"], 1) << c.name;
      EXPECT_EQ(values["Network Policy Server"], 3) << c.name;
      EXPECT_EQ(values["Registry"], 0) << c.name;
      EXPECT_EQ(values["Process Creation"], 0) << c.name;
      EXPECT_EQ(values["Audit Policy Change"], 1) << c.name;
    }
  }
}

TEST(AuditPolicy, UnknownSubcategoriesAreCountedNotGuessed) {
  // One category more than is known, and a System category of six.
  const Read out =
      read(bytes("00010000"
                 "0a000000"
                 "1c000000"
                 "0100010001000100010003000200ffff"
                 "06000000000000000000000000000000000001000000"));
  ASSERT_EQ(out.facts.audit_policies.size(), 1U);
  EXPECT_EQ(out.facts.audit_policies[0].settings.size(), 5U);
  EXPECT_EQ(out.diagnostics.count(DiagnosticCode::registry_value_odd), 1U);
}

TEST(AuditPolicy, EveryTruncationAndFlippedByteIsSurvived) {
  const std::vector<std::byte> whole = bytes(windows_10);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto end = whole.begin() + static_cast<std::ptrdiff_t>(size);
    const Read out = read(std::vector<std::byte>(whole.begin(), end));
    ASSERT_EQ(out.facts.audit_policies.size(), 1U);
    EXPECT_TRUE(out.facts.audit_policies[0].settings.empty()) << size;
    EXPECT_EQ(out.diagnostics.count(DiagnosticCode::registry_value_odd), 1U) << size;
  }
  for (std::size_t i = 0; i < whole.size(); ++i) {
    std::vector<std::byte> flipped = whole;
    flipped[i] = ~flipped[i];
    EXPECT_EQ(read(flipped).facts.audit_policies.size(), 1U);
  }
}

TEST(AuditSubcategories, GuidsAndParametersGiveOneName) {
  struct Case {
    std::string_view text;
    std::string_view name;
  };
  const Case cases[] = {
      {"{0CCE921E-69AE-11D9-BED3-505054503030}", "Registry"},
      {"{0cce921e-69ae-11d9-bed3-505054503030}", "Registry"},
      {"0CCE922B-69AE-11D9-BED3-505054503030", "Process Creation"},
      {"{0CCE921B-69AE-11D9-BED3-505054503030}", "Special Logon"},
      {"%%12801", "Registry"},
      {"%%12544", "Logon"},
      {"%%12548", "Special Logon"},
      {"%%13312", "Process Creation"},
      {"%%14339", "Kerberos Authentication Service"},
      {"%%14340", ""},
      {"%%99999999999", ""},
      {"%%", ""},
      {"{0CCE92FF-69AE-11D9-BED3-505054503030}", ""},
      {"{00000000-0000-0000-0000-000000000000}", ""},
      {"", ""},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(audit_subcategory_name(c.text), c.name) << c.text;
  }
}

}  // namespace
}  // namespace npg
