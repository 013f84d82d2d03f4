#include "analysis/coverage/switches.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/evidence_text.hpp"
#include "fact/control_sets.hpp"
#include "fact/readings.hpp"

namespace npg {
namespace {

constexpr std::uint32_t sysmon_state = 4;

std::string by(const ActorFact& actor) {
  return actor.account.empty() ? std::string("an unnamed account")
                               : escape_for_terminal(actor.account.text());
}

/// Sysmon stops with Windows, too.
bool is_at_shutdown(FileTime time, const FactSet& facts) {
  constexpr std::uint64_t near = 300 * FileTime::per_second;
  return std::ranges::any_of(facts.system_events, [&](const SystemEventFact& event) {
    const bool ends =
        event.event == SystemEventKind::shutdown || event.event == SystemEventKind::boot;
    const std::uint64_t apart =
        event.time > time ? event.time.ticks - time.ticks : time.ticks - event.time.ticks;
    return ends && apart <= near;
  });
}

void state_sysmon_stops(const FactSet& facts, std::vector<std::string>& statements) {
  const auto is_state = [](const SystemEventFact& event, std::string_view word) {
    return event.event == SystemEventKind::monitoring_changed && event.event_id == sysmon_state &&
           equal_names(event.subject.raw(), word);
  };
  for (auto each = facts.system_events.begin(); each != facts.system_events.end(); ++each) {
    if (!is_state(*each, "Stopped") || is_at_shutdown(each->time, facts)) {
      continue;
    }
    const auto again = std::find_if(each, facts.system_events.end(),
                                    [&](const auto& event) { return is_state(event, "Started"); });
    statements.push_back(fmt::format(
        "Sysmon stopped at {} (event 4) and no shutdown is logged near it: {} it logged no "
        "registry "
        "write, no DLL drop and no module load.",
        to_screen_time(each->time),
        again == facts.system_events.end()
            ? std::string("from then on")
            : fmt::format("until it started again at {}", to_screen_time(again->time))));
  }
}

void state_service_starts(const FactSet& facts, std::vector<std::string>& statements) {
  for (const SystemEventFact& event : facts.system_events) {
    const std::string_view name = event.subject.raw();
    const bool is_logging = equal_names(name, "EventLog") ||
                            equal_names(name, "Windows Event Log") ||
                            equal_names(name.substr(0, 6), "Sysmon");
    if (event.event == SystemEventKind::service_changed && is_logging) {
      statements.push_back(
          fmt::format("How the service {} starts was changed at {} (7040), {}: where it does not "
                      "start, nothing is "
                      "logged.",
                      escape_for_terminal(event.subject.text()), to_screen_time(event.time),
                      escape_for_terminal(event.detail.text())));
    }
  }
}

void state_audit_entries(const FactSet& facts, std::vector<std::string>& statements) {
  constexpr std::uint32_t sacl_changed = 4907;
  for (const RegistryChangeFact& change : facts.registry_changes) {
    if (change.change != ChangeKind::security_changed || change.event_id != sacl_changed) {
      continue;
    }
    const auto audits = [](const SharedText& sddl) { return sddl.raw().contains("(AU;"); };
    statements.push_back(fmt::format(
        "The audit entries of {} were {} at {} by {} (4907){}.",
        escape_for_terminal(change.key.text()),
        audits(change.old_value) && !audits(change.new_value) ? "taken away" : "changed",
        to_screen_time(change.time), by(change.actor),
        audits(change.new_value) ? ""
                                 : ": from then on no write to it is logged, whatever the audit "
                                   "policy says"));
  }
}

void state_later_copies(const FactSet& facts, std::vector<std::string>& statements) {
  const auto present = std::ranges::find_if(facts.hive_copies, [](const HiveCopyFact& copy) {
    return copy.number == 0 && !copy.is_software;
  });
  for (const HiveCopyFact& copy : facts.hive_copies) {
    const bool is_later = present != facts.hive_copies.end() && !copy.is_software &&
                          !copy.is_export && copy.number != 0 && present->written.given() &&
                          copy.written > present->written;
    if (is_later) {
      statements.push_back(
          fmt::format("The SYSTEM hive that is taken for the present one was written until {}, {} "
                      "until {}: which "
                      "of them is newer is in doubt.",
                      to_screen_time(present->written), escape_for_terminal(copy.path.text()),
                      to_screen_time(copy.written)));
    }
  }
}

/// Nothing but a few times, which may have been set, says that a copy is as new as it claims.
void state_lone_times(const FactSet& facts, std::vector<std::string>& statements) {
  for (const HiveCopyFact& copy : facts.hive_copies) {
    if (copy.number != 0 && known_until(copy) < copy.written) {
      statements.push_back(fmt::format(
          "{} was written until {} by a few of its times alone and until {} by all others: they "
          "may have been set. What it has, or does not have, is taken to have been so until {}.",
          escape_for_terminal(copy.path.text()), to_screen_time(copy.written),
          to_screen_time(known_until(copy)), to_screen_time(known_until(copy))));
    }
  }
}

/// Saved keys and exports that hold different parts are read as one state.
void state_parts(const FactSet& facts, std::vector<std::string>& statements) {
  std::vector<std::string> paths;
  for (const HiveCopyFact& copy : facts.hive_copies) {
    if (copy.number == 0 && !copy.is_software && copy.is_export) {
      paths.push_back(escape_for_terminal(copy.path.text()));
    }
  }
  if (paths.size() > 1) {
    std::ranges::sort(paths);
    statements.push_back(
        fmt::format("{} hold different parts of the registry and are taken for one state of it; "
                    "that they were saved at one time is assumed.",
                    fmt::join(paths, ", ")));
  }
}

void state_unknown_set(const FactSet& facts, std::vector<std::string>& statements) {
  if (!knows_current_set(facts)) {
    statements.emplace_back(
        "Which control set Windows ran with is not known: the key Select is missing, a link, or "
        "names none of the hive's. The lowest is taken for it; what only another one has may be in "
        "force.");
  }
}

}  // namespace

std::vector<std::string> switch_statements(const FactSet& facts) {
  std::vector<std::string> statements;
  state_sysmon_stops(facts, statements);
  state_service_starts(facts, statements);
  state_audit_entries(facts, statements);
  state_later_copies(facts, statements);
  state_lone_times(facts, statements);
  state_parts(facts, statements);
  state_unknown_set(facts, statements);
  return statements;
}

}  // namespace npg
