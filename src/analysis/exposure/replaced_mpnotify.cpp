#include "analysis/exposure/replaced_mpnotify.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "analysis/exposure/bounds.hpp"
#include "analysis/exposure/life.hpp"
#include "analysis/exposure/password_policy.hpp"
#include "base/evidence_text.hpp"
#include "fact/own_mpnotify.hpp"
#include "fact/readings.hpp"

namespace npg::exposure {
namespace {

/// Windows ships no such value; some tools write the name that it stands for, or its path.
bool is_another(const SharedText& program, const FactSet& facts) {
  return !names_own_mpnotify(program.raw(), std::nullopt, facts);
}

/// `"C:\a b\x.exe" -k` without quotes and arguments.
std::string path_in(const SharedText& command) {
  std::string_view text = command.raw();
  if (text.starts_with('"')) {
    text.remove_prefix(1);
    return std::string(text.substr(0, text.find('"')));
  }
  const std::size_t extension = name_key(text).find(".EXE");
  return std::string(extension == std::string::npos ? text : text.substr(0, extension + 4));
}

/// What the log tells of the value.
struct Logged {
  const Change* first = nullptr;  ///< the first write of another program
  const Change* removal =
      nullptr;         ///< the last deletion, or write of the default, nothing behind it
  SharedText program;  ///< the last that was named
};

/// A value that names a program to be started in the place of mpnotify.exe.
struct ProgramValue {
  std::string_view title;  ///< of the window
  PolicyKind policy = PolicyKind::winlogon_mpnotify;
  std::string_view key_end;
  std::string_view value_name;
};
constexpr ProgramValue winlogon_value = {.title = "Winlogon mpnotify",
                                         .policy = PolicyKind::winlogon_mpnotify,
                                         .key_end = "\\Winlogon",
                                         .value_name = "mpnotify"};
constexpr ProgramValue debugger_value = {.title = "mpnotify.exe Debugger",
                                         .policy = PolicyKind::image_debugger,
                                         .key_end = "\\Image File Execution Options\\mpnotify.exe",
                                         .value_name = "Debugger"};

/// Keys below Wow6432Node are read for 32-bit programs, and mpnotify.exe is none.
bool is_of_value(const ProgramValue& value, std::string_view key, std::string_view value_name) {
  return equal_names(value_name, value.value_name) && ends_with_name(key, value.key_end) &&
         !contains_name(key, "Wow6432Node\\");
}

Logged logged_values(const ProgramValue& value, std::span<const Change> changes,
                     const FactSet& facts) {
  Logged logged;
  for (const Change& change : changes) {
    if (!is_of_value(value, change.key.raw(), change.value_name.raw())) {
      continue;
    }
    if (change.what == "value_set" && is_another(change.new_value, facts)) {
      logged.first = logged.first == nullptr ? &change : logged.first;
      logged.removal = nullptr;
      logged.program = change.new_value;
    } else if (change.what == "value_set" || change.what == "value_deleted") {
      const bool was_there = logged.first != nullptr || is_another(change.old_value, facts);
      logged.removal = was_there ? &change : logged.removal;
      logged.program = logged.program.empty() ? change.old_value : logged.program;
    }
  }
  return logged;
}

void cite(const Change* change, Exposure& window) {
  if (change != nullptr) {
    window.evidence.insert(window.evidence.end(), change->evidence.begin(), change->evidence.end());
  }
}

void set_start(const Logged& logged, const PolicyFact* policy, const FactSet& facts,
               Exposure& window) {
  if (logged.first != nullptr) {
    const bool is_exact = logged.first->is_exact;
    window.earliest_start = is_exact ? logged.first->time : logged.first->not_before;
    window.latest_start = logged.first->time;
    window.start_basis = is_exact ? "the first logged write that named another program"
                                  : "no logged write: an older copy of the SOFTWARE hive, written "
                                    "until the earliest start, names no other program, and a later "
                                    "one, whose key was last written at the latest start, does";
    return;
  }
  window.latest_start = policy != nullptr          ? policy->last_written
                        : logged.removal->is_exact ? logged.removal->time
                                                   : logged.removal->not_before;
  for (const HostIdentityFact& identity : facts.identities) {
    if (identity.moment == HiveMoment::current) {
      window.earliest_start = std::max(window.earliest_start, identity.installed);
    }
  }
  if (window.earliest_start > window.latest_start) {
    window.earliest_start = FileTime{};
  }
  window.start_basis = fmt::format(
      "no logged write: in place at the latest {}{}",
      policy != nullptr ? "when the Winlogon key was last written" : "when it was taken away",
      window.earliest_start.given() ? ", at the earliest when Windows was installed"
                                    : "; nothing bounds the start");
}

void set_end(const Logged& logged, const PolicyFact* policy, const FactSet& facts,
             FileTime evidence_end, Exposure& window) {
  // A key's time and its event lie some milliseconds apart.
  const bool is_back =
      policy != nullptr && logged.removal != nullptr &&
      policy->last_written.ticks + FileTime::per_second >= logged.removal->time.ticks;
  if (logged.removal != nullptr && !is_back) {
    window.end_kind = WindowEnd::removed;
    window.end = logged.removal->time;
    window.earliest_end = logged.removal->is_exact ? window.end : logged.removal->not_before;
    window.end_basis = logged.removal->is_exact
                           ? "the logged change that took the program away"
                           : "no logged write: one copy of the SOFTWARE hive still names the "
                             "program, a later one, of the time of the end, does not";
  } else if (policy != nullptr) {
    window.end_kind = WindowEnd::still_active;
    window.end_basis = "named in the SOFTWARE hive";
  } else if (current_build(facts) == 0) {
    window.end_kind = WindowEnd::still_active;
    window.end_basis = "named by the newest logged change, which no SOFTWARE hive confirms";
  } else {
    window.end_kind = WindowEnd::evidence_ends;
    window.end = evidence_end;
    window.earliest_end = logged.first->time;
    window.end_basis =
        "the SOFTWARE hive does not name it, and no logged change takes it away: it was removed "
        "unseen, or the hive is older than the change";
  }
}

std::optional<ReplacedMpnotify> value_window(const ProgramValue& value, const PolicyFact* policy,
                                             std::span<const Change> changes, const FactSet& facts,
                                             const ClockCorrection& clock, FileTime evidence_end) {
  const Logged logged = logged_values(value, changes, facts);
  if (policy == nullptr && logged.first == nullptr && logged.removal == nullptr) {
    return std::nullopt;
  }
  ReplacedMpnotify replaced{.window = {.provider = value.title},
                            .program = path_in(policy != nullptr ? policy->text : logged.program)};
  Exposure& window = replaced.window;
  set_start(logged, policy, facts, window);
  set_end(logged, policy, facts, evidence_end, window);
  cite(logged.first, window);
  cite(logged.removal, window);
  if (policy != nullptr) {
    window.evidence.push_back(policy->origin);
  }
  set_password_policy(facts, PolicyHistory(facts, changes), window);
  allow_for_clock(facts, clock, window);
  std::sort(window.evidence.begin(), window.evidence.end());
  window.evidence.erase(std::unique(window.evidence.begin(), window.evidence.end()),
                        window.evidence.end());
  return replaced;
}

const PolicyFact* present_value(const ProgramValue& value, const FactSet& facts) {
  const PolicyFact* policy = nullptr;
  for (const PolicyFact& each : facts.policies) {
    const bool is_it =
        each.policy == value.policy &&
        (value.policy == PolicyKind::winlogon_mpnotify ||
         is_of_value(value, "\\" + std::string(each.key.raw()), each.value_name.raw()));
    if (is_it && is_another(each.text, facts)) {
      policy = &each;
    }
  }
  return policy;
}

}  // namespace

std::optional<ReplacedMpnotify> replaced_mpnotify(std::span<const Change> changes,
                                                  const FactSet& facts,
                                                  const ClockCorrection& clock,
                                                  FileTime evidence_end) {
  return value_window(winlogon_value, present_value(winlogon_value, facts), changes, facts, clock,
                      evidence_end);
}

std::optional<ReplacedMpnotify> former_debugger(std::span<const Change> changes,
                                                const FactSet& facts, const ClockCorrection& clock,
                                                FileTime evidence_end) {
  return present_value(debugger_value, facts) != nullptr
             ? std::nullopt
             : value_window(debugger_value, nullptr, changes, facts, clock, evidence_end);
}

}  // namespace npg::exposure
