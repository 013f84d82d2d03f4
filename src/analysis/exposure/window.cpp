#include "analysis/exposure/window.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "analysis/exposure/bounds.hpp"
#include "analysis/exposure/life.hpp"
#include "analysis/exposure/listing.hpp"
#include "analysis/exposure/password_policy.hpp"
#include "analysis/exposure/presence.hpp"
#include "analysis/exposure/unread_class.hpp"
#include "analysis/exposure/window_end.hpp"
#include "analysis/exposure/window_start.hpp"
#include "base/evidence_text.hpp"
#include "fact/readings.hpp"

namespace npg {
namespace {

using exposure::Bounds;
using exposure::Life;
using exposure::NamedFacts;
using exposure::Presence;

/// False where a password was sent, or may have been, at some time between the two: an older build
/// may have sent what the present one does not.
bool sends_nothing_between(const exposure::PolicyHistory& history, FileTime from, FileTime to) {
  const auto states = history.states();
  for (std::size_t i = 0; i < states.size(); ++i) {
    const bool ends_before = i + 1 < states.size() && states[i + 1].since <= from;
    if (states[i].since < to && !ends_before && states[i].sends != YesNo::no) {
      return false;
    }
  }
  return true;
}

/// Without a policy that lets it pass, no password is sent: on new builds the window of what could
/// be captured begins with the write that turned it on.
void start_from_policy(const exposure::PolicyHistory& history, Exposure& window) {
  for (const Change* turn : history.turns()) {
    const FileTime before{turn->time.ticks - 1};
    const bool turns_on = history.sends_at(turn->time) == YesNo::yes;
    const bool is_inside =
        turn->time > window.latest_start && (!window.end.given() || turn->time < window.end);
    Bounds(window).add(turns_on ? "policy_on" : "policy_off", turns_on ? "start" : "end",
                       turn->time, true,
                       turns_on ? "EnableMPR was set so that passwords are sent"
                                : "EnableMPR was set so that no password is sent",
                       turn->evidence);
    if (turns_on && is_inside && history.sends_at(before) == YesNo::no &&
        turn == history.turns().front() &&
        sends_nothing_between(history, window.earliest_start, turn->time)) {
      window.earliest_start = turn->time;
      window.latest_start = turn->time;
      window.start_basis += "; no password was sent before EnableMPR was set";
    }
  }
}

/// The writer of its key is inferred.
bool has_inferred_writer(const Provider& provider, std::span<const Change> changes) {
  const std::string key = "\\Services\\" + std::string(provider.name.raw()) + "\\NetworkProvider";
  return std::ranges::any_of(changes, [&](const Change& change) {
    return change.what == "write_inferred" && exposure::ends_with_name(change.key.raw(), key);
  });
}

/// The parts begin and end with the window.
void fit_parts(const Presence& presence, Exposure& window) {
  if (presence.parts().size() < 2 && !presence.has_logged()) {
    return;
  }
  window.parts = presence.parts();
  for (WindowPart& part : window.parts) {
    const bool is_first = &part == &window.parts.front();
    const bool is_last = &part == &window.parts.back();
    part.from = is_first ? window.latest_start : std::max(part.from, window.latest_start);
    part.earliest_from = is_first ? window.earliest_start : part.earliest_from;
    if (is_last && !presence.is_gone_again()) {
      const FileTime known = window.earliest_end.given() ? window.earliest_end : window.end;
      part.to = window.end.given() ? std::max(part.from, std::min(known, window.end)) : FileTime{};
      part.latest_to = window.end;
    } else if (window.end.given()) {
      part.to = std::min(part.to, window.end);
      part.latest_to = std::min(part.latest_to, window.end);
    }
    if (is_last && part.to.given() && part.to < window.earliest_end) {
      part.to = part.latest_to.given() ? std::min(window.earliest_end, part.latest_to)
                                       : window.earliest_end;
    }
  }
  std::erase_if(window.parts, [](const WindowPart& part) {
    return part.latest_to.given() && part.latest_to <= part.from && part.to <= part.from;
  });
}

/// The times at which no password was sent are left out of the parts.
void cut_parts(const exposure::PolicyHistory& history, Exposure& window) {
  std::vector<WindowPart> cut;
  const auto states = history.states();
  for (const WindowPart& part : window.parts) {
    const std::size_t first_of_part = cut.size();
    for (std::size_t i = 0; i < states.size(); ++i) {
      const FileTime until = i + 1 < states.size() ? states[i + 1].since : FileTime{};
      if (states[i].sends == YesNo::no) {
        continue;
      }
      WindowPart piece = part;
      if (states[i].since > piece.from) {
        piece.from = states[i].since;
        piece.earliest_from = std::max(part.earliest_from, states[i].since);
      }
      if (until.given() && (!piece.to.given() || until < piece.to)) {
        piece.to = until;
        piece.latest_to = until;
      }
      const bool is_empty = piece.to.given() && piece.to <= piece.from &&
                            (!piece.latest_to.given() || piece.latest_to <= piece.from);
      if (is_empty) {
        continue;
      }
      if (cut.size() > first_of_part && cut.back().latest_to == piece.from) {
        cut.back().to = piece.to;
        cut.back().latest_to = piece.latest_to;
      } else {
        cut.push_back(piece);
      }
    }
  }
  window.parts = std::move(cut);
}

/// What the window and the grades take for granted.
void state_assumptions(const Provider& provider, const NamedFacts& facts, std::size_t parts_known,
                       bool has_dll_gap, bool knows_build, Exposure& window) {
  if (parts_known > 1) {
    bool is_by_log = true;
    for (std::size_t i = 1; i < window.parts.size(); ++i) {
      is_by_log = is_by_log && window.parts[i - 1].to == window.parts[i - 1].latest_to &&
                  window.parts[i].from == window.parts[i].earliest_from;
    }
    window.assumed.push_back(
        fmt::format("it was switched off and on again: {} parts, by the log{}{}", parts_known,
                    is_by_log ? "" : " or by copies of the hive",
                    has_dll_gap ? "; its DLL was gone from its place for a while" : ""));
  }
  if (std::ranges::any_of(provider.reasons, [](const Reason& reason) {
        return reason.code == "key_may_be_unseen";
      })) {
    window.assumed.emplace_back(
        "the lists above its key are not as Windows writes them (NPG1017); that Windows finds the "
        "key is assumed");
  }
  if (exposure::has_unread_class(provider)) {
    window.assumed.emplace_back(
        "its Class cannot be read; that it asks for passwords, as one with bit 0x2 or 0x4 does, is "
        "assumed");
  }
  if (!knows_build) {
    window.assumed.emplace_back("without the Windows build, that passwords are sent is assumed");
  }
  if (const auto text = exposure::assumption_of(exposure::listing_of(provider, facts));
      !text.empty()) {
    window.assumed.emplace_back(text);
  }
  const bool has_dll = std::ranges::any_of(
      provider.dlls, [](const ProviderDll& dll) { return dll.image.has_value(); });
  if (!has_dll) {
    window.assumed.emplace_back(
        "its DLL is not in the evidence; that it was there and took passwords is assumed");
  }
  window.assumed.emplace_back(
      "each logon is taken for one with a password: smart card and Windows Hello cannot be told "
      "from "
      "these events");
  std::ranges::sort(window.assumed);
}

}  // namespace

FileTime newest_time(const FactSet& facts) {
  FileTime newest;
  FactSet::for_each_kind(facts, [&](const auto& kind) {
    for (const auto& fact : kind) {
      if constexpr (requires { fact.time; }) {
        newest = std::max(newest, fact.time);
      } else if constexpr (requires { fact.last_written; }) {
        newest = std::max(newest, fact.last_written);
      } else if constexpr (requires { fact.last; }) {
        newest = std::max(newest, fact.last);
      } else if constexpr (requires { fact.is_software; }) {
        // What is found between copies of SYSTEM lies before the newest; of SOFTWARE, which is
        // written to all the time, the times of what is compared count.
        newest = fact.is_software ? newest : std::max(newest, fact.written);
      } else if constexpr (requires { fact.written; }) {
        newest = std::max(newest, fact.written);
      }
    }
  });
  return newest;
}

Exposure exposure_window(const Provider& provider, std::span<const Change> changes,
                         const NamedFacts& facts, const exposure::PolicyHistory& policy,
                         const ClockCorrection& correction, FileTime evidence_end,
                         exposure::Sameness sameness) {
  Exposure window{.provider = provider.name};
  const Life life(provider, changes, sameness);
  const Presence presence(provider, life, facts);
  exposure::set_start(provider, life, presence, facts, has_inferred_writer(provider, changes),
                      window);
  if (presence.has_dll_gap() && !presence.parts().empty() &&
      presence.parts().front().from > window.latest_start && window.latest_start.given()) {
    window.latest_start = presence.parts().front().from;
    window.earliest_start = std::max(window.earliest_start, presence.parts().front().earliest_from);
    window.start_basis += "; its DLL was gone from its place until then";
  }
  exposure::set_end(provider, life, presence, facts, policy, evidence_end, window);
  exposure::set_password_policy(facts.all(), policy, window);
  start_from_policy(policy, window);
  fit_parts(presence, window);
  const std::size_t parts_known = window.parts.size();
  cut_parts(policy, window);
  const FileTime start_by_log = window.earliest_start;
  const FileTime end_by_log = window.end;
  exposure::allow_for_clock(facts.all(), correction, window);
  if (window.end.given()) {
    window.latest_start = std::min(window.latest_start, window.end);
    window.earliest_end = std::min(window.earliest_end, window.end);
  }
  if (window.latest_start.given()) {
    window.earliest_start = std::min(window.earliest_start, window.latest_start);
  }
  if (!window.parts.empty()) {
    // What bounds the window bounds its first and last part.
    WindowPart& first = window.parts.front();
    WindowPart& last = window.parts.back();
    const bool is_start = !first.earliest_from.given() || first.earliest_from == start_by_log;
    const bool is_end = !last.latest_to.given() || last.latest_to == end_by_log;
    first.earliest_from = is_start ? window.earliest_start : first.earliest_from;
    last.latest_to = is_end ? window.end : last.latest_to;
  }
  exposure::assume_other_dlls(facts.registrations(provider.name), provider, sameness, window);
  state_assumptions(provider, facts, parts_known, presence.has_dll_gap(), policy.knows_build(),
                    window);
  std::sort(window.evidence.begin(), window.evidence.end());
  window.evidence.erase(std::unique(window.evidence.begin(), window.evidence.end()),
                        window.evidence.end());
  return window;
}

}  // namespace npg
