#include "analysis/exposure/bounds.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "analysis/exposure/clock.hpp"
#include "base/evidence_text.hpp"
#include "fact/readings.hpp"

namespace npg::exposure {
namespace {

bool is_provider_dll(const Provider& provider, const SharedText& path) {
  return std::ranges::any_of(provider.dlls, [&](const ProviderDll& dll) {
    return !dll.path.resolved.empty() && equal_names(dll.path.resolved, path.raw());
  });
}

/// Of two DLLs the one of AuthentProviderPath is told of passwords.
bool is_receiving(const Provider& provider, const ProviderDll& dll) {
  return dll.is_authent || std::ranges::none_of(provider.dlls, &ProviderDll::is_authent);
}

bool is_receiving_dll(const Provider& provider, const SharedText& path) {
  return std::ranges::any_of(provider.dlls, [&](const ProviderDll& dll) {
    return is_receiving(provider, dll) && !dll.path.resolved.empty() &&
           equal_names(dll.path.resolved, path.raw());
  });
}

bool is_own_load(const Provider& provider, const ModuleLoadFact& load) {
  return ends_with_name(load.image.raw(), "\\mpnotify.exe") &&
         is_provider_dll(provider, load.module);
}

/// Feature upgrades to these builds are documented to take providers of others away (KB 4013822).
bool upgrade_removes(std::uint32_t build) {
  return build >= 14393 && build <= 17763;
}

/// The last logged setting of the clock from a time behind `start`.
std::optional<ClockStep> last_step_behind(const Clock& clock, FileTime start) {
  std::optional<ClockStep> last;
  for (const ClockStep& step : clock.steps()) {
    if (step.is_logged && step.before > start && (!last || step.before > last->before)) {
      last = step;
    }
  }
  return last;
}

/// A state of the hive without the provider.
struct Lack {
  FileTime known;    ///< until when it surely was so
  FileTime written;  ///< until when it says that it was
  Origin origin;
};

std::vector<Lack> lacks(const Provider& provider, const NamedFacts& facts) {
  std::vector<Lack> found;
  const auto registrations = facts.registrations(provider.name);
  for (const HiveCopyFact& copy : facts.all().hive_copies) {
    const bool has_it = std::ranges::any_of(registrations, [&copy](const auto* registration) {
      return registration->copy == copy.number;
    });
    if (copy.number != 0 && !copy.is_software && copy.lists_services && !copy.is_export &&
        !has_it) {
      found.push_back({.known = known_until(copy), .written = copy.written, .origin = copy.origin});
    }
  }
  for (const RegistrationFact* registration : registrations) {
    const bool is_it =
        registration->moment == HiveMoment::current && registration->control_set_is_current;
    if (is_it && registration->absent_until) {
      found.push_back({.known = *registration->absent_until,
                       .written = *registration->absent_until,
                       .origin = registration->origin});
    }
  }
  return found;
}

}  // namespace

void Bounds::add(std::string what, std::string side, FileTime time, bool is_known, std::string text,
                 std::vector<Origin> evidence) {
  if (!time.given()) {
    return;
  }
  WindowBound bound{.what = std::move(what),
                    .side = std::move(side),
                    .time = time,
                    .is_known = is_known,
                    .text = std::move(text),
                    .evidence = std::move(evidence)};
  const auto key = [](const WindowBound& each) {
    return std::tuple(each.side != "start", each.time, each.what, each.text);
  };
  const auto at = std::ranges::upper_bound(window_.bounds, key(bound), {}, key);
  window_.bounds.insert(at, std::move(bound));
}

std::optional<Absence> last_absence(const Provider& provider, const NamedFacts& facts,
                                    FileTime before) {
  std::optional<Absence> last;
  for (const Lack& lack : lacks(provider, facts)) {
    if (lack.known.given() && lack.known <= before && (!last || lack.known > last->time)) {
      last = Absence{lack.known, lack.origin};
    }
  }
  return last;
}

std::optional<Absence> contradiction(const Provider& provider, const NamedFacts& facts) {
  std::optional<Absence> first;
  for (const Lack& lack : lacks(provider, facts)) {
    const bool is_behind = provider.last_written.given() && lack.written > provider.last_written &&
                           lack.written <= facts.hive_written();
    if (is_behind && (!first || lack.written < first->time)) {
      first = Absence{lack.written, lack.origin};
    }
  }
  return first;
}

std::vector<Sighting> sightings(const Provider& provider, Sameness sameness,
                                const NamedFacts& facts) {
  std::vector<Sighting> found;
  for (const RegistrationFact* each : facts.registrations(provider.name)) {
    const RegistrationFact& registration = *each;
    if (registration.copy == 0 || !registration.control_set_is_current) {
      continue;
    }
    Sighting sighting{.time = registration.last_written,
                      .what = "older_copy",
                      .text = "an older copy of the hive has it, with its keys last written then",
                      .evidence = {registration.origin}};
    bool is_listed = false;
    for (const ProviderOrderFact& order : facts.all().orders) {
      if (order.copy == registration.copy && order.control_set_is_current && !order.is_hw_order &&
          facts.lists(order.raw, provider.name)) {
        is_listed = true;
        sighting.time = std::max(sighting.time, order.last_written);
        sighting.evidence.push_back(order.origin);
      }
    }
    if (is_listed && is_this(registration, provider, sameness)) {
      found.push_back(std::move(sighting));
    }
  }
  for (const ModuleLoadFact& load : facts.all().module_loads) {
    if (is_own_load(provider, load)) {
      found.push_back({.time = load.time,
                       .what = "first_load",
                       .text = "mpnotify.exe loaded its DLL (Sysmon 7)",
                       .evidence = {load.origin}});
      break;  // They come in time order.
    }
  }
  std::ranges::stable_sort(found, {}, &Sighting::time);
  return found;
}

DllTimes dll_times(const Provider& provider, const FactSet& facts) {
  DllTimes times;
  bool was_there = false;  // before the first write that is seen
  for (const FileChangeFact& change : facts.file_changes) {
    if (!is_receiving_dll(provider, change.path)) {
      continue;
    }
    if (change.deleted) {
      was_there = was_there || !times.created;
      times.deleted =
          Sighting{.time = change.time,
                   .what = "dll_deleted",
                   .text = fmt::format("its DLL was deleted (Sysmon {})", change.event_id),
                   .evidence = {change.origin}};
      continue;
    }
    if (change.event_id == 2) {
      continue;  // A creation time that was set writes no file.
    }
    times.deleted.reset();
    if (!times.created && !was_there) {
      times.created = Sighting{
          .time = change.time,
          .what = "dll_created",
          .text = fmt::format("its DLL was written to its place (Sysmon {})", change.event_id),
          .evidence = {change.origin}};
    }
  }
  for (const ModuleLoadFact& load : facts.module_loads) {
    if (times.deleted && load.time > times.deleted->time && is_own_load(provider, load)) {
      times.deleted.reset();
    }
    if (times.created && load.time < times.created->time && is_own_load(provider, load)) {
      times.created.reset();  // It was there before; what was seen is another write.
    }
  }
  return times;
}

bool has_file(const Provider& provider) {
  return std::ranges::any_of(provider.dlls, [&](const ProviderDll& dll) {
    return is_receiving(provider, dll) && dll.image.has_value();
  });
}

std::vector<DllGap> dll_gaps(const Provider& provider, const FactSet& facts) {
  std::string_view only;
  for (const ProviderDll& dll : provider.dlls) {
    if (!is_receiving(provider, dll)) {
      continue;
    }
    if (!only.empty() && !equal_names(dll.path.resolved, only)) {
      return {};  // Where one is gone the other may go on.
    }
    only = dll.path.resolved;
  }
  struct Sign {
    FileTime time;
    bool is_gone = false;
    bool is_written = false;
    Origin origin;
  };
  std::vector<Sign> signs;
  for (const FileChangeFact& change : facts.file_changes) {
    if (change.event_id != 2 && is_receiving_dll(provider, change.path)) {
      signs.push_back({change.time, change.deleted, !change.deleted, change.origin});
    }
  }
  for (const ModuleLoadFact& load : facts.module_loads) {
    if (is_own_load(provider, load)) {
      signs.push_back({load.time, false, false, load.origin});
    }
  }
  std::ranges::stable_sort(signs, {}, &Sign::time);
  std::vector<DllGap> gaps;
  const Sign* gone = nullptr;
  for (const Sign& sign : signs) {
    if (sign.is_gone) {
      gone = gone == nullptr ? &sign : gone;
    } else if (gone != nullptr) {
      gaps.push_back({gone->time, sign.time, sign.is_written, {gone->origin, sign.origin}});
      gone = nullptr;
    }
  }
  return gaps;
}

void bound_by_installation(const FactSet& facts, Exposure& window) {
  FileTime installed;
  std::vector<Origin> evidence;
  for (const HostIdentityFact& identity : facts.identities) {
    if (identity.moment == HiveMoment::current && identity.installed > installed) {
      installed = identity.installed;
      evidence = {identity.origin};
    }
  }
  std::string what = "installed";
  std::string text =
      "Windows was installed: that the provider did not come with the image is assumed";
  FileTime first;
  for (const UpgradeFact& upgrade : facts.upgrades) {
    first = !first.given() || (upgrade.installed.given() && upgrade.installed < first)
                ? upgrade.installed
                : first;
  }
  // A provider that was there before the last upgrade is bounded by the first installation alone.
  const bool is_after = installed <= window.latest_start;
  if (!facts.upgrades.empty() && is_after && upgrade_removes(current_build(facts))) {
    what = "upgrade";
    text =
        "Windows was upgraded in place: to this build such an upgrade takes providers of others "
        "away "
        "(KB 4013822)";
  } else if (!facts.upgrades.empty() && first.given()) {
    installed = first;
    evidence = {facts.upgrades.front().origin};
    text =
        "Windows was first installed; it was upgraded in place since, and whether that takes "
        "providers "
        "away is not documented for this build";
  }
  if (!installed.given() || installed > window.latest_start) {
    return;
  }
  Bounds(window).add(what, "start", installed, false, text, evidence);
  window.earliest_start = std::max(window.earliest_start, installed);
}

void allow_for_clock(const FactSet& facts, const ClockCorrection& correction, Exposure& window) {
  const Clock clock(facts);
  if (clock.steps().empty()) {
    return;
  }
  bool moved = false;
  const auto allow = [&](FileTime& time, bool is_early, const char* side, std::string_view what) {
    const Clock::Range range = clock.range_of(time);
    const FileTime other = is_early ? range.earliest : range.latest;
    if (!time.given() || other == time || correction.is_sure(time, facts)) {
      return;
    }
    Bounds(window).add("clock", side, other, false,
                       fmt::format("the clock was changed: {} was recorded as {} and may have been "
                                   "then by the clock as it stands now",
                                   what, to_screen_time(time)),
                       range.evidence);
    time = other;
    moved = true;
  };
  allow(window.earliest_start, true, "start", "the earliest start");
  allow(window.latest_start, false, "start", "the latest start");
  if (window.end_kind == WindowEnd::removed) {
    allow(window.earliest_end, true, "end", "the earliest end");
    allow(window.end, false, "end", "the end");
  }
  const bool has_disorder =
      std::ranges::any_of(clock.steps(), [](const ClockStep& step) { return !step.is_logged; });
  if (moved) {
    window.assumed.emplace_back(
        "the clock is taken to be right after its last change; bounds are wider by what it was "
        "moved");
  } else if (!correction.statements.empty()) {
    window.assumed.emplace_back(
        "the clock was set back: what the records in front of that tell is given the time of the "
        "clock as it was set then (see what could not be seen)");
  } else if (const auto later = last_step_behind(clock, window.earliest_start)) {
    window.assumed.push_back(
        fmt::format("the clock was set from {} to {}: what was recorded before has the time as it "
                    "stood then, which changes nothing in the order",
                    to_screen_time(later->before), to_screen_time(later->after)));
  }
  if (has_disorder) {
    window.assumed.emplace_back(
        "records out of order show a change of the clock that no event tells of");
  }
}

}  // namespace npg::exposure
