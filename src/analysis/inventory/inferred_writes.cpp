#include "analysis/inventory/inferred_writes.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "analysis/inventory/attribution.hpp"
#include "base/evidence_text.hpp"
#include "fact/readings.hpp"

namespace npg {
namespace {

/// A program writes within seconds of its start; the two clocks are one.
constexpr std::uint64_t near = 5 * FileTime::per_second;
constexpr std::uint64_t slack = FileTime::per_second;

/// A command line or script that writes provider settings.
struct Writer {
  FileTime time;
  ActorFact actor;
  std::string text;
  std::string_view what;  ///< a literal: "command line" or "script"
  std::vector<Origin> evidence;
};

std::vector<Writer> writers_in(const FactSet& facts) {
  std::vector<Writer> writers;
  for (const ProcessStartFact& start : facts.process_starts) {
    if (!writes_provider_settings(start.command_line.raw())) {
      continue;
    }
    // Security 4688 and Sysmon 1 tell of one start.
    const auto known = std::ranges::find_if(writers, [&](const Writer& each) {
      return each.actor.process_id == start.process_id && each.text == start.command_line.raw() &&
             start.time.ticks - each.time.ticks <= 2 * FileTime::per_second;
    });
    if (known != writers.end()) {
      known->evidence.push_back(start.origin);
      known->actor.logon_id = known->actor.logon_id ? known->actor.logon_id : start.logon_id;
      continue;
    }
    writers.push_back({.time = start.time,
                       .actor = {.account = start.account,
                                 .sid = start.sid,
                                 .logon_id = start.logon_id,
                                 .process = start.image,
                                 .process_id = start.process_id,
                                 .process_guid = start.process_guid},
                       .text = std::string(start.command_line.raw()),
                       .what = "command line",
                       .evidence = {start.origin}});
  }
  for (const Script& script : provider_scripts(facts)) {
    if (!writes_provider_settings(script.text)) {
      continue;
    }
    ActorFact actor{.sid = script.sid};
    if (script.process_id != 0) {
      actor.process_id = script.process_id;
    }
    writers.push_back({.time = script.time,
                       .actor = actor,
                       .text = script.text,
                       .what = "script",
                       .evidence = script.evidence});
  }
  std::ranges::stable_sort(writers, {}, &Writer::time);
  return writers;
}

/// A key that may have been written by one.
struct Target {
  std::string key;
  FileTime written;
  Origin origin;
  std::string_view name;  ///< of the provider; empty for an order
};

bool names_target(const Writer& writer, const Target& target) {
  if (!target.name.empty()) {
    return contains_name(writer.text, target.name);
  }
  return contains_name(writer.text, "ProviderOrder") ||
         contains_name(writer.text, "NetworkProvider\\Order") ||
         contains_name(writer.text, "NetworkProvider/Order") ||
         contains_name(writer.text, "HwOrder");
}

std::vector<Target> targets_in(const FactSet& facts) {
  constexpr std::string_view set = "HKLM\\SYSTEM\\CurrentControlSet\\";
  std::vector<Target> targets;
  for (const RegistrationFact& fact : facts.registrations) {
    if (fact.moment == HiveMoment::current && fact.control_set_is_current &&
        fact.last_written.given() && !fact.name.empty()) {
      targets.push_back({fmt::format("{}Services\\{}\\NetworkProvider", set, fact.name.raw()),
                         fact.last_written, fact.origin, fact.name.raw()});
    }
  }
  for (const ProviderOrderFact& fact : facts.orders) {
    if (fact.moment == HiveMoment::current && fact.control_set_is_current &&
        fact.last_written.given()) {
      targets.push_back({fmt::format("{}Control\\NetworkProvider\\{}", set,
                                     fact.is_hw_order ? "HwOrder" : "Order"),
                         fact.last_written,
                         fact.origin,
                         {}});
    }
  }
  return targets;
}

/// The links that the general chain cannot know.
void tell_writer(const Writer& writer, Change& change) {
  for (AttributionLink& link : change.chain) {
    if (link.link == "account" && !(change.actor.account.empty() && change.actor.sid.empty())) {
      const SharedText& who =
          change.actor.account.empty() ? change.actor.sid : change.actor.account;
      link = {.link = "account",
              .status = "inferred",
              .text = fmt::format("{}, whose {} names the key and came within seconds before its "
                                  "last write; no event tells of the write itself",
                                  escape_for_terminal(who.text()), writer.what),
              .evidence = writer.evidence};
    } else if (link.link == "process" && !change.actor.process.empty()) {
      link = {.link = "process",
              .status = "inferred",
              .text = fmt::format("{} ({})", escape_for_terminal(change.actor.process.text()),
                                  change.actor.process_id.value_or(0)),
              .evidence = writer.evidence};
    }
  }
}

}  // namespace

std::vector<Change> inferred_writes(const FactSet& facts, const Sessions& sessions,
                                    const std::vector<Change>& logged) {
  std::vector<Change> changes;
  const std::vector<Writer> writers = writers_in(facts);
  if (writers.empty()) {
    return changes;
  }
  for (const Target& target : targets_in(facts)) {
    const bool is_logged = std::ranges::any_of(logged, [&](const Change& change) {
      return equal_names(change.key.raw(), target.key) &&
             change.time.ticks + near >= target.written.ticks &&
             change.time.ticks <= target.written.ticks + near;
    });
    if (is_logged) {
      continue;
    }
    const Writer* last = nullptr;
    for (const Writer& writer : writers) {
      const bool fits = writer.time.ticks + near >= target.written.ticks &&
                        writer.time.ticks <= target.written.ticks + slack &&
                        names_target(writer, target);
      last = fits ? &writer : last;
    }
    if (last == nullptr) {
      continue;
    }
    Change change{.time = target.written,
                  .is_exact = false,
                  .what = std::string(inferred_write),
                  .key = SharedText(EvidenceText::from_utf8(target.key)),
                  .evidence = last->evidence};
    change.evidence.push_back(target.origin);
    RegistryChangeFact as_logged{.time = last->time};
    as_logged.actor = last->actor;
    change.actor = actor_of(as_logged, sessions, change.evidence);
    change.actor.certainty = "inferred";
    if (last->what == "command line") {
      change.actor.command_line = SharedText(EvidenceText::from_utf8(last->text));
    }
    change.chain = chain_of(change, {}, facts, sessions);
    tell_writer(*last, change);
    std::ranges::sort(change.evidence);
    change.evidence.erase(std::ranges::unique(change.evidence).begin(), change.evidence.end());
    changes.push_back(std::move(change));
  }
  return changes;
}

}  // namespace npg
