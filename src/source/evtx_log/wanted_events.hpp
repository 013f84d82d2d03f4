// Which events somebody asked for, by provider and event id.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "view/win_event.hpp"

namespace npg {

/// One kind of event that is asked for, and the tests of those who ask.
struct WantedEvent {
  std::string_view provider;
  std::uint32_t event_id = 0;
  bool always = false;            ///< one of them has none
  std::vector<FieldTest> any_of;  ///< the tests of all
};

class WantedEvents {
 public:
  explicit WantedEvents(std::span<const EventInterest> interests);
  /// Null when nobody asks for it.
  [[nodiscard]] const WantedEvent* find(std::string_view provider, std::uint32_t event_id) const;
  /// True when an event of this id is asked for, whatever its provider.
  [[nodiscard]] bool has_id(std::uint32_t event_id) const;

 private:
  std::vector<WantedEvent> events_;  ///< ordered by event id
};

}  // namespace npg
