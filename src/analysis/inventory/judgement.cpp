#include "analysis/inventory/judgement.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "analysis/inventory/drafts.hpp"
#include "analysis/inventory/inventory.hpp"
#include "analysis/inventory/provider_case.hpp"
#include "base/evidence_text.hpp"
#include "fact/control_sets.hpp"
#include "fact/readings.hpp"

namespace npg {
namespace {

/// What is not there may have been lost: it speaks neither for the provider nor against it.
void judge_completeness(ProviderCase& subject) {
  if (!subject.provider.values_incomplete) {
    return;
  }
  subject.missing("values_not_readable",
                  "values of the registration are lost, hidden, or behind a link that leads out of "
                  "the evidence: path and class may be others than what is left says",
                  subject.own_evidence());
}

void judge_class(ProviderCase& subject) {
  const RegistryValueFact* stored = subject.value("Class");
  if (has_unreadable_class(subject.provider)) {
    subject.raise(
        "class_unreadable", 2,
        "Class is stored, but its data is no number: whether it asks for credentials is unknown",
        subject.value_evidence("Class"));
  } else if (stored != nullptr && stored->type != 4) {
    subject.raise("class_type_unusual", 1,
                  "Class is not a REG_DWORD; how Windows reads it is not documented",
                  subject.value_evidence("Class"));
  }
  const bool product_receives = is_known_receiver(subject);
  if (has_credential_class(subject.provider)) {
    subject.raise(
        "credential_class", product_receives ? 1 : 2,
        fmt::format("Class 0x{:x} registers it as a credential manager: {}",
                    *subject.provider.provider_class,
                    subject.provider.receives_credentials == YesNo::no
                        ? "it asks for every typed password, and names no DLL that is handed it"
                        : "it asks for every typed password"),
        subject.value_evidence("Class"));
  } else if (!has_unreadable_class(subject.provider) && !has_unreadable_path(subject.provider) &&
             !subject.provider.values.empty() && !subject.provider.values_incomplete &&
             subject.provider.receives_credentials == YesNo::no &&
             subject.value("AuthentProviderPath") == nullptr &&
             (subject.match.row == nullptr || !subject.match.row->is_inbox ||
              subject.match.whole())) {
    // An inbox provider that was bent has no class to begin with; that excuses nothing.
    subject.lower("network_class_only", 1,
                  "no credential class and no AuthentProviderPath: a network provider only",
                  stored == nullptr ? subject.own_evidence() : subject.value_evidence("Class"));
  }
  if (subject.value("AuthentProviderPath") != nullptr && subject.match.row == nullptr) {
    subject.raise("authent_provider_path", 1,
                  "AuthentProviderPath names a DLL for the logon functions",
                  subject.value_evidence("AuthentProviderPath"));
  }
}

/// An order of a control set that is not the current one and lists the provider.
const ProviderOrderFact* other_order(ProviderCase& subject) {
  for (const ProviderOrderFact& order : subject.facts.orders) {
    if (!order.control_set_is_current && order.moment == HiveMoment::current &&
        std::ranges::any_of(order.names, [&](const SharedText& name) {
          return equal_names(name.raw(), subject.provider.name.raw());
        })) {
      return &order;
    }
  }
  return nullptr;
}

/// The current Order, where it lists the provider only by another reading than the usual one.
const ProviderOrderFact* odd_listing(ProviderCase& subject) {
  for (const ProviderOrderFact& order : subject.facts.orders) {
    if (order.control_set_is_current && !order.is_hw_order && order.moment == HiveMoment::current &&
        std::ranges::any_of(order.other_names, [&](const SharedText& name) {
          return equal_names(name.raw(), subject.provider.name.raw());
        })) {
      return &order;
    }
  }
  return nullptr;
}

void judge_place(ProviderCase& subject) {
  if (subject.provider.state == ProviderState::active && !subject.provider.order_position) {
    if (const ProviderOrderFact* order = odd_listing(subject)) {
      subject.raise(
          "listed_by_odd_reading", 1,
          fmt::format("Order lists it only when its odd value is read in another way than Windows "
                      "documents: {}",
                      shown(order->raw)),
          {order->origin});
    }
  }
  if (subject.provider.state == ProviderState::staged && !sees_all_orders(subject.facts)) {
    subject.missing("order_not_readable",
                    "registered; whether an order lists it cannot be told: the hive is damaged, a "
                    "link leads out "
                    "of the evidence, or the export does not have the orders",
                    subject.own_evidence());
    return;
  }
  if (subject.provider.state == ProviderState::staged && subject.provider.hw_order_position) {
    subject.raise("listed_in_hw_order_only", 1,
                  "HwOrder lists it and Order does not; which one Windows reads is not documented",
                  subject.own_evidence());
  } else if (const ProviderOrderFact* other = other_order(subject);
             subject.provider.state == ProviderState::staged && other != nullptr) {
    subject.raise(
        "listed_in_other_control_set", 1,
        fmt::format(
            "{} of ControlSet{:03} lists it, {}", other->is_hw_order ? "HwOrder" : "Order",
            other->control_set,
            knows_current_set(subject.facts)
                ? "that of the current control set does not: starting the other one "
                  "(LastKnownGood) makes it active"
                : "and which control set Windows runs with is not known: it may be that one"),
        {other->origin});
  } else if (subject.provider.state == ProviderState::staged) {
    subject.raise("registered_not_listed", 1,
                  "registered but in no order: one write to Order makes it active",
                  subject.own_evidence());
  }
}

/// Two keys of one name that say different things. Windows makes none; its own look-up ends at one
/// of them, and which is not documented.
void judge_twins(ProviderCase& subject, const RegistrationFact& own) {
  for (const RegistrationFact* other : subject.registrations) {
    if (!is_gone(subject.provider) && own.moment == HiveMoment::current &&
        other->moment == HiveMoment::current && other->control_set == own.control_set &&
        !is_same_state(*other, own)) {
      subject.raise(
          "registered_twice", 3,
          fmt::format("the control set has a second key of this name, which names {}: readers "
                      "differ in which one they take, and both are judged",
                      other->provider_path.empty() ? "no DLL" : shown(other->provider_path)),
          {own.origin, other->origin});
      return;
    }
  }
}

/// What of the hive's lists a walk passes over and Windows, which asks each of them by name, may
/// not.
class Doubts {
 public:
  explicit Doubts(const FactSet& facts) {
    for (const DisagreementFact& fact : facts.disagreements) {
      const std::string_view what = fact.what.raw();
      if (what == "subkey_count" && fact.have < fact.need) {
        by_parent_.try_emplace(name_key(fact.key.raw()), &fact);
      } else if (what == "key_not_listed" || what == "name_order" || what == "name_hash" ||
                 what == "name_with_nul") {
        const std::string child =
            fmt::format("{}{}{}", fact.key.raw(), fact.key.empty() ? "" : "\\", fact.other.raw());
        by_child_.try_emplace(name_key(child), &fact);
      }
    }
  }

