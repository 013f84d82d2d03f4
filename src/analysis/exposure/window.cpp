#include "analysis/exposure/window.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/evidence_text.hpp"
#include "fact/readings.hpp"

namespace npg {
namespace {

constexpr std::uint32_t first_build_with_policy =
    22621;  // Windows 11 22H2 (policy-csp-windowslogon)
constexpr std::uint32_t first_build_password_off =
    25216;  // from this build on, unset means an empty password

bool ends_with_name(std::string_view text, std::string_view tail) {
  return text.size() >= tail.size() && equal_names(text.substr(text.size() - tail.size()), tail);
}

enum class KeyKind : std::uint8_t { other, order, hw_order, service, registration };

KeyKind kind_of_key(std::string_view key, const Provider& provider) {
  const std::string service = "\\Services\\" + std::string(provider.name.raw());
  return ends_with_name(key, "\\Control\\NetworkProvider\\Order")     ? KeyKind::order
         : ends_with_name(key, "\\Control\\NetworkProvider\\HwOrder") ? KeyKind::hw_order
         : ends_with_name(key, service + "\\NetworkProvider")         ? KeyKind::registration
         : ends_with_name(key, service)                               ? KeyKind::service
                                                                      : KeyKind::other;
}

bool order_lists(const SharedText& order, const Provider& provider) {
  const auto names = order_names(order.raw());
  return std::any_of(names.begin(), names.end(), [&provider](std::string_view name) {
    return equal_names(name, provider.name.raw());
  });
}

/// Something that says "from here on" or "until here", with the time that it bounds.
struct Mark {
  FileTime time;
  const Change* change = nullptr;
};

/// What a provider needs to receive credentials: a DLL, a class that asks for them, a place in the
/// order.
enum Part : unsigned { part_path = 1, part_class = 2, part_listing = 4 };

/// Whether a change gives the provider a part or takes parts away.
struct Effect {
  unsigned gives = 0;
  unsigned takes = 0;
  bool begins = false;  ///< belongs to a registration's making, without giving a part by itself
};

/// Follows the logged changes of one provider in time: when each part first came, and since when
/// one is gone.
class Life {
 public:
  Life(const Provider& provider, std::span<const Change> changes) : provider_(provider) {
    for (const Change& change : changes) {
      const Effect effect = effect_of(change);
      if (!change.is_exact) {
        // The last state that still had it bounds the end best.
        if (effect.takes != 0) {
          compared_removal_ = {change.time, &change};
        }
        continue;
      }
      apply(change, effect);
    }
  }

  [[nodiscard]] bool has_making() const { return first_.change != nullptr; }
  [[nodiscard]] const Mark& first() const { return first_; }
  /// The change that completed the registration: the latest of the parts' first times.
  [[nodiscard]] const Mark& complete() const { return complete_; }
  /// Since when a part is gone, by a logged change; no change when none is.
  [[nodiscard]] const Mark& removal() const { return removal_; }
  [[nodiscard]] unsigned gone() const { return gone_; }
  /// A removal that comparing two states shows.
  [[nodiscard]] const Mark& compared_removal() const { return compared_removal_; }

 private:
  Effect effect_of(const Change& change) {
    const bool sets = change.what == "value_set";
    switch (kind_of_key(change.key.raw(), provider_)) {
      case KeyKind::order: return listing_effect(change, sets, listed_);
      case KeyKind::hw_order: return hw_listing_effect(change, sets);
      case KeyKind::registration:
      case KeyKind::service: break;
      case KeyKind::other: return {};
    }
    const bool renamed = change.what == "renamed" && change.value_name.empty();
    if (change.what == "key_deleted" || change.what == "registration_removed" || renamed) {
      return {.takes = part_path | part_class};
    }
    if (change.what == "key_created") {
      return {.begins = true};
    }
    if (kind_of_key(change.key.raw(), provider_) == KeyKind::service) {
      return {};  // Start, Description and the like of an honest service are no registration.
    }
    const bool is_class = equal_names(change.value_name.raw(), "Class");
    const bool is_path = equal_names(change.value_name.raw(), "ProviderPath") ||
                         equal_names(change.value_name.raw(), "AuthentProviderPath");
    const unsigned part = is_class ? part_class : is_path ? part_path : 0U;
    if (change.what == "value_deleted") {
      return {.takes = part};
    }
    if (!sets) {
      return {};
    }
    if (part == 0) {
      // Name and DeviceName come with a new registration; later they say nothing.
      return {};
    }
    if (is_class) {
      const auto number = logged_number(change.new_value.raw());
      const bool receives = !number || (*number & 0x6) != 0;
      return receives ? Effect{.gives = part} : Effect{.takes = part};
    }
    return {.gives = part};
  }

