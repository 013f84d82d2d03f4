// Who stands behind a write from elsewhere: clients of the remote registry, installers of services.
#include <fmt/format.h>

#include <algorithm>

#include "analysis/inventory/attribution_parts.hpp"
#include "base/evidence_text.hpp"

namespace npg::attribution {
namespace {

using Records = std::vector<const RegistryChangeFact*>;

/// Who opened the remote registry's pipe and may have written then: a client whose session had
/// ended is none, and the service itself runs as LOCAL SERVICE.
std::vector<const SystemEventFact*> pipe_clients(const Change& change, const Records& records,
                                                 const Sessions& sessions) {
  const bool is_other_service = std::ranges::any_of(records, [](const RegistryChangeFact* record) {
    constexpr std::string_view local_service = "NT AUTHORITY\\LOCAL SERVICE";
    return !record->actor.logon_id && record->actor.account.raw().starts_with("NT AUTHORITY\\") &&
           !equal_names(record->actor.account.raw(), local_service);
  });
  std::vector<const SystemEventFact*> clients;
  for (const SystemEventFact& event : sessions.events_near(change.time, 600)) {
    // The pipe is opened first and stays open for the writes that follow.
    if (event.event != SystemEventKind::remote_access ||
        !equal_names(event.subject.raw(), "winreg") || event.time > change.time) {
      continue;
    }
    const bool is_same = change.actor.logon_id && event.actor.logon_id == change.actor.logon_id;
    const LogonFact* logon =
        event.actor.logon_id ? sessions.logon(*event.actor.logon_id, event.time, event.actor.sid)
                             : nullptr;
    const bool is_over = logon != nullptr && sessions.ended_before(*logon, change.time).given();
    if (is_same || (!is_other_service && !is_over)) {
      clients.push_back(&event);
    }
  }
  return clients;
}

std::string told_client(const SystemEventFact& pipe) {
  return fmt::format("{} opened its pipe (winreg) at {}{}",
                     pipe.actor.account.empty() ? "somebody" : shown(pipe.actor.account),
                     to_screen_time(pipe.time),
                     pipe.detail.empty() ? "" : " from " + shown(pipe.detail));
}

/// What follows the program in a command line.
std::string_view arguments_of(std::string_view command) {
  if (command.starts_with('"')) {
    const std::size_t end = command.find('"', 1);
    command = end == std::string_view::npos ? std::string_view() : command.substr(end + 1);
  } else {
    command = command.substr(std::min(command.find(' '), command.size()));
  }
  while (command.starts_with(' ')) {
    command.remove_prefix(1);
  }
  return command;
}

std::string_view program_of(std::string_view command) {
  const std::string_view program = command.starts_with('"')
                                       ? command.substr(1, command.find('"', 1) - 1)
                                       : command.substr(0, command.find(' '));
  return program.substr(program.rfind('\\') + 1);
}

/// The command is the one that started; %COMSPEC% is cmd.exe, and of a program the name counts.
bool is_command_of(const ProcessStartFact& start, std::string_view command) {
  const std::string_view program = program_of(command);
  const bool is_program = equal_names(program, "%COMSPEC%") ? is_file(start.image, "cmd.exe")
                          : program.contains('.')
                              ? is_file(start.image, program)
                              : is_file(start.image, std::string(program) + ".exe");
  return is_program && (start.command_line.empty() ||
                        equal_names(arguments_of(command), arguments_of(start.command_line.raw())));
}

/// The command of an installed service is the one that services.exe started above the writer, that
/// of a task the one that the task scheduler did.
bool runs_what_was_installed(const ProcessStartFact& start, const SystemEventFact& event) {
  if (start.time < event.time || !is_command_of(start, event.detail.raw())) {
    return false;
  }
  if (event.event == SystemEventKind::service_installed) {
    return is_file(start.parent_image, "services.exe");
  }
  return event.event == SystemEventKind::task_registered && !start.command_line.empty() &&
         (is_system_program(start.parent_image, "svchost.exe") ||
          is_system_program(start.parent_image, "taskeng.exe"));
}

}  // namespace

void add_remote_registry(const Change& change, const Records& records, const Ancestors& ancestors,
                         const Sessions& sessions, std::vector<AttributionLink>& links) {
  const bool is_service = std::ranges::any_of(ancestors.images, [](const SharedText& image) {
    return is_system_program(image, "svchost.exe");
  });
  const auto clients = pipe_clients(change, records, sessions);
  const SystemEventFact* own = nullptr;
  // Of each client the last time.
  std::vector<const SystemEventFact*> others;
  for (const SystemEventFact* pipe : clients) {
    own = change.actor.logon_id && pipe->actor.logon_id == change.actor.logon_id ? pipe : own;
    std::erase_if(others, [&](const SystemEventFact* other) {
      return other->actor.sid == pipe->actor.sid && other->actor.account == pipe->actor.account &&
             other->detail == pipe->detail;
    });
    others.push_back(pipe);
  }
  const bool is_network = change.actor.logon_type == std::optional<std::uint32_t>(3);
  constexpr const char* by_way = "by way of the remote registry service: ";
  if (own != nullptr) {
    links.push_back(context("seen", by_way + told_client(*own), {own->origin}));
  } else if (is_service && !others.empty()) {
    std::string text = by_way;
    std::vector<Origin> evidence;
    for (const SystemEventFact* pipe : others) {
      text += (evidence.empty() ? "" : ", or ") + told_client(*pipe);
      evidence.push_back(pipe->origin);
    }
    links.push_back(context("inferred",
                            others.size() == 1 ? text : text + "; which of them is not told",
                            std::move(evidence)));
  } else if (is_service && is_network) {
    links.push_back(context("inferred",
                            "by way of the remote registry service: svchost.exe wrote in a network "
                            "session",
                            {}));
  }
}

void add_installed(const Change& change, const Ancestors& ancestors, const Sessions& sessions,
                   std::vector<AttributionLink>& links) {
  constexpr std::uint64_t a_day = 86'400;
  const SystemEventFact* best = nullptr;
  bool is_sure = false;
  for (const SystemEventFact& event : sessions.events_near(change.time, a_day)) {
    const bool may_be = event.event == SystemEventKind::service_installed ||
                        event.event == SystemEventKind::task_registered;
    if (!may_be || event.time > change.time) {
      continue;
    }
    const auto start = std::ranges::find_if(ancestors.starts, [&](const ProcessStartFact* each) {
      return runs_what_was_installed(*each, event);
    });
    if (start == ancestors.starts.end()) {
      continue;
    }
    // Security 4697 names who; System 7045 tells of the same service and does not.
    if (best == nullptr || !event.actor.account.empty()) {
      best = &event;
      is_sure = !(*start)->command_line.empty();
    }
  }
  if (best == nullptr) {
    return;
  }
  const LogonFact* logon = best->actor.logon_id
                               ? sessions.logon(*best->actor.logon_id, best->time, best->actor.sid)
                               : nullptr;
  std::vector<Origin> evidence = {best->origin};
  if (logon != nullptr) {
    evidence.push_back(logon->origin);
  }
  const bool is_task = best->event == SystemEventKind::task_registered;
  links.push_back(context(
      is_sure ? "seen" : "inferred",
      fmt::format(
          "by way of the {} {}, {} at {}{}{}: {}", is_task ? "scheduled task" : "service",
          shown(best->subject), is_task ? "registered" : "installed", to_screen_time(best->time),
          best->actor.account.empty() ? "; by whom is not told"
                                      : " by " + shown(best->actor.account),
          logon == nullptr || logon->address.empty()
              ? ""
              : fmt::format(", logon {:#x} from {}", *best->actor.logon_id, shown(logon->address)),
          excerpt(best->detail.raw(), 120)),
      std::move(evidence)));
}

}  // namespace npg::attribution
