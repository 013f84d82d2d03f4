// Rules about what is registered.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "analysis/detect/rules.hpp"
#include "base/evidence_text.hpp"

namespace npg::rules {
namespace {

std::string shown(const SharedText& text) {
  return escape_for_terminal(text.text());
}

bool has_registry(const RuleInput& input) {
  return !input.facts.orders.empty() || !input.facts.registrations.empty();
}

void say_not_evaluated(const RuleInfo& rule, std::string why, RuleOutput& output) {
  output.not_evaluated.push_back({std::string(rule.id), std::string(rule.needs), std::move(why)});
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

/// Name and DLL path of every provider that one control set registers.
using Registered = std::map<std::string, std::string>;

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
    if (receives || speaks_against || !is_windows_own) {
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

void registration_removed(const RuleInfo& rule, const RuleInput& input, RuleOutput& output) {
  for (const Provider& provider : input.providers) {
    if (provider.state != ProviderState::removed) {
      continue;
    }
    const bool received = provider.receives_credentials == YesNo::yes;
    Finding finding = make_finding(rule, input, shown(provider.name),
                                   received ? FindingSeverity::high : FindingSeverity::low);
    finding.text = received ? "a credential manager was registered here and is gone: it may have "
                              "been removed after use"
                            : "a provider was registered here and is gone";
    finding.evidence = provider.evidence;
    finding.first_seen = provider.last_written;
    for (const Exposure& exposure : input.exposures) {
      if (equal_names(exposure.provider.raw(), provider.name.raw())) {
        finding.first_seen =
            exposure.earliest_start.given() ? exposure.earliest_start : exposure.latest_start;
        finding.last_seen = exposure.end;
      }
    }
    output.findings.push_back(std::move(finding));
  }
}

void orders_differ(const RuleInfo& rule, const RuleInput& input, RuleOutput& output) {
  const ProviderOrderFact* order = nullptr;
  const ProviderOrderFact* hw_order = nullptr;
  for (const ProviderOrderFact& fact : input.facts.orders) {
    if (fact.control_set_is_current && fact.moment == HiveMoment::current) {
      (fact.is_hw_order ? hw_order : order) = &fact;
    }
  }
  if (order == nullptr || hw_order == nullptr) {
    say_not_evaluated(rule, "the current control set's Order or HwOrder is not in the evidence",
                      output);
    return;
  }
  const auto keys = [](const ProviderOrderFact& fact) {
    std::vector<std::string> names;
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
  std::map<std::uint32_t, Registered> sets;
  std::map<std::uint32_t, Origin> origins;
  std::uint32_t current = 0;
  for (const RegistrationFact& fact : input.facts.registrations) {
    if (fact.moment == HiveMoment::current) {
      sets[fact.control_set][name_key(fact.name.raw())] =
          name_key(fact.provider_path.raw()) + "|" + name_key(fact.authent_provider_path.raw());
      origins[fact.control_set] = fact.origin;
      current = fact.control_set_is_current ? fact.control_set : current;
    }
  }
  for (const auto& [set, registered] : sets) {
    if (set == current || registered == sets[current]) {
      continue;
    }
    std::set<std::string> names;
    for (const auto& [name, paths] : registered) {
      const auto here = sets[current].find(name);
      if (here == sets[current].end() || here->second != paths) {
        names.insert(name);
      }
    }
    for (const auto& [name, paths] : sets[current]) {
      if (!registered.contains(name)) {
        names.insert(name);
      }
    }
    Finding finding =
        make_finding(rule, input, fmt::format("ControlSet{:03}", set), FindingSeverity::medium);
    for (const std::string& name : names) {
      finding.text += (finding.text.empty() ? "differs from the current control set in " : ", ") +
                      escape_for_terminal(EvidenceText::from_utf8(name));
    }
    finding.evidence = {origins[set], origins[current]};
    output.findings.push_back(std::move(finding));
  }
}

}  // namespace npg::rules
