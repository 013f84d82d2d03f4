// Rules about what was changed, by whom.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>

#include "analysis/detect/rules.hpp"
#include "base/evidence_text.hpp"
#include "fact/readings.hpp"

namespace npg::rules {
namespace {

bool sees_registry_writes(const RuleInput& input) {
  return std::any_of(input.facts.log_coverage.begin(), input.facts.log_coverage.end(),
                     [](const LogCoverageFact& log) { return log.registry_value_events > 0; });
}

/// Windows' own servicing, which rewrites provider keys at updates.
bool is_servicing(const Change& change) {
  const std::string path = name_key(change.actor.process.raw());
  const std::string_view name = std::string_view(path).substr(path.rfind('\\') + 1);
  const std::string_view behind_drive =
      path.size() > 2 && path[1] == ':' ? std::string_view(path).substr(2) : std::string_view();
  const bool in_windows = behind_drive.starts_with("\\WINDOWS\\WINSXS\\") ||
                          behind_drive.starts_with("\\WINDOWS\\SERVICING\\") ||
                          behind_drive.starts_with("\\WINDOWS\\SYSTEM32\\");
  return in_windows && (name == "POQEXEC.EXE" || name == "TIWORKER.EXE");
}

/// The key from the part on that names the provider or the order: "Services\X\NetworkProvider",
/// "Control\NetworkProvider\Order"; of a control set that is not the current one from the set on.
/// Empty for keys that are neither.
std::string short_form(std::string_view key) {
  constexpr std::string_view root = "HKLM\\SYSTEM\\";
  constexpr std::string_view current = "CurrentControlSet\\";
  if (key.size() < root.size() || !equal_names(key.substr(0, root.size()), root)) {
    return {};
  }
  const std::string_view in_hive = key.substr(root.size());
  const std::size_t set_end = in_hive.find('\\');
  if (set_end == std::string_view::npos ||
      !contains_name(in_hive.substr(0, set_end), "ControlSet")) {
    return {};
  }
  const std::string_view rest = in_hive.substr(set_end + 1);
  const bool is_current = equal_names(in_hive.substr(0, set_end + 1), current);
  const std::string upper = name_key(rest) + "\\";
  const bool is_order = upper.starts_with("CONTROL\\NETWORKPROVIDER\\");
  const bool is_registration =
      upper.starts_with("SERVICES\\") && upper.find("\\NETWORKPROVIDER\\") != std::string::npos;
  return is_order || is_registration ? std::string(is_current ? rest : in_hive) : std::string();
}

bool is_suspicious_name(const RuleInput& input, std::string_view key) {
  const std::string upper = name_key(key) + "\\";
  return std::any_of(input.providers.begin(), input.providers.end(), [&](const Provider& p) {
    return p.verdict >= ProviderVerdict::suspicious &&
           upper.find("\\SERVICES\\" + name_key(p.name.raw()) + "\\") != std::string::npos;
  });
}

}  // namespace

void provider_key_changed(const RuleInfo& rule, const RuleInput& input, RuleOutput& output) {
  struct Group {
    FindingSeverity severity = FindingSeverity::low;
    std::uint64_t writes = 0;
    FileTime first;
    FileTime last;
    std::string subject;
    std::set<std::string> by;
    std::vector<Origin> evidence;
  };
  std::map<std::string, Group>
      groups;  // One finding a key: a flood of writes must not bury the one that matters.
  for (const Change& change : input.changes) {
    const std::string key = short_form(change.key.raw());
    if (key.empty() || !change.is_exact || change.what == "accessed_for_write") {
      continue;
    }
    Group& group = groups[name_key(key)];
    if (group.subject.empty()) {
      group.subject = escape_for_terminal(EvidenceText::from_utf8(key));
    }
    // Whoever wrote it: a suspicious registration is not excused by the tool that carried it out.
    const FindingSeverity severity =
        is_suspicious_name(input, change.key.raw())                  ? FindingSeverity::high
        : is_servicing(change)                                       ? FindingSeverity::info
        : change.actor.logon_type == std::optional<std::uint32_t>(3) ? FindingSeverity::high
                                                                     : FindingSeverity::medium;
    group.severity = std::max(group.writes == 0 ? FindingSeverity::info : group.severity, severity);
    ++group.writes;
    group.first = group.first.given() ? std::min(group.first, change.time) : change.time;
    group.last = std::max(group.last, change.time);
    if (!change.actor.account.empty()) {
      group.by.insert(fmt::format("{}{}", shown(change.actor.account),
                                  change.actor.source_address.empty()
                                      ? ""
                                      : " from " + shown(change.actor.source_address)));
    }
    group.evidence.insert(group.evidence.end(), change.evidence.begin(), change.evidence.end());
  }
  for (auto& [key, group] : groups) {
    Finding finding = make_finding(rule, input, group.subject, group.severity);
    finding.text = fmt::format(
        "{} logged change{} by {}", group.writes, group.writes == 1 ? "" : "s",
        group.by.empty() ? "an unnamed account" : fmt::format("{}", fmt::join(group.by, ", ")));
    finding.first_seen = group.first;
    finding.last_seen = group.last;
    finding.evidence = std::move(group.evidence);
    output.findings.push_back(std::move(finding));
  }
  if (groups.empty() && !sees_registry_writes(input)) {
    say_not_evaluated(rule, "no log of the evidence holds a registry change event", output);
  }
}

void log_cleared(const RuleInfo& rule, const RuleInput& input, RuleOutput& output) {
  const std::vector<LogClear> clears = log_clears(input.facts);
  if (input.facts.log_coverage.empty() && clears.empty()) {
    say_not_evaluated(rule, "the evidence holds no event log", output);
    return;
  }
  for (const LogClear& clear : clears) {
    const bool after_provider =
        std::any_of(input.exposures.begin(), input.exposures.end(), [&](const Exposure& e) {
          const FileTime start = e.earliest_start.given() ? e.earliest_start : e.latest_start;
          return clear.time >= start;
        });
    const bool is_security = equal_names(clear.channel.raw(), "Security");
    Finding finding = make_finding(
        rule, input, fmt::format("{} at {}", shown(clear.channel), to_screen_time(clear.time)),
        after_provider ? FindingSeverity::high
        : is_security  ? FindingSeverity::medium
                       : FindingSeverity::low);
    finding.text = fmt::format(
        "cleared by {}{}", clear.account.empty() ? "an unnamed account" : shown(clear.account),
        after_provider ? ", after a provider that receives credentials was registered" : "");
    finding.first_seen = clear.time;
    finding.last_seen = clear.time;
    finding.evidence = clear.evidence;
    output.findings.push_back(std::move(finding));
  }
}

void audit_weakened(const RuleInfo& rule, const RuleInput& input, RuleOutput& output) {
  const bool has_security =
      std::any_of(input.facts.log_coverage.begin(), input.facts.log_coverage.end(),
                  [](const auto& log) { return equal_names(log.channel.raw(), "Security"); });
  if (!has_security) {
    say_not_evaluated(rule, "the evidence holds no Security log", output);
    return;
  }
  static constexpr std::string_view ours[] = {"Registry", "Logon", "Process Creation",
                                              "Special Logon", "Handle Manipulation"};
  for (const SystemEventFact& event : input.facts.system_events) {
    const bool weakened = event.event == SystemEventKind::audit_policy_changed &&
                          contains_name(event.detail.raw(), "removed");
    const bool is_ours = std::any_of(std::begin(ours), std::end(ours), [&](std::string_view s) {
      return equal_names(event.subject.raw(), s);
    });
    if (weakened && is_ours) {
      Finding finding = make_finding(
          rule, input, fmt::format("{} at {}", shown(event.subject), to_screen_time(event.time)),
          FindingSeverity::medium);
      finding.text = fmt::format(
          "{} by {}", shown(event.detail),
          event.actor.account.empty() ? "an unnamed account" : shown(event.actor.account));
      finding.first_seen = event.time;
      finding.last_seen = event.time;
      finding.evidence = {event.origin};
      output.findings.push_back(std::move(finding));
    }
  }
}

}  // namespace npg::rules
