#include "analysis/baseline/drift.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "analysis/baseline/writers.hpp"
#include "base/evidence_text.hpp"
#include "fact/finding_id.hpp"
#include "fact/readings.hpp"

namespace npg {
namespace {

using S = FindingSeverity;
constexpr std::string_view t_provider = "T1556.008";

constexpr std::array<DriftRule, 8> rules = {{
    {"NPG1020", "Provider that the baseline does not have", S::high, t_provider,
     "a baseline of this build, role and tag, and a SYSTEM hive"},
    {"NPG1021", "Registration differs from the baseline", S::high, t_provider,
     "a baseline of this build, role and tag, and a SYSTEM hive"},
    {"NPG1022", "Provider's DLL differs from the baseline", S::high, t_provider,
     "a baseline of this build, role and tag, and the DLL"},
    {"NPG1023", "Provider order differs from the baseline", S::medium, t_provider,
     "a baseline of this build, role and tag, and a SYSTEM hive"},
    {"NPG1024", "Key differs from the baseline", S::high, t_provider,
     "a baseline of this build, role and tag, and a SYSTEM hive"},
    {"NPG1025", "Policy differs from the baseline", S::high, t_provider,
     "a baseline of this build, role and tag, and SOFTWARE and SECURITY hives"},
    {"NPG1026", "Provider of the baseline is missing", S::low, t_provider,
     "a baseline of this build, role and tag, and a SYSTEM hive"},
    {"NPG1027", "Exception that ends soon or no longer holds", S::low, t_provider,
     "exceptions, and the provider that they are for"},
}};

const DriftRule& rule_of(const Drift& drift) {
  switch (drift.kind) {
    case ProfileKind::provider:
      if (drift.field == "present") {
        return rules[drift.drift == DriftKind::added ? 0 : 6];
      }
      return rules[1];
    case ProfileKind::dll: return rules[2];
    case ProfileKind::order: return rules[3];
    case ProfileKind::key: return rules[4];
    case ProfileKind::policy:
    case ProfileKind::audit: return rules[5];
  }
  return rules[1];
}

bool is_any_of(std::string_view name, std::initializer_list<std::string_view> names) {
  return std::ranges::any_of(names, [&](std::string_view one) { return equal_names(one, name); });
}

S grade_provider(const Drift& drift, const HostAssessment& host) {
  for (const Provider& provider : host.providers) {
    if (profile_cell(provider.name.raw()) == drift.subject) {
      return provider.receives_credentials != YesNo::no && provider.state == ProviderState::active
                 ? S::high
                 : S::medium;
    }
  }
  return S::medium;
}

/// Names of an order as typed text "REG_SZ:a,b".
std::set<std::string> names_of_order(const std::vector<std::string>& orders) {
  std::set<std::string> names;
  for (const std::string& order : orders) {
    for (const std::string_view name :
         order_names(std::string_view(order).substr(order.find(':') + 1))) {
      names.insert(name_key(name));
    }
  }
  return names;
}

S grade_key(const Drift& drift, const HostAssessment& host) {
  if (is_any_of(drift.field, {"link", "flags"})) {
    return S::high;
  }
  if (drift.field == "present") {
    return drift.drift == DriftKind::added ? S::low : S::medium;
  }
  if (drift.field != "sddl") {
    return S::low;
  }
  const bool is_open = std::ranges::any_of(host.keys, [&](const KeyState& key) {
    return std::string_view(key.fact.key.raw()).ends_with(drift.subject) && writable_by_others(key);
  });
  return is_open ? S::high : S::medium;
}

S grade(const Drift& drift, const HostAssessment& host) {
  switch (drift.kind) {
    case ProfileKind::provider:
      if (drift.field == "present") {
        return drift.drift == DriftKind::added ? grade_provider(drift, host) : S::low;
      }
      if (differs_in_case_alone(drift)) {
        return S::low;
      }
      if (is_any_of(drift.field, {"ProviderPath", "AuthentProviderPath", "ProviderPath leads to",
                                  "AuthentProviderPath leads to", "Class", "link"})) {
        return S::high;
      }
      return is_any_of(drift.field, {"service ImagePath", "service Group", "service ServiceDll",
                                     "service ObjectName", "Name"})
                 ? S::medium
                 : S::low;
    case ProfileKind::order: {
      const auto before = names_of_order(drift.before);
      const auto after = names_of_order(drift.after);
      return std::ranges::includes(before, after) ? S::low : S::medium;
    }
    case ProfileKind::key: return grade_key(drift, host);
    case ProfileKind::policy:
      if (equal_names(drift.subject, "Select")) {
        return S::low;  // NPG1028 says where it points.
      }
      return is_any_of(drift.field,
                       {"EnableMPR", "mpnotify", "SmartCardLogonNotify", "Notification Packages",
                        "Security Packages", "Authentication Packages"}) ||
                     contains_name(drift.subject, "Notifyees")
                 ? S::high
                 : S::medium;
    case ProfileKind::audit: return S::medium;
    case ProfileKind::dll: return S::medium;  // graded as a whole
  }
  return S::medium;
}

/// A DLL's drifts together: an update has the signer that the baseline knows and no lower version.
S grade_dll(const std::vector<const Drift*>& drifts, const HostAssessment& host) {
  const auto of_field = [&](std::string_view field) {
    const auto found = std::ranges::find(
        drifts, field, [](const Drift* drift) { return std::string_view(drift->field); });
    return found == drifts.end() ? nullptr : *found;
  };
  // Of several contents those that the baseline does not know.
  const Drift* hash = of_field("sha256");
  const auto is_new = [&](const ImageFact& image) {
    return equal_names(profile_cell(image.windows_path.raw()), drifts.front()->subject) &&
           (hash == nullptr || std::ranges::find(hash->after, image.sha256) != hash->after.end());
  };
  std::vector<const ImageFact*> images;
  for (const Provider& provider : host.providers) {
    for (const ProviderDll& dll : provider.dlls) {
      if (dll.image && is_new(*dll.image)) {
        images.push_back(&*dll.image);
      }
    }
  }
  for (const ImageFact& image : host.other_contents) {
    if (is_new(image)) {
      images.push_back(&image);
    }
  }
  const bool is_trusted =
      !images.empty() && std::ranges::all_of(images, [](const ImageFact* image) {
        return image->signature.status == SignatureStatus::trusted;
      });
  if (of_field("present") != nullptr) {
    return is_trusted ? S::low : S::high;
  }
  if (of_field("signer") != nullptr) {
    return S::high;
  }
  if (!is_trusted) {
    return S::medium;  // The same signer as before, namely one that was not checked.
  }
  return of_field("version") != nullptr ? S::medium : S::low;
}

std::string joined(const std::vector<std::string>& values) {
  if (values.empty()) {
    return "nothing";
  }
  constexpr std::size_t shown_max = 3;
  std::string text;
  for (std::size_t i = 0; i < std::min(values.size(), shown_max); ++i) {
    text += fmt::format("{}\"{}\"", i == 0 ? "" : " or ", values[i]);
  }
  return values.size() > shown_max ? fmt::format("{} or {} others", text, values.size() - shown_max)
                                   : text;
}

std::string sentence(const Drift& drift) {
  const std::string where = drift.is_other ? " in a control set that is not the current one" : "";
  std::string text;
  if (drift.field == "present") {
    text = fmt::format("{}{}",
                       drift.drift == DriftKind::added
                           ? "not in the baseline"
                           : "missing, and every host of the baseline has it",
                       where);
  } else {
    text = fmt::format("{}: {} instead of {}{}", drift.field, joined(drift.after),
                       joined(drift.before), where);
  }
  if (drift.rare_on > 0) {
    text += fmt::format(" (the baseline saw it on {} host{}: too few or too new to be known)",
                        drift.rare_on, drift.rare_on == 1 ? "" : "s");
  }
  return text;
}

/// Whether `since` is when what drifted was written. When a variable was, no key of the facts
/// tells; a DLL has a time only where a log tells of its write.
bool has_own_time(const Drift& drift) {
  switch (drift.kind) {
    case ProfileKind::provider: return !drift.field.ends_with(" leads to");
    case ProfileKind::policy:
      return !is_any_of(drift.subject, {"Microsoft\\Windows NT\\CurrentVersion",
                                        "Microsoft\\Windows\\CurrentVersion",
                                        "Control\\Session Manager\\Environment"});
    case ProfileKind::dll:
    case ProfileKind::order:
    case ProfileKind::key:
    case ProfileKind::audit: return true;
  }
  return false;
}

void say_not_evaluated(std::span<const DriftRule> some, const std::string& why,
                       HostAssessment& host) {
  for (const DriftRule& rule : some) {
    host.coverage.not_evaluated.push_back({std::string(rule.id), std::string(rule.needs), why});
  }
}

/// Of the rules that a hive's values are for.
void say_section_not_evaluated(const std::string& section, const std::string& why,
                               HostAssessment& host) {
  const std::span<const DriftRule> all(rules);
  if (section == "SYSTEM") {
    say_not_evaluated(all.first(5), why, host);
    say_not_evaluated(all.subspan(6, 1), why, host);
  } else {
    say_not_evaluated(all.subspan(5, 1), why, host);
  }
}

}  // namespace

std::span<const DriftRule> drift_rules() {
  return rules;
}

bool differs_in_case_alone(const Drift& drift) {
  return !drift.after.empty() && std::ranges::all_of(drift.after, [&](const std::string& value) {
    return std::ranges::any_of(drift.before,
                               [&](const std::string& known) { return equal_names(known, value); });
  });
}

std::set<std::string> drifted_files(const DriftReport& report, const HostAssessment& host) {
  std::set<std::string> paths;
  for (const Drift& drift : report.drifts) {
    for (const Provider& provider : host.providers) {
      for (const ProviderDll& dll : provider.dlls) {
        if (drift.kind == ProfileKind::dll &&
            equal_names(profile_cell(dll.path.resolved), drift.subject)) {
          paths.insert(name_key(dll.path.resolved));
        }
      }
    }
  }
  return paths;
}

void add_drift_findings(const DriftReport& report, std::string_view group_name,
                        HostAssessment& host) {
  if (!report.has_group) {
    host.coverage.statements.push_back(fmt::format(
        "Your baseline was not applied: it has no hosts of {}. Nothing of it was compared.",
        group_name));
    say_not_evaluated(std::span<const DriftRule>(rules).first(7),
                      fmt::format("the baseline has no hosts of {}", group_name), host);
    return;
  }
  for (const std::string& section : report.not_seen) {
    say_section_not_evaluated(
        section,
        fmt::format("the baseline tells of the {} hive and the evidence has none", section), host);
  }
  for (const std::string& section : report.baseline_lacks) {
    say_section_not_evaluated(section,
                              fmt::format("the baseline's evidence had no {} hive", section), host);
  }
  if (!report.baseline_lacks_dlls.empty()) {
    say_not_evaluated(std::span<const DriftRule>(rules).subspan(2, 1),
                      fmt::format("the baseline's evidence did not have {}",
                                  fmt::join(report.baseline_lacks_dlls, ", ")),
                      host);
  }
  if (!report.dlls_not_seen.empty()) {
    say_not_evaluated(std::span<const DriftRule>(rules).subspan(2, 1),
                      fmt::format("the baseline knows {} and the evidence does not have {}",
                                  fmt::join(report.dlls_not_seen, ", "),
                                  report.dlls_not_seen.size() == 1 ? "it" : "them"),
                      host);
  }
  std::map<std::pair<std::string_view, std::string>, std::vector<const Drift*>> by_finding;
  for (const Drift& drift : report.drifts) {
    by_finding[{rule_of(drift).id, drift.subject}].push_back(&drift);
  }
  for (const auto& [what, drifts] : by_finding) {
    const DriftRule& rule = rule_of(*drifts.front());
    Finding finding{.id = finding_id(host.host.name.raw(), rule.id, what.second),
                    .rule = std::string(rule.id),
                    .title = std::string(rule.title),
                    .subject = what.second,
                    .attack = {std::string(rule.attack)}};
    S worst = S::info;
    bool has_times = true;
    for (const Drift* drift : drifts) {
      S severity = grade(*drift, host);
      severity = drift->is_other ? std::min(severity, S::medium) : severity;
      worst = std::max(worst, severity);
      has_times = has_times && drift->since.given() && has_own_time(*drift);
      finding.last_seen = std::max(finding.last_seen, drift->since);
      finding.text += (finding.text.empty() ? "" : "; ") + sentence(*drift);
      finding.evidence.insert(finding.evidence.end(), drift->evidence.begin(),
                              drift->evidence.end());
    }
    finding.last_seen = has_times ? finding.last_seen : FileTime{};
    finding.first_seen = finding.last_seen;
    finding.severity = drifts.front()->kind == ProfileKind::dll ? grade_dll(drifts, host) : worst;
    std::ranges::sort(finding.evidence);
    const auto again = std::ranges::unique(finding.evidence);
    finding.evidence.erase(again.begin(), again.end());
    host.findings.push_back(std::move(finding));
  }
  sort_findings(host.findings);
}

}  // namespace npg
