#include "analysis/exposure/presence.hpp"

#include <algorithm>
#include <optional>

#include "analysis/exposure/bounds.hpp"
#include "base/evidence_text.hpp"
#include "fact/control_sets.hpp"
#include "fact/readings.hpp"

namespace npg::exposure {
namespace {

/// A key's time and its event lie some milliseconds apart.
constexpr std::uint64_t slack = FileTime::per_second;

/// What one copy of the hive says of the provider.
struct Sight {
  FileTime written;  ///< the copy was written until then
  FileTime known;    ///< the same without times that stand alone: it shows the provider until then
  FileTime since;    ///< its keys say so since then; `known` where they say nothing
  bool is_on = false;
  bool is_present = false;  ///< the present hive
  FileTime keys;            ///< of a registration that is there: when its key was last written
  FileTime order;           ///< when the order that lists it was last written
};

std::optional<Sight> sight_of(const HiveCopyFact& copy, const Provider& provider, const Life& life,
                              const NamedFacts& facts) {
  const bool is_any_set = copy.number == 0 && !knows_current_set(facts.all());
  const auto is_of_copy = [&copy, is_any_set](const auto& fact) {
    return fact.copy == copy.number && fact.moment != HiveMoment::before_replay &&
           (fact.control_set_is_current || is_any_set);
  };
  const RegistrationFact* registration = nullptr;
  for (const RegistrationFact* fact : facts.registrations(provider.name)) {
    // Of two keys of the name the one counts that is this provider.
    if (is_of_copy(*fact) &&
        (registration == nullptr || is_this(*fact, provider, life.sameness()))) {
      registration = fact;
    }
  }
  const ProviderOrderFact* order = nullptr;
  bool is_listed = false;
  for (const ProviderOrderFact& fact : facts.all().orders) {
    if (is_of_copy(fact)) {
      order = fact.is_hw_order || (is_any_set && is_listed) ? order : &fact;
      is_listed = is_listed || facts.may_list(fact, provider.name);
    }
  }
  Sight sight{.written = copy.written,
              .known = known_until(copy),
              .since = known_until(copy),
              .is_present = copy.number == 0};
  const auto written_since = [&](FileTime time) {
    return time.given() && time <= copy.written ? time : sight.known;
  };
  if (registration == nullptr) {
    if (!copy.lists_services) {
      return std::nullopt;
    }
  } else if (!is_this(*registration, provider, life.sameness())) {
    if (registration->values_incomplete) {
      return std::nullopt;
    }
  } else if (is_listed) {
    sight.is_on = true;
    sight.keys = written_since(registration->last_written);
    sight.order = order != nullptr && facts.may_list(*order, provider.name)
                      ? written_since(order->last_written)
                      : sight.keys;
    sight.since = std::max(sight.keys, sight.order);
    return sight;
  }
  if (order == nullptr) {
    return registration != nullptr ? std::nullopt : std::optional(sight);
  }
  if (!is_listed && !copy.has_all_orders) {
    return registration != nullptr ? std::nullopt : std::optional(sight);
  }
  if (!is_listed) {
    sight.since = written_since(order->last_written);
  }
  return sight;
}

/// Since when the primary file, before its logs are applied, shows the provider in place, where it
/// says something else than the hive does.
FileTime seen_before_replay(const Provider& provider, const Life& life, const NamedFacts& facts) {
  const auto is_of_it = [](const auto& fact, HiveMoment moment) {
    return fact.copy == 0 && fact.control_set_is_current && fact.moment == moment;
  };
  bool differs = false;
  const RegistrationFact* registration = nullptr;
  const ProviderOrderFact* order = nullptr;
  for (const HiveMoment moment : {HiveMoment::current, HiveMoment::before_replay}) {
    const bool is_before = moment == HiveMoment::before_replay;
    for (const RegistrationFact* fact : facts.registrations(provider.name)) {
      if (is_of_it(*fact, moment)) {
        registration = fact;
        differs = differs || is_before;
      }
    }
    for (const ProviderOrderFact& fact : facts.all().orders) {
      if (is_of_it(fact, moment) && !fact.is_hw_order) {
        order = &fact;
        differs = differs || is_before;
      }
    }
  }
  const bool is_on = differs && registration != nullptr &&
                     is_this(*registration, provider, life.sameness()) && order != nullptr &&
                     facts.may_list(*order, provider.name);
  return is_on ? std::max(registration->last_written, order->last_written) : FileTime{};
}

}  // namespace

bool is_back(const Provider& provider, const Life& life, const NamedFacts& facts) {
  const auto knows_of_removal = [&life](FileTime written) {
    return written.ticks + slack >= life.removal().time.ticks;
  };
  if ((life.gone() & (part_path | part_class)) != 0 && !knows_of_removal(provider.last_written)) {
    return false;
  }
  if ((life.gone() & part_listing) != 0) {
    return provider.order_position &&
           std::any_of(
               facts.all().orders.begin(), facts.all().orders.end(), [&](const auto& order) {
                 return order.moment == HiveMoment::current && order.control_set_is_current &&
                        !order.is_hw_order && knows_of_removal(order.last_written);
               });
  }
  return true;
}

void Presence::add_turns(const Life& life, std::vector<Known>& known) const {
  if (life.known_before().given()) {
    known.push_back({life.known_before(), life.known_before(), true, true});
  }
  FileTime complete;
  for (const Life::Turn& turn : life.turns()) {
    if (turn.is_on) {
      known.push_back({turn.time, turn.time, false, true});
      // Complete only when what the log did not tell of is there, too.
      complete = std::max(turn.time, unlogged_since_);
      known.push_back({complete, complete, true, true});
      continue;
    }
    if (complete > turn.time) {
      known.pop_back();  // It went before it is known to have been complete.
    } else {
      known.push_back({turn.time, turn.time, true, true});
    }
    known.push_back({turn.time, turn.time, false, true});
  }
}

void Presence::add_copies(const Provider& provider, const Life& life, const NamedFacts& facts,
                          std::vector<Known>& known) {
  std::vector<Sight> sights;
  for (const HiveCopyFact& copy : facts.all().hive_copies) {
    if (copy.is_software || copy.is_export || !copy.written.given()) {
      continue;
    }
    const auto sight = sight_of(copy, provider, life, facts);
    const bool is_outlived = sight && sight->is_present && sight->is_on &&
                             life.removal().change != nullptr && !is_back(provider, life, facts);
    if (sight && !is_outlived) {
      sights.push_back(*sight);
    }
  }
  std::ranges::stable_sort(
      sights, {}, [](const Sight& sight) { return std::pair(sight.written, sight.is_present); });
  const auto present = std::ranges::find_if(sights, &Sight::is_present);
  is_gone_in_later_copy_ =
      present != sights.end() && present->is_on &&
      std::any_of(present, sights.end(), [](const Sight& sight) { return !sight.is_on; });
  const unsigned unlogged = (part_path | part_class | part_listing) & ~life.given();
  if (life.has_making() && unlogged != 0) {
    for (const Sight& sight : sights) {
      if (sight.is_on) {
        const FileTime since = std::max((unlogged & part_listing) != 0 ? sight.order : FileTime{},
                                        (unlogged & ~part_listing) != 0 ? sight.keys : FileTime{});
        unlogged_since_ = unlogged_since_.given() ? std::min(unlogged_since_, since) : since;
      }
    }
  }
  add_turns(life, known);
  const std::vector<Known> logged = known;
  for (std::size_t i = 0; i < sights.size(); ++i) {
    Sight sight = sights[i];
    // Where another copy contradicts what the keys say, their times say nothing.
    if (i > 0 && sights[i - 1].is_on != sight.is_on && sight.since <= sights[i - 1].written) {
      sight.since = sight.known;
    }
    // A log that is newer than the keys decides, unless what it told last is what the copy has.
    bool is_overtaken = false;
    for (const Known& one : logged) {
      if (one.to < sight.since || one.to > sight.written) {
        continue;
      }
      const bool is_contrary = one.is_on != sight.is_on;
      is_overtaken = is_contrary && (is_overtaken || one.to.ticks > sight.since.ticks + slack);
      sight.since = is_contrary ? one.to : sight.since;
    }
    if (!is_overtaken) {
      known.push_back({sight.since, std::max(sight.since, sight.known), sight.is_on, false});
    }
  }
}

/// Without its DLL a registration that stays gives no password to anybody.
void Presence::add_dll_gaps(const Provider& provider, const Life& life, const NamedFacts& facts,
                            std::vector<Known>& known) {
  const std::vector<Known> without_gaps = known;
  const auto is_on_at = [&without_gaps](FileTime time) {
    bool is_on = false;
    for (const Known& one : without_gaps) {
      if (one.from <= time && time <= one.to) {
        return one.is_on;
      }
      is_on = one.to < time ? one.is_on : is_on;
    }
    return is_on;
  };
  for (const DllGap& gap : dll_gaps(provider, facts.all())) {
    if (gap.back <= life.path_since()) {
      continue;  // The registration named another file then.
    }
    const FileTime from = std::max(gap.deleted, life.path_since());
    for (Known& one : known) {
      if (!one.is_on || one.to <= from || one.from >= gap.back) {
        continue;
      }
      if (one.from >= from && one.to < gap.back) {
        one = {one.from, one.to, false, true};
      } else if (one.from >= from) {
        one.from = gap.back;
      } else if (one.to < gap.back) {
        one.to = from;
      }
    }
    if (is_on_at(from)) {
      known.push_back({from, from, from == gap.deleted, true});
      known.push_back({from, from, false, true});
    }
    if (is_on_at(gap.back)) {
      if (gap.is_written) {
        known.push_back({gap.back, gap.back, false, true});
      }
      known.push_back({gap.back, gap.back, true, true});
    }
    has_dll_gap_ = has_dll_gap_ || is_on_at(from) || is_on_at(gap.back);
  }
  std::ranges::stable_sort(known, {}, &Known::to);
}

void Presence::join(const std::vector<Known>& known) {
  std::vector<Known> gone;  // since the last part
  for (const Known& one : known) {
    if (!one.is_on) {
      // Two copies without it say nothing of the time between them when its order was written in
      // between; a log would have told.
      const bool goes_on =
          !gone.empty() && (one.from <= gone.back().to || one.is_logged || gone.back().is_logged);
      if (goes_on) {
        gone.back() = {gone.back().from, one.to, false, one.is_logged};
      } else {
        gone.push_back(one);
      }
      continue;
    }
    if (!parts_.empty() && gone.empty()) {
      parts_.back().to = std::max(parts_.back().to, one.to);
      continue;
    }
    WindowPart part{.from = one.from, .to = one.to, .earliest_from = {}, .latest_to = {}};
    if (parts_.empty()) {
      part.earliest_from = gone.empty() ? FileTime{} : gone.back().to;
    } else {
      // Of several stretches the longest is told.
      const auto longest = std::ranges::max_element(
          gone, {}, [](const Known& each) { return each.to.ticks - each.from.ticks; });
      parts_.back().latest_to = longest->from;
      part.earliest_from = longest->to;
    }
    gone.clear();
    parts_.push_back(part);
  }
  if (!parts_.empty() && !gone.empty()) {
    parts_.back().latest_to = gone.front().from;
  }
}

Presence::Presence(const Provider& provider, const Life& life, const NamedFacts& facts) {
  std::vector<Known> known;
  add_copies(provider, life, facts, known);
  if (const FileTime seen = seen_before_replay(provider, life, facts); seen.given()) {
    known.push_back({seen, seen, true, false});
  }
  std::ranges::stable_sort(known, {}, &Known::to);
  add_dll_gaps(provider, life, facts, known);
  const auto first = std::ranges::find_if(known, &Known::is_on);
  is_older_than_log_ = life.has_making() && first != known.end() &&
                       first->from.ticks + slack < life.first().time.ticks;
  join(known);
  for (const Known& one : known) {
    last_known_ = one.is_on ? std::max(last_known_, one.to) : last_known_;
    has_logged_ = has_logged_ || one.is_logged;
    is_gone_again_ = !one.is_on;
  }
}

}  // namespace npg::exposure
