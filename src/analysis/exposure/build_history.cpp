#include "analysis/exposure/build_history.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>

#include "fact/readings.hpp"

namespace npg::exposure {
namespace {

using History = std::vector<BuildSince>;

std::uint32_t number_in(std::string_view text) {
  std::uint32_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

FileTime present_installed(const FactSet& facts) {
  FileTime installed;
  for (const HostIdentityFact& identity : facts.identities) {
    if (identity.moment == HiveMoment::current) {
      installed = std::max(installed, identity.installed);
    }
  }
  return installed;
}

/// Each Windows that was replaced ran until its upgrade.
void add_upgrades(const FactSet& facts, std::uint32_t now, History& history) {
  std::vector<const UpgradeFact*> upgrades;
  for (const UpgradeFact& upgrade : facts.upgrades) {
    if (upgrade.upgraded.given()) {
      upgrades.push_back(&upgrade);
    }
  }
  std::ranges::stable_sort(upgrades, {}, [](const UpgradeFact* each) { return each->upgraded; });
  FileTime since;
  for (const UpgradeFact* upgrade : upgrades) {
    history.push_back({.since = since, .build = upgrade->build, .evidence = {upgrade->origin}});
    since = upgrade->upgraded;
  }
  if (!upgrades.empty()) {
    history.push_back({.since = since, .build = now, .evidence = {upgrades.back()->origin}});
  }
}

/// An older copy of the hive that names another build: that one ran until the present Windows was
/// installed, or at least until the copy was last written.
void add_older_copy(const FactSet& facts, std::uint32_t now, History& history) {
  const HostIdentityFact* older = nullptr;
  for (const HostIdentityFact& identity : facts.identities) {
    if (identity.moment == HiveMoment::older_copy && identity.build != 0 && identity.build < now &&
        (older == nullptr || identity.build > older->build)) {
      older = &identity;
    }
  }
  if (older == nullptr) {
    return;
  }
  FileTime until = present_installed(facts);
  for (const HiveCopyFact& copy : facts.hive_copies) {
    if (copy.is_software && copy.number != 0 && copy.origin.evidence == older->origin.evidence) {
      until = std::max(until, known_until(copy));
    }
  }
  if (until.given()) {
    history.push_back({.since = {}, .build = older->build, .evidence = {older->origin}});
    history.push_back({.since = until, .build = now, .evidence = {older->origin}});
  }
}

/// From its first start on, each build is the one that the starts tell.
void add_starts(const FactSet& facts, History& history) {
  History starts;
  for (const SystemEventFact& event : facts.system_events) {
    const std::uint32_t build = event.event == SystemEventKind::boot && event.event_id == 12
                                    ? number_in(event.subject.raw())
                                    : 0U;
    if (build != 0) {
      starts.push_back({.since = event.time, .build = build, .evidence = {event.origin}});
    }
  }
  if (starts.empty()) {
    return;
  }
  const FileTime first = starts.front().since;
  const FileTime last = starts.back().since;
  std::erase_if(history,
                [&](const BuildSince& each) { return each.since >= first && each.since <= last; });
  history.insert(history.end(), starts.begin(), starts.end());
  std::ranges::stable_sort(history, {}, &BuildSince::since);
}

/// Without those that tell the same build as the one before them.
History joined(History history) {
  History result;
  for (BuildSince& each : history) {
    if (result.empty() || result.back().build != each.build) {
      result.push_back(std::move(each));
    }
  }
  return result;
}

}  // namespace

std::vector<BuildSince> build_history(const FactSet& facts) {
  const std::uint32_t now = current_build(facts);
  History history;
  if (now == 0) {
    // No hive names a build; the starts of Windows may (Kernel-General 12).
    history.push_back({});
    add_starts(facts, history);
    return joined(std::move(history));
  }
  add_upgrades(facts, now, history);
  if (history.empty()) {
    add_older_copy(facts, now, history);
  }
  if (history.empty()) {
    // The present Windows is not older than its installation; what ran before is not known.
    const FileTime installed = present_installed(facts);
    history.push_back({.since = {}, .build = installed.given() ? 0U : now, .evidence = {}});
    if (installed.given()) {
      history.push_back({.since = installed, .build = now, .evidence = {}});
    }
  }
  add_starts(facts, history);
  if (history.back().build != now) {
    // The start of the present build is in no log.
    const FileTime installed = present_installed(facts);
    history.push_back({.since = std::max(installed, FileTime{history.back().since.ticks + 1}),
                       .build = now,
                       .evidence = {}});
  }
  return joined(std::move(history));
}

}  // namespace npg::exposure
