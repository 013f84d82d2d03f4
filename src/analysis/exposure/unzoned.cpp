#include "analysis/exposure/unzoned.hpp"

#include <algorithm>
#include <set>

namespace npg::exposure {
namespace {

constexpr std::uint64_t zone_max = 14 * 3600 * FileTime::per_second;

FileTime earlier(FileTime time) {
  return time.ticks > zone_max ? FileTime{time.ticks - zone_max} : time;
}
FileTime later(FileTime time) {
  return {time.ticks + zone_max};
}

}  // namespace

bool has_mixed_zones(const FactSet& facts, std::span<const EventDialectFact> streams) {
  std::set<std::uint32_t> unzoned;
  bool has_zoned = !facts.registrations.empty() || !facts.orders.empty();
  for (const EventDialectFact& stream : streams) {
    if (stream.without_zone > 0) {
      unzoned.insert(stream.origin.evidence);
      has_zoned = has_zoned || stream.without_zone < stream.events;
    } else {
      has_zoned = has_zoned || stream.events > 0;
    }
  }
  return !unzoned.empty() &&
         (has_zoned || unzoned.size() > 1 ||
          std::ranges::any_of(facts.log_coverage, [&](const LogCoverageFact& log) {
            return !unzoned.contains(log.origin.evidence);
          }));
}

void widen_for_zones(Exposure& window) {
  if (window.earliest_start.given()) {
    window.earliest_start = earlier(window.earliest_start);
  }
  if (window.latest_start.given()) {
    window.latest_start = later(window.latest_start);
  }
  if (window.end.given()) {
    window.earliest_end = earlier(window.earliest_end.given() ? window.earliest_end : window.end);
    window.end = later(window.end);
  }
  // When it was switched off in between is as uncertain.
  window.parts.clear();
  window.parts.push_back({.from = window.latest_start,
                          .to = window.end,
                          .earliest_from = window.earliest_start,
                          .latest_to = window.end});
  window.assumed.emplace_back(
      "a part of the host's times is local time of an unknown zone: the window is 14 hours wider "
      "on both sides, and what lies there is possible at most");
}

}  // namespace npg::exposure
