// Rules about what a logon started and what scripts say.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "analysis/detect/rules.hpp"
#include "base/evidence_text.hpp"
#include "fact/readings.hpp"

namespace npg::rules {
namespace {

/// Limit: a script in a report stays a line or two.
std::string excerpt(std::string_view text) {
  constexpr std::size_t most = 200;
  std::string flat;
  for (const char c : text.substr(0, most)) {
    const bool is_space = c == '\n' || c == '\r' || c == '\t' || c == ' ';
    if (!is_space || (!flat.empty() && flat.back() != ' ')) {
      flat += is_space ? ' ' : c;
    }
  }
  return escape_for_terminal(EvidenceText::from_utf8(flat)) + (text.size() > most ? " …" : "");
}

/// A script that only reads or audits these keys is no change of them.
bool writes(std::string_view text) {
  for (const std::string_view word :
       {"Set-Item", "New-Item", "SetValue", "reg add", "reg.exe add", "reg import", "Copy-Item",
        "Add-Content", "WriteAllBytes", "CreateSubKey", "sp ", "ni "}) {
    if (contains_name(text, word)) {
      return true;
    }
  }
  return false;
}

}  // namespace

void logon_command(const RuleInfo& rule, const RuleInput& input, RuleOutput& output) {
  const bool sees_starts =
      !input.facts.process_starts.empty() ||
      std::any_of(input.facts.log_coverage.begin(), input.facts.log_coverage.end(),
                  [](const LogCoverageFact& log) { return log.process_start_events > 0; });
  if (!sees_starts) {
    output.not_evaluated.push_back({std::string(rule.id), std::string(rule.needs),
                                    "no log of the evidence holds a process start"});
    return;
  }
  // One finding a command: a script that runs at each logon must not bury the rest.
  std::map<std::string, Finding> by_command;
  for (const Exposure& exposure : input.exposures) {
    for (const LogonCommand& command : exposure.commands) {
      auto [entry, is_new] = by_command.try_emplace(name_key(command.command.raw()));
      Finding& finding = entry->second;
      if (is_new) {
        finding = make_finding(rule, input, shown(command.command), rule.severity);
        finding.text = fmt::format(
            "{}{}", command.account.empty() ? "" : shown(command.account) + ": ", command.text);
        finding.first_seen = command.time;
      }
      finding.first_seen = std::min(finding.first_seen, command.time);
      finding.last_seen = std::max(finding.last_seen, command.time);
      finding.evidence.insert(finding.evidence.end(), command.evidence.begin(),
                              command.evidence.end());
    }
  }
  for (auto& [command, finding] : by_command) {
    output.findings.push_back(std::move(finding));
  }
}

void provider_script(const RuleInfo& rule, const RuleInput& input, RuleOutput& output) {
  const bool has_log =
      std::any_of(input.facts.log_coverage.begin(), input.facts.log_coverage.end(),
                  [](const auto& log) { return contains_name(log.channel.raw(), "PowerShell"); });
  if (!has_log && input.facts.scripts.empty()) {
    output.not_evaluated.push_back(
        {std::string(rule.id), std::string(rule.needs), "the evidence holds no PowerShell log"});
    return;
  }
  for (const Script& script : provider_scripts(input.facts)) {
    Finding finding =
        make_finding(rule, input,
                     fmt::format("{} at {}", script.path.empty() ? "a script" : shown(script.path),
                                 to_screen_time(script.time)),
                     writes(script.text) ? FindingSeverity::medium : FindingSeverity::info);
    finding.text = fmt::format(
        "PowerShell{}{}: {}", script.sid.empty() ? "" : " of " + shown(script.sid),
        script.parts_missing == 0 ? ""
                                  : fmt::format(" ({} of its parts missing)", script.parts_missing),
        excerpt(script.text));
    finding.first_seen = script.time;
    finding.last_seen = script.time;
    finding.evidence = script.evidence;
    output.findings.push_back(std::move(finding));
  }
}

}  // namespace npg::rules
