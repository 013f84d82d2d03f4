#include "analysis/inventory/judgement.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "analysis/inventory/inventory.hpp"
#include "analysis/inventory/provider_case.hpp"
#include "base/evidence_text.hpp"
#include "fact/readings.hpp"

namespace npg {
namespace {

/// "DeviceName (\Device\X)".
std::string told_values(const std::vector<const RegistryValueFact*>& values) {
  std::vector<std::string> told;
  for (const RegistryValueFact* value : values) {
    told.push_back(fmt::format("{} ({})", shown(value->name), shown(value->text)));
  }
  return fmt::format("{}", fmt::join(told, ", "));
}

std::vector<Origin> origins_of(const std::vector<const RegistryValueFact*>& values) {
  std::vector<Origin> origins;
  for (const RegistryValueFact* value : values) {
    origins.push_back(value->data_origin.length > 0 ? value->data_origin : value->origin);
  }
  return origins;
}

void judge_inbox_values(ProviderCase& subject) {
  if (!subject.match.changed_values.empty()) {
    subject.raise("inbox_value_changed", 1,
                  fmt::format("text or type is not what Windows writes: {}",
                              told_values(subject.match.changed_values)),
                  origins_of(subject.match.changed_values));
  }
  if (!subject.match.added_values.empty()) {
    subject.raise("inbox_value_added", 2,
                  fmt::format("Windows ships this provider without {}",
                              told_values(subject.match.added_values)),
                  origins_of(subject.match.added_values));
  }
}

void judge_inbox_difference(ProviderCase& subject) {
  const RegistryValueFact* path = subject.value("ProviderPath");
  // Where only logged writes tell of it, a value that none of them names is as it was.
  const bool is_told = path != nullptr || !subject.provider.control_sets.empty();
  if (!subject.match.path_matches && is_told && !subject.may_be_lost("ProviderPath")) {
    // Without a path nothing is loaded in the place of Windows' own DLL.
    subject.raise(
        "inbox_name_other_path", path == nullptr || path->text.empty() ? 3 : 6,
        fmt::format(
            "the name is Windows' own, but ProviderPath is not the one that Windows ships ({})",
            subject.match.row->paths.empty() ? "" : subject.match.row->paths.front()),
        subject.value_evidence("ProviderPath"));
  }
  if (!subject.match.authent_matches) {
    subject.raise("inbox_authent_path_added", 5,
                  "Windows ships this provider without AuthentProviderPath",
                  subject.value_evidence("AuthentProviderPath"));
  }
  if (!subject.match.class_matches && !subject.may_be_lost("Class")) {
    subject.raise("inbox_class_changed", has_credential_class(subject.provider) ? 4 : 1,
                  "Windows ships this provider without this Class",
                  subject.value_evidence("Class"));
  }
  if (!subject.match.display_matches) {
    subject.raise("inbox_display_name_changed", 1,
                  "the Name value is not the one that Windows ships",
                  subject.value_evidence("Name"));
  }
  judge_inbox_values(subject);
  if (!subject.match.build_matches) {
    subject.raise("inbox_build_mismatch", 2,
                  fmt::format("Windows build {} does not ship this provider", subject.build),
                  subject.own_evidence());
  }
}

/// What of a known product's registration is not as the product writes it, besides the path.
void judge_product_difference(ProviderCase& subject) {
  const KnownProvider& row = *subject.match.row;
  if (!subject.match.class_matches && !subject.may_be_lost("Class")) {
    const bool asks_anew = has_credential_class(subject.provider) && row.credentials != YesNo::yes;
    subject.raise("product_class_changed", asks_anew ? 3 : 1,
                  fmt::format("{} registers itself {}", subject.provider.known_as,
                              row.provider_class ? fmt::format("with Class {}", *row.provider_class)
                                                 : "without Class"),
                  subject.value_evidence("Class"));
  }
  // Where both values lead to one file, another place of it is one difference.
  const bool is_told =
      !subject.match.path_matches && names_one_file(subject.provider) && !row.authent_paths.empty();
  if (!subject.match.authent_matches && row.authent_is_known && !is_told &&
      !subject.may_be_lost("AuthentProviderPath")) {
    subject.raise(
        "product_authent_path_changed", 3,
        row.authent_paths.empty()
            ? fmt::format("{} registers no AuthentProviderPath", subject.provider.known_as)
        : subject.value("AuthentProviderPath") == nullptr
            ? fmt::format("{} registers an AuthentProviderPath, and here is none",
                          subject.provider.known_as)
            : fmt::format("AuthentProviderPath is not the one of {}", subject.provider.known_as),
        subject.value_evidence("AuthentProviderPath"));
  }
  if (!subject.match.display_matches) {
    subject.raise("product_display_name_changed", 1,
                  fmt::format("the Name value is not the one that {} writes ({})",
                              subject.provider.known_as, row.display_name),
                  subject.value_evidence("Name"));
  }
}

/// Both names are shown, and what makes the difference where the eye does not see it.
void judge_imitation(ProviderCase& subject) {
  const std::string_view name = subject.provider.name.raw();
  const KnownProvider* row = imitated_provider(name, subject.knowledge);
  if (row == nullptr) {
    return;
  }
  const std::string letters = unusual_letters(name);
  const std::string how = letters.empty() ? std::string() : fmt::format("; it holds {}", letters);
  if (row->is_inbox) {
    subject.raise(
        "name_imitates_inbox", 3,
        fmt::format("the name {} reads like Windows' own {}{}", shown(name), row->name, how),
        subject.own_evidence());
  } else {
    subject.raise(
        "name_imitates_product", 2,
        fmt::format("the name {} reads like {} of {}{}", shown(name), row->name, row->product, how),
        subject.own_evidence());
  }
}

/// The registration in a hive, that of the current control set before others; nothing for one that
/// only events tell of.
const RegistrationFact* registration_of(const ProviderCase& subject) {
  const RegistrationFact* found = nullptr;
  for (const RegistrationFact* fact : subject.registrations) {
    found = found == nullptr || fact->control_set_is_current ? fact : found;
  }
  return found;
}

/// A record that nobody verified explains nothing by itself: it says what to look for.
void judge_whole_match(ProviderCase& subject) {
  if (const RegistrationFact* fact = registration_of(subject);
      fact != nullptr && !fact->link_target.empty()) {
    return;  // No installer writes it so, whatever stands at the link's end.
  }
  const KnownProvider& row = *subject.match.row;
  const std::string by = row.is_users ? ", by the records given with --known" : "";
  if (!row.is_confident) {
    subject.missing("record_unverified",
                    fmt::format("{}, class and the rest are those that {} is said to register; "
                                "that record was not verified on a real host (source: {}){}",
                                subject.match.by_file_name ? "file name" : "path",
                                subject.provider.known_as, row.source, by),
                    subject.own_evidence());
    return;
  }
  // Name and path are public: where the file is said to receive passwords and nothing on record
  // could tell it from another one, they excuse nothing.
  if (!row.is_inbox && row.signers.empty() && has_credential_class(subject.provider)) {
    subject.missing("product_file_not_on_record",
                    fmt::format("{}, class and the rest of the registration are those of {}{}; who "
                                "signs its file is not on record, so nothing tells it from another",
                                subject.match.by_file_name ? "file name" : "path",
                                subject.provider.known_as, by),
                    subject.own_evidence());
    return;
  }
  subject.lower(
      row.is_inbox ? "registration_is_windows_own" : "registration_is_known_product",
      row.is_inbox ? 4 : 3,
      fmt::format("{}, class and the rest of the registration are those of {}{}",
                  subject.match.by_file_name ? "file name (its folder is not on record)" : "path",
                  subject.provider.known_as, by),
      subject.own_evidence());
}

void judge_name(ProviderCase& subject) {
  const bool is_named_only = subject.provider.state == ProviderState::order_only;
  const bool has_registration = !subject.provider.values.empty();
  if (is_named_only && !has_registration && !subject.provider.state_basis.empty()) {
    subject.missing(
        "registration_not_in_evidence",
        "a logged write put this name into an order; whether a key registers it is in no "
        "evidence of that time",
        subject.own_evidence());
  } else if (is_named_only && !has_registration && !sees_all_services(subject.facts)) {
    subject.missing(
        "registration_not_readable",
        "an order lists this name; whether a key registers it cannot be told: the hive is "
        "damaged, or the export does not have all services",
        subject.own_evidence());
  } else if (is_named_only) {
    subject.raise(
        "order_name_without_key", 1,
        "an order lists this name, but no Services key registers it: whoever creates the key "
        "is loaded",
        subject.own_evidence());
  }
  if (subject.match.row == nullptr) {
    // "?": a saved key without the one above it.
    if (subject.provider.name.raw() == "?") {
      subject.missing(
          "name_not_in_evidence",
          "the file is one saved key, and the name of its service is not in it: whether "
          "it is that of a known product cannot be told",
          subject.own_evidence());
    } else if (!is_named_only || has_registration) {
      subject.raise("unknown_name", 1, "no known product registers a provider under this name",
                    subject.own_evidence());
    }
    judge_imitation(subject);
    return;
  }
  subject.provider.known_as =
      fmt::format("{} ({})", subject.match.row->product, subject.match.row->vendor);
  if (subject.match.whole()) {
    judge_whole_match(subject);
  } else if (has_registration && subject.match.row->is_inbox) {
    judge_inbox_difference(subject);
  } else if (has_registration) {
    if (!subject.match.path_matches && !subject.match.row->paths.empty() &&
        !subject.may_be_lost("ProviderPath")) {
      subject.raise(
          "product_name_other_path", 2,
          fmt::format("the name is that of {}, the DLL path is not", subject.provider.known_as),
          subject.value_evidence("ProviderPath"));
    }
    judge_product_difference(subject);
  }
}

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
        fmt::format("Class 0x{:x} registers it as a credential manager: it is handed every "
                    "typed password",
                    *subject.provider.provider_class),
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
    subject.missing(
        "order_not_readable",
        "registered; whether an order lists it cannot be told: the hive is damaged, or the "
        "export does not have the orders",
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
        fmt::format("{} of ControlSet{:03} lists it, that of the current control set does not: "
                    "starting the other one (LastKnownGood) makes it active",
                    other->is_hw_order ? "HwOrder" : "Order", other->control_set),
        {other->origin});
  } else if (subject.provider.state == ProviderState::staged) {
    subject.raise("registered_not_listed", 1,
                  "registered but in no order: one write to Order makes it active",
                  subject.own_evidence());
  }
}

void judge_shape(ProviderCase& subject) {
  const RegistrationFact* registration = registration_of(subject);
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
  } else if (is_missing || !subject.match.whole() || !subject.signatures_fit) {
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
    judge_shape(subject);
    conclude(subject);
  }
}

}  // namespace npg
