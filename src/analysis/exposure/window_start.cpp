#include "analysis/exposure/window_start.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "analysis/exposure/bounds.hpp"
#include "base/evidence_text.hpp"
#include "fact/control_sets.hpp"

namespace npg::exposure {
namespace {

/// Its keys say that they were last written before a state of the registry that does not have it:
/// one of the two times was set, and nothing tells which.
void state_contradiction(const Provider& provider, const NamedFacts& facts, Exposure& window) {
  const auto found = contradiction(provider, facts);
  if (!found) {
    return;
  }
  const FileTime own = provider.last_written;
  window.assumed.push_back(
      own > window.earliest_start
          ? fmt::format(
                "its key was last written at {}, and an older state of the registry that "
                "says {} of itself does not have it: one of the two was set, so that it may "
                "have been in place from {} on and is known to have been from {} on",
                to_screen_time(own), to_screen_time(found->time),
                to_screen_time(window.earliest_start), to_screen_time(window.latest_start))
          : fmt::format(
                "its key was last written at {}, and an older state of the registry that "
                "says {} of itself does not have it: that the former was set, and not the "
                "many times of the latter, is assumed; else it has been in place since then",
                to_screen_time(own), to_screen_time(found->time)));
}

/// The older state is the hive without its logs, and the time that of a key of it, not of the
/// whole.
bool is_by_key_before_replay(const Change& change, const NamedFacts& facts) {
  const auto is_it = [&change](const auto& fact) {
    return fact.moment == HiveMoment::before_replay && fact.copy == 0 &&
           fact.last_written == change.not_before && !change.evidence.empty() &&
           fact.origin == change.evidence.front();
  };
  return std::ranges::any_of(facts.all().orders, is_it);
}

/// Two states of the registry, one without it and a later one with it, bound the start.
void set_compared_start(const Provider& provider, const Life& life, const Presence& presence,
                        const NamedFacts& facts, Exposure& exposure) {
  // One that registers it and lists it nowhere comes later, where there is one.
  const FileTime unlisted =
      presence.parts().empty() ? FileTime{} : presence.parts().front().earliest_from;
  exposure.earliest_start = std::max(life.compared_earliest().time, unlisted);
  exposure.latest_start = std::max(life.compared_latest().time, exposure.earliest_start);
  const bool is_by_key = is_by_key_before_replay(*life.compared_earliest().change, facts);
  exposure.start_basis = fmt::format(
      "no logged write: {} does not have it; a later one has it, and the latest start is "
      "when its keys or, where their times say nothing, that state were last written",
      is_by_key ? "the hive without its logs, whose order was last written at the "
                  "earliest start,"
                : "an older state of the registry, written until the earliest start,");
  const bool is_switch = life.compared_earliest().change->what == "registration_switched_in";
  Bounds bounds(exposure);
  bounds.add("older_copy_without", "start", life.compared_earliest().time, true,
             is_switch ? "an older state of the registry, written to then, ran with a control set "
                         "that does not have it"
             : is_by_key
                 ? "the order of the hive without its logs, last written then, does not list it"
                 : "an older state of the registry, written to then, does not have it",
             life.compared_earliest().change->evidence);
  if (unlisted > life.compared_earliest().time) {
    bounds.add("older_copy_without", "start", unlisted, true,
               "an older state of the registry, written to then, does not have all that it needs");
  }
  bounds.add("state_with", "start", exposure.latest_start, true,
             "a later state has it; its keys, or that state, were last written then",
             life.compared_latest().change->evidence);
  state_contradiction(provider, facts, exposure);
  for (const Change* change : {life.compared_earliest().change, life.compared_latest().change}) {
    exposure.evidence.insert(exposure.evidence.end(), change->evidence.begin(),
                             change->evidence.end());
  }
}

/// Keys that were last written then have it, and the order lists it: it was there at the latest
/// then.
void start_from_keys(const Provider& provider, const NamedFacts& facts, Exposure& window) {
  FileTime latest = provider.last_written;
  Bounds bounds(window);
  bounds.add("key_written", "start", provider.last_written, true,
             "its keys were last written: in place at the latest then", provider.evidence);
  const bool knows_set = knows_current_set(facts.all());
  for (const ProviderOrderFact& order : facts.all().orders) {
    const bool is_place = order.control_set_is_current
                              ? provider.order_position.has_value()
                              : !knows_set && facts.lists(order.raw, provider.name);
    if (!order.is_hw_order && is_place && order.moment == HiveMoment::current) {
      latest = std::max(latest, order.last_written);
      window.evidence.push_back(order.origin);
      bounds.add("order_written", "start", order.last_written, true,
                 "the order that lists it was last written: listed at the latest then",
                 {order.origin});
    }
  }
  for (const ProviderOrderFact& order : facts.all().orders) {
    const bool is_place = order.is_hw_order && order.control_set_is_current &&
                          order.moment == HiveMoment::current && provider.hw_order_position &&
                          !provider.order_position;
    if (is_place) {
      latest = std::max(latest, order.last_written);
      window.evidence.push_back(order.origin);
      bounds.add("hw_order_written", "start", order.last_written, true,
                 "HwOrder, which alone lists it, was last written: listed there at the latest then",
                 {order.origin});
    }
  }
  window.latest_start = latest;
  window.evidence.insert(window.evidence.end(), provider.evidence.begin(), provider.evidence.end());
}

void start_from_log(const Provider& provider, const Life& life, const Presence& presence,
                    Exposure& window) {
  window.earliest_start = life.first().time;
  window.latest_start = life.complete().time;
  window.start_basis = "the first logged write that registered it and the one that completed it";
  Bounds bounds(window);
  bounds.add("first_write", "start", life.first().time, true,
             "the first logged write that registered it", life.first().change->evidence);
  // What the log does not tell of came at the latest when its key was last written.
  const FileTime unlogged = presence.unlogged_since();
  if (unlogged.ticks > life.complete().time.ticks + FileTime::per_second) {
    window.latest_start = unlogged;
    window.start_basis =
        "the first logged write that registered it, and the last write of the key whose values the "
        "log does not tell of: in place at the latest then";
    bounds.add("key_written", "start", unlogged, true,
               "a key of which the log does not tell all was last written: complete at the latest "
               "then",
               provider.evidence);
  } else {
    bounds.add("completing_write", "start", life.complete().time, true,
               "the logged write that completed the registration",
               life.complete().change->evidence);
  }
  // A name may stand in the order before any key bears it.
  if (life.begun().time > life.first().time) {
    window.earliest_start = life.begun().time;
    window.start_basis += "; before that no key bore its name";
    bounds.add("key_made", "start", life.begun().time, true,
               "its key was made, or got this name: not there before",
               life.begun().change->evidence);
  }
  for (const Change* change : {life.first().change, life.complete().change}) {
    window.evidence.insert(window.evidence.end(), change->evidence.begin(), change->evidence.end());
  }
}

/// The log tells of its removal alone: it was there until then, and nothing says since when. The
/// time of its key is that of the removal or of what came after it.
bool is_known_by_removal(const Provider& provider, const Life& life) {
  const bool says_nothing =
      !provider.last_written.given() ||
      provider.last_written.ticks + FileTime::per_second >= life.removal().time.ticks;
  return provider.state == ProviderState::removed && !life.has_making() && says_nothing &&
         life.compared_earliest().change == nullptr && life.removal().change != nullptr;
}

void start_from_removal(const Life& life, Exposure& window) {
  window.latest_start = life.removal().time;
  Bounds(window).add("removal_logged", "start", window.latest_start, true,
                     "its removal was logged: in place at the latest until then",
                     life.removal().change->evidence);
}

/// It was there before the log tells of it, and was taken away and put back since.
void start_before_log(const Life& life, Exposure& window) {
  window.latest_start = life.known_before();
  Bounds(window).add("known_before", "start", window.latest_start, true,
                     "the first logged change to it says that it was there before");
}

/// An older state without it bounds the start only where none has it before.
bool is_bounded_by_copies(const Life& life, const Presence& presence) {
  return life.compared_earliest().change != nullptr &&
         (presence.parts().empty() ||
          presence.parts().front().from > life.compared_earliest().time);
}

}  // namespace

void set_start(const Provider& provider, const Life& life, const Presence& presence,
               const NamedFacts& facts, bool is_inferred, Exposure& window) {
  const bool by_removal = is_known_by_removal(provider, life);
  const bool is_made =
      life.has_making() && !life.known_before().given() && !presence.is_older_than_log();
  const bool is_compared = !is_made && is_bounded_by_copies(life, presence);
  if (is_made) {
    start_from_log(provider, life, presence, window);
  } else if (is_compared) {
    set_compared_start(provider, life, presence, facts, window);
  } else if (life.known_before().given()) {
    start_before_log(life, window);
  } else if (by_removal) {
    start_from_removal(life, window);
  } else {
    start_from_keys(provider, facts, window);
  }
  Bounds bounds(window);
  // What shows it in place earlier than its last write does.
  bool needs_listing = !provider.order_position;
  for (const Sighting& sighting : sightings(provider, life.sameness(), facts)) {
    bounds.add(sighting.what, "start", sighting.time, true, sighting.text, sighting.evidence);
    // Where the present order does not list it, its own keys' times say nothing of a place in one.
    const bool is_bound = sighting.time < window.latest_start || needs_listing;
    needs_listing = false;
    if (is_bound && !is_made) {
      window.latest_start = sighting.time;
      window.evidence.insert(window.evidence.end(), sighting.evidence.begin(),
                             sighting.evidence.end());
    }
  }
  if (const auto created = dll_times(provider, facts.all()).created) {
    bounds.add(created->what, "start", created->time, true, created->text, created->evidence);
    const bool is_later =
        created->time > window.latest_start && (!window.end.given() || created->time < window.end);
    if (is_later && is_made) {
      window.latest_start = created->time;
      window.start_basis += "; its DLL was written to its place after that";
    }
  }
  if (is_made || is_compared) {
    return;
  }
  bound_by_installation(facts.all(), window);
  const bool is_bounded_by_copy = [&] {
    const auto absence = last_absence(provider, facts, window.latest_start);
    if (!absence || absence->time <= window.earliest_start) {
      return false;
    }
    bounds.add("older_copy_without", "start", absence->time, true,
               "an older state of the hive, written to then, does not have it", {absence->origin});
    window.earliest_start = absence->time;
    window.evidence.push_back(absence->origin);
    return true;
  }();
  const std::string_view earliest =
      is_bounded_by_copy ? ", at the earliest when an older state of the hive, which does "
                           "not have it, was last written"
      : window.earliest_start.given() ? ", at the earliest when Windows was installed"
                                      : "; nothing bounds the start";
  window.start_basis =
      life.known_before().given()
          ? fmt::format(
                "the first logged change to it says that it was there before{}; who put it "
                "there, and when, is not visible",
                earliest)
      : by_removal ? fmt::format(
                         "only its removal is logged: in place until then{}; who put it "
                         "there, and when, is not visible",
                         earliest)
      : !window.latest_start.given()
          ? std::string(
                "nothing in the evidence dates when it was there: no logged write, and no state "
                "with "
                "a time has it")
          : fmt::format(
                "no logged write: in place at the latest when its keys were last written{}; {}",
                earliest,
                is_inferred
                    ? "who wrote them is inferred from a command line or script right before"
                    : "who wrote them is not visible: a key keeps its time and never a name");
}

}  // namespace npg::exposure