  /// The first on the way from the root to a key; nothing where there is none.
  [[nodiscard]] const DisagreementFact* on_way_to(std::string_view key) const {
    if (by_parent_.empty() && by_child_.empty()) {
      return nullptr;
    }
    const std::string path = name_key(key);
    for (std::size_t end = 0; end != std::string::npos;) {
      const auto parent = by_parent_.find(path.substr(0, end));
      if (parent != by_parent_.end()) {
        return parent->second;
      }
      end = path.find('\\', end == 0 ? 0 : end + 1);
      const auto child = by_child_.find(path.substr(0, end));
      if (child != by_child_.end()) {
        return child->second;
      }
    }
    return nullptr;
  }

 private:
  std::map<std::string, const DisagreementFact*> by_parent_;  ///< counts, by the key that has one
  std::map<std::string, const DisagreementFact*> by_child_;   ///< lists, by what they should hold
};

void judge_reach(ProviderCase& subject, const RegistrationFact& own, const Doubts& doubts) {
  if (is_gone(subject.provider) || own.moment != HiveMoment::current) {
    return;
  }
  const DisagreementFact* doubt = doubts.on_way_to(fmt::format(
      "ControlSet{:03}\\Services\\{}\\NetworkProvider", own.control_set, own.name.raw()));
  if (doubt == nullptr) {
    return;
  }
  const std::string parent = doubt->key.empty() ? "the root" : shown(doubt->key);
  const bool is_count = doubt->what.raw() == "subkey_count";
  subject.missing(
      "key_may_be_unseen",
      is_count
          ? fmt::format("{} states {} sub-keys and lists {}: that Windows finds this provider's "
                        "key is likely where it repairs the count, and not proved",
                        parent, doubt->have, doubt->need)
          : fmt::format("the list of {} does not lead to {} as Windows looks for it: that it finds "
                        "this provider's key is not proved",
                        parent, shown(doubt->other)),
      {doubt->origin});
}

void judge_shape(ProviderCase& subject, const Doubts& doubts) {
  const RegistrationFact* registration = subject.registration();
  if (registration != nullptr) {
    judge_twins(subject, *registration);
    judge_reach(subject, *registration, doubts);
  }
  if (registration != nullptr && !registration->link_target.empty()) {
    subject.raise(
        "registration_is_link", 3,
        fmt::format("the key is a symbolic link to {}: Windows shows the key there in its "
                    "place, and no installer makes such a link",
                    shown(registration->link_target)),
        {registration->origin});
  }
  // Windows' own P9NP has none either; an export of one key shows nothing of the key above it.
  const bool is_of_windows = subject.match.row != nullptr && subject.match.row->is_inbox;
  // Behind a link that cannot be followed the service itself is not seen.
  const bool is_unseen = registration != nullptr && !registration->link_target.empty() &&
                         !registration->service_last_written.given();
  if (registration == nullptr || subject.match.whole() || is_of_windows || is_unseen ||
      !sees_all_services(subject.facts)) {
    return;
  }
  if (registration->service_values.empty()) {
    subject.raise("service_key_is_hollow", 1,
                  "the Services key has no Type, Start, ImagePath or Group: it is no service",
                  {registration->origin});
  }
}

/// What speaks for a registration speaks for its own file. Where another one stands in its place,
/// it is told and weighs nothing.
void take_back(ProviderCase& subject) {
  for (Reason& reason : subject.provider.reasons) {
    if (reason.effect == ReasonEffect::lowers && reason.weight != 0) {
      reason.weight = 0;
      reason.text += "; this does not count, as the file is another one";
    }
  }
}

void conclude(ProviderCase& subject) {
  if (subject.file_contradicts) {
    take_back(subject);
  }
  sort_reasons(subject.provider);
  int against = 0;
  bool is_missing = false;
  for (const Reason& reason : subject.provider.reasons) {
    subject.provider.score += reason.weight;
    against += reason.effect == ReasonEffect::raises && reason.weight > 0 ? 1 : 0;
    is_missing = is_missing || reason.effect == ReasonEffect::missing;
  }
  const bool can_load =
      !std::all_of(subject.provider.dlls.begin(), subject.provider.dlls.end(), loads_nothing);
  if (subject.provider.score >= malicious_from && against >= 2 &&
      (can_load || subject.provider.dlls.empty()) &&
      subject.provider.receives_credentials != YesNo::no) {
    subject.provider.verdict = ProviderVerdict::malicious;
  } else if (subject.provider.score >= suspicious_from) {
    subject.provider.verdict = ProviderVerdict::suspicious;
  } else if (is_missing || !subject.match.whole() || !subject.signatures_fit ||
             !subject.files_agree) {
    subject.provider.verdict = ProviderVerdict::unexplained;
  } else {
    subject.provider.verdict =
        subject.match.row->is_inbox ? ProviderVerdict::expected : ProviderVerdict::known_vendor;
  }
}

}  // namespace

void sort_reasons(Provider& provider) {
  std::stable_sort(provider.reasons.begin(), provider.reasons.end(),
                   [](const Reason& a, const Reason& b) {
                     return std::tuple(a.effect, -std::abs(a.weight)) <
                            std::tuple(b.effect, -std::abs(b.weight));
                   });
}

void judge_providers(std::vector<Provider>& providers, std::span<const Change> changes,
                     const FactSet& facts, const Knowledge& knowledge) {
  const HostPaths host = host_paths(facts);
  const std::uint32_t build = current_build(facts);
  // A hostile hive may hold tens of thousands.
  std::map<std::string, std::vector<const RegistrationFact*>> by_name;
  for (const RegistrationFact& fact : facts.registrations) {
    by_name[name_key(fact.name.raw())].push_back(&fact);
  }
  const Doubts doubts(facts);
  for (Provider& provider : providers) {
    ProviderCase subject{.provider = provider,
                         .changes = changes,
                         .facts = facts,
                         .knowledge = knowledge,
                         .host = host,
                         .match = match_known(provider, build, knowledge, host),
                         .build = build,
                         .registrations = by_name[name_key(provider.name.raw())]};
    judge_name(subject);
    judge_completeness(subject);
    judge_class(subject);
    judge_place(subject);
    judge_dlls(subject);
    judge_history(subject);
    judge_shape(subject, doubts);
    conclude(subject);
  }
}

}  // namespace npg
