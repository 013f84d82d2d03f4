#include "analysis/posture/posture.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "testing/facts.hpp"

namespace npg {
namespace {

using testing::HostFacts;

CheckStatus status(const HostFacts& host, std::string_view name) {
  for (const PostureCheck& check : check_posture(host.normalised())) {
    if (check.check == name) {
      EXPECT_FALSE(check.observed.empty() || check.expected.empty() || check.fix.empty());
      return check.status;
    }
  }
  ADD_FAILURE() << name;
  return CheckStatus::unknown;
}

TEST(Posture, WithoutEvidenceNothingPasses) {
  for (const PostureCheck& check : check_posture({})) {
    EXPECT_EQ(name_of(check.status), "unknown") << check.check;
    EXPECT_FALSE(check.observed.empty()) << check.check;
  }
}

TEST(Posture, ThePolicyIsJudgedByTheBuild) {
  struct Case {
    std::uint32_t build;
    std::optional<std::uint64_t> value;
    CheckStatus status;
  };
  const Case cases[] = {
      {19045, std::nullopt, CheckStatus::unknown},
      {19045, 0, CheckStatus::unknown},
      {20348, 1, CheckStatus::unknown},
      {22621, std::nullopt, CheckStatus::fail},
      {22621, 0, CheckStatus::pass},
      {22631, 1, CheckStatus::fail},
      {26100, std::nullopt, CheckStatus::pass},
      {26100, 0, CheckStatus::pass},
      {26100, 1, CheckStatus::fail},
  };
  for (const Case& c : cases) {
    HostFacts host;
    host.windows(c.build).windows(30000, "C:\\Windows", "WinNT", HiveMoment::older_copy);
    if (c.value) {
      host.policy(PolicyKind::enable_mpr, "EnableMPR", std::to_string(*c.value), c.value);
    }
    EXPECT_EQ(name_of(status(host, "mpr_notifications")), name_of(c.status))
        << c.build << " " << c.value.value_or(9);
  }
}

TEST(Posture, AuditingAndSysmon) {
  HostFacts host;
  host.audit({{"Registry", 0}, {"Process Creation", 1}, {"Logon", 3}, {"Special Logon", 2}});
  EXPECT_EQ(status(host, "audit_registry"), CheckStatus::fail);
  EXPECT_EQ(status(host, "audit_process_creation"), CheckStatus::pass);
  EXPECT_EQ(status(host, "audit_logon"), CheckStatus::pass);
  EXPECT_EQ(status(host, "audit_special_logon"), CheckStatus::fail);
  EXPECT_EQ(status(host, "sysmon_present"), CheckStatus::unknown);
  host.audit({{"Registry", 1}});
  host.facts.audit_policies.back().last_written = testing::at("2026-02-01T00:00:00Z");
  EXPECT_EQ(status(host, "audit_registry"), CheckStatus::pass) << "the newest policy is in force";
  EXPECT_EQ(status(host, "audit_logon"), CheckStatus::unknown);
  host.defaults();
  EXPECT_EQ(status(host, "sysmon_present"), CheckStatus::fail);
  host.policy(PolicyKind::sysmon_service, "ImagePath", "Sysmon64.exe");
  EXPECT_EQ(status(host, "sysmon_present"), CheckStatus::pass);
}

KeyState key_state(std::string_view key, DefaultComparison comparison, bool is_verified) {
  KeyState state;
  state.fact.key = SharedText(key);
  state.sddl = "O:BA";
  state.comparison = comparison;
  state.default_is_verified = is_verified;
  if (comparison == DefaultComparison::differs) {
    state.differences = {"owner is somebody"};
  }
  return state;
}

TEST(Posture, ALoosenedKeyFails) {
  constexpr auto same = DefaultComparison::same;
  constexpr auto differs = DefaultComparison::differs;
  constexpr auto not_known = DefaultComparison::not_known;
  constexpr std::string_view name = "ControlSet001\\Control\\NetworkProvider";
  KeyState open = key_state(name, not_known, false);
  open.writers = {{.sid = "S-1-5-32-545", .name = "BUILTIN\\Users", .rights = {"set value"}}};
  KeyState unlisted = key_state(name, same, true);
  unlisted.everyone_may_write = true;
  KeyState administrators = key_state(name, same, true);
  administrators.writers = {{.sid = "S-1-5-32-544", .name = "", .rights = {"set value"}}};
  KeyState domain_users = key_state(name, not_known, false);
  domain_users.writers = {{.sid = "S-1-5-21-1-2-3-513", .name = "", .rights = {"set_value"}}};
  KeyState service = key_state(name, not_known, false);
  service.writers = {{.sid = "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464",
                      .rights = {"set_value"}},
                     {.sid = "S-1-5-80-1-2-3-4-5", .rights = {"set_value"}}};
  KeyState damaged = key_state(name, not_known, false);
  damaged.fact.security = KeySecurity{.is_damaged = true};
  const struct {
    std::vector<KeyState> keys;
    CheckStatus status;
    std::string_view said;
  } cases[] = {
      {{}, CheckStatus::unknown, "no permissions"},
      {{key_state(name, same, true)}, CheckStatus::pass, "1 keys"},
      {{administrators}, CheckStatus::pass, "1 keys"},
      {{key_state(name, same, true), key_state(name, differs, true)},
       CheckStatus::fail,
       "owner is somebody"},
      {{key_state(name, differs, false)}, CheckStatus::unknown, "not verified"},
      {{key_state(name, not_known, false)}, CheckStatus::unknown, "not known of 1"},
      {{key_state(name, same, true), open}, CheckStatus::fail, "BUILTIN\\Users may write"},
      {{unlisted}, CheckStatus::fail, "everyone"},
      {{domain_users}, CheckStatus::fail, "S-1-5-21-1-2-3-513 may write"},
      {{key_state(name, same, true), service},
       CheckStatus::unknown,
       "S-1-5-80-1-2-3-4-5 may write"},
      {{key_state(name, same, true), damaged}, CheckStatus::unknown, "in part only"},
  };
  for (const auto& c : cases) {
    const auto checks = check_posture({}, c.keys);
    const auto found = std::ranges::find(checks, "key_permissions", &PostureCheck::check);
    ASSERT_NE(found, checks.end());
    EXPECT_EQ(name_of(found->status), name_of(c.status)) << c.said;
    EXPECT_NE(found->observed.find(c.said), std::string::npos) << found->observed;
    EXPECT_EQ(found->evidence.empty(), c.status == CheckStatus::pass ||
                                           c.said == "no permissions" ||
                                           c.said == "not known of 1");
  }
}

}  // namespace
}  // namespace npg
