// The reasons that the log gives: who registered the provider and how, what came with it, and
// whether the log is newer than the hive.
#include <fmt/format.h>

#include <algorithm>

#include "analysis/inventory/copy_changes.hpp"
#include "analysis/inventory/inferred_writes.hpp"
#include "analysis/inventory/inventory.hpp"
#include "analysis/inventory/newest_state.hpp"
#include "analysis/inventory/provider_case.hpp"
#include "base/evidence_text.hpp"
#include "fact/later_copy.hpp"
#include "fact/readings.hpp"

namespace npg {
namespace {

void judge_registering(ProviderCase& subject) {
  std::vector<Origin> remote;
  std::vector<Origin> removed;
  const UpgradeFact* upgrade = nullptr;
  std::string who;
  for (const Change& change : subject.changes) {
    if (!equal_names(provider_name_of_key(change.key.raw()), subject.provider.name.raw())) {
      continue;
    }
    const bool writes =
        change.what == "value_set" || change.what == "key_created" || change.what == inferred_write;
    if (writes && change.actor.logon_type == std::optional<std::uint32_t>(3)) {
      remote.insert(remote.end(), change.evidence.begin(), change.evidence.end());
      who = fmt::format("{} from {}{}", shown(change.actor.account),
                        change.actor.source_address.empty() ? "an unnamed address"
                                                            : shown(change.actor.source_address),
                        change.what == inferred_write ? ", as a command line lets infer" : "");
    }
    if (change.what == "key_deleted" || change.what == "registration_removed") {
      removed.insert(removed.end(), change.evidence.begin(), change.evidence.end());
      upgrade =
          change.is_exact ? nullptr : upgrade_within(subject.facts, change.not_before, change.time);
    }
  }
  if (!remote.empty()) {
    subject.raise("registered_over_the_network", 3,
                  fmt::format("registered in a network logon session: {}", who), remote);
  }
  if (!removed.empty() && is_gone(subject.provider) && upgrade != nullptr) {
    removed.push_back(upgrade->origin);
    subject.raise("removed_with_upgrade", 0,
                  fmt::format("the registration went when Windows was upgraded in place at {}, or "
                              "about then: an upgrade takes providers of others away (KB 4013822)",
                              to_screen_time(upgrade->upgraded)),
                  removed);
  } else if (!removed.empty() && is_gone(subject.provider)) {
    subject.raise("removed_after_use", 2, "the registration was deleted again", removed);
  }
}

/// When it was registered: the first logged write to its key, else the last write to the key
/// itself.
FileTime registered_at(const ProviderCase& subject) {
  for (const Change& change : subject.changes) {
    const bool writes = change.what == "value_set" || change.what == "key_created";
    if (change.is_exact && writes && is_registration_key(change.key.raw()) &&
        equal_names(provider_name_of_key(change.key.raw()), subject.provider.name.raw())) {
      return change.time;
    }
  }
  return subject.provider.last_written;
}

/// A program that brings files as a product's or Windows' own installation does. Anybody may have
/// it do so; that is why it takes away the weight and not the reason.
bool is_installer(std::string_view process, const HostPaths& host) {
  const std::string folder = host.system_root + "\\System32\\";
  return equal_names(process, folder + "msiexec.exe") ||
         equal_names(process, folder + "drvinst.exe") ||
         equal_names(process, folder + "poqexec.exe") ||
         (process.size() > host.system_root.size() &&
          equal_names(process.substr(0, host.system_root.size() + 8),
                      host.system_root + "\\WinSxS\\") &&
          equal_names(process.substr(process.rfind('\\') + 1), "TiWorker.exe"));
}

bool is_its_dll(const ProviderCase& subject, std::string_view path) {
  return std::any_of(subject.provider.dlls.begin(), subject.provider.dlls.end(),
                     [path](const ProviderDll& dll) {
                       return !dll.path.resolved.empty() && equal_names(dll.path.resolved, path);
                     });
}

/// The last writing of its DLL (Sysmon 11) that is not later than the registration.
void judge_drop(ProviderCase& subject) {
  // Limit: who copies the file and registers it in one go may do so in either order.
  constexpr std::uint64_t around = 600 * FileTime::per_second;
  const FileTime registered = registered_at(subject);
  const FileChangeFact* drop = nullptr;
  for (const FileChangeFact& file : subject.facts.file_changes) {
    const bool is_in_time = !registered.given() || file.time.ticks <= registered.ticks ||
                            file.time.ticks - registered.ticks <= around;
    if (file.event_id == 11 && is_in_time && is_its_dll(subject, file.path.raw())) {
      drop = &file;
    }
  }
  if (drop == nullptr) {
    return;
  }
  const bool is_honest =
      subject.match.whole() || is_installer(drop->actor.process.raw(), subject.host);
  subject.raise(
      "dll_dropped_before_registration", is_honest ? 0 : 1,
      fmt::format("{} was written at {} by {}{}{}", shown(drop->path), to_screen_time(drop->time),
                  drop->actor.process.empty() ? "an unnamed process" : shown(drop->actor.process),
                  drop->actor.account.empty() ? "" : " as " + shown(drop->actor.account),
                  registered.given()
                      ? ", and the provider registered at " + to_screen_time(registered)
                      : std::string()),
      {drop->origin});
}

/// 7045 and 4697: a service of its name, or one that runs its DLL.
void judge_service(ProviderCase& subject) {
  const SystemEventFact* first = nullptr;
  bool runs_dll = false;
  SharedText account;
  std::vector<Origin> evidence;
  for (const SystemEventFact& event : subject.facts.system_events) {
    if (event.event != SystemEventKind::service_installed) {
      continue;
    }
    const bool names_dll = std::any_of(
        subject.provider.dlls.begin(), subject.provider.dlls.end(), [&](const ProviderDll& dll) {
          return !dll.path.resolved.empty() && contains_name(event.detail.raw(), dll.path.resolved);
        });
    if (!names_dll && !equal_names(event.subject.raw(), subject.provider.name.raw())) {
      continue;
    }
    first = first == nullptr ? &event : first;
    runs_dll = runs_dll || names_dll;
    account = account.empty() ? event.actor.account : account;
    evidence.push_back(event.origin);
  }
  if (first == nullptr) {
    return;
  }
  subject.raise(
      "service_installed_with_name", runs_dll && !subject.match.whole() ? 1 : 0,
      fmt::format("service {} was installed at {}{}, to run {}{}", shown(first->subject),
                  to_screen_time(first->time), account.empty() ? "" : " by " + shown(account),
                  first->detail.empty() ? "an unnamed program" : shown(first->detail),
                  runs_dll ? ": the provider's DLL" : ""),
      evidence);
}

/// True for a time of before Windows XP. Registry exports hold no times.
bool is_impossible(const RegistrationFact& fact, const FactSet& facts) {
  constexpr FileTime year_2000{126'000'000'000'000'000};  // April 2000
  const bool is_in_hive = std::ranges::any_of(facts.hive_copies, [](const HiveCopyFact& copy) {
    return copy.number == 0 && !copy.is_software && !copy.is_export;
  });
  return is_in_hive && fact.last_written < year_2000;
}

/// The state of the registration that the provider is: the present one or, where the logs brought
/// it and took it away again, the one in between.
bool is_its_state(const RegistrationFact& fact, const ProviderCase& subject) {
  const bool is_present = fact.moment == HiveMoment::current && !is_gone(subject.provider);
  const bool is_passing = fact.moment == HiveMoment::before_replay && fact.copy == 0 &&
                          fact.absent_until && is_gone(subject.provider);
  return fact.control_set_is_current && (is_present || is_passing) &&
         equal_names(fact.name.raw(), subject.provider.name.raw());
}

/// A key's time can be set (NtSetInformationKey); what other copies of the hive have cannot.
void judge_key_time(ProviderCase& subject) {
  for (const RegistrationFact* own : subject.registrations) {
    const RegistrationFact& fact = *own;
    if (!is_its_state(fact, subject)) {
      continue;
    }
    const HiveCopyFact* copy =
        is_gone(subject.provider) ? nullptr : contradicting_copy(subject.facts, fact);
    if (copy != nullptr) {
      subject.raise(
          "last_written_contradicted", 2,
          fmt::format("its key says that it was last written at {}, but {}, written until "
                      "{}{}, does not have it",
                      to_screen_time(fact.last_written), shown(copy->path),
                      to_screen_time(copy->written),
                      known_until(*copy) < copy->written ? " by a few of its times alone" : ""),
          {fact.origin, copy->origin});
    } else if (fact.absent_until &&
               fact.last_written.ticks + FileTime::per_second < fact.absent_until->ticks) {
      subject.raise(
          "last_written_contradicted", 2,
          fmt::format("its key says that it was last written at {}, but the hive without "
                      "its logs, written until {}, does not have it",
                      to_screen_time(fact.last_written), to_screen_time(*fact.absent_until)),
          {fact.origin});
    } else if (fact.absent_until && is_too_old_for_logs(fact.last_written, subject.facts)) {
      subject.raise(
          "last_written_contradicted", 2,
          fmt::format(
              "its key says that it was last written at {}, but the logs of the hive, which "
              "was written until {}, brought it: what they hold is not that old",
              to_screen_time(fact.last_written), to_screen_time(hive_written(subject.facts))),
          {fact.origin});
    } else if (fact.impossible_time) {
      subject.raise("last_written_impossible", 2,
                    fmt::format("its key says that it was last written at {}, long after the hive "
                                "itself was: the time was set",
                                to_screen_time(*fact.impossible_time)),
                    {fact.origin});
    } else if (is_impossible(fact, subject.facts)) {
      subject.raise("last_written_impossible", 2,
                    fmt::format("its key says that it was last written at {}, when no Windows had "
                                "such a key: the time was set",
                                fact.last_written.given() ? to_screen_time(fact.last_written)
                                                          : std::string("no time at all")),
                    {fact.origin});
    }
  }
}

void judge_age(ProviderCase& subject) {
  if (subject.provider.state_basis.empty()) {
    return;
  }
  const bool is_in_doubt =
      !is_gone(subject.provider) &&
      registration_in_later_copy(subject.facts, subject.provider.name.raw()) != nullptr;
  subject.missing(is_in_doubt ? "state_in_doubt" : "state_from_log_only",
                  subject.provider.state_basis, subject.provider.state_evidence);
}

}  // namespace

void judge_history(ProviderCase& subject) {
  judge_registering(subject);
  judge_drop(subject);
  judge_service(subject);
  judge_key_time(subject);
  judge_age(subject);
}

}  // namespace npg
