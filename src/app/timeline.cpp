#include "app/timeline.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>

#include "analysis/exposure/people.hpp"
#include "app/timeline_entries.hpp"
#include "base/check.hpp"
#include "base/evidence_text.hpp"
#include "report/timeline.hpp"

namespace npg {
namespace {

void mark_windows(const HostAssessment& host, std::vector<TimelineEntry>& entries) {
  for (TimelineEntry& entry : entries) {
    for (const Exposure& window : host.exposures) {
      if (entry.time.given() && exposure::in_window(entry.time, window) &&
          !is_between_parts(entry.time, window.parts)) {
        entry.windows.push_back(escape_for_terminal(window.provider.text()));
      }
    }
    std::ranges::sort(entry.windows);
  }
}

bool comes_before(const TimelineEntry& a, const TimelineEntry& b) {
  return std::tie(a.time, a.host, a.kind, a.source, a.record_id, a.text, a.evidence) <
         std::tie(b.time, b.host, b.kind, b.source, b.record_id, b.text, b.evidence);
}

}  // namespace

Result<Timeline> build_timeline(TimelineOptions options) {
  Timeline timeline;
  options.scan.read_people = true;
  options.scan.on_host = [&](const FactSet& facts, const HostAssessment& host) {
    std::vector<TimelineEntry> entries = timeline_entries(facts, host, options.all_logons);
    mark_windows(host, entries);
    std::ranges::move(entries, std::back_inserter(timeline.entries));
  };
  NPG_TRY(timeline.assessment, scan(options.scan));
  const auto is_outside = [&](const TimelineEntry& entry) {
    return (options.from && entry.time < *options.from) || (options.to && entry.time > *options.to);
  };
  timeline.left_out = std::erase_if(timeline.entries, is_outside);
  std::ranges::sort(timeline.entries, comes_before);
  return timeline;
}

std::optional<TimelineForm> timeline_form_of(std::string_view name) {
  constexpr std::pair<std::string_view, TimelineForm> forms[] = {
      {"text", TimelineForm::text},
      {"jsonl", TimelineForm::jsonl},
      {"csv", TimelineForm::csv},
      {"timesketch", TimelineForm::timesketch}};
  for (const auto& [word, form] : forms) {
    if (word == name) {
      return form;
    }
  }
  return std::nullopt;
}

std::string render_timeline(const Timeline& timeline, TimelineForm form, std::size_t width) {
  switch (form) {
    case TimelineForm::text:
      return timeline_text(timeline.entries, timeline.assessment, timeline.left_out, width);
    case TimelineForm::jsonl: return timeline_jsonl(timeline.entries, timeline.assessment);
    case TimelineForm::csv: return timeline_csv(timeline.entries, timeline.assessment);
    case TimelineForm::timesketch:
      return timeline_timesketch(timeline.entries, timeline.assessment);
  }
  NPG_CHECK(false);
}

}  // namespace npg
