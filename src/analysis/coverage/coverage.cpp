#include "analysis/coverage/coverage.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "analysis/coverage/auditing.hpp"
#include "analysis/coverage/switches.hpp"
#include "base/evidence_text.hpp"
#include "fact/readings.hpp"
#include "fact/silences.hpp"

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

/// The size and the rule of a log as the registry has them: Services\\EventLog\\<log> for the
/// classic ones, WINEVT\\Channels\\<channel> for the others.
void add_retention(const FactSet& facts, CoverageSource& source) {
  const std::string channel = "\\" + name_key(source.channel.raw());
  for (const PolicyFact& policy : facts.policies) {
    const bool is_setting = policy.policy == PolicyKind::event_log_setting ||
                            policy.policy == PolicyKind::channel_setting;
    if (!is_setting || !name_key(policy.key.raw()).ends_with(channel)) {
      continue;
    }
    if (equal_names(policy.value_name.raw(), "MaxSize") && !source.size_max) {
      source.size_max = policy.number;
    } else if (equal_names(policy.value_name.raw(), "Retention") && policy.number) {
      source.overwrites = *policy.number == 0 ? YesNo::yes : YesNo::no;
    }
  }
}

/// A start of Windows that System tells and Security, which covers that time and tells of others,
/// does not: what happened in between is not in it either.
void state_silent_starts(const FactSet& facts, Coverage& coverage) {
  constexpr std::uint64_t near = 600 * FileTime::per_second;
  constexpr std::uint32_t security_start = 4608;
  constexpr std::uint32_t kernel_start = 12;
  std::vector<FileTime> told;
  for (const SystemEventFact& event : facts.system_events) {
    if (event.event == SystemEventKind::boot && event.event_id == security_start) {
      told.push_back(event.time);
    }
  }
  if (told.empty()) {
    return;
  }
  std::size_t missing = 0;
  FileTime first;
  for (const SystemEventFact& event : facts.system_events) {
    if (event.event != SystemEventKind::boot || event.event_id != kernel_start ||
        event.time < told.front() || event.time > told.back()) {
      continue;
    }
    const auto next = std::lower_bound(
        told.begin(), told.end(), FileTime{event.time.ticks - std::min(event.time.ticks, near)});
    if (next == told.end() || next->ticks > event.time.ticks + near) {
      first = missing == 0 ? event.time : first;
      ++missing;
    }
  }
  if (missing > 0) {
    coverage.statements.push_back(
        fmt::format("The Security log lacks {} start{} of Windows that the System log has, the "
                    "first at {}: it is "
                    "silent there for another reason than that nothing happened.",
                    missing, missing == 1 ? "" : "s", to_screen_time(first)));
  }
}

/// The log service ends when Windows shuts down; another end is somebody's doing.
void state_service_stops(const FactSet& facts, Coverage& coverage) {
  constexpr std::uint64_t near = 300 * FileTime::per_second;
  std::uint64_t dropped = 0;
  for (const SystemEventFact& event : facts.system_events) {
    dropped += event.event == SystemEventKind::events_dropped ? 1U : 0U;
    if (event.event != SystemEventKind::log_service_stopped) {
      continue;
    }
    const bool is_shutdown = std::any_of(
        facts.system_events.begin(), facts.system_events.end(), [&](const SystemEventFact& other) {
          const bool ends =
              other.event == SystemEventKind::shutdown || other.event == SystemEventKind::boot;
          const std::uint64_t apart = other.time > event.time ? other.time.ticks - event.time.ticks
                                                              : event.time.ticks - other.time.ticks;
          return ends && apart <= near;
        });
    if (!is_shutdown) {
      coverage.statements.push_back(fmt::format(
          "The event log service stopped at {} (event {}) and no shutdown is logged near "
          "it: nothing was logged until it started again.",
          to_screen_time(event.time), event.event_id));
    }
  }
  if (dropped > 0) {
    coverage.statements.push_back(fmt::format(
        "{} event{} that Windows dropped events or failed to log them (1101, 1104, 1108).", dropped,
        dropped == 1 ? " tells" : "s tell"));
  }
}

/// Records earlier than the one before them, where no clock change explains it.
void state_disorder(const FactSet& facts, Coverage& coverage) {
  for (const LogCoverageFact& log : facts.log_coverage) {
    // Limit: a few late records are how Windows writes logs on several processors.
    constexpr std::uint64_t usual = 100;
    if (log.time_reversals > usual) {
      coverage.statements.push_back(fmt::format(
          "{} records of the {} log are earlier than the one before them: the clock was changed or "
          "records were moved.",
          log.time_reversals, escape_for_terminal(log.channel.text())));
    }
  }
}

