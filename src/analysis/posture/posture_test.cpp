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

}  // namespace
}  // namespace npg
