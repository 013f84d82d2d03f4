// Facts of single events: one extractor a fact kind. An event is looked at alone; joining it with
// others is the analysis' matter.
#pragma once

#include <cstdint>
#include <span>

#include "fact/fact_set.hpp"
#include "fact/text_pool.hpp"
#include "view/win_event.hpp"

namespace npg {

/// What facts of an event are needed for.
enum class EventPurpose : std::uint8_t {
  registration,  ///< what was registered, changed, loaded or hidden: always
  people,        ///< who logged on and off: when a password could be seen or a change has an actor
};

/// Every provider and event id that some extractor reads; each pair once, ordered by event id. What
/// is not in it, extract_event ignores. Lives as long as the program.
[[nodiscard]] std::span<const EventInterest> event_interests();
/// The same without those that only tell of people: most records of a Security log.
[[nodiscard]] std::span<const EventInterest> registration_interests();

/// Appends the facts that the event holds: none for an event of no interest. Fields that are
/// missing or hold something odd leave their part of the fact empty. Safe to call from several
/// threads with pools and sets of their own.
void extract_event(const WinEvent& event, TextPool& pool, FactSet& facts);

}  // namespace npg
