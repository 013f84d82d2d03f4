// EventTimes: when the events of a stream happened. A time may lack its zone, or be no time at all;
// other events of the stream then tell.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/filetime.hpp"
#include "source/event_json/dialect.hpp"
#include "view/win_event.hpp"

namespace npg {

/// False for no time, and for one far ahead of ours: what writes those is broken or lies.
[[nodiscard]] bool is_usable(FileTime time);

class EventTimes {
 public:
  /// How local time without a zone is behind UTC, by computer as JSON writes it; ticks.
  using Zones = std::map<std::string, std::int64_t, std::less<>>;
  /// What events one after the other are of: numbers of a channel and a computer.
  using Place = std::pair<std::uint32_t, std::uint32_t>;

  explicit EventTimes(Zones zones) : zones_(std::move(zones)) {}
  /// What events told of the zones of their times: Sysmon's have UTC beside them.
  [[nodiscard]] const Zones& zones() const { return zones_; }

  /// Takes the time from what else the event tells, or says that it has none.
  void settle(const Json& root, const Parts& parts, EventHead& head);
  /// Notes the time of the event that came next in a place; changes that wait there get theirs.
  void note(const Place& place, FileTime time);
  /// Keeps a change of the registry without a time until others tell it. False for any other event,
  /// and when too many wait.
  [[nodiscard]] bool hold(const Place& place, const WinEvent& event);
  /// Gives what was held, in its order, and forgets it. Times that nobody told are not given.
  [[nodiscard]] std::vector<WinEvent> take_held();

 private:
  /// A change of the registry without a time, and the time of the event before it.
  struct Waiting {
    WinEvent event;
    Place place;
    FileTime before;
  };
  Zones zones_;
  std::vector<Waiting> waiting_;
  std::size_t unplaced_ = 0;  ///< of those: without a time yet
  std::map<Place, FileTime> last_times_;
  FileTime* last_time_ = nullptr;  ///< of last_place_
  Place last_place_;
};

}  // namespace npg
