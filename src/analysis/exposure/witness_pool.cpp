#include <algorithm>
#include <charconv>
#include <iterator>

#include "analysis/exposure/life.hpp"
#include "analysis/exposure/witnesses.hpp"
#include "base/evidence_text.hpp"
#include "fact/readings.hpp"

namespace npg::exposure {
namespace {

/// True for a program of Windows' own folder, System32, however the path begins: with a drive, a
/// device or a variable. A name without a folder is taken for it.
bool is_windows_own(std::string_view path, std::string_view name, std::string_view system_root) {
  if (!file_name_is(path, name)) {
    return false;
  }
  if (path.size() == name.size()) {
    return true;
  }
  std::string_view folder = path.substr(0, path.size() - name.size() - 1);
  for (const std::string_view prefix : {"\\\\?\\", "\\??\\"}) {
    folder.remove_prefix(folder.starts_with(prefix) ? prefix.size() : 0);
  }
  const std::string root(system_root.empty() ? "C:\\Windows" : system_root);
  constexpr std::string_view device = "\\Device\\";
  if (equal_names(folder.substr(0, device.size()), device)) {
    const std::size_t end = folder.find('\\', device.size());
    folder.remove_prefix(std::min(end, folder.size()));
    return equal_names(folder, root.substr(std::min(root.find('\\'), root.size())) + "\\System32");
  }
  return equal_names(folder, root + "\\System32") ||
         equal_names(folder, "\\SystemRoot\\System32") ||
         equal_names(folder, "%SystemRoot%\\System32");
}
/// A full path must be the same; of a bare name, or one with a variable, the file name must.
bool is_program(const SharedText& image, std::string_view program) {
  const bool is_full =
      program.size() > 2 && program[1] == ':' && program.find('%') == std::string_view::npos;
  return is_full ? equal_names(image.raw(), program)
                 : file_name_is(image.raw(), program.substr(program.rfind('\\') + 1));
}

/// Older events name the creator's logon, which is winlogon's own.
constexpr std::uint64_t system_logon = 0x3e7;
/// mpnotify.exe is ended after half a minute at most; then userinit.exe is started.
constexpr std::uint64_t near_shell = 45 * FileTime::per_second;
/// How long mpnotify.exe may run and load.
constexpr std::uint64_t life_max = 120 * FileTime::per_second;
void add_start(const ProcessStartFact& start, bool saw_listener, std::vector<Witness>& witnesses) {
  // Security 4688 and Sysmon 1 tell of the same start; two processes are two starts.
  auto known = witnesses.rbegin();
  while (known != witnesses.rend() &&
         start.time.ticks - known->time.ticks < 2 * FileTime::per_second &&
         known->process_id != start.process_id) {
    ++known;
  }
  if (known == witnesses.rend() ||
      start.time.ticks - known->time.ticks >= 2 * FileTime::per_second) {
    witnesses.push_back({.time = start.time,
                         .process_id = start.process_id,
                         .winlogon_id = start.parent_process_id,
                         .session = start.session,
                         .winlogon_guid = start.parent_process_guid,
                         .saw_listener = saw_listener,
                         .origins = {start.origin}});
  } else {
    if (known->winlogon_guid.empty()) {
      known->winlogon_guid = start.parent_process_guid;
    }
    known->session = known->session ? known->session : start.session;
    known->winlogon_id = known->winlogon_id != 0 ? known->winlogon_id : start.parent_process_id;
    known->origins.push_back(start.origin);
  }
}

void add_load(const ModuleLoadFact& load, std::vector<Witness>& witnesses) {
  Witness* started = nullptr;
  for (auto each = witnesses.rbegin(); each != witnesses.rend(); ++each) {
    const bool other_process =
        load.process_id != 0 && each->process_id != 0 && load.process_id != each->process_id;
    if (!other_process && each->time <= load.time &&
        load.time.ticks - each->time.ticks <= life_max) {
      started = &*each;
      break;
    }
    if (each->time.ticks + life_max < load.time.ticks) {
      break;
    }
  }
  if (started != nullptr) {
    started->saw_listener = true;
    started->origins.push_back(load.origin);
  } else {
    witnesses.insert(std::ranges::upper_bound(witnesses, load.time, {}, &Witness::time),
                     {.time = load.time,
                      .process_id = load.process_id,
                      .session = std::nullopt,
                      .saw_listener = true,
                      .origins = {load.origin}});
  }
}

/// The number behind the dash of the window and font managers' accounts: DWM-2, UMFD-2.
std::optional<std::uint64_t> managers_session(const LogonFact& logon) {
  std::string_view name = logon.account.raw();
  name = name.substr(name.rfind('\\') + 1);
  const std::size_t dash = name.find('-');
  const bool is_manager =
      dash != std::string_view::npos &&
      (equal_names(name.substr(0, dash), "DWM") || equal_names(name.substr(0, dash), "UMFD"));
  std::uint64_t session = 0;
  const char* const end = name.data() + name.size();
  if (!is_manager || std::from_chars(name.data() + dash + 1, end, session).ptr != end) {
    return std::nullopt;
  }
  return session;
}

}  // namespace

bool file_name_is(std::string_view path, std::string_view name) {
  return equal_names(path.substr(path.rfind('\\') + 1), name);
}

WitnessPool::WitnessPool(const FactSet& facts) : gaps_(channel_gaps(facts, "Security")) {
  SharedText root;
  for (const HostIdentityFact& identity : facts.identities) {
    if (identity.moment == HiveMoment::current && !identity.system_root.empty()) {
      root = identity.system_root;
    }
  }
  for (const LogonFact& logon : facts.logons) {
    if (logon.source == LogonSource::security_4624 && logon.process_id &&
        file_name_is(logon.process.raw(), "winlogon.exe")) {
      if (const auto session = managers_session(logon)) {
        sessions_[*logon.process_id].push_back({logon.time, *session});
      }
    }
  }
  for (auto& [winlogon_id, of_one] : sessions_) {
    std::ranges::stable_sort(of_one, {}, &WinlogonSession::time);
  }
  for (const SystemEventFact& event : facts.system_events) {
    if (event.event == SystemEventKind::boot) {
      boots_.push_back(event.time);
    }
  }
  std::ranges::sort(boots_);
  for (const ProcessStartFact& start : facts.process_starts) {
    if (!is_windows_own(start.parent_image.raw(), "winlogon.exe", root.raw())) {
      continue;
    }
    by_winlogon_.push_back(&start);
    if (is_windows_own(start.image.raw(), "userinit.exe", root.raw()) && start.logon_id &&
        *start.logon_id != system_logon) {
      shells_.push_back(&start);
      if (start.event_id == 4688) {
        audited_shells_[*start.logon_id].push_back(&start);
      }
    }
    if (is_windows_own(start.image.raw(), "mpnotify.exe", root.raw())) {
      notifiers_.push_back(&start);
    } else if (file_name_is(start.image.raw(), "mpnotify.exe")) {
      strange_.push_back(&start);
    }
  }
  for (const ModuleLoadFact& load : facts.module_loads) {
    if (is_windows_own(load.image.raw(), "mpnotify.exe", root.raw())) {
      by_mpnotify_.push_back(&load);
    }
  }
}

std::optional<std::uint64_t> WitnessPool::session_of(std::uint64_t winlogon_id,
                                                     FileTime time) const {
  const auto of_one = sessions_.find(winlogon_id);
  if (of_one == sessions_.end()) {
    return std::nullopt;
  }
  const auto later = std::ranges::upper_bound(of_one->second, time, {}, &WinlogonSession::time);
  const auto boot = std::ranges::upper_bound(boots_, time);
  const FileTime since = boot == boots_.begin() ? FileTime{} : *std::prev(boot);
  const bool is_of_this_boot = later != of_one->second.begin() && std::prev(later)->time >= since;
  return is_of_this_boot ? std::optional(std::prev(later)->session) : std::nullopt;
}

std::optional<std::uint64_t> WitnessPool::served_by(const Witness& witness) const {
  if (witness.winlogon_id == 0) {
    return std::nullopt;
  }
  // winlogon waits for mpnotify.exe before it starts the shell's logon. Process ids are used again,
  // but not within so short a time of one boot.
  const auto first = std::ranges::lower_bound(
      shells_, witness.time, {}, [](const ProcessStartFact* start) { return start->time; });
  for (auto each = first; each != shells_.end(); ++each) {
    const ProcessStartFact& shell = **each;
    const auto boot = std::ranges::lower_bound(boots_, witness.time);
    const bool is_later_boot = boot != boots_.end() && *boot <= shell.time;
    if (shell.time.ticks - witness.time.ticks > near_shell || is_later_boot) {
      break;
    }
    const bool is_other_process = !witness.winlogon_guid.empty() &&
                                  !shell.parent_process_guid.empty() &&
                                  witness.winlogon_guid != shell.parent_process_guid;
    if (shell.parent_process_id == witness.winlogon_id && !is_other_process) {
      return shell.logon_id;
    }
  }
  return std::nullopt;
}

const ProcessStartFact* WitnessPool::unnotified(const HumanLogon& logon) const {
  const auto has_one = [](const std::vector<const ProcessStartFact*>& starts, FileTime since,
                          const ProcessStartFact& shell) {
    auto each = std::ranges::lower_bound(starts, since, {},
                                         [](const ProcessStartFact* start) { return start->time; });
    for (; each != starts.end() && (*each)->time.ticks <= shell.time.ticks + skew; ++each) {
      const std::uint64_t parent = (*each)->parent_process_id;
      if (parent == 0 || parent == shell.parent_process_id) {
        return true;
      }
    }
    return false;
  };
  for (const LogonFact* fact : logon.told_by) {
    if (fact->source != LogonSource::security_4624) {
      continue;
    }
    for (const auto& id : {fact->logon_id, fact->linked_logon_id}) {
      const auto of_one = id ? audited_shells_.find(*id) : audited_shells_.end();
      if (of_one == audited_shells_.end()) {
        continue;
      }
      for (const ProcessStartFact* shell : of_one->second) {
        if (shell->time.ticks + skew < logon.time.ticks ||
            shell->time.ticks - std::min(shell->time, logon.time).ticks > life_max) {
          continue;
        }
        // What is not there may be among the records that are missing.
        if (std::ranges::any_of(gaps_, [&](const LogGap& gap) {
              return gap.after_time <= shell->time && gap.next_time >= logon.time;
            })) {
          return nullptr;
        }
        const FileTime since{logon.time.ticks - std::min(logon.time.ticks, near_logon)};
        return has_one(notifiers_, since, *shell) || has_one(strange_, since, *shell) ? nullptr
                                                                                      : shell;
      }
    }
  }
  return nullptr;
}

std::vector<Witness> WitnessPool::of(const Listener& listener) const {
  std::vector<Witness> witnesses;
  for (const ProcessStartFact* start : listener.provider != nullptr ? notifiers_ : by_winlogon_) {
    if (listener.provider != nullptr || is_program(start->image, listener.program)) {
      add_start(*start, listener.provider == nullptr, witnesses);
    }
  }
  for (Witness& witness : witnesses) {
    if (!witness.session && witness.winlogon_id != 0) {
      witness.session = session_of(witness.winlogon_id, witness.time);
    }
    witness.logon_id = served_by(witness);
  }
  for (const ModuleLoadFact* load : by_mpnotify_) {
    const bool is_own = listener.provider != nullptr &&
                        std::ranges::any_of(listener.provider->dlls, [&](const ProviderDll& dll) {
                          return equal_names(dll.path.resolved, load->module.raw());
                        });
    if (is_own) {
      add_load(*load, witnesses);
    }
  }
  for (Witness& witness : witnesses) {
    witness.saw_others = !witness.saw_listener && witness.process_id != 0 &&
                         std::ranges::any_of(by_mpnotify_, [&](const ModuleLoadFact* load) {
                           return load->process_id == witness.process_id &&
                                  load->time >= witness.time &&
                                  load->time.ticks - witness.time.ticks <= life_max;
                         });
  }
  return witnesses;
}

}  // namespace npg::exposure
