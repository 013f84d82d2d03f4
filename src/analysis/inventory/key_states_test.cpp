#include "analysis/inventory/key_states.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace npg {
namespace {

using namespace std::string_view_literals;

constexpr std::uint8_t allow = 0;
constexpr std::uint8_t deny = 1;
constexpr std::uint8_t allow_callback = 9;
constexpr std::uint32_t all = 0xf003f;
constexpr std::uint32_t set_value = 0x2;
constexpr std::string_view system = "S-1-5-18";
constexpr std::string_view administrators = "S-1-5-32-544";
constexpr std::string_view users = "S-1-5-32-545";
constexpr std::string_view everyone = "S-1-1-0";
constexpr std::string_view authenticated = "S-1-5-11";
constexpr std::string_view somebody = "S-1-5-21-1-2-3-1001";

AccessEntryFact entry(std::uint8_t type, std::uint32_t mask, std::string_view sid) {
  return {.type = type, .mask = mask, .sid = sid};
}

KeySecurity security_of(std::string_view owner, std::vector<AccessEntryFact> dacl) {
  return {.control = 4, .owner = owner, .has_dacl = true, .dacl = std::move(dacl)};
}

/// "S-1-5-18 set_value; S-1-1-0 write_dac as owner"
std::string text_of(const std::vector<KeyWriter>& writers) {
  std::string text;
  for (const KeyWriter& writer : writers) {
    text += (text.empty() ? "" : "; ") + writer.sid;
    for (const std::string& right : writer.rights) {
      text += writer.rights.size() > 2 ? "" : " " + right;
    }
    text += writer.rights.size() > 2 ? " all" : "";
    text += writer.is_conditional ? " conditional" : "";
    text += writer.is_owner ? " as owner" : "";
  }
  return text;
}

TEST(KeyStates, WhoMayWriteFollowsTheOrderOfTheEntries) {
  const struct {
    const char* name;
    KeySecurity security;
    std::string_view writers;
  } cases[] = {
      {"as Windows has it",
       security_of(administrators, {entry(allow, all, administrators), entry(allow, all, system)}),
       "S-1-5-32-544 all; S-1-5-18 all"},
      {"everyone is denied first",
       security_of(administrators, {entry(deny, all, everyone), entry(allow, all, administrators),
                                    entry(allow, all, system)}),
       "S-1-5-32-544 write_dac as owner"},
      {"everyone is denied last",
       security_of(system, {entry(allow, all, system), entry(deny, all, everyone)}),
       "S-1-5-18 all"},
      {"one right is denied to those who are logged on",
       security_of(system, {entry(deny, set_value, authenticated), entry(allow, set_value, users),
                            entry(allow, set_value, everyone), entry(allow, all, system)}),
       "S-1-1-0 set_value; S-1-5-18 all"},
      {"entries of objects count whole where they name no type",
       security_of(system, {entry(0x05, all, users),
                            entry(0x0b, set_value, everyone),
                            {.type = 0x05,
                             .mask = all,
                             .sid = somebody,
                             .object_type = "{BF967ABA-0DE6-11D0-A285-00AA003049E2}"sv}}),
       "S-1-5-32-545 all; S-1-1-0 set_value conditional; S-1-5-18 write_dac as owner"},
      {"what is denied of an object is denied whole",
       security_of(system, {{.type = 0x06,
                             .mask = all,
                             .sid = everyone,
                             .object_type = "{BF967ABA-0DE6-11D0-A285-00AA003049E2}"sv},
                            entry(allow, all, users)}),
       "S-1-5-18 write_dac as owner"},
      {"a user owns it", security_of(somebody, {entry(allow, all, system)}),
       "S-1-5-18 all; S-1-5-21-1-2-3-1001 write_dac as owner"},
      {"a user owns it, and owners have rights of their own",
       security_of(somebody, {entry(allow, all, system), entry(allow, 0x20019, "S-1-3-4")}),
       "S-1-5-18 all"},
      {"under a condition",
       security_of(system, {entry(allow, all, system), entry(allow, set_value, users),
                            entry(allow_callback, 0x6, users)}),
       "S-1-5-18 all; S-1-5-32-545 set_value; S-1-5-32-545 create_subkey conditional"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(text_of(writers_of(c.security)), c.writers) << c.name;
  }
  KeySecurity open = security_of(system, {});
  open.has_dacl = false;
  EXPECT_EQ(text_of(writers_of(open)), "S-1-1-0 all") << "without a DACL everything is allowed";
  open.is_damaged = true;
  EXPECT_EQ(text_of(writers_of(open)), "") << "what was lost is unknown";
}

TEST(KeyStates, ADenialAndAnotherOwnerAreDifferences) {
  KeySecurity owner_lost = security_of("", {entry(allow, all, system)});
  owner_lost.is_damaged = true;
  const struct {
    const char* name;
    KeySecurity security;
    DefaultComparison comparison;
    std::string_view difference;
  } cases[] = {
      {"the same",
       security_of(administrators, {entry(allow, all, administrators), entry(allow, all, system)}),
       DefaultComparison::same, ""},
      {"denied",
       security_of(administrators, {entry(deny, all, everyone), entry(allow, all, system)}),
       DefaultComparison::differs, "Everyone is denied"},
      {"owned by a user", security_of(somebody, {entry(allow, all, system)}),
       DefaultComparison::differs,
       "owner is S-1-5-21-1-2-3-1001, by default NT AUTHORITY\\SYSTEM or BUILTIN\\Administrators"},
      {"owned by nobody", security_of("", {entry(allow, all, system)}), DefaultComparison::differs,
       "there is no owner, by default NT AUTHORITY\\SYSTEM"},
      {"an owner that could not be read", owner_lost, DefaultComparison::not_known, ""},
      {"a condition",
       security_of(system, {entry(allow, all, system), entry(allow_callback, set_value, users)}),
       DefaultComparison::differs, "BUILTIN\\Users may write under a condition, by default not"},
  };
  Knowledge knowledge;
  knowledge.permissions.push_back({.key = "Control\\NetworkProvider\\Order",
                                   .first_build = 1,
                                   .last_build = 99999,
                                   .owners = {std::string(system), std::string(administrators)},
                                   .writers = {std::string(system), std::string(administrators)}});
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    FactSet facts;
    facts.identities.push_back({.build = 19045});
    facts.keys.push_back({.key = "ControlSet001\\Control\\NetworkProvider\\Order"sv,
                          .control_set = 1,
                          .control_set_is_current = true,
                          .security = c.security});
    const auto states = list_keys(facts, knowledge);
    ASSERT_EQ(states.size(), 1U);
    EXPECT_EQ(states[0].comparison, c.comparison);
    EXPECT_TRUE(c.difference.empty()
                    ? states[0].differences.empty()
                    : std::ranges::any_of(states[0].differences, [&c](const std::string& one) {
                        return one.contains(c.difference);
                      }));
  }
}

}  // namespace
}  // namespace npg