/// A log that is in use holds something every day.
void state_silences(const FactSet& facts, const std::map<std::string, ChannelSum>& channels,
                    Coverage& coverage) {
  for (const std::string_view name : {"SECURITY", "MICROSOFT-WINDOWS-SYSMON/OPERATIONAL"}) {
    const auto channel = channels.find(std::string(name));
    const auto silences = channel_silences(facts, name);
    if (channel == channels.end() || silences.empty()) {
      continue;
    }
    const auto longest = std::ranges::max_element(
        silences, {}, [](const LogGap& gap) { return gap.next_time.ticks - gap.after_time.ticks; });
    coverage.statements.push_back(
        fmt::format("The {} log holds nothing between {} and {}{}: the host was off, nothing was "
                    "logged, records "
                    "are missing, or one has a wrong time.",
                    escape_for_terminal(channel->second.channel.text()),
                    to_screen_time(longest->after_time), to_screen_time(longest->next_time),
                    silences.size() == 1
                        ? std::string()
                        : fmt::format(" (the longest of {} such stretches)", silences.size())));
  }
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

/// Of all that could tell of a registration, nothing does on a Windows as it is shipped.
void state_silence(const FactSet& facts, Coverage& coverage) {
  const bool sees_writes =
      std::any_of(facts.log_coverage.begin(), facts.log_coverage.end(),
                  [](const LogCoverageFact& log) { return log.registry_value_events > 0; });
  const bool is_said = std::any_of(
      facts.log_coverage.begin(), facts.log_coverage.end(),
      [](const LogCoverageFact& log) { return equal_names(log.channel.raw(), "Security"); });
  if (!sees_writes && !is_said && !facts.log_coverage.empty()) {
    coverage.statements.emplace_back(
        "No log of the evidence tells of registry writes, which is how Windows is shipped: that "
        "none "
        "tells of a provider being registered means nothing.");
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
  const bool has_sensor =
      channels.contains("MICROSOFT DEFENDER FOR ENDPOINT") || channels.contains("ELASTIC DEFEND");
  if (sysmon == channels.end() && has_sensor) {
    // How much it sees is said of the sensor.
  } else if (sysmon == channels.end()) {
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
  const bool has_unapplied = std::ranges::any_of(facts.recovered, [](const RecoveredFact& fact) {
    return fact.place.raw() == "log_unapplied";
  });
  if (has_unapplied) {
    coverage.statements.emplace_back(
        "A transaction log holds entries about providers that are newer than the hive and were not "
        "applied to it (NPG1016): whether Windows ran with what they say is not known.");
  }
  const bool has_start_with_build =
      std::ranges::any_of(facts.system_events, [](const SystemEventFact& event) {
        return event.event == SystemEventKind::boot && event.event_id == 12 &&
               !event.subject.empty();
      });
  if (current_build(facts) == 0) {
    coverage.statements.emplace_back(
        has_start_with_build
            ? "No SOFTWARE hive: the Windows build is known from its logged starts (Kernel-General "
              "12) "
              "alone, and EnableMPR, which decides whether newer builds send passwords, from "
              "logged "
              "writes alone."
            : "No SOFTWARE hive: the Windows build, and with it whether passwords are sent, is "
              "unknown.");
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
  state_silent_starts(facts, coverage);
  state_service_stops(facts, coverage);
  std::ranges::move(switch_statements(facts), std::back_inserter(coverage.statements));
  state_disorder(facts, coverage);
  state_silences(facts, channels, coverage);
  state_silence(facts, coverage);
}

}  // namespace

Coverage list_coverage(const FactSet& facts) {
  Coverage coverage;
  auto channels = by_channel(facts);
  const std::vector<LogClear> clears = log_clears(facts);
  for (auto& [key, sum] : channels) {
    coverage.sources.push_back({.source = "event_log",
                                .channel = sum.channel,
                                .first = sum.first,
                                .last = sum.last,
                                .records = sum.records,
                                .gaps = sum.gaps,
                                .origin = sum.origin});
    CoverageSource& source = coverage.sources.back();
    for (const LogClear& clear : clears) {
      if (equal_names(clear.channel.raw(), sum.channel.raw())) {
        source.clears.push_back(clear.time);
      }
    }
    add_retention(facts, source);
    if (sum.unverified > 0) {
      coverage.statements.push_back(
          fmt::format("{} records of the {} log lie in chunks whose checksum fails or "
                      "behind the end that their chunk gives: a log that was "
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
  coverage.auditing = list_auditing(facts);
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
