#include "analysis/coverage/coverage.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/evidence_text.hpp"

namespace npg {
namespace {

struct ChannelSum {
  SharedText channel;
  FileTime first;
  FileTime last;
  std::uint64_t records = 0;
  std::vector<LogGap> gaps;
  std::uint64_t registry = 0;
  std::uint64_t modules = 0;
  std::uint64_t processes = 0;
  std::uint64_t logons = 0;
  Origin origin;
};

std::map<std::string, ChannelSum> by_channel(const FactSet& facts) {
  std::map<std::string, ChannelSum> channels;
  for (const LogCoverageFact& log : facts.log_coverage) {
    ChannelSum& sum = channels[name_key(log.channel.raw())];
    if (sum.records == 0) {
      sum.channel = log.channel;
      sum.origin = log.origin;
    }
    if (log.first.given()) {
      sum.first = sum.first.given() ? std::min(sum.first, log.first) : log.first;
    }
    sum.last = std::max(sum.last, log.last);
    sum.records += log.records;
    sum.gaps.insert(sum.gaps.end(), log.gaps.begin(), log.gaps.end());
    sum.registry += log.registry_value_events;
    sum.modules += log.module_load_events;
    sum.processes += log.process_start_events;
    sum.logons += log.logon_events;
  }
  for (auto& [key, sum] : channels) {
    std::sort(sum.gaps.begin(), sum.gaps.end(),
              [](const LogGap& a, const LogGap& b) { return a.after_id < b.after_id; });
  }
  return channels;
}

/// A gap in one file that another file of the same channel fills (an archived log) is no gap.
void drop_filled_gaps(const FactSet& facts, ChannelSum& sum) {
  std::erase_if(sum.gaps, [&](const LogGap& gap) {
    return std::any_of(facts.log_coverage.begin(), facts.log_coverage.end(),
                       [&](const LogCoverageFact& log) {
                         return equal_names(log.channel.raw(), sum.channel.raw()) &&
                                log.first_id <= gap.after_id + 1 &&
                                log.last_id + 1 >= gap.next_id && log.gaps.empty();
                       });
  });
}

void state_events(const FactSet& facts, const std::map<std::string, ChannelSum>& channels,
                  Coverage& coverage) {
  const auto security = channels.find("SECURITY");
  const auto sysmon = channels.find("MICROSOFT-WINDOWS-SYSMON/OPERATIONAL");
  if (security == channels.end()) {
    coverage.statements.emplace_back(
        "No Security log: who logged on, by which route and with which privileges is not visible.");
  } else if (security->second.registry == 0) {
    coverage.statements.emplace_back(
        "The Security log holds no registry change (4657). Without the audit policy and a SACL on "
        "the keys Windows logs none, "
        "so this silence means nothing.");
  }
  if (sysmon == channels.end()) {
    coverage.statements.emplace_back(
        "No Sysmon log: registry writes, DLL drops and module loads are not visible.");
  } else {
    if (sysmon->second.registry == 0) {
      coverage.statements.emplace_back(
          "The Sysmon log holds no registry event (12 to 14): its rules may leave them out.");
    }
    if (sysmon->second.modules == 0) {
      coverage.statements.emplace_back(
          "The Sysmon log holds no module load (7): what mpnotify.exe loaded is not visible.");
    }
  }
  if (facts.orders.empty() && facts.registrations.empty()) {
    coverage.statements.emplace_back(
        "No SYSTEM hive: what is registered now is unknown; only changes that were logged are "
        "known.");
  }
  if (std::none_of(facts.identities.begin(), facts.identities.end(),
                   [](const auto& i) { return i.build != 0; })) {
    coverage.statements.emplace_back(
        "No SOFTWARE hive: the Windows build, and with it whether passwords are sent, is unknown.");
  }
  for (const SystemEventFact& event : facts.system_events) {
    if (event.event == SystemEventKind::log_cleared) {
      coverage.statements.push_back(fmt::format(
          "The {} log was cleared at {} by {}; what it held before is gone.",
          escape_for_terminal(event.subject.text()), to_screen_time(event.time),
          event.actor.account.empty() ? "an unnamed account"
                                      : escape_for_terminal(event.actor.account.text())));
    }
  }
}

}  // namespace

Coverage list_coverage(const FactSet& facts) {
  Coverage coverage;
  auto channels = by_channel(facts);
  for (auto& [key, sum] : channels) {
    drop_filled_gaps(facts, sum);
    coverage.sources.push_back({.source = "event_log",
                                .channel = sum.channel,
                                .first = sum.first,
                                .last = sum.last,
                                .records = sum.records,
                                .gaps = sum.gaps,
                                .origin = sum.origin});
    if (!sum.gaps.empty()) {
      coverage.statements.push_back(fmt::format(
          "{} record ids are missing in {} places of the {} log.",
          [&] {
            std::uint64_t missing = 0;
            for (const LogGap& gap : sum.gaps) {
              missing += gap.next_id - gap.after_id - 1;
            }
            return missing;
          }(),
          sum.gaps.size(), escape_for_terminal(sum.channel.text())));
    }
  }
  state_events(facts, channels, coverage);
  if (const auto registry = audit_value(facts, "Registry"); registry && (*registry & 1) == 0) {
    coverage.statements.emplace_back(
        "The audit policy in force logs no registry changes (Object Access, Registry: none).");
  }
  return coverage;
}

std::optional<std::uint8_t> audit_value(const FactSet& facts, std::string_view subcategory) {
  const AuditPolicyFact* newest = nullptr;
  for (const AuditPolicyFact& policy : facts.audit_policies) {
    if (newest == nullptr || policy.last_written > newest->last_written) {
      newest = &policy;
    }
  }
  if (newest == nullptr) {
    return std::nullopt;
  }
  for (const AuditSetting& setting : newest->settings) {
    if (setting.subcategory == subcategory) {
      return setting.value;
    }
  }
  return std::nullopt;
}

}  // namespace npg
