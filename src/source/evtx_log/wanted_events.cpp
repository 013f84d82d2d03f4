#include "source/evtx_log/wanted_events.hpp"

#include <algorithm>

namespace npg {

WantedEvents::WantedEvents(std::span<const EventInterest> interests) {
  for (const EventInterest& interest : interests) {
    auto known = std::ranges::find_if(events_, [&](const WantedEvent& one) {
      return one.event_id == interest.event_id && equal_names(one.provider, interest.provider);
    });
    if (known == events_.end()) {
      events_.push_back(
          {.provider = interest.provider, .event_id = interest.event_id, .any_of = {}});
      known = events_.end() - 1;
    }
    known->always = known->always || interest.any_of.empty();
    known->any_of.insert(known->any_of.end(), interest.any_of.begin(), interest.any_of.end());
  }
  std::ranges::stable_sort(events_, {}, &WantedEvent::event_id);
}

const WantedEvent* WantedEvents::find(std::string_view provider, std::uint32_t event_id) const {
  for (const WantedEvent& one :
       std::ranges::equal_range(events_, event_id, {}, &WantedEvent::event_id)) {
    // An interest's provider is ASCII, and no other letter's upper case is.
    if (one.provider.size() == provider.size() && equal_names(one.provider, provider)) {
      return &one;
    }
  }
  return nullptr;
}

bool WantedEvents::has_id(std::uint32_t event_id) const {
  return std::ranges::binary_search(events_, event_id, {}, &WantedEvent::event_id);
}

}  // namespace npg
