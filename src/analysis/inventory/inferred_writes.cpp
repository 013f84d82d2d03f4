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
/// Two logs tell of one start within so long.
constexpr std::uint64_t same_start = 2 * FileTime::per_second;

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
    const auto known = std::find_if(writers.rbegin(), writers.rend(), [&](const Writer& each) {
      return start.time.ticks - each.time.ticks > same_start ||
             (each.actor.process_id == start.process_id && each.text == start.command_line.raw());
    });
    if (known != writers.rend() && start.time.ticks - known->time.ticks <= same_start) {
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
  std::string_view provider;  ///< empty for an order
  std::uint32_t control_set = 0;
  bool is_hw_order = false;
};

bool is_word(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' ||
         c == '-' || c == '.';
}

/// The word stands in the text, not as a part of another one. `upper` is in capitals.
bool has_word(std::string_view upper, const std::string& word) {
  for (std::size_t at = upper.find(word); at != std::string_view::npos;
       at = upper.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    if ((at == 0 || !is_word(upper[at - 1])) && (end == upper.size() || !is_word(upper[end]))) {
      return true;
    }
  }
  return false;
}

/// What reg.exe is told to add to, key by key; what else stands in its line is data.
std::vector<std::string_view> reg_add_keys(std::string_view upper) {
  std::vector<std::string_view> keys;
  for (const std::string_view command : {"REG ADD ", "REG.EXE ADD ", "REG.EXE\" ADD "}) {
    for (std::size_t at = upper.find(command); at != std::string_view::npos;
         at = upper.find(command, at + 1)) {
      std::string_view rest = upper.substr(at + command.size());
      rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
      const bool is_quoted = rest.starts_with('"');
      rest.remove_prefix(is_quoted ? 1 : 0);
      keys.push_back(rest.substr(0, rest.find(is_quoted ? '"' : ' ')));
    }
  }
  return keys;
}

/// "\\\\HOST\\HKLM": the registry of another computer.
bool is_of_other_computer(std::string_view upper) {
  for (std::size_t at = upper.find("\\HK"); at != std::string_view::npos;
       at = upper.find("\\HK", at + 1)) {
    std::size_t begin = at;
    while (begin > 0 && is_word(upper[begin - 1])) {
      --begin;
    }
    if (begin >= 2 && begin < at && upper.substr(begin - 2, 2) == "\\\\") {
      return true;
    }
  }
  return false;
}

/// A control set is named by its number, and it is not this one.
bool is_of_other_set(std::string_view upper, std::uint32_t control_set) {
  constexpr std::string_view name = "\\CONTROLSET";
  const std::size_t at = upper.find(name);
  return at != std::string_view::npos &&
         upper.find("CURRENTCONTROLSET") == std::string_view::npos &&
         !upper.substr(at + name.size()).starts_with(fmt::format("{:03}", control_set));
}

bool names_target(const Writer& writer, const Target& target) {
  const std::string text = name_key(writer.text);
  if (is_of_other_computer(text) || is_of_other_set(text, target.control_set) ||
      text.find("FINDSTR") != std::string::npos ||
      text.find("SELECT-STRING") != std::string::npos) {
    return false;
  }
  const auto fits = [&](std::string_view part) {
    if (!target.provider.empty()) {
      return has_word(part, name_key(target.provider));
    }
    const bool names_hw = has_word(part, "HWORDER");
    const bool names_order = has_word(part, "ORDER");
    return target.is_hw_order ? names_hw || (!names_order && has_word(part, "PROVIDERORDER"))
                              : names_order || (!names_hw && has_word(part, "PROVIDERORDER"));
  };
  const std::vector<std::string_view> keys = reg_add_keys(text);
  return keys.empty() ? fits(text) : std::ranges::any_of(keys, [&](std::string_view key) {
    return key.find("NETWORKPROVIDER") != std::string_view::npos && fits(key);
  });
}

std::vector<Target> targets_in(const FactSet& facts) {
  constexpr std::string_view set = "HKLM\\SYSTEM\\CurrentControlSet\\";
  std::vector<Target> targets;
  for (const RegistrationFact& fact : facts.registrations) {
    if (fact.moment == HiveMoment::current && fact.control_set_is_current &&
        fact.last_written.given() && !fact.name.empty()) {
      targets.push_back({fmt::format("{}Services\\{}\\NetworkProvider", set, fact.name.raw()),
                         fact.last_written, fact.origin, fact.name.raw(), fact.control_set});
    }
  }
  for (const ProviderOrderFact& fact : facts.orders) {
    if (fact.moment == HiveMoment::current && fact.control_set_is_current &&
        fact.last_written.given()) {
      targets.push_back({fmt::format("{}Control\\NetworkProvider\\{}", set,
                                     fact.is_hw_order ? "HwOrder" : "Order"),
                         fact.last_written,
                         fact.origin,
                         {},
                         fact.control_set,
                         fact.is_hw_order});
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

/// The last of those that fit is taken for the last write; the others wrote before it.
Change change_by(const Writer& writer, const Target& target, bool is_last, const FactSet& facts,
                 const Sessions& sessions) {
  Change change{.time = is_last ? target.written : writer.time,
                .is_exact = false,
                .what = std::string(inferred_write),
                .key = SharedText(EvidenceText::from_utf8(target.key)),
                .evidence = writer.evidence};
  change.evidence.push_back(target.origin);
  RegistryChangeFact as_logged{.time = writer.time};
  as_logged.actor = writer.actor;
  change.actor = actor_of(as_logged, sessions, change.evidence);
  change.actor.certainty = "inferred";
  if (writer.what == "command line") {
    change.actor.command_line = SharedText(EvidenceText::from_utf8(writer.text));
  }
  change.chain = chain_of(change, {}, facts, sessions);
  tell_writer(writer, change);
  std::ranges::sort(change.evidence);
  change.evidence.erase(std::ranges::unique(change.evidence).begin(), change.evidence.end());
  return change;
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
    std::vector<const Writer*> fitting;
    for (const Writer& writer : writers) {
      const bool is_near = writer.time.ticks + near >= target.written.ticks &&
                           writer.time.ticks <= target.written.ticks + slack;
      if (is_near && names_target(writer, target)) {
        fitting.push_back(&writer);
      }
    }
    if (fitting.empty()) {
      continue;
    }
    const bool is_logged = std::ranges::any_of(logged, [&](const Change& change) {
      return equal_names(change.key.raw(), target.key) &&
             change.time.ticks + near >= target.written.ticks &&
             change.time.ticks <= target.written.ticks + near;
    });
    if (is_logged) {
      continue;
    }
    for (const Writer* writer : fitting) {
      changes.push_back(change_by(*writer, target, writer == fitting.back(), facts, sessions));
    }
  }
  return changes;
}

}  // namespace npg
