// Rules about what is registered.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

#include "analysis/detect/rules.hpp"
#include "base/evidence_text.hpp"
#include "fact/control_sets.hpp"
#include "fact/readings.hpp"

namespace npg::rules {
namespace {

bool has_registry(const RuleInput& input) {
  return !input.facts.orders.empty() || !input.facts.registrations.empty();
}

Finding provider_finding(const RuleInfo& rule, const RuleInput& input, const Provider& provider,
                         FindingSeverity severity) {
  Finding finding = make_finding(rule, input, shown(provider.name), severity);
  finding.first_seen = provider.last_written;
  finding.last_seen = provider.last_written;
  for (const Reason& reason : provider.reasons) {
    if (reason.effect == ReasonEffect::raises && reason.weight > 0) {
      finding.text += (finding.text.empty() ? "" : "; ") + reason.text;
    }
    finding.evidence.insert(finding.evidence.end(), reason.evidence.begin(), reason.evidence.end());
  }
  std::sort(finding.evidence.begin(), finding.evidence.end());
  finding.evidence.erase(std::unique(finding.evidence.begin(), finding.evidence.end()),
                         finding.evidence.end());
  return finding;
}

/// What one control set registers: paths and class of each provider, and what each order lists.
struct ControlSet {
  struct Entry {
    std::string value;  ///< equal where two sets say the same
    std::string text;   ///< what it says, for showing
    Origin origin;
  };
  std::map<std::string, Entry> values;       ///< by name_key of the provider or order
  std::map<std::string, std::string> names;  ///< as stored, escaped
  std::optional<Origin> origin;
  bool is_current = false;
};

/// "C:\x.dll, AuthentProviderPath C:\y.dll, Class 0x2".
std::string registration_text(const RegistrationFact& fact) {
  std::string text = fact.provider_path.empty() ? "no ProviderPath" : shown(fact.provider_path);
  if (!fact.authent_provider_path.empty()) {
    text += ", AuthentProviderPath " + shown(fact.authent_provider_path);
  }
  if (fact.provider_class) {
    text += fmt::format(", Class 0x{:x}", *fact.provider_class);
  }
  return text;
}

/// " (C:\evil.dll; in the current one C:\x.dll)".
std::string difference_text(const ControlSet& set, const ControlSet& here, const std::string& key) {
  const auto said = [&key](const ControlSet& one) {
    const auto found = one.values.find(key);
    return found == one.values.end() ? std::string("not there") : found->second.text;
  };
  return fmt::format(" ({}; in the current one {})", said(set), said(here));
}

std::map<std::uint32_t, ControlSet> control_sets_of(const FactSet& facts) {
  std::map<std::uint32_t, ControlSet> sets;
  const auto add = [&sets](const auto& fact, const std::string& name, std::string value,
                           std::string text) {
    ControlSet& set = sets[fact.control_set];
    set.names[name_key(name)] = escape_for_terminal(EvidenceText::from_utf8(name));
    const auto [at, is_new] = set.values.try_emplace(name_key(name), value, text, fact.origin);
    if (!is_new && at->second.value != value) {
      at->second.value += "\n" + value;  // A second key of the name.
      at->second.text += " and " + text;
    }
    set.origin = set.origin.value_or(fact.origin);
    set.is_current = set.is_current || fact.control_set_is_current;
  };
  for (const RegistrationFact& fact : facts.registrations) {
    if (fact.moment == HiveMoment::current) {
      add(fact, std::string(fact.name.raw()),
          fmt::format("{}|{}|{}", name_key(fact.provider_path.raw()),
                      name_key(fact.authent_provider_path.raw()), fact.provider_class.value_or(0)),
          registration_text(fact));
    }
  }
  for (const ProviderOrderFact& fact : facts.orders) {
    if (fact.moment == HiveMoment::current) {
      // A name with a backslash cannot be a provider's.
      add(fact, fact.is_hw_order ? "Control\\HwOrder" : "Control\\Order", name_key(fact.raw.raw()),
          shown(fact.raw));
    }
  }
  return sets;
}

}  // namespace

void suspicious_provider(const RuleInfo& rule, const RuleInput& input, RuleOutput& output) {
  if (!has_registry(input) && input.providers.empty()) {
    say_not_evaluated(rule, "the evidence holds no registry and no registry change", output);
    return;
  }
  for (const Provider& provider : input.providers) {
    if (provider.verdict == ProviderVerdict::malicious ||
        provider.verdict == ProviderVerdict::suspicious) {
      output.findings.push_back(provider_finding(rule, input, provider,
                                                 provider.verdict == ProviderVerdict::malicious
                                                     ? FindingSeverity::critical
                                                     : FindingSeverity::high));
    }
  }
}

void provider_to_review(const RuleInfo& rule, const RuleInput& input, RuleOutput& output) {
  if (!has_registry(input) && input.providers.empty()) {
    say_not_evaluated(rule, "the evidence holds no registry and no registry change", output);
    return;
  }
  for (const Provider& provider : input.providers) {
    if (provider.verdict != ProviderVerdict::unexplained) {
      continue;
    }
    const bool receives = provider.receives_credentials == YesNo::yes;
    const bool speaks_against = std::any_of(
        provider.reasons.begin(), provider.reasons.end(),
        [](const Reason& r) { return r.effect == ReasonEffect::raises && r.weight > 0; });
    const bool is_windows_own =
        std::any_of(provider.reasons.begin(), provider.reasons.end(),
                    [](const Reason& r) { return r.code == "registration_is_windows_own"; });
    // A known name whose key is lost with damaged bytes, or not in an export, is a thing not seen.
    const bool is_unseen =
        !provider.known_as.empty() && provider.state == ProviderState::order_only &&
        std::ranges::any_of(provider.reasons,
                            [](const Reason& r) { return r.code == "registration_not_readable"; });
    if (receives || speaks_against || (!is_windows_own && !is_unseen)) {
      Finding finding = provider_finding(rule, input, provider,
                                         receives ? FindingSeverity::medium : FindingSeverity::low);
      if (finding.text.empty()) {
        finding.text = provider.known_as.empty()
                           ? "not known, and not fully checked"
                           : fmt::format("registered as {} registers it; not fully checked",
                                         provider.known_as);
      }
      output.findings.push_back(std::move(finding));
    }
  }
}

namespace {

/// True when what is gone is an earlier state of a registration that is still here.
bool is_still_here(const RuleInput& input, const Provider& provider) {
  return std::ranges::any_of(input.providers, [&](const Provider& other) {
    return !is_gone(other) && equal_names(other.name.raw(), provider.name.raw());
  });
}

/// The bounds of the removal itself: from the last time it was there to the end of its exposure, or
/// the change that took it away.
void set_removal_time(const RuleInput& input, const Provider& provider, Finding& finding) {
  finding.first_seen = provider.last_written;
  const std::string service = "\\SERVICES\\" + name_key(provider.name.raw());
  for (const Change& change : input.changes) {
    const bool removes = change.what == "key_deleted" || change.what == "registration_removed";
    const std::string key = name_key(change.key.raw());
    if (removes && (key.ends_with(service) || key.ends_with(service + "\\NETWORKPROVIDER"))) {
      finding.first_seen = change.not_before.given() ? change.not_before : change.time;
      finding.last_seen = change.time;
    }
  }
  if (is_still_here(input, provider)) {
    // The first difference between two states bounds it from below, the last from above.
    for (const Change& change : input.changes) {
      if (!change.is_exact && change.not_before.given() &&
          name_key(change.key.raw()).ends_with(service + "\\NETWORKPROVIDER")) {
        finding.first_seen = finding.last_seen.given()
                                 ? std::min(finding.first_seen, change.not_before)
                                 : change.not_before;
        finding.last_seen = std::max(finding.last_seen, change.time);
      }
    }
  }
  for (const Exposure& exposure : input.exposures) {
    if (equal_names(exposure.provider.raw(), provider.name.raw()) && exposure.end.given()) {
      finding.first_seen = exposure.earliest_end.given() ? exposure.earliest_end : exposure.end;
      finding.last_seen = exposure.end;
    }
  }
}

/// True when all that has it is an export without a time, or several.
bool is_in_exports_only(const FactSet& facts, const Provider& provider) {
  bool is_in_one = false;
  for (const RegistrationFact& fact : facts.registrations) {
    if (!equal_names(fact.name.raw(), provider.name.raw())) {
      continue;
    }
    const bool is_of_export = std::ranges::any_of(facts.hive_copies, [&](const auto& copy) {
      return copy.is_export && !copy.is_software && copy.number == fact.copy && copy.number != 0;
    });
    if (!is_of_export) {
      return false;
    }
    is_in_one = true;
  }
  return is_in_one;
}

/// True when an export that has the registration holds the computer's name, too: by that name it
/// was taken for one of this host.
bool export_names_host(const FactSet& facts, const Provider& provider) {
  return std::ranges::any_of(facts.registrations, [&](const RegistrationFact& fact) {
    return fact.copy != 0 && equal_names(fact.name.raw(), provider.name.raw()) &&
           std::ranges::any_of(facts.identities, [&](const HostIdentityFact& identity) {
             return identity.origin.evidence == fact.origin.evidence &&
                    !identity.computer_name.empty();
           });
  });
}

const UpgradeFact* removing_upgrade(const RuleInput& input, const Provider& provider) {
  const std::string end = "\\SERVICES\\" + name_key(provider.name.raw()) + "\\NETWORKPROVIDER";
  for (const Change& change : input.changes) {
    if (change.what == "registration_removed" && !change.is_exact &&
        name_key(change.key.raw()).ends_with(end)) {
      return upgrade_within(input.facts, change.not_before, change.time);
    }
  }
  return nullptr;
}

}  // namespace

void registration_removed(const RuleInfo& rule, const RuleInput& input, RuleOutput& output) {
  const bool sees_past =
      std::any_of(input.facts.log_coverage.begin(), input.facts.log_coverage.end(),
                  [](const auto& log) { return log.registry_value_events > 0; }) ||
      std::any_of(input.facts.registrations.begin(), input.facts.registrations.end(),
                  [](const auto& fact) { return fact.moment != HiveMoment::current; }) ||
      std::any_of(input.facts.orders.begin(), input.facts.orders.end(),
                  [](const auto& fact) { return fact.moment != HiveMoment::current; });
  const bool finds_one = std::any_of(input.providers.begin(), input.providers.end(),
                                     [](const Provider& p) { return is_gone(p); });
  if (!sees_past && !finds_one) {
    say_not_evaluated(rule, "nothing of the evidence shows an earlier state of the registry",
                      output);
    return;
  }
  for (const Provider& provider : input.providers) {
    if (!is_gone(provider)) {
      continue;
    }
    const bool received = provider.receives_credentials == YesNo::yes;
    Finding finding = make_finding(rule, input, shown(provider.name),
                                   received ? FindingSeverity::high : FindingSeverity::low);
    finding.text =
        is_still_here(input, provider)
            ? (received ? "its registration received passwords and does so no longer as it was: it "
                          "may have been bent for a time and put right again"
                        : "its registration was another one before: it may have been bent for a "
                          "time and put right again")
        : received ? "a credential manager was registered here and is gone: it may have "
                     "been removed after use"
                   : "a provider was registered here and is gone";
    finding.evidence = provider.evidence;
    set_removal_time(input, provider, finding);
    if (is_in_exports_only(input.facts, provider)) {
      finding.severity = FindingSeverity::low;
      finding.text = fmt::format(
          "an export has this registration, and the hive has not: the export has no time, so that "
          "it may be older or newer{}",
          export_names_host(input.facts, provider)
              ? "; it names this computer"
              : ", and whether it is of this host it does not say");
    } else if (const UpgradeFact* upgrade = removing_upgrade(input, provider)) {
      finding.severity = received ? FindingSeverity::medium : FindingSeverity::low;
      finding.text = fmt::format(
          "{} was registered here until Windows was upgraded in place at {}, or about then: an "
          "upgrade takes providers of others away",
          received ? "a credential manager" : "a provider", to_screen_time(upgrade->upgraded));
      finding.evidence.push_back(upgrade->origin);
    }
    output.findings.push_back(std::move(finding));
  }
}

namespace {

/// True when the present hive could be read without loss: what it does not have is not there.
bool is_whole_hive(const FactSet& facts) {
  return std::ranges::any_of(facts.hive_copies, [](const HiveCopyFact& copy) {
    return copy.number == 0 && !copy.is_software && !copy.is_export && copy.lists_services;
  });
}

}  // namespace

void orders_differ(const RuleInfo& rule, const RuleInput& input, RuleOutput& output) {
  const ProviderOrderFact* order = nullptr;
  const ProviderOrderFact* hw_order = nullptr;
  for (const ProviderOrderFact& fact : input.facts.orders) {
    if (fact.control_set_is_current && fact.moment == HiveMoment::current) {
      (fact.is_hw_order ? hw_order : order) = &fact;
    }
  }
  if (order == nullptr && hw_order != nullptr && !hw_order->names.empty() &&
      is_whole_hive(input.facts)) {
    Finding finding = make_finding(rule, input, "Order and HwOrder", FindingSeverity::medium);
    finding.text =
        fmt::format("Order has no ProviderOrder, though the hive is whole; HwOrder is {}",
                    shown(hw_order->raw));
    finding.first_seen = hw_order->last_written;
    finding.last_seen = hw_order->last_written;
    finding.evidence = {hw_order->origin};
    output.findings.push_back(std::move(finding));
    return;
  }
  if (order == nullptr || hw_order == nullptr) {
    say_not_evaluated(
        rule,
        sees_all_orders(input.facts)
            ? "the current control set's Order or HwOrder is not in the evidence"
            : "the current control set's Order or HwOrder cannot be read: the hive is "
              "damaged, or the export does not have it",
        output);
    return;
  }
  const auto keys = [](const ProviderOrderFact& fact) {
    std::vector<std::string> names;
    names.reserve(fact.names.size());
    for (const SharedText& name : fact.names) {
      names.push_back(name_key(name.raw()));
    }
    return names;
  };
  if (keys(*order) != keys(*hw_order)) {
    Finding finding = make_finding(rule, input, "Order and HwOrder", FindingSeverity::info);
    finding.text = fmt::format("Order is {}, HwOrder is {}; some products write only one of them",
                               shown(order->raw), shown(hw_order->raw));
    finding.first_seen = std::min(order->last_written, hw_order->last_written);
    finding.last_seen = std::max(order->last_written, hw_order->last_written);
    finding.evidence = {order->origin, hw_order->origin};
    output.findings.push_back(std::move(finding));
  }
}

void control_sets_differ(const RuleInfo& rule, const RuleInput& input, RuleOutput& output) {
  if (!has_registry(input)) {
    say_not_evaluated(rule, "the evidence holds no SYSTEM hive", output);
    return;
  }
  const auto sets = control_sets_of(input.facts);
  const auto current = std::find_if(sets.begin(), sets.end(),
                                    [](const auto& entry) { return entry.second.is_current; });
  if (current == sets.end()) {
    say_not_evaluated(rule, "which control set is the current one is not known", output);
    return;
  }
  const ControlSet& here = current->second;
  // What one set lacks of a hive with losses, or of an export, may be lost and no difference.
  const bool is_whole = sees_all_services(input.facts) && sees_all_orders(input.facts);
  for (const auto& [number, set] : sets) {
    if (number == current->first) {
      continue;
    }
    std::map<std::string, std::string> differing;  // sorted by key, shown as stored
    for (const auto& [key, value] : set.values) {
      const auto same = here.values.find(key);
      if (same == here.values.end() ? is_whole : same->second.value != value.value) {
        differing[key] = set.names.at(key);
      }
    }
    for (const auto& [key, name] : here.names) {
      if (is_whole && !set.values.contains(key)) {
        differing[key] = name;
      }
    }
    if (differing.empty()) {
      continue;
    }
    Finding finding =
        make_finding(rule, input, fmt::format("ControlSet{:03}", number), FindingSeverity::medium);
    // Limit: a few in full fit where findings are read; the evidence has all.
    constexpr std::size_t in_full_max = 4;
    std::size_t told = 0;
    finding.evidence = {*set.origin, *here.origin};
    for (const auto& [key, name] : differing) {
      finding.text +=
          (!finding.text.empty()            ? ", "
           : knows_current_set(input.facts) ? "differs from the current control set in "
                                            : "differs from the control set that is taken for the "
                                              "current one, which is not known, in ") +
          name;
      finding.text += told++ < in_full_max ? difference_text(set, here, key) : "";
      for (const ControlSet* const one : {&set, &here}) {
        if (const auto found = one->values.find(key); found != one->values.end()) {
          finding.evidence.push_back(found->second.origin);
        }
      }
    }
    std::ranges::sort(finding.evidence);
    finding.evidence.erase(std::unique(finding.evidence.begin(), finding.evidence.end()),
                           finding.evidence.end());
    output.findings.push_back(std::move(finding));
  }
}

}  // namespace npg::rules
