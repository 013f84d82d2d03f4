#include "analysis/inventory/inventory.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>

#include "analysis/inventory/companions.hpp"
#include "analysis/inventory/drafts.hpp"
#include "analysis/inventory/images.hpp"
#include "analysis/inventory/logged_states.hpp"
#include "base/evidence_text.hpp"
#include "base/registry_types.hpp"
#include "fact/readings.hpp"

namespace npg {
namespace {

constexpr std::uint64_t credential_bits = 0x2 | 0x4;

RegistryValueFact* value_of(Provider& provider, std::string_view name) {
  const auto found = std::find_if(
      provider.values.begin(), provider.values.end(),
      [&](const RegistryValueFact& value) { return equal_names(value.name.raw(), name); });
  return found == provider.values.end() ? nullptr : &*found;
}

void take_value_from_event(const RegistryChangeFact& change, Provider& provider) {
  if (change.change != ChangeKind::value_set || change.new_value.empty() ||
      change.value_name.empty() || !is_registration_key(change.key.raw())) {
    return;
  }
  RegistryValueFact value{
      .name = change.value_name, .text = change.new_value, .origin = change.origin};
  const bool is_class = equal_names(change.value_name.raw(), "Class");
  value.number = is_class ? logged_number(change.new_value.raw()) : std::nullopt;
  // Events do not carry the type with the data in every dialect; a % says that somebody expects
  // expansion.
  value.type = is_class                                                     ? 4
               : change.new_value.raw().find('%') != std::string_view::npos ? reg::expand_sz
                                                                            : reg::sz;
  if (RegistryValueFact* same = value_of(provider, change.value_name.raw()); same != nullptr) {
    *same = std::move(value);
  } else {
    provider.values.push_back(std::move(value));
  }
}

/// The values of a provider that only events tell of: the last data that was written to each. A
/// value that was deleted again stays: what it was for is what matters.
void take_values_from_events(const std::vector<const RegistryChangeFact*>& changes,
                             Provider& provider) {
  for (const RegistryChangeFact* change : changes) {
    take_value_from_event(*change, provider);
  }
}

/// Lays newer logged writes and deletions over the values of the hive.
void bring_up_to_date(const std::vector<const RegistryChangeFact*>& changes, Provider& provider) {
  for (const RegistryChangeFact* change : changes) {
    if (change->change == ChangeKind::value_deleted) {
      std::erase_if(provider.values, [change](const RegistryValueFact& value) {
        return equal_names(value.name.raw(), change->value_name.raw());
      });
    }
    take_value_from_event(*change, provider);
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

void take_dlls(const FactSet& facts, const HostPaths& host, Provider& provider) {
  for (const bool is_authent : {true, false}) {
    const RegistryValueFact* value =
        value_named(provider, is_authent ? "AuthentProviderPath" : "ProviderPath");
    if (value == nullptr) {
      continue;
    }
    ProviderDll dll = located_dll(resolve_path(value->text, value->type, host), facts);
    dll.is_authent = is_authent;
    provider.dlls.push_back(std::move(dll));
  }
}

/// A second value Class that asks for credentials where the first does not: Windows finds one of
/// them.
bool has_second_credential_class(const Provider& provider) {
  return std::ranges::any_of(provider.values, [](const RegistryValueFact& value) {
    return equal_names(value.name.raw(), "Class") && value.number &&
           (*value.number & credential_bits) != 0;
  });
}

/// Of a registration that only logged writes tell of, a value that none of them names may be there:
/// then `is_class_told` is false.
YesNo receives_credentials(const Provider& provider, const HostPaths& host, bool is_class_told) {
  const bool is_by_events = provider.control_sets.empty();
  if (provider.dlls.empty() && is_by_events && has_credential_class(provider)) {
    return YesNo::yes;
  }
  if (provider.dlls.empty() && !is_class_told) {
    return YesNo::unknown;
  }
  if (provider.dlls.empty()) {
    const bool is_known =
        provider.state != ProviderState::order_only && !provider.values_incomplete;
    return is_known ? YesNo::no : YesNo::unknown;
  }
  const bool has_authent = provider.dlls.front().is_authent;
  const ProviderDll& receiver = provider.dlls.front();
  const bool may_export =
      receiver.image && (export_shape(*receiver.image).logon || receiver.image->exports_incomplete);
  if (has_credential_class(provider)) {
    // The file that is there now cannot be loaded; another one may have been there before.
    if (receiver.image && !can_load(*receiver.image, host)) {
      return YesNo::unknown;
    }
    // A class that asks for credentials with a DLL that shows no such function may still get them:
    // exports can be made at load time or by ordinal. That is not a "no".
    return YesNo::yes;
  }
  // Whether Windows calls the functions of a DLL whose class lacks the bits is not documented.
  const bool is_unreadable = has_unreadable_class(provider) || has_unreadable_path(provider) ||
                             provider.values_incomplete || has_second_credential_class(provider) ||
                             !is_class_told;
  return may_export || has_authent || is_unreadable ? YesNo::unknown : YesNo::no;
}

ProviderState state_of(const Draft& draft) {
  if (draft.current != nullptr || draft.logged.making != nullptr) {
    return draft.order_position || draft.listed_by_other_reading || draft.listed_in_later_copy
               ? ProviderState::active
               : ProviderState::staged;
  }
  return draft.listed_anywhere ? ProviderState::order_only : ProviderState::removed;
}

/// A draft that no hive and no order knows, and whose events only removed or looked at something,
/// is not a provider.
bool is_worth_listing(const Draft& draft) {
  return draft.current != nullptr || draft.outlived != nullptr || !draft.past.empty() ||
         draft.listed_anywhere ||
         std::any_of(draft.changes.begin(), draft.changes.end(), [](const RegistryChangeFact* c) {
           return c->change == ChangeKind::value_set || c->change == ChangeKind::key_created ||
                  c->change == ChangeKind::key_deleted;
         });
}

/// Class, DLLs and what they add up to, from the values.
void take_meaning(const FactSet& facts, const HostPaths& host, const Draft& draft,
                  Provider& provider) {
  if (const RegistryValueFact* value = value_named(provider, "Class"); value != nullptr) {
    provider.provider_class = value->number;
  }
  take_dlls(facts, host, provider);
  const bool is_class_told =
      !provider.control_sets.empty() || value_named(provider, "Class") != nullptr ||
      std::ranges::any_of(draft.changes, [](const RegistryChangeFact* change) {
        return equal_names(change->value_name.raw(), "Class") ||
               change->change == ChangeKind::key_deleted;
      });
  provider.receives_credentials = receives_credentials(provider, host, is_class_told);
}

/// The values by the newest evidence; of a registration that is gone, those that it had.
void take_values(const Draft& draft, const RegistrationFact* past, Provider& provider) {
  const RegistrationFact* registration = draft.current != nullptr    ? draft.current
                                         : draft.outlived != nullptr ? draft.outlived
                                                                     : past;
  if (draft.current == nullptr && draft.logged.making != nullptr) {
    // What was deleted again is told by what the registration was before.
    bring_up_to_date(draft.logged.values, provider);
  } else if (registration != nullptr) {
    provider.values = registration->values;
    provider.values_incomplete = registration->values_incomplete;
    if (draft.current != nullptr) {
      bring_up_to_date(draft.logged.values, provider);
    }
  } else {
    take_values_from_events(draft.changes, provider);
  }
  provider.last_written = registration == nullptr ? FileTime{} : registration->last_written;
}

/// `past` is what a registration that is gone was; nothing when no earlier state has it.
Provider provider_of(const Draft& draft, const RegistrationFact* past, const FactSet& facts,
                     const HostPaths& host) {
  Provider provider{.name = draft.name, .state = state_of(draft)};
  provider.order_position = draft.order_position;
  provider.hw_order_position = draft.hw_order_position;
  provider.state_basis = fmt::format("{}", fmt::join(draft.basis, "; "));
  provider.state_evidence = draft.basis_evidence;
  std::set<std::uint32_t> control_sets;
  for (const RegistrationFact* fact : draft.registrations) {
    control_sets.insert(fact->control_set);
    provider.evidence.push_back(fact->origin);
  }
  if (draft.current == nullptr && draft.outlived == nullptr && past != nullptr) {
    control_sets.insert(past->control_set);
    provider.evidence.push_back(past->origin);
  }
  take_values(draft, past, provider);
  for (const RegistryChangeFact* change : draft.changes) {
    provider.evidence.push_back(change->origin);
  }
  provider.evidence.insert(provider.evidence.end(), draft.order_evidence.begin(),
                           draft.order_evidence.end());
  provider.control_sets.assign(control_sets.begin(), control_sets.end());
  take_meaning(facts, host, draft, provider);
  return provider;
}

int rank_of(YesNo receives) {
  return receives == YesNo::yes ? 2 : receives == YesNo::unknown ? 1 : 0;
}

/// True when both name the same files.
bool is_same_path(const Provider& a, const Provider& b) {
  constexpr std::string_view paths[] = {"ProviderPath", "AuthentProviderPath"};
  return std::ranges::all_of(paths, [&](std::string_view name) {
    const RegistryValueFact* left = value_named(a, name);
    const RegistryValueFact* right = value_named(b, name);
    return (left == nullptr) == (right == nullptr) &&
           (left == nullptr || equal_names(left->text.raw(), right->text.raw()));
  });
}

/// What a registration was before, with what logged writes made of it and what they took away:
/// listed as removed, under the same name. `base` is a state of it; nothing when only the log
/// knows it.
Provider former_of(const Draft& draft, const RegistrationFact* base, const FactSet& facts,
                   const HostPaths& host) {
  Provider former{.name = draft.name, .state = ProviderState::removed};
  if (base != nullptr) {
    former.control_sets = {base->control_set};
    former.values = base->values;
    former.values_incomplete = base->values_incomplete;
    former.last_written = base->last_written;
  }
  // Only what makes a receiver is taken from events, and at its strongest: a later write that puts
  // the value right must not hide the earlier one.
  std::vector<const RegistryChangeFact*> bending;
  for (const RegistryChangeFact* change : draft.changes) {
    const std::string_view value = change->value_name.raw();
    const auto bits = logged_number(change->new_value.raw()).value_or(0) & credential_bits;
    const bool bends =
        change->change == ChangeKind::value_set &&
        ((equal_names(value, "Class") && bits != 0) || equal_names(value, "AuthentProviderPath"));
    if (bends) {
      bending.push_back(change);
      former.evidence.push_back(change->origin);
    }
  }
  take_values_from_events(bending, former);
  for (const RegistryChangeFact& value : strongest_values(draft, base)) {
    take_value_from_event(value, former);
    former.evidence.push_back(value.origin);
  }
  if (base != nullptr && base != draft.current) {
    former.evidence.push_back(base->origin);
  }
  take_meaning(facts, host, draft, former);
  return former;
}

/// What a registration that is here was before: a provider that was bent and put right again, by
/// logged writes or by older states, each of which names other files or received more than now.
/// keep_telling_formers() leaves those that say something.
void add_formers(const Draft& draft, const FactSet& facts, const HostPaths& host,
                 std::vector<Provider>& providers) {
  if (draft.current == nullptr) {
    return;
  }
  const Provider now = providers.back();
  const bool hive_is_former = !draft.logged.values.empty() || draft.past.empty();
  if (hive_is_former && now.receives_credentials != YesNo::yes) {
    // What newer writes changed was bent until then in the hive itself.
    Provider former = former_of(draft, draft.current, facts, host);
    if (former.receives_credentials == YesNo::yes) {
      providers.push_back(std::move(former));
    }
  }
  for (const RegistrationFact* past : draft.past) {
    if (is_same_state(*past, *draft.current)) {
      continue;
    }
    Provider former = former_of(draft, past, facts, host);
    if (rank_of(former.receives_credentials) > rank_of(now.receives_credentials) ||
        !is_same_path(former, now)) {
      providers.push_back(std::move(former));
    }
  }
}

/// Of several keys of its name in one control set each is a reading of its own.
void add_twins(const Draft& draft, const FactSet& facts, const HostPaths& host,
               std::vector<Provider>& providers) {
  Draft other = draft;
  for (const RegistrationFact* twin : draft.twins) {
    if (draft.current == nullptr) {
      return;  // The log has them deleted.
    }
    other.current = twin;
    providers.push_back(provider_of(other, nullptr, facts, host));
  }
}

/// What only the log knows and took away again: a provider whose removal alone it tells, or one
/// whose class asked for credentials for a while.
void add_logged_former(const Draft& draft, YesNo receives_now, const FactSet& facts,
                       const HostPaths& host, std::vector<Provider>& providers) {
  if (draft.current != nullptr || draft.outlived != nullptr || !draft.past.empty() ||
      receives_now == YesNo::yes) {
    return;
  }
  Provider former = former_of(draft, nullptr, facts, host);
  if (former.receives_credentials == YesNo::yes) {
    providers.push_back(std::move(former));
  }
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
         (value->text.empty() || (value->type != reg::sz && value->type != reg::expand_sz));
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
  const Drafts drafts = collect_drafts(facts);
  std::vector<Provider> providers;
  for (const auto& [key, draft] : drafts) {
    YesNo receives_now = YesNo::no;
    if (is_worth_listing(draft)) {
      const bool is_past = draft.current == nullptr && draft.outlived == nullptr &&
                           draft.logged.making == nullptr && !draft.past.empty();
      for (std::size_t i = 0; i < (is_past ? draft.past.size() : 1); ++i) {
        const RegistrationFact* past = draft.past.empty() ? nullptr : draft.past[i];
        providers.push_back(provider_of(draft, past, facts, host));
      }
      receives_now = providers.back().receives_credentials;
      add_formers(draft, facts, host, providers);
      add_twins(draft, facts, host, providers);
    }
    add_logged_former(draft, receives_now, facts, host, providers);
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

namespace {

/// A file that is not among those of the other state.
bool names_other_file(const Provider& one, const Provider& other) {
  return std::ranges::any_of(one.dlls, [&](const ProviderDll& dll) {
    return std::ranges::none_of(other.dlls, [&](const ProviderDll& its) {
      return dll.path.resolved.empty() ? dll.path.raw == its.path.raw
                                       : equal_names(dll.path.resolved, its.path.resolved);
    });
  });
}

/// Another DLL than the present one was handed passwords, and something speaks against it, too: the
/// present one's verdict does not speak of that.
bool is_another_receiver(const Provider& former, const Provider& present) {
  return former.receives_credentials == YesNo::yes &&
         former.verdict >= ProviderVerdict::suspicious && names_other_file(former, present);
}

}  // namespace

void keep_telling_formers(std::vector<Provider>& providers) {
  const auto weight = [](const Provider& one) {
    return std::tuple(one.verdict, rank_of(one.receives_credentials), one.score);
  };
  // Of several states of one name that is gone, the one that says most.
  std::vector<bool> is_weaker(providers.size());
  for (std::size_t i = 0; i < providers.size(); ++i) {
    for (std::size_t j = 0; j < providers.size() && is_gone(providers[i]); ++j) {
      if (i == j || !equal_names(providers[i].name.raw(), providers[j].name.raw())) {
        continue;
      }
      const bool says_less =
          is_gone(providers[j])
              ? std::tuple(weight(providers[i]), j) < std::tuple(weight(providers[j]), i)
              : !is_another_receiver(providers[i], providers[j]) &&
                    providers[i].verdict <= providers[j].verdict &&
                    rank_of(providers[i].receives_credentials) <=
                        rank_of(providers[j].receives_credentials);
      is_weaker[i] = is_weaker[i] || says_less;
    }
  }
  std::size_t at = 0;
  std::erase_if(providers, [&](const Provider& /*one*/) { return is_weaker[at++]; });
}

}  // namespace npg
