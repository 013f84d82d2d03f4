#include "analysis/exposure/exposure.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string>

#include "analysis/exposure/accounts.hpp"
#include "analysis/exposure/audit_switches.hpp"
#include "analysis/exposure/chain_windows.hpp"
#include "analysis/exposure/commands.hpp"
#include "analysis/exposure/people.hpp"
#include "analysis/exposure/replaced_mpnotify.hpp"
#include "analysis/exposure/unread_class.hpp"
#include "analysis/exposure/unzoned.hpp"
#include "analysis/exposure/window.hpp"
#include "base/evidence_text.hpp"
#include "fact/readings.hpp"
#include "fact/silences.hpp"

namespace npg {
namespace {

/// Limit: one program that is started at every logon is told often enough.
constexpr std::size_t blind_spots_max = 32;

/// What inside the window could hide a logon: no log, a log that begins later or ends earlier,
/// gaps, clears.
std::vector<std::string> blind_spots(const Exposure& window, const FactSet& facts,
                                     FileTime evidence_end) {
  std::vector<std::string> spots;
  const FileTime from = window.earliest_start;
  const FileTime to = window.end.given() ? window.end : evidence_end;
  FileTime first;
  FileTime last;
  std::uint64_t gaps = 0;
  for (const LogCoverageFact& log : facts.log_coverage) {
    if (!equal_names(log.channel.raw(), "Security")) {
      continue;
    }
    first = first.given() ? std::min(first, log.first) : log.first;
    last = std::max(last, log.last);
  }
  for (const LogGap& gap : channel_gaps(facts, "Security")) {
    gaps += static_cast<std::uint64_t>(gap.next_time >= from && gap.after_time <= to);
  }
  if (!first.given()) {
    spots.emplace_back(
        "no Security log: logon types, network logons and privileges are not visible");
  } else {
    if (!from.given() || first > from) {
      spots.push_back(fmt::format("the Security log begins at {}, inside or after the window",
                                  to_screen_time(first)));
    }
    if (last < to) {
      spots.push_back(
          fmt::format("the Security log ends at {}, before the window does", to_screen_time(last)));
    }
    if (gaps > 0) {
      spots.push_back(fmt::format("{} gap{} of record ids in the Security log touch{} the window",
                                  gaps, gaps == 1 ? "" : "s", gaps == 1 ? "es" : ""));
    }
  }
  for (const LogGap& silence : channel_silences(facts, "Security")) {
    if (silence.next_time > from && silence.after_time < to) {
      spots.push_back(
          fmt::format("the Security log holds nothing between {} and {}, a part of the window",
                      to_screen_time(silence.after_time), to_screen_time(silence.next_time)));
    }
  }
  for (const auto& [subcategory, what] :
       {std::pair("Logon", "logons"), std::pair("Registry", "changes of the registry")}) {
    for (const exposure::AuditPause& pause : exposure::audit_pauses(facts, subcategory)) {
      if ((pause.to.given() && pause.to <= from) || pause.from >= to) {
        continue;
      }
      spots.push_back(fmt::format(
          "success auditing of {} was taken out of the policy at {} (4719){}: the Security log "
          "holds no {} {}",
          subcategory, to_screen_time(pause.from),
          pause.to.given() ? fmt::format(" and put back at {}", to_screen_time(pause.to)) : "",
          what, pause.to.given() ? "in between" : "from then on"));
    }
  }
  for (const LogClear& clear : log_clears(facts)) {
    if (clear.time >= from) {
      spots.push_back(fmt::format("the {} log was cleared at {}",
                                  escape_for_terminal(clear.channel.text()),
                                  to_screen_time(clear.time)));
    }
  }
  const bool sees_notifications =
      std::any_of(facts.log_coverage.begin(), facts.log_coverage.end(),
                  [](const LogCoverageFact& l) { return l.process_start_events > 0; });
  if (!sees_notifications) {
    spots.emplace_back(
        "no process starts are logged: no logon can be proven to have been notified");
  }
  const bool is_member = std::any_of(
      facts.identities.begin(), facts.identities.end(), [](const HostIdentityFact& identity) {
        return identity.moment == HiveMoment::current && !identity.domain.empty() &&
               !identity.product_type.empty() &&
               !equal_names(identity.product_type.raw(), "LanmanNT");
      });
  if (is_member) {
    spots.emplace_back(
        "a domain account's password that was changed here leaves no event on this host: its "
        "domain controller has the 4723");
  }
  std::sort(spots.begin(), spots.end());
  spots.erase(std::unique(spots.begin(), spots.end()), spots.end());
  return spots;
}

}  // namespace

std::vector<Exposure> list_exposures(std::span<const Provider> providers,
                                     std::span<const Change> changes, const FactSet& facts,
                                     std::span<const Companion> companions,
                                     std::span<const EventDialectFact> streams,
                                     const ClockCorrection& clock) {
  const FileTime evidence_end = newest_time(facts);
  const exposure::NamedFacts named(facts);
  const exposure::PolicyHistory policy(facts, changes);
  using exposure::in_window;
  std::vector<Exposure> exposures;
  std::vector<exposure::Listener> listeners;
  std::set<std::string> present;
  for (const Provider& provider : providers) {
    if (!is_gone(provider)) {
      present.insert(name_key(provider.name.raw()));
    }
  }
  for (const Provider& provider : providers) {
    if (provider.receives_credentials == YesNo::yes || exposure::has_unread_class(provider)) {
      exposures.push_back(exposure_window(provider, changes, named, policy, clock, evidence_end,
                                          exposure::sameness_of(provider, present)));
      listeners.push_back({.provider = &provider});
    }
  }
  for (auto& replaced : {exposure::replaced_mpnotify(changes, facts, clock, evidence_end),
                         exposure::former_debugger(changes, facts, clock, evidence_end)}) {
    if (replaced) {
      exposures.push_back(replaced->window);
      listeners.push_back({.provider = nullptr, .program = replaced->program});
    }
  }
  for (auto& one : exposure::chain_windows(companions, changes, facts, clock, evidence_end)) {
    exposures.push_back(std::move(one.window));
    listeners.push_back({.provider = nullptr, .program = std::move(one.program)});
  }
  if (exposures.empty()) {
    return exposures;
  }
  if (exposure::has_mixed_zones(facts, streams)) {
    std::ranges::for_each(exposures, exposure::widen_for_zones);
  }
  const AccountEvidence evidence(named, changes, exposures, clock);
  const auto children = exposure::odd_children(facts);
  for (std::size_t i = 0; i < exposures.size(); ++i) {
    Exposure& window = exposures[i];
    WindowAccounts found = accounts_in(window, listeners[i], evidence);
    window.accounts = std::move(found.accounts);
    if (listeners[i].provider != nullptr) {
      window.commands = exposure::commands_in(window, children, evidence.people);
    }
    window.blind_spots = blind_spots(window, facts, evidence_end);
    if (listeners[i].provider != nullptr && exposure::has_unread_class(*listeners[i].provider)) {
      window.blind_spots.insert(
          window.blind_spots.begin(),
          "its Class cannot be read: whether it is handed passwords is not known, and who logged "
          "on is told as possibly exposed");
    }
    for (const ProcessStartFact* start : evidence.witnesses.strange()) {
      if (in_window(start->time, window) && window.blind_spots.size() < blind_spots_max) {
        window.blind_spots.push_back(fmt::format(
            "winlogon.exe started {} at {}, which is not Windows' own mpnotify.exe and proves no "
            "logon: look at Winlogon\\mpnotify (NPG1007)",
            escape_for_terminal(start->image.text()), to_screen_time(start->time)));
      }
    }
    if (!found.unexplained.empty()) {
      const std::size_t count = found.unexplained.size();
      window.blind_spots.push_back(fmt::format(
          "{} notified logon{} in the window belong{} to no account that the evidence names ({} .. "
          "{})",
          count, count == 1 ? "" : "s", count == 1 ? "s" : "",
          to_screen_time(found.unexplained.front()), to_screen_time(found.unexplained.back())));
    }
  }
  return exposures;
}

}  // namespace npg
