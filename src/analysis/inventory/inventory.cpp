#include "analysis/inventory/inventory.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "base/evidence_text.hpp"
#include "fact/readings.hpp"

namespace npg {
namespace {

constexpr std::uint32_t reg_sz = 1;
constexpr std::uint32_t reg_expand_sz = 2;
constexpr std::uint64_t credential_bits = 0x2 | 0x4;

/// What is known of one provider before its states are weighed against each other.
struct Draft {
  SharedText name;
  const RegistrationFact* current =
      nullptr;  ///< in the current control set, else in the first one that has it
  const RegistrationFact* past = nullptr;  ///< before replay or in an older copy
  std::vector<const RegistrationFact*> registrations;
  std::vector<const RegistryChangeFact*> changes;
  std::optional<std::uint32_t> order_position;
  std::optional<std::uint32_t> hw_order_position;
  bool listed_anywhere = false;  ///< in any order of any control set
  std::vector<Origin> order_evidence;
};

using Drafts = std::map<std::string, Draft>;

Draft& draft_of(Drafts& drafts, const SharedText& name) {
  Draft& draft = drafts[name_key(name.raw())];
  if (draft.name.empty()) {
    draft.name = name;
  }
  return draft;
}

void collect_registrations(const FactSet& facts, Drafts& drafts) {
  for (const RegistrationFact& fact : facts.registrations) {
    Draft& draft = draft_of(drafts, fact.name);
    if (fact.moment != HiveMoment::current) {
      draft.past = draft.past == nullptr || fact.control_set_is_current ? &fact : draft.past;
      continue;
    }
    draft.registrations.push_back(&fact);
    if (draft.current == nullptr ||
        (fact.control_set_is_current && !draft.current->control_set_is_current)) {
      draft.current = &fact;
      draft.name = fact.name;
    }
  }
}

void collect_orders(const FactSet& facts, Drafts& drafts) {
  for (const ProviderOrderFact& fact : facts.orders) {
    if (fact.moment != HiveMoment::current) {
      continue;
    }
    for (std::size_t i = 0; i < fact.names.size(); ++i) {
      Draft& draft = draft_of(drafts, fact.names[i]);
      draft.listed_anywhere = true;
      draft.order_evidence.push_back(fact.origin);
      auto& position = fact.is_hw_order ? draft.hw_order_position : draft.order_position;
      if (fact.control_set_is_current && !position) {
        position = static_cast<std::uint32_t>(i);
      }
    }
  }
}

bool is_registration_key(std::string_view key) {
  return equal_names(key.substr(key.rfind('\\') + 1), "NetworkProvider");
}

void collect_changes(const FactSet& facts, Drafts& drafts) {
  for (const RegistryChangeFact& fact : facts.registry_changes) {
    const std::string name = provider_name_of_key(fact.key.raw());
    if (name.empty() ||
        (!is_registration_key(fact.key.raw()) && !drafts.contains(name_key(name)))) {
      continue;
    }
    draft_of(drafts, SharedText(EvidenceText::from_utf8(name))).changes.push_back(&fact);
  }
}

/// The values of a provider that only events tell of: the last data that was written to each.
void take_values_from_events(const Draft& draft, Provider& provider) {
  for (const RegistryChangeFact* change : draft.changes) {
    if (change->change != ChangeKind::value_set || change->new_value.empty() ||
        change->value_name.empty() || !is_registration_key(change->key.raw())) {
      continue;
    }
    RegistryValueFact value{
        .name = change->value_name, .text = change->new_value, .origin = change->origin};
    const bool is_class = equal_names(change->value_name.raw(), "Class");
    value.number = is_class ? logged_number(change->new_value.raw()) : std::nullopt;
    // Events do not carry the type with the data in every dialect; a % says that somebody expects
    // expansion.
    value.type = is_class                                                      ? 4
                 : change->new_value.raw().find('%') != std::string_view::npos ? reg_expand_sz
                                                                               : reg_sz;
    const auto same = std::find_if(
        provider.values.begin(), provider.values.end(),
        [&](const RegistryValueFact& v) { return equal_names(v.name.raw(), value.name.raw()); });
    if (same == provider.values.end()) {
      provider.values.push_back(std::move(value));
    } else {
      *same = std::move(value);
    }
  }
}

const RegistryValueFact* value_named(const Provider& provider, std::string_view name) {
  for (const RegistryValueFact& value : provider.values) {
    if (equal_names(value.name.raw(), name)) {
      return &value;
    }
  }
  return nullptr;
}

const ImageFact* image_at(const FactSet& facts, std::string_view windows_path) {
  for (const ImageFact& image : facts.images) {
    if (equal_names(image.windows_path.raw(), windows_path)) {
      return &image;
    }
  }
  return nullptr;
}

void take_dlls(const FactSet& facts, const HostPaths& host, Provider& provider) {
  for (const bool is_authent : {true, false}) {
    const RegistryValueFact* value =
        value_named(provider, is_authent ? "AuthentProviderPath" : "ProviderPath");
    if (value == nullptr) {
      continue;
    }
    ProviderDll dll{.path = resolve_path(value->text, value->type, host), .is_authent = is_authent};
    if (const ImageFact* image = image_at(facts, dll.path.resolved); image != nullptr) {
      dll.image = *image;
    }
    provider.dlls.push_back(std::move(dll));
  }
}

bool exports_credential_function(const ImageFact& image) {
  return std::any_of(image.exports.begin(), image.exports.end(), [](const ExportFact& e) {
    return e.name.raw() == "NPLogonNotify" || e.name.raw() == "NPPasswordChangeNotify";
  });
}

YesNo receives_credentials(const Provider& provider) {
  if (provider.state == ProviderState::order_only || provider.dlls.empty()) {
    return provider.state == ProviderState::order_only ? YesNo::unknown : YesNo::no;
  }
  const bool has_authent = provider.dlls.front().is_authent;
  const ProviderDll& receiver = provider.dlls.front();
  const bool exports = receiver.image && exports_credential_function(*receiver.image);
  if (has_credential_class(provider)) {
    // A class that asks for credentials with a DLL that shows no such function may still get them:
    // exports can be made at load time or by ordinal. That is not a "no".
    return YesNo::yes;
  }
  // Whether Windows calls the functions of a DLL whose class lacks the bits is not documented.
  const bool is_unreadable = has_unreadable_class(provider) || has_unreadable_path(provider);
  return exports || has_authent || is_unreadable ? YesNo::unknown : YesNo::no;
}

ProviderState state_of(const Draft& draft) {
  if (draft.current != nullptr) {
    return draft.order_position ? ProviderState::active : ProviderState::staged;
  }
  return draft.listed_anywhere ? ProviderState::order_only : ProviderState::removed;
}

/// A draft that no hive and no order knows, and whose events only removed or looked at something,
/// is not a provider.
bool is_worth_listing(const Draft& draft) {
  return draft.current != nullptr || draft.past != nullptr || draft.listed_anywhere ||
         std::any_of(draft.changes.begin(), draft.changes.end(), [](const RegistryChangeFact* c) {
           return c->change == ChangeKind::value_set || c->change == ChangeKind::key_created ||
                  c->change == ChangeKind::key_deleted;
         });
}

/// Class, DLLs and what they add up to, from the values.
void take_meaning(const FactSet& facts, const HostPaths& host, Provider& provider) {
  if (const RegistryValueFact* value = value_named(provider, "Class"); value != nullptr) {
    provider.provider_class = value->number;
  }
  take_dlls(facts, host, provider);
  provider.receives_credentials = receives_credentials(provider);
}

Provider provider_of(const Draft& draft, const FactSet& facts, const HostPaths& host,
                     bool has_hive) {
  Provider provider{.name = draft.name, .state = state_of(draft)};
  provider.order_position = draft.order_position;
  provider.hw_order_position = draft.hw_order_position;
  std::set<std::uint32_t> control_sets;
  for (const RegistrationFact* fact : draft.registrations) {
    control_sets.insert(fact->control_set);
    provider.evidence.push_back(fact->origin);
  }
  const RegistrationFact* registration = draft.current != nullptr ? draft.current : draft.past;
  if (registration != nullptr) {
    provider.values = registration->values;
    provider.last_written = registration->last_written;
    if (draft.current == nullptr) {
      control_sets.insert(registration->control_set);
      provider.evidence.push_back(registration->origin);
    }
  } else {
    take_values_from_events(draft, provider);
    // Without any hive the last event decides: it may still be there.
    const bool deleted = std::any_of(
        draft.changes.begin(), draft.changes.end(),
        [](const RegistryChangeFact* c) { return c->change == ChangeKind::key_deleted; });
    if (!has_hive && !deleted && provider.state == ProviderState::removed) {
      provider.state = ProviderState::staged;
    }
  }
  for (const RegistryChangeFact* change : draft.changes) {
    provider.evidence.push_back(change->origin);
  }
  provider.evidence.insert(provider.evidence.end(), draft.order_evidence.begin(),
                           draft.order_evidence.end());
  provider.control_sets.assign(control_sets.begin(), control_sets.end());
  take_meaning(facts, host, provider);
  return provider;
}

/// What a registration that is here and receives nothing was before, when an older state or a
/// logged write shows that it did receive: a provider that was bent and put right again. It is
/// listed as removed, under the same name.
std::optional<Provider> former_provider(const Draft& draft, const Provider& now,
                                        const FactSet& facts, const HostPaths& host) {
  if (draft.current == nullptr || now.receives_credentials == YesNo::yes) {
    return std::nullopt;
  }
  const RegistrationFact& base = draft.past != nullptr ? *draft.past : *draft.current;
  Provider former{.name = now.name, .state = ProviderState::removed};
  former.control_sets = {base.control_set};
  former.values = base.values;
  former.last_written = base.last_written;
  // Only what makes a receiver is taken from events, and at its strongest: a later write that puts
  // the value right must not hide the earlier one.
  Draft bending;
  for (const RegistryChangeFact* change : draft.changes) {
    const std::string_view value = change->value_name.raw();
    const auto bits = logged_number(change->new_value.raw()).value_or(0) & credential_bits;
    const bool bends =
        change->change == ChangeKind::value_set &&
        ((equal_names(value, "Class") && bits != 0) || equal_names(value, "AuthentProviderPath"));
    if (bends) {
      bending.changes.push_back(change);
      former.evidence.push_back(change->origin);
    }
  }
  take_values_from_events(bending, former);
  if (draft.past != nullptr) {
    former.evidence.push_back(draft.past->origin);
  }
  take_meaning(facts, host, former);
  return former.receives_credentials == YesNo::yes ? std::optional(std::move(former))
                                                   : std::nullopt;
}

}  // namespace

bool has_credential_class(const Provider& provider) {
  return provider.provider_class && (*provider.provider_class & credential_bits) != 0;
}

bool has_unreadable_class(const Provider& provider) {
  const RegistryValueFact* value = value_named(provider, "Class");
  return value != nullptr && !value->number;
}

bool has_unreadable_path(const Provider& provider) {
  const RegistryValueFact* value = value_named(provider, "ProviderPath");
  return value != nullptr &&
         (value->text.empty() || (value->type != reg_sz && value->type != reg_expand_sz));
}

std::string provider_name_of_key(std::string_view canonical_key) {
  constexpr std::string_view prefix = "HKLM\\SYSTEM\\CurrentControlSet\\Services\\";
  if (canonical_key.size() <= prefix.size() ||
      !equal_names(canonical_key.substr(0, prefix.size()), prefix)) {
    return {};
  }
  std::string_view rest = canonical_key.substr(prefix.size());
  const std::size_t last = rest.rfind('\\');
  if (last != std::string_view::npos && equal_names(rest.substr(last + 1), "NetworkProvider")) {
    return std::string(rest.substr(0, last));
  }
  return last == std::string_view::npos ? std::string(rest) : std::string();
}

std::vector<Provider> list_providers(const FactSet& facts) {
  const HostPaths host = host_paths(facts);
  Drafts drafts;
  collect_registrations(facts, drafts);
  collect_orders(facts, drafts);
  collect_changes(facts, drafts);
  const bool has_hive = !facts.orders.empty() || !facts.registrations.empty();
  std::vector<Provider> providers;
  for (const auto& [key, draft] : drafts) {
    if (is_worth_listing(draft)) {
      providers.push_back(provider_of(draft, facts, host, has_hive));
      if (auto former = former_provider(draft, providers.back(), facts, host)) {
        providers.push_back(*std::move(former));
      }
    }
  }
  std::stable_sort(providers.begin(), providers.end(), [](const Provider& a, const Provider& b) {
    const auto place = [](const Provider& p) {
      return std::tuple(p.state, p.order_position.value_or(UINT32_MAX),
                        p.hw_order_position.value_or(UINT32_MAX));
    };
    return place(a) < place(b);
  });
  return providers;
}

std::vector<std::string> wanted_images(const FactSet& facts) {
  const HostPaths host = host_paths(facts);
  std::set<std::string> wanted;
  for (const Provider& provider : list_providers(facts)) {
    for (const ProviderDll& dll : provider.dlls) {
      if (!dll.path.resolved.empty()) {
        wanted.insert(dll.path.resolved);
      }
    }
  }
  for (const PolicyFact& policy : facts.policies) {
    if (policy.policy == PolicyKind::connect_notifyee ||
        policy.policy == PolicyKind::winlogon_mpnotify) {
      if (auto path = resolve_path(policy.text, policy.type, host); !path.resolved.empty()) {
        wanted.insert(path.resolved);
      }
    }
  }
  return {wanted.begin(), wanted.end()};
}

}  // namespace npg
