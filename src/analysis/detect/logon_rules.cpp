// Rules about whose password was seen, what a logon started and what scripts say.
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

namespace {

/// A program's start whose command line writes provider settings, as 4688 and Sysmon 1 tell it.
struct Command {
  const ProcessStartFact* start = nullptr;
  std::vector<Origin> evidence;
};

std::vector<Command> writing_commands(const FactSet& facts) {
  constexpr std::uint64_t same_start = 2 * FileTime::per_second;
  std::vector<Command> commands;
  for (const ProcessStartFact& start : facts.process_starts) {
    const std::string_view line = start.command_line.raw();
    if (!writes_provider_settings(line)) {
      continue;
    }
    const auto known = std::ranges::find_if(commands, [&](const Command& each) {
      return each.start->process_id == start.process_id && each.start->event_id != start.event_id &&
             start.time.ticks - each.start->time.ticks <= same_start;
    });
    if (known == commands.end()) {
      commands.push_back({.start = &start, .evidence = {start.origin}});
    } else {
      known->evidence.push_back(start.origin);
    }
  }
  return commands;
}

/// True when a key of a provider or the order was last written right behind a time.
bool is_key_written_at(FileTime time, const FactSet& facts) {
  constexpr std::uint64_t near = 5 * FileTime::per_second;
  const auto is_behind = [&](const auto& fact) {
    return fact.moment == HiveMoment::current && fact.last_written.ticks + near >= time.ticks &&
           fact.last_written.ticks <= time.ticks + near;
  };
  return std::ranges::any_of(facts.registrations, is_behind) ||
         std::ranges::any_of(facts.orders, is_behind);
}

void add_commands(const std::vector<Command>& commands, const RuleInfo& rule,
                  const RuleInput& input, RuleOutput& output) {
  std::map<std::string, std::size_t> same_second;
  for (const Command& command : commands) {
    const ProcessStartFact& start = *command.start;
    const std::string_view path = start.image.raw();
    const SharedText name(EvidenceText::from_utf8(path.substr(path.rfind('\\') + 1)));
    std::string subject = fmt::format("{} at {}", shown(name), to_screen_time(start.time));
    // Two of one second are two findings, each with its own id.
    if (const std::size_t number = ++same_second[subject]; number > 1) {
      subject += fmt::format(", number {}", number);
    }
    Finding finding = make_finding(rule, input, std::move(subject), FindingSeverity::medium);
    finding.text = fmt::format(
        "command line{}: {}{}", start.account.empty() ? "" : " of " + shown(start.account),
        excerpt(start.command_line.raw()),
        is_key_written_at(start.time, input.facts)
            ? "; a provider's key or the order was last written within seconds of it, so that this "
              "is inferred to be the write"
            : "");
    finding.first_seen = start.time;
    finding.last_seen = start.time;
    finding.evidence = command.evidence;
    output.findings.push_back(std::move(finding));
  }
}

}  // namespace

void provider_script(const RuleInfo& rule, const RuleInput& input, RuleOutput& output) {
  const std::vector<Command> commands = writing_commands(input.facts);
  add_commands(commands, rule, input, output);
  const bool has_log =
      std::any_of(input.facts.log_coverage.begin(), input.facts.log_coverage.end(),
                  [](const auto& log) { return contains_name(log.channel.raw(), "PowerShell"); });
  if (!has_log && input.facts.scripts.empty() && commands.empty()) {
    output.not_evaluated.push_back(
        {std::string(rule.id), std::string(rule.needs), "the evidence holds no PowerShell log"});
    return;
  }
  for (const Script& script : provider_scripts(input.facts)) {
    Finding finding = make_finding(
        rule, input,
        fmt::format("{} at {}", script.path.empty() ? "a script" : shown(script.path),
                    to_screen_time(script.time)),
        writes_provider_settings(script.text) ? FindingSeverity::medium : FindingSeverity::info);
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

void privileged_exposure(const RuleInfo& rule, const RuleInput& input, RuleOutput& output) {
  const bool sees_logons =
      std::ranges::any_of(
          input.facts.logons,
          [](const LogonFact& logon) { return logon.source == LogonSource::security_4624; }) ||
      std::any_of(input.facts.log_coverage.begin(), input.facts.log_coverage.end(),
                  [](const LogCoverageFact& log) { return log.logon_events > 0; });
  if (!input.exposures.empty() && !sees_logons) {
    say_not_evaluated(rule, "no log of the evidence holds a logon (4624)", output);
  }
  for (const Exposure& exposure : input.exposures) {
    if (exposure.password_sent == YesNo::no) {
      continue;
    }
    for (const ExposedAccount& account : exposure.accounts) {
      const bool reached =
          account.certainty == Certainty::proven || account.certainty == Certainty::likely;
      if (!account.privileged || !reached) {
        continue;
      }
      const std::string who = account.account.empty() ? shown(account.sid) : shown(account.account);
      Finding finding =
          make_finding(rule, input, fmt::format("{} to {}", who, shown(exposure.provider)),
                       account.certainty == Certainty::proven ? FindingSeverity::critical
                                                              : FindingSeverity::high);
      finding.text = fmt::format("{} ({})", account.reason, name_of(account.certainty));
      finding.first_seen = account.first;
      finding.last_seen = account.last;
      finding.evidence = account.evidence;
      output.findings.push_back(std::move(finding));
    }
  }
}

}  // namespace npg::rules
