#include "analysis/detect/rules.hpp"

#include <array>

#include "fact/finding_id.hpp"

namespace npg {
namespace {

using S = FindingSeverity;
constexpr std::string_view t_provider = "T1556.008";

constexpr std::array<RuleInfo, 21> rule_table = {{
    {"NPG1001", "Suspicious network provider", S::critical, t_provider,
     "a SYSTEM hive or registry change events", rules::suspicious_provider},
    {"NPG1002", "Network provider to review", S::medium, t_provider,
     "a SYSTEM hive or registry change events", rules::provider_to_review},
    {"NPG1003", "Provider registration removed", S::high, t_provider,
     "registry change events, transaction logs or an older copy of the SYSTEM hive",
     rules::registration_removed},
    {"NPG1004", "Provider orders differ", S::info, t_provider, "a SYSTEM hive",
     rules::orders_differ},
    {"NPG1005", "Control sets differ in their providers", S::medium, t_provider,
     "a SYSTEM hive with two control sets", rules::control_sets_differ},
    {"NPG1006", "Provider keys were changed", S::high, t_provider,
     "Security 4657 or Sysmon 12 to 14", rules::provider_key_changed},
    {"NPG1007", "mpnotify.exe is replaced", S::high, "T1547.004", "a SOFTWARE hive",
     rules::mpnotify_replaced},
    {"NPG1008", "Sending of passwords to providers was turned on", S::high, t_provider,
     "a SOFTWARE hive", rules::password_sending_enabled},
    {"NPG1009", "Smart card logons notify providers", S::medium, t_provider, "a SOFTWARE hive",
     rules::smart_card_notification},
    {"NPG1010", "DLL notified of network connections", S::medium, t_provider, "a SYSTEM hive",
     rules::connect_notifyee},
    {"NPG1011", "Event log cleared", S::high, "T1070.001", "a Security or System log",
     rules::log_cleared},
    {"NPG1012", "Auditing weakened", S::medium, "T1562.002", "a Security log",
     rules::audit_weakened},
    {"NPG1013", "mpnotify.exe loaded a provider's DLL", S::high, t_provider,
     "Sysmon 7 for mpnotify.exe", rules::mpnotify_module},
    {"NPG1014", "mpnotify.exe started a process", S::high, t_provider, "Security 4688 or Sysmon 1",
     rules::mpnotify_child},
    {"NPG1015", "Privileged account exposed", S::critical, t_provider,
     "a provider that receives credentials, and logons", rules::privileged_exposure},
    {"NPG1016", "Deleted or overwritten registration", S::medium, t_provider, "a SYSTEM hive",
     rules::recovered_registration},
    {"NPG1017", "Registry structures disagree about a provider", S::medium, t_provider,
     "a SYSTEM hive", rules::structures_disagree},
    {"NPG1018", "The logon chain started a command", S::medium, t_provider,
     "a provider that receives credentials, and Security 4688 or Sysmon 1", rules::logon_command},
    {"NPG1019", "A script names provider settings", S::medium, t_provider,
     "the PowerShell log (4104)", rules::provider_script},
    {"NPG1028", "Windows is told to start another control set", S::medium, t_provider,
     "a SYSTEM hive", rules::select_points_elsewhere},
    {"NPG1040", "A file of the notification chain is not Windows' own", S::critical, t_provider,
     "mpnotify.exe, mpr.dll or a SOFTWARE hive", rules::notification_chain},
}};

}  // namespace

std::span<const RuleInfo> all_rules() {
  return rule_table;
}

void say_not_evaluated(const RuleInfo& rule, std::string why, RuleOutput& output) {
  output.not_evaluated.push_back({std::string(rule.id), std::string(rule.needs), std::move(why)});
}

Finding make_finding(const RuleInfo& rule, const RuleInput& input, std::string subject,
                     FindingSeverity severity) {
  return {.id = finding_id(input.host, rule.id, subject),
          .rule = std::string(rule.id),
          .title = std::string(rule.title),
          .severity = severity,
          .subject = std::move(subject),
          .attack = {std::string(rule.attack)}};
}

RuleOutput run_rules(const RuleInput& input) {
  RuleOutput output;
  for (const RuleInfo& rule : rule_table) {
    rule.run(rule, input, output);
  }
  sort_findings(output.findings);
  return output;
}

}  // namespace npg
