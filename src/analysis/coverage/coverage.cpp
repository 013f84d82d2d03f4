#include "analysis/coverage/coverage.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "base/evidence_text.hpp"
#include "fact/readings.hpp"

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
  std::uint64_t unverified = 0;
  Origin origin;
};

std::map<std::string, ChannelSum> by_channel(const FactSet& facts) {
  std::map<std::string, ChannelSum> channels;
  for (const LogCoverageFact& log : facts.log_coverage) {
    ChannelSum& sum = channels[name_key(log.channel.raw())];
    if (sum.channel.empty()) {
      sum.channel = log.channel;
      sum.origin = log.origin;
    }
    if (log.first.given()) {
      sum.first = sum.first.given() ? std::min(sum.first, log.first) : log.first;
    }
    sum.last = std::max(sum.last, log.last);
    sum.registry += log.registry_value_events;
    sum.modules += log.module_load_events;
    sum.processes += log.process_start_events;
    sum.logons += log.logon_events;
    sum.unverified += log.records_unverified;
  }
  for (auto& [key, sum] : channels) {
    sum.gaps = channel_gaps(facts, sum.channel.raw());
    sum.records = channel_records(facts, sum.channel.raw());
    sum.unverified = std::min(sum.unverified, sum.records);
  }
  return channels;
}

/// What the cleared log held and no other file of the evidence, such as an archive, keeps.
std::string what_a_clear_lost(const FactSet& facts, const LogClear& clear) {
  FileTime kept_until;
  for (const LogCoverageFact& log : facts.log_coverage) {
    if (equal_names(log.channel.raw(), clear.channel.raw()) && log.last < clear.time) {
      kept_until = std::max(kept_until, log.last);
    }
  }
  return kept_until.given()
             ? fmt::format("what it held between {} and then", to_screen_time(kept_until))
             : std::string("what it held before");
}

/// Windows puts its clock right by milliseconds all the time; a step of minutes moves every time
/// around it.
void state_clock_changes(const FactSet& facts, Coverage& coverage) {
  constexpr std::uint64_t worth_saying = 60 * FileTime::per_second;
  for (const SystemEventFact& event : facts.system_events) {
    if (event.event != SystemEventKind::time_changed) {
      continue;
    }
    const std::string_view detail = event.detail.raw();
    const std::size_t to = detail.find(" to ");
    const auto before =
        to == std::string_view::npos ? std::nullopt : parse_time(detail.substr(0, to));
    const auto after =
        to == std::string_view::npos ? std::nullopt : parse_time(detail.substr(to + 4));
    const bool is_small = before && after &&
                          (*before > *after ? before->ticks - after->ticks
                                            : after->ticks - before->ticks) < worth_saying;
    if (!is_small) {
      coverage.statements.push_back(
          fmt::format("The clock was set at {} ({}): the order of times around it is uncertain.",
                      to_screen_time(event.time), escape_for_terminal(event.detail.text())));
    }
  }
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
  if (current_build(facts) == 0) {
    coverage.statements.emplace_back(
        "No SOFTWARE hive: the Windows build, and with it whether passwords are sent, is unknown.");
  }
  for (const LogClear& clear : log_clears(facts)) {
    coverage.statements.push_back(fmt::format(
        "The {} log was cleared at {} by {} (event{} {}); {} is gone.",
        escape_for_terminal(clear.channel.text()), to_screen_time(clear.time),
        clear.account.empty() ? "an unnamed account" : escape_for_terminal(clear.account.text()),
        clear.event_ids.size() == 1 ? "" : "s", fmt::join(clear.event_ids, " and "),
        what_a_clear_lost(facts, clear)));
  }
  state_clock_changes(facts, coverage);
}

}  // namespace

Coverage list_coverage(const FactSet& facts) {
  Coverage coverage;
  auto channels = by_channel(facts);
  for (auto& [key, sum] : channels) {
    coverage.sources.push_back({.source = "event_log",
                                .channel = sum.channel,
                                .first = sum.first,
                                .last = sum.last,
                                .records = sum.records,
                                .gaps = sum.gaps,
                                .origin = sum.origin});
    if (sum.unverified > 0) {
      coverage.statements.push_back(
          fmt::format("{} records of the {} log lie in chunks whose checksum fails: a log that was "
                      "in use when it was copied and one that "
                      "was altered look the same.",
                      sum.unverified, escape_for_terminal(sum.channel.text())));
    }
    if (!sum.gaps.empty()) {
      coverage.statements.push_back(fmt::format(
          "{} record ids are missing in {} place{} of the {} log.",
          [&] {
            std::uint64_t missing = 0;
            for (const LogGap& gap : sum.gaps) {
              missing += gap.next_id - gap.after_id - 1;
            }
            return missing;
          }(),
          sum.gaps.size(), sum.gaps.size() == 1 ? "" : "s",
          escape_for_terminal(sum.channel.text())));
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
