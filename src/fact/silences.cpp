#include "fact/silences.hpp"

#include <algorithm>

#include "base/evidence_text.hpp"

namespace npg {
namespace {

/// True when the log holds something in the stretch, as far as its own silences tell.
bool speaks_in(const LogCoverageFact& log, const LogGap& stretch) {
  if (log.first >= stretch.next_time || log.last <= stretch.after_time) {
    return false;
  }
  return std::ranges::none_of(log.gaps, [&](const LogGap& own) {
    return is_silence(own) && own.after_time <= stretch.after_time &&
           own.next_time >= stretch.next_time;
  });
}

}  // namespace

bool is_silence(const LogGap& gap) {
  return gap.after_id == 0 && gap.next_id == 1;
}

std::vector<LogGap> channel_silences(const FactSet& facts, std::string_view channel) {
  std::vector<LogGap> silences;
  for (const LogCoverageFact& log : facts.log_coverage) {
    for (const LogGap& gap : log.gaps) {
      const bool is_filled =
          !is_silence(gap) || !equal_names(log.channel.raw(), channel) ||
          std::ranges::any_of(facts.log_coverage, [&](const LogCoverageFact& other) {
            return &other != &log && equal_names(other.channel.raw(), channel) &&
                   speaks_in(other, gap);
          });
      const bool is_known = std::ranges::any_of(silences, [&](const LogGap& known) {
        return known.after_time == gap.after_time && known.next_time == gap.next_time;
      });
      if (!is_filled && !is_known) {
        silences.push_back(gap);
      }
    }
  }
  std::ranges::sort(silences, {}, &LogGap::after_time);
  return silences;
}

}  // namespace npg
