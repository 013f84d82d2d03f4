// The rule about which control set Windows runs with and starts with next.
#include <fmt/format.h>

#include <algorithm>

#include "analysis/detect/rules.hpp"
#include "base/evidence_text.hpp"
#include "fact/readings.hpp"

namespace npg::rules {
namespace {

using Number = std::optional<std::uint64_t>;

std::string set_name(std::uint64_t number) {
  return fmt::format("ControlSet{:03}", number);
}

class Look {
 public:
  Look(const SelectFact& fact, bool sees_all_sets) : fact_(fact), sees_all_sets_(sees_all_sets) {}

  void look() {
    if (!fact_.last_written.given() && !fact_.current && !fact_.default_set) {
      if (sees_all_sets_) {
        say(FindingSeverity::low,
            fmt::format("the hive has no key Select and {} control sets: which one Windows runs "
                        "with is not known",
                        fact_.control_sets.size()));
      }
      return;
    }
    require("Current", fact_.current, FindingSeverity::low);
    require("Default", fact_.default_set, FindingSeverity::info);
    if (fact_.current && fact_.default_set && *fact_.current != *fact_.default_set) {
      say(FindingSeverity::medium,
          fmt::format("Default is {} and Current is {}: the next start takes {} instead of what "
                      "runs now",
                      *fact_.default_set, *fact_.current, set_name(*fact_.default_set)));
    }
    if (fact_.last_known_good.value_or(0) != 0) {
      require("LastKnownGood", fact_.last_known_good, FindingSeverity::low);
    }
    if (fact_.failed.value_or(0) != 0) {
      say(FindingSeverity::info,
          fmt::format("Failed is {}: a start with {} was given up for another control set",
                      *fact_.failed, set_name(*fact_.failed)));
    }
  }

  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] FindingSeverity severity() const { return severity_; }

 private:
  void say(FindingSeverity severity, const std::string& text) {
    severity_ = std::max(severity_, severity);
    text_ += (text_.empty() ? "" : "; ") + text;
  }
  /// The value must be a number and name a control set of the hive. `when_missing` is the severity
  /// where it is not there.
  void require(std::string_view name, const Number& number, FindingSeverity when_missing) {
    if (!sees_all_sets_) {
      return;
    }
    if (!number) {
      say(when_missing, fmt::format("{} is not there or is no number", name));
      return;
    }
    const bool is_there = std::ranges::any_of(
        fact_.control_sets, [&number](std::uint32_t set) { return set == *number; });
    if (!is_there) {
      say(name == "LastKnownGood" ? FindingSeverity::low : FindingSeverity::medium,
          fmt::format("{} is {}, and the hive has no {}", name, *number, set_name(*number)));
    }
  }

  const SelectFact& fact_;
  bool sees_all_sets_;
  std::string text_;
  FindingSeverity severity_ = FindingSeverity::info;
};

}  // namespace

void select_points_elsewhere(const RuleInfo& rule, const RuleInput& input, RuleOutput& output) {
  if (input.facts.selects.empty()) {
    output.not_evaluated.push_back(
        {std::string(rule.id), std::string(rule.needs), "the key Select is not in the evidence"});
    return;
  }
  const bool sees_all = sees_all_services(input.facts) && sees_all_orders(input.facts);
  for (const SelectFact& fact : input.facts.selects) {
    Look look(fact, sees_all);
    look.look();
    if (look.text().empty()) {
      continue;
    }
    Finding finding = make_finding(rule, input, "Select", look.severity());
    finding.text = look.text();
    finding.first_seen = fact.last_written;
    finding.last_seen = fact.last_written;
    finding.evidence = {fact.origin};
    output.findings.push_back(std::move(finding));
  }
}

}  // namespace npg::rules
