#include "extract/events.hpp"

#include <algorithm>
#include <array>
#include <tuple>
#include <vector>

#include "extract/event_parts.hpp"

namespace npg {
namespace {

struct Route {
  EventInterest interest;
  EventPurpose purpose = EventPurpose::registration;
  void (*extract)(const WinEvent& event, TextPool& pool, FactSet& facts);
};

std::vector<Route> all_routes() {
  const std::array extractors = {
      registry_change_extractor(), file_change_extractor(),     process_start_extractor(),
      module_load_extractor(),     logon_extractor(),           logoff_extractor(),
      privilege_extractor(),       password_change_extractor(), system_event_extractor(),
  };
  std::vector<Route> routes;
  for (const EventExtractor& extractor : extractors) {
    for (const EventInterest& interest : extractor.interests) {
      routes.push_back({interest, extractor.purpose, extractor.extract});
    }
  }
  std::ranges::stable_sort(routes, {}, [](const Route& route) { return route.interest.event_id; });
  return routes;
}

/// Ordered by event id: most events of a log are of no interest, and their id says so at once.
const std::vector<Route>& routes() {
  static const std::vector<Route> made = all_routes();
  return made;
}

std::vector<EventInterest> interests_for(bool people) {
  std::vector<EventInterest> interests;
  for (const Route& route : routes()) {
    const bool is_known = std::ranges::any_of(interests, [&](const EventInterest& one) {
      return one.event_id == route.interest.event_id &&
             equal_names(one.provider, route.interest.provider);
    });
    if (!is_known && (people || route.purpose != EventPurpose::people)) {
      interests.push_back(route.interest);
    }
  }
  return interests;
}

}  // namespace

std::span<const EventInterest> event_interests() {
  static const std::vector<EventInterest> made = interests_for(true);
  return made;
}

std::span<const EventInterest> registration_interests() {
  static const std::vector<EventInterest> made = interests_for(false);
  return made;
}

void extract_event(const WinEvent& event, TextPool& pool, FactSet& facts) {
  const auto same_id = std::ranges::equal_range(
      routes(), event.event_id, {}, [](const Route& route) { return route.interest.event_id; });
  for (const Route& route : same_id) {
    if (is_from(event, route.interest.provider)) {
      route.extract(event, pool, facts);
    }
  }
}

}  // namespace npg
