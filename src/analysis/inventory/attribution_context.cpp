// The wider context of a change: what else was going on that explains how the write came about.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "analysis/inventory/attribution.hpp"
#include "analysis/inventory/attribution_parts.hpp"
#include "base/evidence_text.hpp"
#include "fact/readings.hpp"

namespace npg {
namespace {

using attribution::Ancestors;
using attribution::context;
using attribution::excerpt;
using attribution::is_at_home;
using attribution::is_file;
using attribution::is_system_program;
using Records = std::vector<const RegistryChangeFact*>;

constexpr std::uint64_t second = FileTime::per_second;

bool is_near(FileTime a, FileTime b, std::uint64_t seconds) {
  return (a > b ? a.ticks - b.ticks : b.ticks - a.ticks) <= seconds * second;
}

std::vector<Origin> origins_of(const Ancestors& ancestors) {
  std::vector<Origin> origins;
  for (const ProcessStartFact* start : ancestors.starts) {
    origins.push_back(start->origin);
  }
  return origins;
}

/// Programs that carry out what somebody elsewhere decided (their vendors' names for them).
struct Agent {
  std::string_view image;
  std::string_view text;
  std::string_view folder;  ///< that it is installed in, without the drive; the way may go on
};
constexpr std::string_view programs = "\\Program Files";  // and Program Files (x86)
constexpr std::string_view system32 = "\\Windows\\System32\\";

/// A program's name is no proof of what it is.
AttributionLink only_named_so(const SharedText& image, std::string_view name) {
  return context(
      "inferred",
      fmt::format("a program named {}, not from its usual folder: {}", name, shown(image)), {});
}
constexpr std::array agents = {
    Agent{"ccmexec.exe", "the Configuration Manager agent", "\\Windows\\CCM\\"},
    Agent{"omadmclient.exe", "the device management client (MDM)", system32},
    Agent{"IntuneManagementExtension.exe", "the Intune management extension", programs},
    Agent{"AgentExecutor.exe", "the Intune management extension", programs},
    Agent{"opcacta.exe", "the HP Operations agent", programs},
    Agent{"ovcd.exe", "the HP Operations agent", programs},
    Agent{"PDQDeployRunner-1.exe", "PDQ Deploy", "\\Windows\\AdminArsenal\\"},
    Agent{"salt-minion.exe", "a Salt minion", programs},
    Agent{"puppet.exe", "Puppet", programs},
    Agent{"chef-client.exe", "Chef", "\\"},
    Agent{"PSEXESVC.exe", "PsExec, started from another host", "\\Windows\\"},
    Agent{"WmiPrvSE.exe", "WMI, here or from another host", "\\Windows\\Sys"},
    Agent{"wsmprovhost.exe", "PowerShell remoting, from another host", "\\Windows\\Sys"},
    Agent{"taskeng.exe", "a scheduled task", system32},
    Agent{"gpscript.exe", "a script of group policy", system32},
};

void add_agents(const Ancestors& ancestors, std::vector<AttributionLink>& links) {
  for (const Agent& agent : agents) {
    const SharedText* other = nullptr;
    bool has = false;
    for (const SharedText& image : ancestors.images) {
      if (is_file(image, agent.image)) {
        const bool is_home = is_at_home(image, agent.folder);
        has = has || is_home;
        other = is_home ? other : &image;
      }
    }
    if (other != nullptr) {
      links.push_back(only_named_so(*other, agent.image));
    }
    if (has) {
      links.push_back(context("seen", fmt::format("by way of {} ({})", agent.text, agent.image),
                              origins_of(ancestors)));
    }
  }
}

/// A program of that name outside of Windows' folders is not Windows' own.
void add_impostors(const Ancestors& ancestors, std::vector<AttributionLink>& links) {
  for (const std::string_view name : {"svchost.exe", "msiexec.exe"}) {
    const auto other = std::ranges::find_if(ancestors.images, [&](const SharedText& image) {
      return is_file(image, name) && !is_system_program(image, name);
    });
    if (other != ancestors.images.end()) {
      links.push_back(only_named_so(*other, name));
    }
  }
}

/// Nothing says on whose behalf a service wrote.
void add_unknown_service(const Change& change, const Ancestors& ancestors,
                         std::vector<AttributionLink>& links) {
  const bool is_service = std::ranges::any_of(ancestors.images, [](const SharedText& image) {
    return is_system_program(image, "svchost.exe");
  });
  if (links.empty() && is_service && !change.actor.logon_type) {
    links.push_back(
        context("not_visible",
                "svchost.exe wrote: the remote registry service, group policy or another "
                "service; who asked it is not logged (5145 on winreg and 4657 would say)",
                {}));
  }
}

/// The nearest event of a kind within so many seconds that passes; null when there is none.
template <typename Passes>
const SystemEventFact* near_event(const Sessions& sessions, const Change& change,
                                  SystemEventKind kind, std::uint64_t seconds,
                                  const Passes& passes) {
  const auto apart = [&change](const SystemEventFact& event) {
    return event.time > change.time ? event.time.ticks - change.time.ticks
                                    : change.time.ticks - event.time.ticks;
  };
  const SystemEventFact* best = nullptr;
  for (const SystemEventFact& event : sessions.events_near(change.time, seconds)) {
    if (event.event == kind && passes(event) && (best == nullptr || apart(event) < apart(*best))) {
      best = &event;
    }
  }
  return best;
}

void add_installer(const Change& change, const Ancestors& ancestors, const Sessions& sessions,
                   std::vector<AttributionLink>& links) {
  const bool by_msi = std::ranges::any_of(ancestors.images, [](const SharedText& image) {
    return is_system_program(image, "msiexec.exe");
  });
  // Msi says so when it is done; a large package takes minutes.
  const SystemEventFact* installed =
      near_event(sessions, change, SystemEventKind::software_installed, by_msi ? 1800 : 300,
                 [&](const SystemEventFact& event) { return event.time >= change.time || by_msi; });
  if (installed != nullptr) {
    links.push_back(context(
        by_msi ? "seen" : "inferred",
        fmt::format("{} the installation of {} ({})", by_msi ? "part of" : "within five minutes of",
                    excerpt(installed->subject.raw(), 100), to_screen_time(installed->time)),
        {installed->origin}));
  } else if (by_msi) {
    links.push_back(context("seen", "by Windows Installer; which product is not logged", {}));
  }
}

void add_servicing(const Change& change, const Ancestors& ancestors, const Sessions& sessions,
                   std::vector<AttributionLink>& links) {
  struct Worker {
    std::string_view image;
    std::string_view folder;
  };
  constexpr std::array workers = {Worker{"poqexec.exe", system32},
                                  Worker{"TiWorker.exe", "\\Windows\\WinSxS\\"},
                                  Worker{"TrustedInstaller.exe", "\\Windows\\servicing\\"}};
  bool by_servicing = false;
  for (const SharedText& image : ancestors.images) {
    for (const Worker& worker : workers) {
      if (!is_file(image, worker.image)) {
        continue;
      }
      if (is_at_home(image, worker.folder)) {
        by_servicing = true;
      } else {
        links.push_back(only_named_so(image, worker.image));
      }
    }
  }
  const SystemEventFact* update = near_event(sessions, change, SystemEventKind::servicing, 1800,
                                             [](const SystemEventFact&) { return true; });
  if (by_servicing) {
    links.push_back(context(
        "seen",
        update == nullptr
            ? std::string("by Windows' own servicing")
            : fmt::format("by Windows' own servicing: {}", excerpt(update->subject.raw(), 100)),
        update == nullptr ? std::vector<Origin>{} : std::vector<Origin>{update->origin}));
  } else if (update != nullptr && !change.is_exact) {
    links.push_back(
        context("inferred",
                fmt::format("within half an hour of Windows' servicing: {} ({})",
                            excerpt(update->subject.raw(), 100), to_screen_time(update->time)),
                {update->origin}));
  }
}

void add_policy(const Change& change, const Ancestors& ancestors, const Sessions& sessions,
                std::vector<AttributionLink>& links) {
  const bool by_service = std::ranges::any_of(ancestors.starts, [](const ProcessStartFact* start) {
    return contains_name(start->command_line.raw(), "gpsvc");
  });
  const bool may_be = by_service || std::ranges::any_of(ancestors.images, [](const auto& image) {
                        return is_system_program(image, "svchost.exe");
                      });
  const SystemEventFact* begins =
      near_event(sessions, change, SystemEventKind::group_policy, 120,
                 [&](const SystemEventFact& event) { return event.time <= change.time; });
  if (by_service || (may_be && begins != nullptr)) {
    links.push_back(
        context(by_service ? "seen" : "inferred",
                begins == nullptr
                    ? std::string("by the group policy service")
                    : fmt::format("while group policy was applied{} ({})",
                                  begins->subject.empty() ? "" : " for " + shown(begins->subject),
                                  to_screen_time(begins->time)),
                begins == nullptr ? std::vector<Origin>{} : std::vector<Origin>{begins->origin}));
  }
}

void add_scripts(const Change& change, const Records& records, const Ancestors& ancestors,
                 const Sessions& sessions, std::vector<AttributionLink>& links) {
  if (records.empty()) {
    return;
  }
  for (const Script& script : sessions.scripts()) {
    const bool is_process = std::ranges::any_of(records, [&](const RegistryChangeFact* record) {
      return record->actor.process_id == std::optional(script.process_id);
    });
    const bool is_ancestor = std::ranges::any_of(ancestors.starts, [&](const auto* start) {
      return start->process_id == script.process_id && start->time <= script.time;
    });
    const bool is_person = !script.sid.empty() && script.sid == change.actor.sid;
    const bool fits = (is_process || is_ancestor)
                          ? is_near(script.time, change.time, 3600)
                          : is_person && is_near(script.time, change.time, 120);
    if (fits && script.time.ticks <= change.time.ticks + 5 * second) {
      links.push_back(
          context(is_process || is_ancestor ? "seen" : "inferred",
                  fmt::format("PowerShell script{} at {}{}: {}",
                              script.path.empty() ? "" : " " + shown(script.path),
                              to_screen_time(script.time),
                              script.parts_missing == 0
                                  ? ""
                                  : fmt::format(" ({} of its parts missing)", script.parts_missing),
                              excerpt(script.text)),
                  script.evidence));
    }
  }
}

void add_upgrade(const Change& change, const FactSet& facts, std::vector<AttributionLink>& links) {
  const UpgradeFact* upgrade =
      change.is_exact ? nullptr : upgrade_within(facts, change.not_before, change.time);
  if (upgrade != nullptr) {
    links.push_back(context(
        "inferred",
        fmt::format("Windows was upgraded in place at {} ({}): an upgrade resets the order and "
                    "takes providers of others away (KB 4013822)",
                    to_screen_time(upgrade->upgraded), shown(upgrade->name)),
        {upgrade->origin}));
  }
}

}  // namespace

std::vector<AttributionLink> context_of(const Change& change, const Records& records,
                                        const FactSet& facts, const Sessions& sessions) {
  std::vector<AttributionLink> links;
  const Ancestors ancestors = attribution::ancestors_of(records, sessions);
  add_impostors(ancestors, links);
  attribution::add_remote_registry(change, records, ancestors, sessions, links);
  attribution::add_installed(change, ancestors, sessions, links);
  add_installer(change, ancestors, sessions, links);
  add_servicing(change, ancestors, sessions, links);
  add_agents(ancestors, links);
  add_policy(change, ancestors, sessions, links);
  add_scripts(change, records, ancestors, sessions, links);
  add_upgrade(change, facts, links);
  add_unknown_service(change, ancestors, links);
  if (!change.is_exact && change.time.given() && sessions.is_off_at(change.time)) {
    links.push_back(
        context("inferred",
                "the key was written while Windows was not running: somebody changed the "
                "hive from another system",
                change.evidence));
  }
  return links;
}

}  // namespace npg
