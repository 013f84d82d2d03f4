#include "analysis/exposure/commands.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/evidence_text.hpp"

namespace npg::exposure {
namespace {

std::string_view file_of(const SharedText& path) {
  return path.raw().substr(path.raw().rfind('\\') + 1);
}

bool is_one_of(const SharedText& path, std::span<const std::string_view> names) {
  return std::ranges::any_of(
      names, [&](std::string_view name) { return equal_names(file_of(path), name); });
}

bool is_in_windows(const SharedText& path) {
  const std::string key = name_key(path.raw());
  return key.size() > 2 && key[1] == ':' && key.substr(2).starts_with("\\WINDOWS\\");
}

/// What Windows itself starts from the three, in its own folder. Programs elsewhere only bear the
/// name.
bool is_usual(const ProcessStartFact& start) {
  constexpr std::array<std::string_view, 18> usual = {
      "userinit.exe", "explorer.exe", "mpnotify.exe", "dwm.exe",    "fontdrvhost.exe",
      "LogonUI.exe",  "wlrmdr.exe",   "atbroker.exe", "sethc.exe",  "utilman.exe",
      "taskmgr.exe",  "gpscript.exe", "rdpclip.exe",  "sihost.exe", "LockAppHost.exe",
      "WerFault.exe", "winlogon.exe", "proquota.exe"};
  return is_one_of(start.image, usual) && is_in_windows(start.image);
}

}  // namespace

std::vector<const ProcessStartFact*> odd_children(const FactSet& facts) {
  constexpr std::array<std::string_view, 2> parents = {"userinit.exe", "winlogon.exe"};
  std::vector<const ProcessStartFact*> children;
  for (const ProcessStartFact& start : facts.process_starts) {
    if (is_one_of(start.parent_image, parents) && !is_usual(start)) {
      children.push_back(&start);
    }
  }
  return children;
}

std::vector<LogonCommand> commands_in(const Exposure& window,
                                      std::span<const ProcessStartFact* const> children,
                                      const People& people) {
  // The command runs when the user's shell is being set up.
  constexpr std::uint64_t behind_logon = 180 * FileTime::per_second;
  constexpr std::uint64_t same_start = 2 * FileTime::per_second;
  std::vector<LogonCommand> commands;
  const auto by_time = people.by_time();
  for (const ProcessStartFact* child : children) {
    if (!in_window(child->time, window)) {
      continue;
    }
    auto after = std::ranges::upper_bound(by_time, child->time, {}, &People::Timed::time);
    if (after == by_time.begin() ||
        child->time.ticks - std::prev(after)->time.ticks > behind_logon) {
      continue;
    }
    const People::Timed& logon = *std::prev(after);
    const SharedText& command = child->command_line.empty() ? child->image : child->command_line;
    // Security 4688 and Sysmon 1 tell of the same start.
    if (!commands.empty() && child->time.ticks - commands.back().time.ticks < same_start &&
        (equal_names(commands.back().command.raw(), command.raw()) ||
         equal_names(commands.back().command.raw(), child->image.raw()))) {
      commands.back().command = command;
      commands.back().evidence.push_back(child->origin);
      continue;
    }
    commands.push_back(
        {.time = child->time,
         .account = child->account.empty() ? logon.person->account : child->account,
         .command = command,
         .parent = child->parent_image,
         .text =
             fmt::format("started by {} {} s after a logon; a provider may return a command for "
                         "each logon, and a "
                         "logon script of the domain looks the same",
                         escape_for_terminal(EvidenceText::from_utf8(file_of(child->parent_image))),
                         (child->time.ticks - logon.time.ticks) / FileTime::per_second),
         .evidence = {child->origin}});
  }
  return commands;
}

}  // namespace npg::exposure
