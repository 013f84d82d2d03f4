#include "source/event_json/event_times.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "base/evidence_text.hpp"
#include "source/event_json/event_time.hpp"
#include "view/sensors.hpp"

namespace npg {
namespace {

/// Limit: changes of the registry without a time that wait for one.
constexpr std::size_t waiting_max = 4096;

bool is_registry_change(const WinEvent& event) {
  const std::string_view shape = shape_of(event.provider.raw());
  if (equal_names(shape, "Microsoft-Windows-Sysmon")) {
    return event.event_id >= 12 && event.event_id <= 14;
  }
  constexpr std::array<std::uint32_t, 5> ids = {4656, 4657, 4660, 4663, 4670};
  return equal_names(shape, "Microsoft-Windows-Security-Auditing") &&
         std::ranges::find(ids, event.event_id) != ids.end();
}

/// Of a change that takes something away, the later time is the careful one.
bool takes_away(const WinEvent& event) {
  return event.event_id == 4660 || event.text("OperationType") == "%%1906" ||
         event.text("EventType").starts_with("Delete");
}

/// How far UTC is ahead of local time: whole quarters of an hour, up to 14 hours.
std::optional<std::int64_t> zone_between(FileTime local, FileTime utc) {
  constexpr auto quarter = static_cast<std::int64_t>(900 * FileTime::per_second);
  constexpr auto near = static_cast<std::int64_t>(120 * FileTime::per_second);
  constexpr std::int64_t furthest = 14LL * 4 * quarter;
  const auto apart = static_cast<std::int64_t>(utc.ticks - local.ticks);
  if (apart > furthest + near || apart < -furthest - near) {
    return std::nullopt;
  }
  const std::int64_t zone =
      (apart >= 0 ? (apart + quarter / 2) / quarter : -((-apart + quarter / 2) / quarter)) *
      quarter;
  const std::int64_t off = apart - zone;
  return off > near || off < -near ? std::nullopt : std::optional(zone);
}

}  // namespace

bool is_usable(FileTime time) {
  static const FileTime latest = parse_time("2100-01-01T00:00:00Z").value_or(FileTime{});
  return time.given() && time < latest;
}

void EventTimes::settle(const Json& root, const Parts& parts, EventHead& head) {
  if (head.time.has_zone && is_usable(head.time.time)) {
    return;
  }
  const Json inner = parts[Slot::event_data].member("UtcTime");
  const Json utc_text = inner.exists() ? inner : root.member("UtcTime");
  const bool is_sysmon = equal_names(head.provider, "Microsoft-Windows-Sysmon");
  const FileTime utc = is_sysmon && utc_text.exists() ? read_event_time(utc_text).time : FileTime{};
  if (!is_usable(head.time.time)) {
    head.time = {.time = is_usable(utc) ? utc : FileTime{}};
    return;
  }
  if (utc.given()) {
    if (const auto zone = zone_between(head.time.time, utc)) {
      zones_.insert_or_assign(std::string(head.computer), *zone);
    }
  }
  if (const auto zone = zones_.find(head.computer); zone != zones_.end()) {
    head.time.time.ticks += static_cast<std::uint64_t>(zone->second);
    head.time.has_zone = true;
  }
}

void EventTimes::note(const Place& place, FileTime time) {
  if (last_time_ == nullptr || last_place_ != place) {
    last_time_ = &last_times_[place];
    last_place_ = place;
  }
  *last_time_ = time;
  for (std::size_t i = 0; unplaced_ > 0 && i < waiting_.size(); ++i) {
    Waiting& one = waiting_[i];
    if (one.place == place && !one.event.created.given()) {
      const bool later = takes_away(one.event) || !one.before.given();
      one.event.created = later ? time : one.before;
      --unplaced_;
    }
  }
}

bool EventTimes::hold(const Place& place, const WinEvent& event) {
  if (!is_registry_change(event) || waiting_.size() >= waiting_max) {
    return false;
  }
  const auto last = last_times_.find(place);
  ++unplaced_;
  waiting_.push_back({.event = event,
                      .place = place,
                      .before = last == last_times_.end() ? FileTime{} : last->second});
  return true;
}

std::vector<WinEvent> EventTimes::take_held() {
  std::vector<WinEvent> held;
  for (Waiting& one : waiting_) {
    if (!one.event.created.given()) {
      one.event.created = one.before;
    }
    held.push_back(std::move(one.event));
  }
  waiting_.clear();
  unplaced_ = 0;
  return held;
}

}  // namespace npg
