#include "analysis/inventory/attribution.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/evidence_text.hpp"

namespace npg {
namespace {

using Records = std::vector<const RegistryChangeFact*>;

constexpr const char* seen = "seen";
constexpr const char* inferred = "inferred";
constexpr const char* not_visible = "not_visible";

/// "Security 4657": the log's short name and the id.
std::string event_name(const RegistryChangeFact& fact) {
  return fmt::format("{} {}", contains_name(fact.provider.raw(), "Sysmon") ? "Sysmon" : "Security",
                     fact.event_id);
}

AttributionLink time_link(const Change& change, const Records& records) {
  if (!records.empty()) {
    AttributionLink link{.link = "time", .status = seen};
    for (const RegistryChangeFact* record : records) {
      link.text += fmt::format("{}{} at {}", link.text.empty() ? "logged as " : " and ",
                               event_name(*record), to_rfc3339(record->time));
      link.evidence.push_back(record->origin);
    }
    return link;
  }
  if (!change.time.given()) {
    return {.link = "time",
            .status = not_visible,
            .text = "two states differ, and one of them has no time",
            .evidence = change.evidence};
  }
  return {
      .link = "time",
      .status = inferred,
      .text = change.not_before.given() && change.not_before != change.time
                  ? fmt::format("between {} and {}: no event tells of it, only the times of keys "
                                "and copies bound it",
                                to_screen_time(change.not_before), to_screen_time(change.time))
                  : fmt::format("the key was last written at {}: that is its last change, not "
                                "necessarily this one",
                                to_screen_time(change.time)),
      .evidence = change.evidence};
}

/// The record that knows most of who it was: the Security log names the client and its session.
const RegistryChangeFact* best_record(const Records& records) {
  const auto rank = [](const RegistryChangeFact* fact) {
    return (fact->actor.logon_id ? 4 : 0) + (fact->actor.sid.empty() ? 0 : 2) +
           (fact->actor.account.empty() ? 0 : 1);
  };
  const auto best = std::ranges::max_element(records, {}, rank);
  return best == records.end() ? nullptr : *best;
}

AttributionLink account_link(const Change& change, const RegistryChangeFact* record) {
  if (record == nullptr) {
    return {.link = "account",
            .status = not_visible,
            .text = "unknown: a key records when it was last written and never by whom",
            .evidence = {}};
  }
  const Actor& actor = change.actor;
  if (actor.account.empty() && actor.sid.empty()) {
    return {.link = "account",
            .status = not_visible,
            .text = "the event names no account",
            .evidence = {}};
  }
  const bool is_named = !record->actor.account.empty() || !record->actor.sid.empty();
  const bool is_security = record->actor.logon_id.has_value();
  return {.link = "account",
          .status = is_named ? seen : inferred,
          .text = fmt::format(
              "{}{}{}", actor.account.empty() ? shown(actor.sid) : shown(actor.account),
              actor.account.empty() || actor.sid.empty() ? "" : " (" + shown(actor.sid) + ")",
              !is_named     ? ", of the session that the process ran in"
              : is_security ? ", the subject of the event"
                            : ", whom the writing process ran as"),
          .evidence = {record->origin}};
}

bool is_system_session(std::uint64_t logon_id) {
  return logon_id == 0x3e7 || logon_id == 0x3e4 || logon_id == 0x3e5;
}

std::string boot_text(const Sessions& sessions, FileTime at) {
  const FileTime boot = sessions.boot_before(at);
  return boot.given() ? fmt::format("of the boot at {}", to_screen_time(boot))
                      : std::string(
                            "no start of Windows is logged before it, so that no restart in "
                            "between is assumed");
}

AttributionLink session_link(const Change& change, const RegistryChangeFact* record,
                             const Sessions& sessions, const LogonFact* logon) {
  if (!change.actor.logon_id) {
    return {.link = "session",
            .status = not_visible,
            .text = record == nullptr
                        ? "unknown, as the account is"
                        : "the event names no logon, and the start of its process is not logged",
            .evidence = {}};
  }
  const std::uint64_t id = *change.actor.logon_id;
  if (is_system_session(id)) {
    return {
        .link = "session",
        .status = record != nullptr && record->actor.logon_id ? seen : inferred,
        .text = fmt::format("Windows' own session {:#x}: who asked it to is another question", id),
        .evidence = {}};
  }
  if (logon == nullptr) {
    const LogonFact* other = sessions.logon(id, change.time, {});
    return {.link = "session",
            .status = not_visible,
            .text = other == nullptr
                        ? fmt::format("logon {:#x}: its 4624 is not in the evidence ({})", id,
                                      boot_text(sessions, change.time))
                        : fmt::format("logon {:#x}: the 4624 of that id is of {}, which is another "
                                      "account",
                                      id, shown(other->account)),
            .evidence = other == nullptr ? std::vector<Origin>() : std::vector{other->origin}};
  }
  const FileTime ended = sessions.ended_before(*logon, change.time);
  const bool is_sure =
      record != nullptr && record->actor.logon_id && sessions.is_sure(*logon, change.time);
  return {
      .link = "session",
      .status = is_sure ? seen : inferred,
      .text = fmt::format("logon {:#x} since {}, type {} ({}){}", id, to_screen_time(logon->time),
                          logon->logon_type ? fmt::format("{}", *logon->logon_type) : "unknown",
                          boot_text(sessions, change.time),
                          ended.given() ? fmt::format("; its end is logged at {}, before the "
                                                      "change",
                                                      to_screen_time(ended))
                                        : std::string()),
      .evidence = {logon->origin}};
}

/// A remote desktop session's address as LocalSessionManager or RemoteConnectionManager has it, of
/// the same account within half a minute.
const LogonFact* remote_desktop_word(const FactSet& facts, const LogonFact& logon) {
  constexpr std::uint64_t near = 30 * FileTime::per_second;
  const auto begin = std::ranges::lower_bound(
      facts.logons, FileTime{logon.time.ticks - std::min(logon.time.ticks, near)}, {},
      &LogonFact::time);
  for (auto each = begin; each != facts.logons.end() && each->time.ticks <= logon.time.ticks + near;
       ++each) {
    const bool is_word = each->source == LogonSource::local_session_21 ||
                         each->source == LogonSource::local_session_25 ||
                         each->source == LogonSource::remote_connection_1149;
    if (is_word && !each->address.empty() &&
        equal_names(each->account.raw(), logon.account.raw())) {
      return &*each;
    }
  }
  return nullptr;
}

/// An interactive logon is the console's only where winlogon made it.
AttributionLink origin_of_interactive(const LogonFact& logon, const std::string& from,
                                      AttributionLink link) {
  const std::string_view by = logon.logon_process.raw();
  const std::string_view image = logon.process.raw();
  const std::string_view file = image.substr(image.rfind('\\') + 1);
  if (equal_names(by, "seclogo")) {
    link.status = not_visible;
    link.text = "runas in another session, which the event does not name" + from;
  } else if (equal_names(by, "CredPro") || equal_names(file, "consent.exe")) {
    link.status = not_visible;
    link.text = "an elevation prompt in another session, which the event does not name" + from;
  } else if (!by.empty() && !equal_names(by, "User32") && !equal_names(by, "Winlogon")) {
    link.status = from.empty() ? not_visible : seen;
    link.text = fmt::format("a program that logged it on by itself, {}{}{}",
                            image.empty() ? shown(logon.logon_process) : shown(logon.process), from,
                            from.empty() ? "; from where it was asked to is not told" : "");
  } else {
    link.text = "the console" + from;
  }
  return link;
}

/// What is known of the session that the change names, not of the change.
AttributionLink origin_of_session(const FactSet& facts, const Change& change,
                                  const LogonFact* logon) {
  if (logon == nullptr) {
    const bool is_system = change.actor.logon_id && is_system_session(*change.actor.logon_id);
    return {.link = "session_origin",
            .status = not_visible,
            .text = is_system ? "Windows' own session comes from nowhere; see the process"
                              : "unknown without the session's 4624",
            .evidence = {}};
  }
  AttributionLink link{.link = "session_origin", .status = seen, .evidence = {logon->origin}};
  const std::uint32_t type = logon->logon_type.value_or(0);
  const std::string from =
      logon->address.empty() ? "" : fmt::format(" from {}", shown(logon->address));
  const std::string workstation =
      logon->workstation.empty() ? "" : fmt::format(" (workstation {})", shown(logon->workstation));
  switch (type) {
    case 2:
    case 11: return origin_of_interactive(*logon, from, std::move(link));
    case 7:
    case 13:
      link.status = logon->address.empty() ? inferred : seen;
      link.text = logon->address.empty() ? "an unlock of its session, at the console unless remote "
                                           "desktop had taken it over"
                                         : "an unlock of its session" + from;
      return link;
    case 4: link.text = "a scheduled task"; return link;
    case 5: link.text = "a service"; return link;
    case 9: link.text = "runas /netonly in another session"; return link;
    case 3:
    case 8:
      link.text = "the network" + from + workstation;
      link.status = logon->address.empty() ? not_visible : seen;
      if (logon->address.empty()) {
        link.text = "the network; the event names no address of another host" + workstation;
      }
      return link;
    case 10:
    case 12: break;
    default: link.text = fmt::format("logon type {}{}", type, from); return link;
  }
  link.text = "remote desktop" + from + workstation;
  if (logon->address.empty()) {
    const LogonFact* word = remote_desktop_word(facts, *logon);
    link.status = word == nullptr ? not_visible : inferred;
    link.text = word == nullptr ? "remote desktop; no log names the address"
                                : fmt::format("remote desktop from {} ({})", shown(word->address),
                                              name_of(word->source));
    if (word != nullptr) {
      link.evidence.push_back(word->origin);
    }
  }
  return link;
}

AttributionLink origin_link(const FactSet& facts, const Change& change, const Sessions& sessions,
                            const LogonFact* logon) {
  AttributionLink link = origin_of_session(facts, change, logon);
  if (logon == nullptr) {
    return link;
  }
  if (const LogonFact* over = sessions.taken_over_before(*logon, change.time)) {
    const std::string from =
        over->address.empty() ? "" : fmt::format(" from {}", shown(over->address));
    link.text =
        fmt::format("remote desktop{}, which took the session over at {} (4778); it began: {}",
                    from, to_screen_time(over->time), link.text);
    link.status = over->address.empty() ? not_visible : seen;
    link.evidence.push_back(over->origin);
  }
  if (link.status == seen && !sessions.is_sure(*logon, change.time)) {
    link.status = inferred;
  }
  return link;
}

AttributionLink process_link(const Records& records, const RegistryChangeFact* record,
                             const Sessions& sessions) {
  if (record == nullptr) {
    return {.link = "process",
            .status = not_visible,
            .text = "unknown: a key does not record by what it was written",
            .evidence = {}};
  }
  const ProcessStartFact* start = nullptr;
  for (const RegistryChangeFact* each : records) {
    const ProcessStartFact* found = sessions.process(each->actor, each->time);
    start = start == nullptr || (found != nullptr && start->command_line.empty() &&
                                 !found->command_line.empty())
                ? found
                : start;
  }
  const SharedText& image = record->actor.process;
  if (image.empty() && start == nullptr) {
    return {.link = "process",
            .status = not_visible,
            .text = "the event names no process",
            .evidence = {}};
  }
  AttributionLink link{.link = "process", .status = seen, .evidence = {record->origin}};
  link.text = image.empty() ? shown(start->image) : shown(image);
  if (record->actor.process_id) {
    link.text += fmt::format(" ({})", *record->actor.process_id);
  }
  if (start == nullptr) {
    link.text += "; its start is not logged, so neither command line nor parent are known";
    return link;
  }
  link.evidence.push_back(start->origin);
  link.text += start->command_line.empty() ? "; this host logs no command lines"
                                           : fmt::format(": {}", shown(start->command_line));
  if (!start->parent_image.empty()) {
    link.text += fmt::format("; started by {}", shown(start->parent_image));
    if (const ProcessStartFact* parent = sessions.parent(*start);
        parent != nullptr && !parent->command_line.empty()) {
      link.text += fmt::format(": {}", shown(parent->command_line));
      link.evidence.push_back(parent->origin);
    }
  }
  return link;
}

}  // namespace

Actor actor_of(const RegistryChangeFact& fact, const Sessions& sessions,
               std::vector<Origin>& evidence) {
  Actor actor{.account = fact.actor.account,
              .sid = fact.actor.sid,
              .logon_id = fact.actor.logon_id,
              .process = fact.actor.process,
              .process_id = fact.actor.process_id,
              .certainty = fact.actor.account.empty() ? "not_visible" : "seen"};
  if (const ProcessStartFact* start = sessions.process(fact.actor, fact.time); start != nullptr) {
    actor.command_line = start->command_line;
    evidence.push_back(start->origin);
    if (!actor.logon_id && start->logon_id) {
      actor.logon_id = start->logon_id;
      actor.certainty = "inferred";
    }
    if (actor.account.empty() && !start->account.empty()) {
      actor.account = start->account;
      actor.sid = start->sid;
      actor.certainty = "inferred";
    }
  }
  if (actor.logon_id) {
    if (const LogonFact* logon = sessions.logon(*actor.logon_id, fact.time, actor.sid);
        logon != nullptr) {
      actor.logon_type = logon->logon_type;
      const LogonFact* over = sessions.taken_over_before(*logon, fact.time);
      actor.source_address = over == nullptr ? logon->address : over->address;
      if (!sessions.is_sure(*logon, fact.time)) {
        actor.certainty = "inferred";
      }
      if (actor.sid.empty()) {
        actor.sid = logon->sid;
      }
      evidence.push_back(logon->origin);
    }
  }
  return actor;
}

std::vector<AttributionLink> chain_of(const Change& change, const Records& records,
                                      const FactSet& facts, const Sessions& sessions) {
  const RegistryChangeFact* record = best_record(records);
  const LogonFact* logon =
      change.actor.logon_id && !is_system_session(*change.actor.logon_id)
          ? sessions.logon(*change.actor.logon_id, change.time, change.actor.sid)
          : nullptr;
  std::vector<AttributionLink> chain = {time_link(change, records), account_link(change, record),
                                        session_link(change, record, sessions, logon),
                                        origin_link(facts, change, sessions, logon),
                                        process_link(records, record, sessions)};
  for (AttributionLink& link : context_of(change, records, facts, sessions)) {
    chain.push_back(std::move(link));
  }
  return chain;
}

}  // namespace npg
