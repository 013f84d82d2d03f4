#include "app/timeline_entries.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "analysis/exposure/commands.hpp"
#include "analysis/exposure/route.hpp"
#include "base/check.hpp"
#include "base/evidence_text.hpp"
#include "fact/readings.hpp"

namespace npg {
namespace {

bool file_name_is(const SharedText& path, std::string_view name) {
  const std::string_view text = path.raw();
  return equal_names(text.substr(text.rfind('\\') + 1), name);
}

/// The old password was given (4723), by the account itself.
bool is_by_owner(const PasswordChangeFact& change) {
  const ActorFact& actor = change.actor;
  const bool is_same_name =
      actor.account.empty() || equal_names(actor.account.raw(), change.account.raw());
  return change.by_user &&
         (actor.sid.empty() || change.sid.empty() ? is_same_name : actor.sid == change.sid);
}

std::string_view how_changed(const PasswordChangeFact& change) {
  return is_by_owner(change) ? "changed by its owner"
         : change.by_user    ? "changed, with the old one given,"
                             : "reset";
}

class Builder {
 public:
  Builder(const FactSet& facts, const HostAssessment& host) : facts_(facts), host_(host) {}

  std::vector<TimelineEntry> build(bool all_logons) {
    changes();
    files();
    loads_and_starts();
    logons(all_logons);
    passwords_and_scripts();
    system_events();
    gaps();
    windows();
    return std::move(entries_);
  }

 private:
  TimelineEntry& add(FileTime time, TimelineKind kind, std::string source, std::string text,
                     std::vector<Origin> evidence, std::uint64_t record_id = 0) {
    entries_.push_back({.time = time,
                        .host = host_.host.name,
                        .kind = kind,
                        .source = std::move(source),
                        .account = {},
                        .text = std::move(text),
                        .record_id = record_id,
                        .evidence = std::move(evidence),
                        .windows = {}});
    return entries_.back();
  }

  void changes() {
    for (const Change& change : host_.changes) {
      std::string text = change.what;
      std::ranges::replace(text, '_', ' ');
      text += " " + shown(change.key);
      if (!change.value_name.empty()) {
        text += "\\" + shown(change.value_name);
      }
      if (!change.new_value.empty()) {
        text += " = " + shown(change.new_value);
      }
      if (!change.old_value.empty()) {
        text += " (was " + shown(change.old_value) + ")";
      }
      for (const AttributionLink& link : change.chain) {
        const bool tells = link.status != "not_visible" && link.link != "time";
        if (tells && (link.link == "account" || link.link == "session_origin" ||
                      link.link == "process" || link.link == "context")) {
          text += "; " + link.text;
        }
      }
      if (!change.is_exact && change.not_before.given()) {
        text += fmt::format("; not before {}", to_screen_time(change.not_before));
      }
      add(change.time, change.is_exact ? TimelineKind::registry : TimelineKind::key_written,
          change.is_exact ? "registry event" : "registry", text, change.evidence)
          .account = change.actor.account;
    }
    for (const Provider& provider : host_.providers) {
      if (provider.receives_credentials == YesNo::yes && provider.last_written.given()) {
        add(provider.last_written, TimelineKind::key_written, "registry",
            fmt::format("the registration of {} was last written", shown(provider.name)),
            provider.evidence);
      }
    }
    for (const UpgradeFact& upgrade : facts_.upgrades) {
      add(upgrade.upgraded, TimelineKind::system, "registry",
          fmt::format("Windows was upgraded in place: {}", shown(upgrade.name)), {upgrade.origin});
    }
  }

  void files() {
    for (const FileChangeFact& change : facts_.file_changes) {
      const bool is_dll = std::ranges::any_of(host_.providers, [&](const Provider& provider) {
        return std::ranges::any_of(provider.dlls, [&](const ProviderDll& dll) {
          return !dll.path.resolved.empty() && equal_names(dll.path.resolved, change.path.raw());
        });
      });
      if (is_dll || file_name_is(change.actor.process, "mpnotify.exe")) {
        add(change.time, TimelineKind::file, fmt::format("Sysmon {}", change.event_id),
            fmt::format(
                "{} {} by {}", shown(change.path),
                change.event_id == 2 ? "got another creation time"
                : change.deleted     ? "was deleted"
                                     : "was written",
                change.actor.process.empty() ? "an unnamed process" : shown(change.actor.process)),
            {change.origin}, change.record_id)
            .account = change.actor.account;
      }
    }
  }

  void loads_and_starts() {
    for (const ModuleLoadFact& load : facts_.module_loads) {
      add(load.time, TimelineKind::load, "Sysmon 7",
          fmt::format("{} loaded {}", shown(load.image), shown(load.module)), {load.origin},
          load.record_id);
    }
    std::vector<const ProcessStartFact*> starts = exposure::odd_children(facts_);
    for (const ProcessStartFact& start : facts_.process_starts) {
      if (file_name_is(start.image, "mpnotify.exe")) {
        starts.push_back(&start);
      }
    }
    for (const ProcessStartFact* start : starts) {
      add(start->time, TimelineKind::process,
          fmt::format("{} {}", start->event_id == 1 ? "Sysmon" : "Security", start->event_id),
          fmt::format(
              "{} started {}{}",
              start->parent_image.empty() ? "an unnamed process" : shown(start->parent_image),
              shown(start->image),
              start->command_line.empty() ? "" : ": " + shown(start->command_line)),
          {start->origin}, start->record_id)
          .account = start->account;
    }
  }

