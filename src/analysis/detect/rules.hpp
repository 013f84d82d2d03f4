// The detection rules: pure functions over one host's providers, changes, exposures and facts. The
// list is written out in rules.cpp; each rule has a page in docs/detections/.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fact/assessment.hpp"
#include "fact/fact_set.hpp"

namespace npg {

struct RuleInput {
  std::string_view host;  ///< the host's name, part of finding ids
  const FactSet& facts;
  std::span<const Provider> providers;
  std::span<const Companion> companions;
  std::span<const Change> changes;
  std::span<const Exposure> exposures;
};

struct RuleOutput {
  std::vector<Finding> findings;
  std::vector<NotEvaluated> not_evaluated;
};

struct RuleInfo {
  std::string_view id;  ///< "NPG1001"
  std::string_view title;
  FindingSeverity severity;  ///< the highest it gives
  std::string_view attack;   ///< technique id
  std::string_view needs;    ///< what evidence it needs, in words
  void (*run)(const RuleInfo& rule, const RuleInput& input, RuleOutput& output);
};

/// Every rule, by id.
[[nodiscard]] std::span<const RuleInfo> all_rules();
/// Runs all rules; findings sorted by severity (highest first), rule and subject.
[[nodiscard]] RuleOutput run_rules(const RuleInput& input);

/// Notes that the evidence does not have what the rule needs, and why.
void say_not_evaluated(const RuleInfo& rule, std::string why, RuleOutput& output);
/// A finding of a rule about a subject: id, title, technique and severity set.
[[nodiscard]] Finding make_finding(const RuleInfo& rule, const RuleInput& input,
                                   std::string subject, FindingSeverity severity);

namespace rules {
void suspicious_provider(const RuleInfo& rule, const RuleInput& input, RuleOutput& output);
void provider_to_review(const RuleInfo& rule, const RuleInput& input, RuleOutput& output);
void registration_removed(const RuleInfo& rule, const RuleInput& input, RuleOutput& output);
void orders_differ(const RuleInfo& rule, const RuleInput& input, RuleOutput& output);
void control_sets_differ(const RuleInfo& rule, const RuleInput& input, RuleOutput& output);
void provider_key_changed(const RuleInfo& rule, const RuleInput& input, RuleOutput& output);
void mpnotify_replaced(const RuleInfo& rule, const RuleInput& input, RuleOutput& output);
void password_sending_enabled(const RuleInfo& rule, const RuleInput& input, RuleOutput& output);
void smart_card_notification(const RuleInfo& rule, const RuleInput& input, RuleOutput& output);
void connect_notifyee(const RuleInfo& rule, const RuleInput& input, RuleOutput& output);
void log_cleared(const RuleInfo& rule, const RuleInput& input, RuleOutput& output);
void audit_weakened(const RuleInfo& rule, const RuleInput& input, RuleOutput& output);
void mpnotify_module(const RuleInfo& rule, const RuleInput& input, RuleOutput& output);
void mpnotify_child(const RuleInfo& rule, const RuleInput& input, RuleOutput& output);
void privileged_exposure(const RuleInfo& rule, const RuleInput& input, RuleOutput& output);
void logon_command(const RuleInfo& rule, const RuleInput& input, RuleOutput& output);
void provider_script(const RuleInfo& rule, const RuleInput& input, RuleOutput& output);
void recovered_registration(const RuleInfo& rule, const RuleInput& input, RuleOutput& output);
void structures_disagree(const RuleInfo& rule, const RuleInput& input, RuleOutput& output);
void select_points_elsewhere(const RuleInfo& rule, const RuleInput& input, RuleOutput& output);
void notification_chain(const RuleInfo& rule, const RuleInput& input, RuleOutput& output);
}  // namespace rules

}  // namespace npg
