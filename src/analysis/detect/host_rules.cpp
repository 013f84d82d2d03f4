// Rules about the settings of the notification chain, policies and who is notified of connections.
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "analysis/detect/rules.hpp"
#include "base/evidence_text.hpp"
#include "base/registry_types.hpp"
#include "fact/control_sets.hpp"
#include "fact/own_mpnotify.hpp"
#include "fact/readings.hpp"

namespace npg::rules {
namespace {

std::uint32_t build_of(const RuleInput& input) {
  return current_build(input.facts);
}

Finding policy_finding(const RuleInfo& rule, const RuleInput& input, const PolicyFact& policy,
                       std::string text) {
  Finding finding =
      make_finding(rule, input, shown(policy.value_name.empty() ? policy.key : policy.value_name),
                   rule.severity);
  finding.text = std::move(text);
  finding.first_seen = policy.last_written;
  finding.last_seen = policy.last_written;
  finding.evidence = {policy.origin};
  return finding;
}

/// What a setting was in an older copy of the hive and is no longer.
struct FormerSetting {
  const CopiedPolicyFact* policy = nullptr;
  const Change* end = nullptr;  ///< the difference that shows that it is gone; may be none
};

std::vector<FormerSetting> former_settings(const RuleInput& input, PolicyKind kind) {
  // Values of one name stand below several keys there.
  const bool has_keys = kind == PolicyKind::image_debugger;
  const auto is_it = [has_keys](const auto& a, const auto& b) {
    return equal_names(a.value_name.raw(), b.value_name.raw()) && a.text == b.text &&
           (!has_keys || equal_names(a.key.raw(), b.key.raw()));
  };
  std::vector<FormerSetting> former;
  for (const CopiedPolicyFact& policy : input.facts.copied_policies) {
    const bool is_there = std::ranges::any_of(input.facts.policies, [&](const PolicyFact& now) {
      return now.policy == kind && is_it(now, policy);
    });
    if (policy.policy != kind || is_there) {
      continue;
    }
    auto known = std::ranges::find_if(
        former, [&](const FormerSetting& one) { return is_it(*one.policy, policy); });
    if (known == former.end()) {
      known = former.insert(former.end(), {.policy = &policy});
    }
    for (const Change& change : input.changes) {
      if (!change.is_exact &&
          std::ranges::find(change.evidence, policy.origin) != change.evidence.end() &&
          change.old_value == policy.text) {
        known->end = &change;
      }
    }
  }
  return former;
}

/// A finding about a setting that is gone, from its key's last write to the state without it.
Finding former_finding(const RuleInfo& rule, const RuleInput& input, const FormerSetting& former,
                       const std::string& what) {
  const CopiedPolicyFact& policy = *former.policy;
  Finding finding =
      make_finding(rule, input, shown(policy.value_name.empty() ? policy.key : policy.value_name),
                   rule.severity);
  finding.text =
      former.end == nullptr
          ? fmt::format("in an older copy of the hive: {}; the present one does not have it", what)
          : fmt::format("in an older copy of the hive: {}; gone between {} and {}", what,
                        to_screen_time(former.end->not_before), to_screen_time(former.end->time));
  finding.first_seen = policy.last_written;
  finding.last_seen = former.end == nullptr ? policy.last_written : former.end->time;
  finding.evidence = former.end == nullptr ? std::vector{policy.origin} : former.end->evidence;
  return finding;
}

std::string companion_name(const Companion& companion) {
  const std::string file =
      companion.file.path.resolved.empty()
          ? shown(companion.file.path.raw)
          : escape_for_terminal(EvidenceText::from_utf8(companion.file.path.resolved));
  return companion.registered.empty() ? file
                                      : fmt::format("{} of {}", file, shown(companion.registered));
}

/// The reasons against a file, the weighty first, as one sentence.
std::string judgement_text(const Companion& companion) {
  std::string text;
  for (const Reason& reason : companion.reasons) {
    if (reason.effect == ReasonEffect::raises && reason.weight > 0) {
      text += (text.empty() ? "" : "; ") + reason.text;
    }
  }
  return text;
}

/// The file that a policy names, as judged, and of several the worst; nothing when there is none.
const Companion* companion_of(const RuleInput& input, const PolicyFact& policy) {
  const Companion* worst = nullptr;
  for (const Companion& each : input.companions) {
    const bool is_of_it = std::ranges::find(each.evidence, policy.origin) != each.evidence.end();
    if (is_of_it && (worst == nullptr || each.verdict > worst->verdict)) {
      worst = &each;
    }
  }
  return worst;
}

/// What was found out of the file that a policy names; empty when there is none.
std::string judged_text(const Companion* companion) {
  if (companion == nullptr) {
    return {};
  }
  const std::string against = judgement_text(*companion);
  return fmt::format("; its file is {}{}", name_of(companion->verdict),
                     against.empty() ? "" : ": " + against);
}

/// As severe as the file that the policy names: critical, high, or what the rule says. A file on
/// another machine is at least high, whatever is known of it.
FindingSeverity judged_severity(const RuleInfo& rule, const Companion* companion) {
  if (companion == nullptr) {
    return rule.severity;
  }
  const bool is_elsewhere = std::ranges::find(companion->file.path.oddities, "unc") !=
                            companion->file.path.oddities.end();
  return companion->verdict == ProviderVerdict::malicious ? FindingSeverity::critical
         : companion->verdict == ProviderVerdict::suspicious || is_elsewhere
             ? std::max(rule.severity, FindingSeverity::high)
             : rule.severity;
}

/// What another state of the hive tied to mpnotify.exe; the flags that put it in force then are not
/// asked for.
void former_ties(const RuleInfo& rule, const RuleInput& input, RuleOutput& output) {
  for (const FormerSetting& former : former_settings(input, PolicyKind::image_debugger)) {
    const CopiedPolicyFact& policy = *former.policy;
    const bool is_debugger = equal_names(policy.value_name.raw(), "Debugger");
    const bool is_tie = is_debugger || equal_names(policy.value_name.raw(), "VerifierDlls") ||
                        equal_names(policy.value_name.raw(), "MonitorProcess");
    if (!is_tie || policy.text.empty()) {
      continue;
    }
    Finding finding = former_finding(rule, input, former,
                                     fmt::format("{} of {} named {}", shown(policy.value_name),
                                                 shown(policy.key), shown(policy.text)));
    const bool is_for_other_programs = contains_name(policy.key.raw(), "Wow6432Node\\");
    finding.severity =
        is_debugger && !is_for_other_programs ? FindingSeverity::high : FindingSeverity::medium;
    output.findings.push_back(std::move(finding));
  }
}

}  // namespace

void notification_chain(const RuleInfo& rule, const RuleInput& input, RuleOutput& output) {
  const bool has_file = std::ranges::any_of(input.companions, [](const Companion& c) {
    return c.role == CompanionRole::mpnotify || c.role == CompanionRole::mpr;
  });
  if (!has_file && build_of(input) == 0) {
    say_not_evaluated(
        rule, "the evidence holds neither mpnotify.exe nor mpr.dll nor a SOFTWARE hive", output);
  }
  for (const Companion& companion : input.companions) {
    const bool has_own_rule = companion.role == CompanionRole::connect_notifyee ||
                              companion.role == CompanionRole::winlogon_mpnotify;
    if (has_own_rule || companion.verdict < ProviderVerdict::suspicious) {
      continue;
    }
    Finding finding =
        make_finding(rule, input, companion_name(companion),
                     companion.verdict == ProviderVerdict::malicious ? FindingSeverity::critical
                                                                     : FindingSeverity::high);
    finding.text = judgement_text(companion);
    finding.evidence = companion.evidence;
    for (const Reason& reason : companion.reasons) {
      finding.evidence.insert(finding.evidence.end(), reason.evidence.begin(),
                              reason.evidence.end());
    }
    std::ranges::sort(finding.evidence);
    finding.evidence.erase(std::unique(finding.evidence.begin(), finding.evidence.end()),
                           finding.evidence.end());
    output.findings.push_back(std::move(finding));
  }
  former_ties(rule, input, output);
}

void mpnotify_replaced(const RuleInfo& rule, const RuleInput& input, RuleOutput& output) {
  if (build_of(input) == 0) {
    say_not_evaluated(rule, "the evidence holds no SOFTWARE hive", output);
  }
  for (const PolicyFact& policy : input.facts.policies) {
    if (policy.policy == PolicyKind::winlogon_mpnotify &&
        !names_own_mpnotify(policy.text.raw(), policy.type, input.facts)) {
      const Companion* companion = companion_of(input, policy);
      output.findings.push_back(
          policy_finding(rule, input, policy,
                         fmt::format("winlogon starts {} as SYSTEM at each logon{}",
                                     shown(policy.text), judged_text(companion))));
      output.findings.back().severity = judged_severity(rule, companion);
    }
  }
  for (const FormerSetting& former : former_settings(input, PolicyKind::winlogon_mpnotify)) {
    const SharedText& program = former.policy->text;
    if (!names_own_mpnotify(program.raw(), std::nullopt, input.facts)) {
      output.findings.push_back(former_finding(
          rule, input, former,
          fmt::format("winlogon started {} as SYSTEM at each logon", shown(program))));
    }
  }
}

void password_sending_enabled(const RuleInfo& rule, const RuleInput& input, RuleOutput& output) {
  if (build_of(input) == 0) {
    say_not_evaluated(rule, "the Windows build is not in the evidence", output);
    return;
  }
  for (const PolicyFact& policy : input.facts.policies) {
    if (policy.policy == PolicyKind::enable_mpr &&
        policy.number == std::optional<std::uint64_t>(1) && build_of(input) >= 25216) {
      output.findings.push_back(
          policy_finding(rule, input, policy,
                         "EnableMPR is 1: this Windows sends no password to providers unless told "
                         "so; Citrix single sign-on needs it"));
    }
  }
  for (const FormerSetting& former : former_settings(input, PolicyKind::enable_mpr)) {
    if (former.policy->number == std::optional<std::uint64_t>(1) && build_of(input) >= 25216) {
      output.findings.push_back(former_finding(
          rule, input, former, "EnableMPR was 1, so that passwords were sent to providers"));
    }
  }
  for (const Change& change : input.changes) {
    if (change.is_exact && equal_names(change.value_name.raw(), "EnableMPR") &&
        change.what == "value_set" &&
        logged_number(change.new_value.raw()) == std::optional<std::uint64_t>(1)) {
      Finding finding = make_finding(
          rule, input, fmt::format("EnableMPR at {}", to_screen_time(change.time)), rule.severity);
      finding.text = fmt::format(
          "set to {} by {}", shown(change.new_value),
          change.actor.account.empty() ? "an unnamed account" : shown(change.actor.account));
      finding.first_seen = change.time;
      finding.last_seen = change.time;
      finding.evidence = change.evidence;
      output.findings.push_back(std::move(finding));
    }
  }
}

void smart_card_notification(const RuleInfo& rule, const RuleInput& input, RuleOutput& output) {
  if (build_of(input) == 0) {
    say_not_evaluated(rule, "the evidence holds no SOFTWARE hive", output);
  }
  for (const PolicyFact& policy : input.facts.policies) {
    if (policy.policy == PolicyKind::smart_card_logon_notify && policy.number.value_or(0) != 0) {
      output.findings.push_back(policy_finding(
          rule, input, policy,
          "SmartCardLogonNotify is set: smart card logons are notified to providers, too"));
    }
  }
  for (const FormerSetting& former : former_settings(input, PolicyKind::smart_card_logon_notify)) {
    if (former.policy->number.value_or(0) != 0) {
      output.findings.push_back(former_finding(
          rule, input, former,
          "SmartCardLogonNotify was set: smart card logons were notified to providers, too"));
    }
  }
}

namespace {

bool names_something(const PolicyFact& policy) {
  constexpr std::string_view blanks(" \t\0", 3);
  return policy.text.raw().find_first_not_of(blanks) != std::string_view::npos;
}

/// The path, or what stands there in place of one.
std::string notifyee_text(const PolicyFact& policy) {
  return policy.type == reg::sz || policy.type == reg::expand_sz || policy.type == 0
             ? shown(policy.text)
             : fmt::format("what a value of type {} names ({})", policy.type, shown(policy.text));
}

}  // namespace

void connect_notifyee(const RuleInfo& rule, const RuleInput& input, RuleOutput& output) {
  if (input.facts.orders.empty()) {
    say_not_evaluated(rule, "the evidence holds no SYSTEM hive", output);
  }
  for (const PolicyFact& policy : input.facts.policies) {
    if (policy.policy == PolicyKind::connect_notifyee && names_something(policy)) {
      const Companion* companion = companion_of(input, policy);
      const std::string set = other_control_set(policy.key.raw(), input.facts);
      output.findings.push_back(policy_finding(
          rule, input, policy,
          fmt::format("{} {} loaded by every program that connects to a network resource{}{}",
                      notifyee_text(policy), set.empty() ? "is" : "would be",
                      set.empty() ? "" : ", if Windows were started with " + set,
                      judged_text(companion))));
      output.findings.back().severity =
          set.empty() ? judged_severity(rule, companion) : FindingSeverity::low;
    }
  }
  for (const FormerSetting& former : former_settings(input, PolicyKind::connect_notifyee)) {
    output.findings.push_back(former_finding(
        rule, input, former,
        fmt::format("{} was loaded by every program that connects to a network resource",
                    shown(former.policy->text))));
  }
}

}  // namespace npg::rules
