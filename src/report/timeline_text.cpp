// The time line for a terminal: each window of exposure is a column of its own.
#include <fmt/format.h>

#include <algorithm>

#include "report/screen_sections.hpp"
#include "report/timeline.hpp"

namespace npg {
namespace {

using namespace screen;

/// Limit: more columns leave no room for the text.
constexpr std::size_t columns_max = 8;

struct Window {
  const HostAssessment* host = nullptr;
  const Exposure* exposure = nullptr;
  char letter = 'A';
};

std::vector<Window> windows_of(const Assessment& assessment) {
  std::vector<Window> windows;
  for (const HostAssessment& host : assessment.hosts) {
    for (const Exposure& exposure : host.exposures) {
      if (windows.size() < columns_max) {
        windows.push_back({&host, &exposure, static_cast<char>('A' + windows.size())});
      }
    }
  }
  return windows;
}

/// What a window looks like at a time: ':' it may have been open, '|' it was, ' ' it was not.
char state_at(const Window& window, const TimelineEntry& entry) {
  const Exposure& exposure = *window.exposure;
  const bool is_host = entry.host == window.host->host.name;
  if (is_host &&
      (entry.kind == TimelineKind::window_opens || entry.kind == TimelineKind::window_sure ||
       entry.kind == TimelineKind::window_closes)) {
    const bool is_own =
        (entry.kind == TimelineKind::window_opens && entry.time == exposure.earliest_start) ||
        (entry.kind == TimelineKind::window_sure && entry.time == exposure.latest_start) ||
        (entry.kind == TimelineKind::window_closes && entry.time == exposure.end);
    if (is_own) {
      return '+';
    }
  }
  const bool has_ended = exposure.end.given() && entry.time > exposure.end;
  if (!entry.time.given() || entry.time < exposure.earliest_start || has_ended) {
    return ' ';
  }
  const bool is_sure = entry.time >= exposure.latest_start &&
                       !(exposure.earliest_end.given() && entry.time > exposure.earliest_end);
  const bool is_in_part =
      exposure.parts.empty() || std::ranges::any_of(exposure.parts, [&](const WindowPart& part) {
        return entry.time >= part.from && (!part.to.given() || entry.time <= part.to);
      });
  if (is_between_parts(entry.time, exposure.parts)) {
    return ' ';
  }
  return !is_sure || is_beside_parts(entry.time, exposure.parts) ? ':' : is_in_part ? '|' : ' ';
}

}  // namespace

std::string timeline_text(std::span<const TimelineEntry> entries, const Assessment& assessment,
                          std::uint64_t left_out, std::size_t width) {
  Page page({.width = width});
  const std::vector<Window> windows = windows_of(assessment);
  std::size_t all = 0;
  for (const HostAssessment& host : assessment.hosts) {
    all += host.exposures.size();
  }
  page.paragraph(0, "TIME LINE  ",
                 fmt::format("{} of {}, times in UTC", counted(entries.size(), "entry", "entries"),
                             counted(assessment.hosts.size(), "host", "hosts")),
                 Paint::heading);
  for (const Window& window : windows) {
    page.paragraph(
        2, fmt::format("{}  ", window.letter),
        fmt::format("window of {} on {}: ':' it may have been in place, '|' it was, '+' a "
                    "bound of it",
                    name(window.exposure->provider), name(window.host->host.name)));
  }
  if (all > windows.size()) {
    page.paragraph(
        2, "",
        fmt::format("{} have no column", counted(all - windows.size(), "window", "windows")));
  }
  if (left_out > 0) {
    page.paragraph(2, "",
                   fmt::format("{} outside --from and --to are left out",
                               counted(left_out, "entry", "entries")));
  }
  page.blank();
  std::string letters;
  for (const Window& window : windows) {
    letters += window.letter;
  }
  const bool is_fleet = assessment.hosts.size() > 1;
  if (!letters.empty()) {
    page.paragraph(0, fmt::format("{:20} {} ", "", letters), "", Paint::heading);
  }
  for (const TimelineEntry& entry : entries) {
    std::string drawn;
    for (const Window& window : windows) {
      drawn += state_at(window, entry);
    }
    page.paragraph(0, fmt::format("{:20} {} ", time(entry.time), drawn),
                   fmt::format("{}{:11} {} [{}{}]", is_fleet ? name(entry.host) + ": " : "",
                               spaced(npg::name_of(entry.kind)), entry.text, entry.source,
                               entry.record_id == 0 ? "" : fmt::format(" #{}", entry.record_id)));
  }
  return page.take();
}

}  // namespace npg
