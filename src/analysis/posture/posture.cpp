#include "analysis/posture/posture.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "analysis/posture/key_permissions.hpp"
#include "fact/readings.hpp"

namespace npg {
namespace {

PostureCheck check_mpr_policy(const FactSet& facts) {
  PostureCheck check{.check = "mpr_notifications",
                     .mitigation = "M1028",
                     .expected = "EnableMPR is 0 (Policies\\System), on builds that honour it",
                     .fix =
                         "Set the policy \"Configure the transmission of the user's password in "
                         "the content of MPR "
                         "notifications sent by winlogon\" to Disabled, unless a single sign-on "
                         "product needs it."};
  const std::uint32_t build = current_build(facts);
  const PolicyFact* policy = nullptr;
  for (const PolicyFact& fact : facts.policies) {
    if (fact.policy == PolicyKind::enable_mpr) {
      policy = &fact;
      check.evidence.push_back(fact.origin);
    }
  }
  check.observed = policy == nullptr ? "EnableMPR is not set"
                   : policy->number  ? fmt::format("EnableMPR is {}", *policy->number)
                                     : "EnableMPR is not a number";
  if (build == 0) {
    check.observed += "; the Windows build is not in the evidence";
    return check;
  }
  check.observed += fmt::format("; build {}", build);
  if (build < 22621) {
    check.status = CheckStatus::unknown;
    check.observed += ": whether this build honours the policy is not verified";
  } else if (build < 25216) {
    check.status = policy != nullptr && policy->number == std::optional<std::uint64_t>(0)
                       ? CheckStatus::pass
                       : CheckStatus::fail;
  } else {
    check.status = policy != nullptr && policy->number == std::optional<std::uint64_t>(1)
                       ? CheckStatus::fail
                       : CheckStatus::pass;
  }
  return check;
}

PostureCheck check_audit(const FactSet& facts, std::string_view subcategory, std::string_view name,
                         std::string_view why) {
  PostureCheck check{.check = std::string(name),
                     .mitigation = "M1047",
                     .expected = fmt::format("audit policy {}: success", subcategory),
                     .fix = fmt::format("Audit \"{}\" for success{}.", subcategory, why)};
  const AuditPolicyFact* newest = nullptr;
  for (const AuditPolicyFact& policy : facts.audit_policies) {
    newest = newest == nullptr || policy.last_written > newest->last_written ? &policy : newest;
  }
  if (newest == nullptr) {
    check.observed = "no SECURITY hive in the evidence";
    return check;
  }
  check.evidence.push_back(newest->origin);
  check.observed = "the sub-category is not in the policy that was read";
  for (const AuditSetting& setting : newest->settings) {
    if (setting.subcategory == subcategory) {
      static constexpr std::string_view words[] = {"no auditing", "success", "failure",
                                                   "success and failure"};
      check.status = (setting.value & 1) != 0 ? CheckStatus::pass : CheckStatus::fail;
      check.observed = setting.value < 4 ? std::string(words[setting.value])
                                         : fmt::format("value {}", setting.value);
    }
  }
  return check;
}

PostureCheck check_sysmon(const FactSet& facts) {
  PostureCheck check{
      .check = "sysmon_present",
      .mitigation = "M1047",
      .expected = "Sysmon, or another sensor that logs registry writes and module loads",
      .fix =
          "Log writes below Control\\NetworkProvider and Services\\*\\NetworkProvider (Sysmon 12 "
          "to 14) and "
          "what mpnotify.exe loads (Sysmon 7)."};
  for (const PolicyFact& fact : facts.policies) {
    if (fact.policy == PolicyKind::sysmon_service) {
      check.status = CheckStatus::pass;
      check.observed = "a Sysmon service is registered; its rules were not read";
      check.evidence.push_back(fact.origin);
      return check;
    }
  }
  const bool has_hive = !facts.orders.empty();
  check.status = has_hive ? CheckStatus::fail : CheckStatus::unknown;
  check.observed = has_hive ? "no Sysmon service is registered" : "no SYSTEM hive in the evidence";
  return check;
}

}  // namespace

std::vector<PostureCheck> check_posture(const FactSet& facts, std::span<const KeyState> keys) {
  return {check_mpr_policy(facts),
          check_audit(facts, "Registry", "audit_registry",
                      ", with a SACL for writes on Control\\NetworkProvider and on Services"),
          check_audit(facts, "Process Creation", "audit_process_creation",
                      ": each start of mpnotify.exe is one notified logon"),
          check_audit(facts, "Logon", "audit_logon", ""),
          check_audit(facts, "Special Logon", "audit_special_logon", ""),
          check_sysmon(facts),
          check_key_permissions(keys)};
}

}  // namespace npg
