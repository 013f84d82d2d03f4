#include "analysis/exposure/life.hpp"

#include <algorithm>

#include "base/evidence_text.hpp"
#include "fact/readings.hpp"

namespace npg::exposure {
namespace {

enum class KeyKind : std::uint8_t { other, order, hw_order, service, registration };

KeyKind kind_of_key(std::string_view key, const Provider& provider) {
  const std::string service = "\\Services\\" + std::string(provider.name.raw());
  return ends_with_name(key, "\\Control\\NetworkProvider\\Order")     ? KeyKind::order
         : ends_with_name(key, "\\Control\\NetworkProvider\\HwOrder") ? KeyKind::hw_order
         : ends_with_name(key, service + "\\NetworkProvider")         ? KeyKind::registration
         : ends_with_name(key, service)                               ? KeyKind::service
                                                                      : KeyKind::other;
}

const RegistryValueFact* value_named(const SharedText& name, const Provider& provider) {
  const auto found = std::ranges::find_if(provider.values, [&](const RegistryValueFact& value) {
    return equal_names(value.name.raw(), name.raw());
  });
  return found == provider.values.end() ? nullptr : &*found;
}

bool has_value(const SharedText& name, const Provider& provider) {
  return value_named(name, provider) != nullptr;
}

/// A logged write that leaves the value empty. Some logs do not tell the data at all: then nothing
/// says that there are none.
bool is_emptied(const Change& change) {
  return equal_names(change.new_value.raw(), "(Empty)") ||
         (change.new_value.empty() && !change.old_value.empty());
}

/// What another control set, which came into use, has or does not have counts as written then.
bool is_switched(const Change& change) {
  return change.what == "value_switched";
}
bool sets_value(const Change& change) {
  return change.what == "value_set" || (is_switched(change) && !change.new_value.empty());
}
bool deletes_value(const Change& change) {
  return change.what == "value_deleted" || (is_switched(change) && change.new_value.empty());
}

constexpr std::string_view path_names[] = {"ProviderPath", "AuthentProviderPath"};
unsigned path_bit(const SharedText& name) {
  return equal_names(name.raw(), path_names[0])   ? 1U
         : equal_names(name.raw(), path_names[1]) ? 2U
                                                  : 0U;
}

bool is_value_of(const SharedText& text, const SharedText& name, const Provider& provider) {
  const RegistryValueFact* value = value_named(name, provider);
  return value != nullptr && equal_names(value->text.raw(), text.raw());
}

}  // namespace

bool ends_with_name(std::string_view text, std::string_view tail) {
  return text.size() >= tail.size() && equal_names(text.substr(text.size() - tail.size()), tail);
}

bool order_lists(const SharedText& order, const Provider& provider) {
  const auto names = order_names(order.raw());
  return std::any_of(names.begin(), names.end(), [&provider](std::string_view name) {
    return equal_names(name, provider.name.raw());
  });
}

Life::Life(const Provider& provider, std::span<const Change> changes, Sameness sameness)
    : provider_(provider), sameness_(sameness) {
  for (const std::string_view name : path_names) {
    paths_ |= has_value(SharedText(name), provider) ? path_bit(SharedText(name)) : 0U;
  }
  for (const Change& change : changes) {
    const Effect effect = effect_of(change);
    if (!change.is_exact) {
      apply_compared(change, effect);
      continue;
    }
    apply(change, effect);
  }
  find_turns();
}

Effect Life::effect_of(const Change& change) {
  const bool sets = sets_value(change);
  switch (kind_of_key(change.key.raw(), provider_)) {
    case KeyKind::order: return listing_effect(change, sets, listed_);
    case KeyKind::hw_order: return hw_listing_effect(change, sets);
    case KeyKind::registration:
    case KeyKind::service: break;
    case KeyKind::other: return {};
  }
  const bool renamed = change.what == "renamed" && change.value_name.empty();
  if (change.what == "key_deleted" || change.what == "registration_removed" ||
      change.what == "registration_switched_out" || renamed) {
    return {.takes = part_path | part_class};
  }
  if (change.what == "registration_added" || change.what == "registration_switched_in") {
    return {.gives = part_path};  // Its class, where it came later, is a change of its own.
  }
  if (change.what == "key_created") {
    return {.begins = true};
  }
  if (kind_of_key(change.key.raw(), provider_) == KeyKind::service) {
    return {};  // Start, Description and the like of an honest service are no registration.
  }
  if (path_bit(change.value_name) != 0) {
    return path_effect(change, sets);
  }
  if (!equal_names(change.value_name.raw(), "Class")) {
    return {};  // Name and DeviceName come with a new registration; later they say nothing.
  }
  if (deletes_value(change)) {
    return {.takes = part_class};
  }
  if (!sets) {
    return {};
  }
  const auto number = logged_number(change.new_value.raw());
  const bool receives = !number || (*number & 0x6) != 0;
  const auto before = logged_number(change.old_value.raw());
  const unsigned had = before && (*before & 0x6) != 0 ? part_class : 0U;
  return receives ? Effect{.gives = part_class, .had = had} : Effect{.takes = part_class};
}

Effect Life::path_effect(const Change& change, bool sets) {
  const unsigned bit = path_bit(change.value_name);
  if (deletes_value(change) || (sets && is_emptied(change))) {
    paths_ &= change.is_exact ? ~bit : ~0U;
    return (paths_ & ~bit) != 0 && still_names_receiver(bit) ? Effect{}
                                                             : Effect{.takes = part_path};
  }
  if (!sets) {
    return {};
  }
  if (provider_.state == ProviderState::removed && names_other_file(change)) {
    // It was bent and put right again: its end is when another file was named in its place. Sysmon
    // does not log what was there before; then the writes before this one say it.
    const bool ends = change.old_value.empty()
                          ? !change.was_created && (seen_ & part_path & ~gone_) != 0
                          : is_value_of(change.old_value, change.value_name, provider_);
    return ends ? Effect{.takes = part_path} : Effect{};
  }
  const unsigned had = had_other_path(change, bit) ? part_path : 0U;
  paths_ |= bit;
  if (change.is_exact && !equal_names(change.new_value.raw(), named_path_)) {
    named_path_ = change.new_value.raw();
    path_since_ = change.time;
  }
  return {.gives = part_path, .had = had};
}

/// Another DLL, which counts as this provider, was named before the change: in the value that it
/// sets, or, where two states are compared and the other value is the same in both, in that one.
bool Life::had_other_path(const Change& change, unsigned bit) const {
  const bool is_beside = !change.is_exact && (paths_ & ~bit) != 0;
  return sameness_ == Sameness::by_name && (!change.old_value.empty() || is_beside);
}

/// AuthentProviderPath is what receives where both are there: ProviderPath goes on in its place
/// only where it names the same file.
bool Life::still_names_receiver(unsigned gone) const {
  const RegistryValueFact* path = value_named(SharedText(path_names[0]), provider_);
  const RegistryValueFact* authent = value_named(SharedText(path_names[1]), provider_);
  return gone == path_bit(SharedText(path_names[0])) || path == nullptr || authent == nullptr ||
         equal_names(path->text.raw(), authent->text.raw());
}

bool Life::names_other_file(const Change& change) const {
  return has_value(change.value_name, provider_) &&
         !is_value_of(change.new_value, change.value_name, provider_);
}

Effect Life::listing_effect(const Change& change, bool sets, std::optional<bool>& listed) {
  if (!sets || !equal_names(change.value_name.raw(), "ProviderOrder")) {
    return {};
  }
  const bool now = order_lists(change.new_value, provider_);
  // Sysmon does not log what was there before; then the write before this one says it.
  const std::optional<bool> before =
      change.old_value.empty() ? listed : std::optional(order_lists(change.old_value, provider_));
  if (change.is_exact) {
    listed = now;
  }
  if (now && before != std::optional(true)) {
    return {.gives = part_listing};
  }
  // Which of the two orders Windows reads is not documented: still standing in HwOrder is no end.
  const bool leaves = !now && before == std::optional(true);
  return leaves && !provider_.hw_order_position ? Effect{.takes = part_listing} : Effect{};
}

Effect Life::hw_listing_effect(const Change& change, bool sets) {
  Effect effect = listing_effect(change, sets, hw_listed_);
  if (provider_.order_position || listed_ == std::optional(true)) {
    effect.takes = 0;
  }
  return effect;
}

void Life::apply_compared(const Change& change, const Effect& effect) {
  // The last state that still had it bounds the end best.
  if (effect.takes != 0) {
    compared_removal_ = {change.time, &change};
    compared_ |= effect.takes;  // That it came again later does not bound its first coming.
  }
  const unsigned fresh = effect.gives & ~effect.had & ~compared_;
  if (fresh == 0) {
    return;
  }
  if (!change.not_before.given()) {
    // Nothing bounds it from below; that it came as late as that still holds.
    if (compared_earliest_.change != nullptr && change.time > compared_latest_.time) {
      compared_latest_ = {change.time, &change};
    }
    return;
  }
  // A state without the DLL or the class says that nobody listened; one without the listing says
  // less, since which of the two orders Windows reads is not documented.
  const bool is_listing = fresh == part_listing;
  const bool has_stronger = (compared_ & (part_path | part_class)) != 0;
  const bool replaces =
      compared_earliest_.change == nullptr ||
      (!is_listing && (!has_stronger || change.not_before > compared_earliest_.time));
  if (replaces) {
    compared_earliest_ = {change.not_before, &change};
  }
  if (compared_latest_.change == nullptr || change.time > compared_latest_.time) {
    compared_latest_ = {change.time, &change};
  }
  compared_ |= fresh;
}

void Life::apply(const Change& change, const Effect& effect) {
  if ((effect.gives != 0 || effect.begins) && first_.change == nullptr) {
    first_ = {change.time, &change};
  }
  if (effect.begins && (seen_ & (part_path | part_class)) == 0) {
    begun_ = {change.time, &change};
  }
  if ((effect.gives & ~seen_) != 0 || (effect.begins && seen_ == 0)) {
    complete_ = {change.time, &change};
  }
  seen_ |= effect.gives;
  gone_ &= ~effect.gives;
  if (gone_ == 0 && effect.gives != 0) {
    removal_ = {};
  }
  if (effect.takes != 0 && gone_ == 0) {
    removal_ = {change.time, &change};
  }
  gone_ |= effect.takes;
  steps_.push_back({change.time, effect});
}

void Life::find_turns() {
  if (first_.change == nullptr) {
    return;
  }
  // What the log never gives and never takes was there all the time; what it takes before it gives
  // was there at first.
  unsigned told = 0;
  unsigned has = part_path | part_class | part_listing;
  for (const Step& step : steps_) {
    const Effect& effect = step.effect;
    const unsigned made =
        (effect.gives & ~effect.had) | (effect.begins ? part_path | part_class : 0U);
    has &= ~(made & ~told);
    told |= effect.gives | effect.takes | made;
    if (told != 0 && !known_before_.given()) {
      known_before_ = step.time;
    }
  }
  bool was_on = has == (part_path | part_class | part_listing);
  if (!was_on) {
    known_before_ = {};
  }
  for (const Step& step : steps_) {
    has = (has | step.effect.gives) & ~step.effect.takes;
    const bool is_on = has == (part_path | part_class | part_listing);
    if (is_on != was_on) {
      turns_.push_back({step.time, is_on});
    }
    was_on = is_on;
  }
}

}  // namespace npg::exposure