  Effect listing_effect(const Change& change, bool sets, std::optional<bool>& listed) {
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

  Effect hw_listing_effect(const Change& change, bool sets) {
    Effect effect = listing_effect(change, sets, hw_listed_);
    if (provider_.order_position || listed_ == std::optional(true)) {
      effect.takes = 0;
    }
    return effect;
  }

  void apply(const Change& change, const Effect& effect) {
    if ((effect.gives != 0 || effect.begins) && first_.change == nullptr) {
      first_ = {change.time, &change};
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
  }

  const Provider& provider_;
  Mark first_;
  Mark complete_;
  Mark removal_;
  Mark compared_removal_;
  unsigned seen_ = 0;
  unsigned gone_ = 0;
  std::optional<bool> listed_;
  std::optional<bool> hw_listed_;
};

/// True when the newest state of the registry was written no earlier than the removal and still has
/// the provider: it was put back unseen, or what was taken away was not needed.
bool is_back(const Provider& provider, const Life& life, const FactSet& facts) {
  // A key's time and its event lie some milliseconds apart.
  const auto knows_of_removal = [&life](FileTime written) {
    return written.ticks + FileTime::per_second >= life.removal().time.ticks;
  };
  if ((life.gone() & (part_path | part_class)) != 0 && !knows_of_removal(provider.last_written)) {
    return false;
  }
  if ((life.gone() & part_listing) != 0) {
    return provider.order_position &&
           std::any_of(facts.orders.begin(), facts.orders.end(), [&](const auto& order) {
             return order.moment == HiveMoment::current && order.control_set_is_current &&
                    !order.is_hw_order && knows_of_removal(order.last_written);
           });
  }
  return true;
}

void set_start(const Provider& provider, const Life& life, const FactSet& facts,
               Exposure& exposure) {
  if (life.has_making()) {
    exposure.earliest_start = life.first().time;
    exposure.latest_start = life.complete().time;
    exposure.start_basis =
        "the first logged write that registered it and the one that completed it";
    for (const Change* change : {life.first().change, life.complete().change}) {
      exposure.evidence.insert(exposure.evidence.end(), change->evidence.begin(),
                               change->evidence.end());
    }
    return;
  }
  FileTime latest = provider.last_written;
  for (const ProviderOrderFact& order : facts.orders) {
    if (!order.is_hw_order && order.control_set_is_current && provider.order_position &&
        order.moment == HiveMoment::current) {
      latest = std::max(latest, order.last_written);
      exposure.evidence.push_back(order.origin);
    }
  }
  exposure.latest_start = latest;
  exposure.evidence.insert(exposure.evidence.end(), provider.evidence.begin(),
                           provider.evidence.end());
  for (const HostIdentityFact& identity : facts.identities) {
    if (identity.moment == HiveMoment::current) {
      exposure.earliest_start = std::max(exposure.earliest_start, identity.installed);
    }
  }
  if (exposure.earliest_start > exposure.latest_start) {
    exposure.earliest_start = FileTime{};
  }
  exposure.start_basis = exposure.earliest_start.given()
                             ? "no logged write: in place at the latest when its keys were last "
                               "written, at the earliest when Windows was installed"
                             : "no logged write: in place at the latest when its keys were last "
                               "written; nothing bounds the start";
}

/// The last time that the provider is known to have been in place: the newest of its writes, of
/// `seen` and of the loads of its DLL by mpnotify.exe, none of them behind the end.
FileTime last_known(const Provider& provider, FileTime seen, const FactSet& facts,
                    Exposure& exposure) {
  FileTime known = std::max(seen, exposure.latest_start);
  std::optional<Origin> record;
  for (const ModuleLoadFact& load : facts.module_loads) {
    const bool is_own = std::any_of(
        provider.dlls.begin(), provider.dlls.end(),
        [&](const ProviderDll& dll) { return equal_names(dll.path.resolved, load.module.raw()); });
    if (is_own && ends_with_name(load.image.raw(), "\\mpnotify.exe") && load.time > known &&
        load.time <= exposure.end) {
      known = load.time;
      record = load.origin;
    }
  }
  if (record) {
    exposure.evidence.push_back(*record);
  }
  return std::min(known, exposure.end);
}

std::string until(const Exposure& exposure) {
  return exposure.earliest_end.given() && exposure.earliest_end != exposure.end
             ? fmt::format("; it is known to have been there until {}",
                           to_screen_time(exposure.earliest_end))
             : std::string();
}

/// A removal between two states has two bounds: the last time it was there and the first write
/// after it.
void set_compared_end(const Provider& provider, const Mark& removal, const FactSet& facts,
                      FileTime evidence_end, Exposure& exposure) {
  // Without a later write nothing bounds the removal but the end of the evidence.
  const bool is_bounded = removal.time > removal.change->not_before;
  exposure.end = is_bounded ? removal.time : std::max(evidence_end, removal.time);
  exposure.earliest_end = last_known(provider, removal.change->not_before, facts, exposure);
  exposure.end_basis =
      (is_bounded ? "gone from the newest state of the registry; the time is the last write that "
                    "can bound it"
                  : "gone from the newest state of the registry; no write bounds when, so the "
                    "window goes on to the end of the evidence") +
      until(exposure);
}

/// Where a provider stands that the current Order does not list.
std::string place_of(const Provider& provider, const FactSet& facts) {
  if (provider.hw_order_position) {
    return "only HwOrder lists it";
  }
  for (const ProviderOrderFact& order : facts.orders) {
    if (order.moment == HiveMoment::current && !order.control_set_is_current &&
        order_lists(order.raw, provider)) {
      return fmt::format("only an order of ControlSet{:03} lists it, which is not the current one",
                         order.control_set);
    }
  }
  return "in no order";
}

void set_end(const Provider& provider, const Life& life, const FactSet& facts,
             FileTime evidence_end, Exposure& exposure) {
  const bool is_present =
      provider.state == ProviderState::active || provider.state == ProviderState::staged;
  Mark removal = life.removal();
  if (removal.change != nullptr && is_present && is_back(provider, life, facts)) {
    removal = {};
  }
  if (removal.change == nullptr && provider.state != ProviderState::active) {
    removal = life.compared_removal();
  }
  if (removal.change != nullptr) {
    exposure.end_kind = WindowEnd::removed;
    exposure.end = removal.time;
    exposure.earliest_end = removal.time;
    exposure.end_basis = "the logged change that removed it";
    if (!removal.change->is_exact) {
      set_compared_end(provider, removal, facts, evidence_end, exposure);
    }
    exposure.evidence.insert(exposure.evidence.end(), removal.change->evidence.begin(),
                             removal.change->evidence.end());
    return;
  }
  if (is_present) {
    exposure.end_kind = WindowEnd::still_active;
    exposure.end_basis = provider.state_basis.empty()
                             ? "registered in the newest state of the registry"
                             : "registered by the newest logged changes, which no hive confirms";
    if (provider.state != ProviderState::active) {
      exposure.end_basis += ", though " + place_of(provider, facts);
    }
    return;
  }
  exposure.end_kind = WindowEnd::evidence_ends;
  exposure.end = evidence_end;
  exposure.earliest_end = last_known(provider, FileTime{}, facts, exposure);
  exposure.end_basis = "no removal is seen; the evidence ends here" + until(exposure);
}

bool sends_password(std::uint32_t build, std::optional<std::uint64_t> enable_mpr) {
  return build >= first_build_password_off  ? enable_mpr == std::optional<std::uint64_t>(1)
         : build >= first_build_with_policy ? enable_mpr != std::optional<std::uint64_t>(0)
                                            : true;
}

/// A policy that says "no" now may have said "yes" inside the window: the attacker's own write, or
/// the one that put it right.
void look_for_past_policy(std::uint32_t build, std::span<const Change> changes,
                          Exposure& exposure) {
  for (const Change& change : changes) {
    if (!equal_names(change.value_name.raw(), "EnableMPR") ||
        (change.what != "value_set" && change.what != "value_deleted")) {
      continue;
    }
    const bool is_inside = change.time >= exposure.earliest_start &&
                           (!exposure.end.given() || change.time <= exposure.end);
    const auto before = logged_number(change.old_value.raw());
    const auto after = change.what == "value_set" ? logged_number(change.new_value.raw())
                                                  : std::optional<std::uint64_t>();
    const bool before_is_known = !change.old_value.empty();
    const bool sent =
        (before_is_known && sends_password(build, before)) || sends_password(build, after);
    if (is_inside && sent) {
      exposure.password_sent = YesNo::yes;
      exposure.password_basis +=
          fmt::format("; a write at {} shows that it was sent in a part of the window",
                      to_screen_time(change.time));
      exposure.evidence.insert(exposure.evidence.end(), change.evidence.begin(),
                               change.evidence.end());
      return;
    }
  }
}

void set_password_policy(const FactSet& facts, std::span<const Change> changes,
                         Exposure& exposure) {
  const std::uint32_t build = current_build(facts);
  std::optional<std::uint64_t> enable_mpr;
  for (const PolicyFact& policy : facts.policies) {
    if (policy.policy == PolicyKind::enable_mpr) {
      enable_mpr = policy.number;
      exposure.evidence.push_back(policy.origin);
    }
  }
  const std::string setting =
      enable_mpr ? fmt::format("EnableMPR is {}", *enable_mpr) : "EnableMPR is not set";
  if (build == 0) {
    exposure.password_sent = YesNo::unknown;
    exposure.password_basis = setting + "; the Windows build is not in the evidence";
  } else if (build >= first_build_password_off) {
    exposure.password_sent = sends_password(build, enable_mpr) ? YesNo::yes : YesNo::no;
    exposure.password_basis =
        fmt::format("{}; from build 25216 on the password is sent only when it is 1 (build {})",
                    setting, build);
  } else if (build >= first_build_with_policy) {
    exposure.password_sent = sends_password(build, enable_mpr) ? YesNo::yes : YesNo::no;
    exposure.password_basis = fmt::format(
        "{}; on 22H2 and 23H2 the password is sent unless it is 0 (build {})", setting, build);
  } else {
    exposure.password_sent = YesNo::yes;
    exposure.password_basis = fmt::format(
        "{}; build {} sends the password, and whether it honours the policy at all is not verified",
        setting, build);
  }
  if (exposure.password_sent == YesNo::no) {
    look_for_past_policy(build, changes, exposure);
  }
}

}  // namespace

FileTime newest_time(const FactSet& facts) {
  FileTime newest;
  FactSet::for_each_kind(facts, [&](const auto& kind) {
    for (const auto& fact : kind) {
      if constexpr (requires { fact.time; }) {
        newest = std::max(newest, fact.time);
      } else if constexpr (requires { fact.last_written; }) {
        newest = std::max(newest, fact.last_written);
      } else if constexpr (requires { fact.last; }) {
        newest = std::max(newest, fact.last);
      }
    }
  });
  return newest;
}

bool was_listed(const Provider& provider, const FactSet& facts) {
  if (facts.orders.empty() || provider.order_position || provider.hw_order_position) {
    return true;
  }
  const bool by_state =
      std::any_of(facts.orders.begin(), facts.orders.end(),
                  [&](const auto& order) { return order_lists(order.raw, provider); });
  return by_state || std::any_of(facts.registry_changes.begin(), facts.registry_changes.end(),
                                 [&](const RegistryChangeFact& change) {
                                   return equal_names(change.value_name.raw(), "ProviderOrder") &&
                                          (order_lists(change.new_value, provider) ||
                                           order_lists(change.old_value, provider));
                                 });
}

Exposure exposure_window(const Provider& provider, std::span<const Change> changes,
                         const FactSet& facts, FileTime evidence_end) {
  Exposure exposure{.provider = provider.name};
  const Life life(provider, changes);
  set_start(provider, life, facts, exposure);
  set_end(provider, life, facts, evidence_end, exposure);
  set_password_policy(facts, changes, exposure);
  std::sort(exposure.evidence.begin(), exposure.evidence.end());
  exposure.evidence.erase(std::unique(exposure.evidence.begin(), exposure.evidence.end()),
                          exposure.evidence.end());
  return exposure;
}

}  // namespace npg
