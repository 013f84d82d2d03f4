#include "extract/events.hpp"

#include <algorithm>
#include <array>
#include <tuple>
#include <vector>

#include "extract/event_parts.hpp"
#include "fact/text_pool.hpp"

namespace npg {
namespace {

struct Route {
  EventInterest interest;
  EventPurpose purpose = EventPurpose::registration;
  EventPurpose untested = EventPurpose::registration;
  void (*extract)(const WinEvent& event, TextPool& pool, FactSet& facts);
};

std::vector<Route> all_routes() {
  const std::array extractors = {
      registry_change_extractor(), file_change_extractor(),     process_start_extractor(),
      module_load_extractor(),     logon_extractor(),           logoff_extractor(),
      privilege_extractor(),       password_change_extractor(), system_event_extractor(),
      remote_access_extractor(),   script_extractor(),
  };
  std::vector<Route> routes;
  for (const EventExtractor& extractor : extractors) {
    for (const EventInterest& interest : extractor.interests) {
      routes.push_back({interest, extractor.purpose, extractor.untested, extractor.extract});
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
    if (!people && route.purpose == EventPurpose::people) {
      continue;
    }
    EventInterest interest = route.interest;
    if (people && route.untested == EventPurpose::people) {
      interest.any_of = {};
    }
    const auto known = std::ranges::find_if(interests, [&](const EventInterest& one) {
      return one.event_id == interest.event_id && equal_names(one.provider, interest.provider);
    });
    if (known == interests.end()) {
      interests.push_back(interest);
    } else {
      // Limit: tests of two extractors are not joined; both then see every such event.
      known->any_of = {};
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
