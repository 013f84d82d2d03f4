// What a stream of events can and cannot tell: facts about how events came here, not about the
// host.
#pragma once

#include <cstdint>
#include <string_view>
#include <tuple>

#include "fact/fact_field.hpp"
#include "fact/origin.hpp"
#include "fact/shared_text.hpp"

namespace npg {

/// The events of one computer that one file holds in one dialect.
struct EventDialectFact {
  static constexpr std::string_view kind = "event_dialect";
  SharedText dialect;   ///< "Winlogbeat"
  SharedText computer;  ///< as logged
  SharedText loses;     ///< what the dialect leaves out of every event; empty for nothing
  std::uint64_t events = 0;
  bool is_alerts = false;            ///< holds only what rules matched
  bool is_sensor = false;            ///< a sensor's own events, of no Windows log
  std::uint64_t without_zone = 0;    ///< events whose time names no zone
  std::uint64_t without_names = 0;   ///< events of interest whose values could not be named
  std::uint64_t from_collector = 0;  ///< events that name the collecting host alone
  std::uint64_t without_time = 0;    ///< events without a usable time
  std::uint64_t not_events = 0;      ///< objects of the same file that are of no known form
  Origin origin;

  template <typename F = EventDialectFact>
  static constexpr auto fields() {
    return std::tuple{
        FactField{"dialect", &F::dialect, "the form the events are written in"},
        FactField{"computer", &F::computer, "Computer, as logged"},
        FactField{"loses", &F::loses, "what that form leaves out"},
        FactField{"events", &F::events, "events read"},
        FactField{"is_alerts", &F::is_alerts, "holds only what rules matched"},
        FactField{"is_sensor", &F::is_sensor, "a sensor's events, of no Windows log"},
        FactField{"without_zone", &F::without_zone, "events whose time names no zone"},
        FactField{"without_names", &F::without_names, "events whose values could not be named"},
        FactField{"from_collector", &F::from_collector, "events that name the collector alone"},
        FactField{"without_time", &F::without_time, "events without a usable time"},
        FactField{"not_events", &F::not_events, "objects beside them of no known form"},
        FactField{"origin", &F::origin, "the first of them"},
    };
  }
};

}  // namespace npg
