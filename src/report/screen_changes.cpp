#include <fmt/format.h>

#include "report/provider_parts.hpp"
#include "report/screen_sections.hpp"

namespace npg::screen {
namespace {

constexpr std::uint64_t group_ticks_max = 2ULL * 60 * 10'000'000;

std::string_view words_for_logon_type(std::uint32_t type) {
  switch (type) {
    case 2: return "at the console";
    case 3: return "over the network";
    case 4: return "batch";
    case 5: return "service";
    case 7: return "unlock";
    case 8: return "network, clear text";
    case 9: return "new credentials";
    case 10: return "remote desktop";
    case 11: return "cached";
    default: return "other";
  }
}

/// Who it was and over which logon; empty when nothing says it.
std::string describe_logon(const Actor& actor, const Cuts& cuts) {
  std::vector<std::string> parts;
  const SharedText& who = actor.account.empty() ? actor.sid : actor.account;
  if (!who.empty()) {
    parts.push_back(name(who));
  }
  if (!actor.source_address.empty()) {
    parts.push_back("from " + name(actor.source_address));
  }
  if (actor.logon_id && !(cuts.is_short && actor.logon_type)) {
    parts.push_back(fmt::format("logon {:#x}", *actor.logon_id));
  }
  if (actor.logon_type) {
    parts.push_back(
        fmt::format("type {} ({})", *actor.logon_type, words_for_logon_type(*actor.logon_type)));
  }
  std::string text;
  for (const std::string& part : parts) {
    text += (text.empty() ? "" : ", ") + part;
  }
  return text;
}

bool is_same_actor(const Actor& left, const Actor& right) {
  return left.account == right.account && left.sid == right.sid &&
         left.logon_id == right.logon_id && left.source_address == right.source_address &&
         left.process == right.process && left.process_id == right.process_id &&
         left.certainty == right.certainty;
}

/// Changes that one actor made in one go.
struct Group {
  std::vector<const Change*> changes;
};

bool belongs(const Group& group, const Change& change) {
  const Change& first = *group.changes.front();
  return is_same_actor(first.actor, change.actor) && first.is_exact == change.is_exact &&
         first.time.given() == change.time.given() && change.time >= first.time &&
         change.time.ticks - first.time.ticks <= group_ticks_max;
}

std::vector<Group> grouped(const std::vector<const Change*>& changes) {
  std::vector<Group> groups;
  for (const Change* const each : changes) {
    if (groups.empty() || !belongs(groups.back(), *each)) {
      groups.emplace_back();
    }
    groups.back().changes.push_back(each);
  }
  return groups;
}

/// "2026-11-17", or "unknown".
std::string day_of(FileTime when) {
  return time(when).substr(0, 10);
}

/// The wider context of a group; for a reader who asked for everything the whole chain of its first
/// change.
void add_chain(const Group& group, const Cuts& cuts, std::vector<std::string>& lines) {
  const std::size_t most = cuts.is_short ? 2 : SIZE_MAX;
  std::vector<std::string> contexts;
  for (const Change* const each : group.changes) {
    for (const AttributionLink& link : each->chain) {
      const bool is_first = each == group.changes.front();
      if (!cuts.is_short && is_first && link.link != "context") {
        lines.push_back(
            fmt::format("{} ({}): {}", spaced(link.link), spaced(link.status), link.text));
      }
      if (link.link == "context" && std::ranges::find(contexts, link.text) == contexts.end()) {
        contexts.push_back(link.text);
        if (contexts.size() <= most) {
          lines.push_back(link.text +
                          (link.status == "seen" ? "" : " (" + spaced(link.status) + ")"));
        }
      }
    }
  }
}

/// The actor's lines: who, with what, and the command lines, each once.
std::vector<std::string> heading_of(const Group& group, const Cuts& cuts) {
  const Change& first = *group.changes.front();
  std::vector<std::string> lines;
  std::string who = describe_logon(first.actor, cuts);
  if (!who.empty() && !first.actor.certainty.empty() && first.actor.certainty != "seen") {
    who += fmt::format(" ({})", spaced(first.actor.certainty));
  }
  if (!first.is_exact) {
    who += who.empty() ? "" : ", ";
    who += first.what == "write_inferred"
               ? "no event tells of it: the key was last written within seconds of this"
               : "found by comparing states: made then or before";
  }
  if (!who.empty()) {
    lines.push_back(who);
  }
  std::string run = first.actor.process.empty() ? "" : name(first.actor.process);
  if (first.actor.process_id) {
    run += fmt::format("{}(pid {})", run.empty() ? "" : " ", *first.actor.process_id);
  }
  std::vector<std::string> seen;
  for (const Change* const each : group.changes) {
    const std::string command = std::string(each->actor.command_line.raw());
    if (!command.empty() && std::ranges::find(seen, command) == seen.end()) {
      seen.push_back(command);
      run += (run.empty() ? "ran: " : seen.size() > 1 ? "; " : ": ") + name(command);
    }
  }
  if (!run.empty()) {
    lines.push_back(run);
  }
  if (lines.empty()) {
    lines.emplace_back("by whom is not visible in the evidence");
  }
  add_chain(group, cuts, lines);
  return lines;
}

std::string describe(const Change& change) {
  std::string text = short_key(change.key.raw()) + "  ";
  const bool is_plain_set = change.what == "value_set" && !change.new_value.empty();
  if (!is_plain_set) {
    text += spaced(change.what);
  }
  if (!change.value_name.empty()) {
    text += (is_plain_set ? "" : " ") + name(change.value_name);
  }
  if (!change.new_value.empty()) {
    text += " = " + name(change.new_value);
  }
  if (!change.old_value.empty()) {
    text += fmt::format(" (was {})", name(change.old_value));
  }
  if (!change.is_exact && change.not_before.given()) {
    text += fmt::format(" (not before {})", time(change.not_before));
  }
  return text;
}

/// True when the change touches a provider that needs a reader.
bool concerns_reader(const HostAssessment& host, const Change& change) {
  return std::ranges::any_of(host.providers, [&](const Provider& provider) {
    return !is_plainly_expected(provider) && !is_as_windows_ships(provider) &&
           !provider.name.empty() &&
           (contains_name(change.key.raw(), provider.name.raw()) ||
            contains_name(change.new_value.raw(), provider.name.raw()) ||
            contains_name(change.old_value.raw(), provider.name.raw()));
  });
}

void show(Page& page, const Group& group, const Cuts& cuts) {
  const std::string day = day_of(group.changes.front()->time);
  std::string label = fmt::format("{:<12}", day);
  for (const std::string& line : heading_of(group, cuts)) {
    page.paragraph(2, label, line, Paint::heading);
    label = std::string(12, ' ');
  }
  for (const Change* const each : group.changes) {
    const std::string when = time(each->time);
    const std::string clock = day_of(each->time) == day && when.size() >= 19 && when[10] == ' '
                                  ? when.substr(11, 8)
                                  : when;
    page.paragraph(4, fmt::format("{:<10}", clock), describe(*each));
  }
}

using Changes = std::vector<const Change*>;

/// The changes of which a reader should see as many as fit: those about providers that need a
/// reader, exact ones first; in time order.
Changes most_telling(const HostAssessment& host, const Changes& changes, std::size_t most) {
  Changes telling;
  for (const std::size_t i : chosen(changes, most, [&](const Change* change) {
         return change->is_exact && concerns_reader(host, *change);
       })) {
    telling.push_back(changes[i]);
  }
  return telling;
}

/// The end of the last group of telling changes: what removed a provider stands there.
Changes ending_of(const HostAssessment& host, std::size_t most) {
  Changes telling;
  for (const Change& each : host.changes) {
    if (each.is_exact && concerns_reader(host, each)) {
      telling.push_back(&each);
    }
  }
  if (telling.empty()) {
    for (const Change& each : host.changes) {
      telling.push_back(&each);
    }
  }
  Changes last = grouped(telling).back().changes;
  last.erase(last.begin(), last.end() - static_cast<std::ptrdiff_t>(std::min(most, last.size())));
  return last;
}

/// Shows as many as fit the lines, from the first on, and gives their number.
std::size_t show_fitting(Page& page, const Changes& changes, const Cuts& cuts) {
  std::size_t lines_left = cuts.change_lines;
  std::size_t shown = 0;
  for (Group& group : grouped(changes)) {
    std::size_t heading = 0;
    for (const std::string& line : heading_of(group, cuts)) {
      heading += lines_of(line);
    }
    if (shown > 0 && lines_left < heading + 1) {
      break;
    }
    lines_left -= std::min(lines_left, heading);
    std::size_t fitting = 0;
    for (; fitting < group.changes.size(); ++fitting) {
      const std::size_t lines = lines_of(describe(*group.changes[fitting]));
      if (shown + fitting > 0 && lines > lines_left) {
        break;
      }
      lines_left -= std::min(lines_left, lines);
    }
    if (fitting == 0) {
      break;
    }
    const bool is_whole = fitting == group.changes.size();
    group.changes.resize(fitting);
    shown += fitting;
    show(page, group, cuts);
    if (!is_whole) {
      break;
    }
  }
  return shown;
}

}  // namespace

void changes(Page& page, const HostAssessment& host, const Cuts& cuts) {
  if (host.changes.empty()) {
    return;
  }
  page.section("CHANGES (times in UTC)");
  const Changes ending = ending_of(host, cuts.few);
  Changes others;
  for (const Change& each : host.changes) {
    if (std::ranges::find(ending, &each) == ending.end()) {
      others.push_back(&each);
    }
  }
  const std::size_t most =
      cuts.change_lines - std::min(cuts.change_lines - 1, cuts.is_short ? ending.size() : 0);
  if (!cuts.is_short || host.changes.size() <= most) {
    Changes all;
    for (const Change& each : host.changes) {
      all.push_back(&each);
    }
    std::size_t lines = 0;
    for (const Group& group : grouped(all)) {
      for (const std::string& line : heading_of(group, cuts)) {
        lines += lines_of(line);
      }
      for (const Change* const change : group.changes) {
        lines += lines_of(describe(*change));
      }
    }
    if (lines <= cuts.change_lines) {
      show_fitting(page, all, cuts);
      return;
    }
  }
  const std::size_t shown = show_fitting(page, most_telling(host, others, most), cuts);
  more(page, 2, others.size() - shown, "change", "changes");
  show(page, {ending}, cuts);
}

}  // namespace npg::screen
