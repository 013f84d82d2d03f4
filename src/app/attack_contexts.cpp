// A host's ATT&CK context: what its logs hold of the log sources, and how its checks came out.
#include <algorithm>
#include <charconv>
#include <set>

#include "app/attack_catalogue.hpp"
#include "base/evidence_text.hpp"

namespace npg {
namespace {

/// Numbers of "EventCode=12,13,14" or "13, 14"; empty when it is something else.
std::vector<std::uint32_t> event_ids(std::string_view channel) {
  constexpr std::string_view name = "EventCode=";
  if (channel.starts_with(name)) {
    channel.remove_prefix(name.size());
  }
  std::vector<std::uint32_t> out;
  while (!channel.empty()) {
    if (channel.front() == ',' || channel.front() == ' ') {
      channel.remove_prefix(1);
      continue;
    }
    std::uint32_t id = 0;
    const auto read = std::from_chars(channel.data(), channel.data() + channel.size(), id);
    if (read.ec != std::errc()) {
      return {};
    }
    out.push_back(id);
    channel.remove_prefix(static_cast<std::size_t>(read.ptr - channel.data()));
  }
  return out;
}

/// How many events of an id one log holds; nothing when npguard does not count it.
std::optional<std::uint64_t> counted(const LogCoverageFact& log, bool sysmon, std::uint32_t id) {
  if (!sysmon) {
    switch (id) {
      case 4657: return log.registry_value_events;
      case 4688: return log.process_start_events;
      case 4624: return log.logon_events;
      default: return std::nullopt;
    }
  }
  switch (id) {
    case 1: return log.process_start_events;
    case 7: return log.module_load_events;
    case 10: return log.process_access_events;
    case 11: return log.file_creation_events;
    case 12:
    case 13:
    case 14: return log.registry_value_events;
    default: return std::nullopt;
  }
}

/// True when another file of the same log holds all that this one does: a copy says nothing twice.
bool is_held_by_another(const LogCoverageFact& log, const FactSet& facts) {
  return std::ranges::any_of(facts.log_coverage, [&](const LogCoverageFact& other) {
    const bool holds = &other != &log && equal_names(other.channel.raw(), log.channel.raw()) &&
                       log.first_id != 0 && other.first_id <= log.first_id &&
                       other.last_id >= log.last_id && other.first <= log.first &&
                       other.last >= log.last && other.records >= log.records;
    const bool is_same = log.first_id == other.first_id && log.last_id == other.last_id &&
                         log.records == other.records;
    return holds && (!is_same || &other < &log);
  });
}

void judge(AttackLogSource& source, const FactSet& facts) {
  const bool sysmon = source.name == "WinEventLog:Sysmon";
  const std::vector<std::uint32_t> ids = event_ids(source.channel);
  if ((!sysmon && source.name != "WinEventLog:Security") || ids.empty()) {
    source.status = LogSourceStatus::not_read;
    return;
  }
  const std::string_view channel = sysmon ? "Microsoft-Windows-Sysmon/Operational" : "Security";
  source.status = LogSourceStatus::missing;
  for (const LogCoverageFact& log : facts.log_coverage) {
    if (!equal_names(log.channel.raw(), channel) || is_held_by_another(log, facts)) {
      continue;
    }
    source.status = LogSourceStatus::silent;
    bool registry_counted = false;  // Sysmon's 12 to 14 are one count.
    for (const std::uint32_t id : ids) {
      const auto records = counted(log, sysmon, id);
      if (!records) {
        source.status = LogSourceStatus::not_read;
        return;
      }
      const bool is_registry = sysmon && id >= 12 && id <= 14;
      source.records += is_registry && registry_counted ? 0 : *records;
      registry_counted = registry_counted || is_registry;
    }
  }
  if (source.records > 0) {
    source.status = LogSourceStatus::present;
  }
}

}  // namespace

std::vector<AttackContext> attack_contexts(const HostAssessment& host, const FactSet& facts,
                                           const AttackCatalogue& catalogue) {
  // What could be seen of the technique that npguard is about is said without a finding, too.
  std::map<std::string, std::set<std::string>> findings = {{"T1556.008", {}}};
  for (const Finding& finding : host.findings) {
    for (const std::string& id : finding.attack) {
      findings[id].insert(finding.id);
    }
  }
  std::vector<AttackContext> out;
  for (const auto& [id, ids] : findings) {
    const auto known = catalogue.techniques.find(id);
    AttackContext context;
    if (known != catalogue.techniques.end()) {
      context = known->second;
    } else {
      context.technique.attack_id = id;
    }
    context.findings.assign(ids.begin(), ids.end());
    for (AttackLogSource& source : context.log_sources) {
      judge(source, facts);
    }
    for (AttackMitigation& each : context.mitigations) {
      for (const PostureCheck& check : host.posture) {
        if (check.mitigation == each.mitigation.attack_id) {
          each.checks.push_back({check.check, std::string(name_of(check.status))});
        }
      }
    }
    out.push_back(std::move(context));
  }
  return out;
}

}  // namespace npg