  void logons(bool all_logons) {
    for (const LogonFact& logon : facts_.logons) {
      const Route route = route_of(logon);
      const bool may_reach = route.certainty != Certainty::not_by_this_route;
      if ((!may_reach && !all_logons) || is_machine_account(logon)) {
        continue;
      }
      add(logon.time, TimelineKind::logon, std::string(name_of(logon.source)),
          fmt::format("{}{}{}: {}",
                      logon.account.empty() ? (logon.sid.empty() ? "somebody" : shown(logon.sid))
                                            : shown(logon.account),
                      logon.logon_type ? fmt::format(", type {}", *logon.logon_type) : "",
                      logon.address.empty() ? "" : ", from " + shown(logon.address), route.reason),
          {logon.origin}, logon.record_id)
          .account = logon.account;
    }
    for (const LogoffFact& logoff : facts_.logoffs) {
      const bool is_session = logoff.event_id != 4634 || all_logons;
      if (is_session && (!logoff.account.empty() || !logoff.sid.empty()) &&
          !logoff.account.raw().ends_with('$')) {
        add(logoff.time, TimelineKind::logoff, fmt::format("event {}", logoff.event_id),
            fmt::format("{}: session ended, locked or disconnected",
                        logoff.account.empty() ? shown(logoff.sid) : shown(logoff.account)),
            {logoff.origin}, logoff.record_id)
            .account = logoff.account;
      }
    }
  }

  void passwords_and_scripts() {
    for (const PasswordChangeFact& change : facts_.password_changes) {
      add(change.time, TimelineKind::password, fmt::format("Security {}", change.event_id),
          fmt::format("the password of {} was {}{}", shown(change.account), how_changed(change),
                      is_by_owner(change) || change.actor.account.empty()
                          ? ""
                          : " by " + shown(change.actor.account)),
          {change.origin}, change.record_id)
          .account = change.account;
    }
    for (const Script& script : provider_scripts(facts_)) {
      constexpr std::size_t most = 160;
      std::string line = script.text.substr(0, most);
      std::ranges::replace_if(
          line, [](char c) { return c == '\n' || c == '\r' || c == '\t'; }, ' ');
      add(script.time, TimelineKind::script, "PowerShell 4104",
          escape_for_terminal(EvidenceText::from_utf8(line)) +
              (script.text.size() > most ? " …" : ""),
          script.evidence);
    }
  }

  static TimelineKind kind_of(SystemEventKind event) {
    switch (event) {
      case SystemEventKind::log_cleared: return TimelineKind::log_cleared;
      case SystemEventKind::log_service_stopped:
      case SystemEventKind::events_dropped:
      case SystemEventKind::log_archived:
      case SystemEventKind::audit_policy_changed:
      case SystemEventKind::monitoring_changed: return TimelineKind::audit;
      case SystemEventKind::time_changed: return TimelineKind::clock;
      case SystemEventKind::service_installed:
      case SystemEventKind::service_changed:
      case SystemEventKind::boot:
      case SystemEventKind::shutdown:
      case SystemEventKind::software_installed:
      case SystemEventKind::servicing:
      case SystemEventKind::group_policy:
      case SystemEventKind::remote_access:
      case SystemEventKind::task_registered: return TimelineKind::system;
    }
    NPG_CHECK(false);
  }

  void system_events() {
    for (const SystemEventFact& event : facts_.system_events) {
      std::string what(name_of(event.event));
      std::ranges::replace(what, '_', ' ');
      std::string text = what;
      for (const SharedText* each : {&event.subject, &event.detail}) {
        text += each->empty() ? "" : ": " + shown(*each);
      }
      if (!event.actor.account.empty()) {
        text += ", by " + shown(event.actor.account);
      }
      add(event.time, kind_of(event.event),
          fmt::format("{} {}", shown(event.provider), event.event_id), text, {event.origin},
          event.record_id)
          .account = event.actor.account;
    }
  }

  void gaps() {
    for (const CoverageSource& source : host_.coverage.sources) {
      for (const LogGap& gap : source.gaps) {
        add(gap.after_time, TimelineKind::gap, shown(source.channel),
            fmt::format("records {} to {} are missing, until {}", gap.after_id + 1, gap.next_id - 1,
                        to_screen_time(gap.next_time)),
            {source.origin});
      }
    }
  }

  void windows() {
    for (const Exposure& window : host_.exposures) {
      const std::string who = shown(window.provider);
      if (window.earliest_start.given()) {
        add(window.earliest_start, TimelineKind::window_opens, "assessment",
            fmt::format("earliest start of the window of {}: {}", who, window.start_basis),
            window.evidence);
      }
      add(window.latest_start, TimelineKind::window_sure, "assessment",
          fmt::format("latest start of the window of {}", who), window.evidence);
      if (window.end.given()) {
        add(window.end, TimelineKind::window_closes, "assessment",
            fmt::format("end of the window of {}: {}", who, window.end_basis), window.evidence);
      }
    }
  }

  const FactSet& facts_;
  const HostAssessment& host_;
  std::vector<TimelineEntry> entries_;
};

}  // namespace

std::vector<TimelineEntry> timeline_entries(const FactSet& facts, const HostAssessment& host,
                                            bool all_logons) {
  return Builder(facts, host).build(all_logons);
}

}  // namespace npg
