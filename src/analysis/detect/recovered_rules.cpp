// Rules about what a hive no longer shows: deleted, hidden and overwritten registrations, and
// structures that contradict each other.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <span>
#include <string>

#include "analysis/detect/rules.hpp"
#include "base/evidence_text.hpp"

namespace npg::rules {
namespace {

// WN_CREDENTIAL_CLASS and WN_PRIMARY_AUTHENT_CLASS: MPR calls the logon functions.
constexpr std::uint64_t receives_bits = 0x2 | 0x4;

void say_not_evaluated(const RuleInfo& rule, const RuleInput& input, RuleOutput& output) {
  if (input.facts.orders.empty() && input.facts.registrations.empty()) {
    output.not_evaluated.push_back(
        {std::string(rule.id), std::string(rule.needs), "the evidence holds no SYSTEM hive"});
  }
}

/// What a log holds that is newer than the hive and that Windows has not applied to it.
bool is_unapplied(const RecoveredFact& fact) {
  return fact.place.raw() == "log_unapplied";
}

std::string where(const RecoveredFact& fact) {
  const std::string_view place = fact.place.raw();
  if (place == "unlisted_cell") {
    return "in use, but in no key's list";
  }
  if (place == "log_history" || place == "log_superseded") {
    return fmt::format("in an older page of a transaction log (entry {})", fact.sequence);
  }
  if (is_unapplied(fact)) {
    return fmt::format("in a newer entry of a transaction log, which was not applied (entry {})",
                       fact.sequence);
  }
  if (place == "primary_superseded") {
    return "in a page that the transaction logs replace";
  }
  if (place == "log_slack") {
    return "in space that its event log does not use";
  }
  return place == "cell_slack" ? "in the slack of a cell" : "in unused space";
}

bool asked_for_credentials(const RecoveredFact& fact) {
  return (fact.provider_class.value_or(0) & receives_bits) != 0 ||
         !fact.authent_provider_path.empty();
}

std::string registration_text(const RecoveredFact& fact) {
  std::string values;
  const auto add = [&values](std::string_view name, const std::string& value) {
    values += fmt::format("{}{} {}", values.empty() ? "" : ", ", name, value);
  };
  const auto display = std::ranges::find_if(fact.values, [](const RegistryValueFact& value) {
    return equal_names(value.name.raw(), "Name");
  });
  if (display != fact.values.end() && !display->text.empty()) {
    add("Name", shown(display->text));
  }
  if (!fact.provider_path.empty()) {
    add("ProviderPath", shown(fact.provider_path));
  }
  if (!fact.authent_provider_path.empty()) {
    add("AuthentProviderPath", shown(fact.authent_provider_path));
  }
  if (fact.provider_class) {
    add("Class", fmt::format("{}", *fact.provider_class));
  }
  return fmt::format("{} {}: {}{}",
                     fact.is_older_version ? is_unapplied(fact)
                                                 ? "a newer version of the registration, found"
                                                 : "an earlier version of the registration, found"
                                           : "a registration that the tree does not have, found",
                     where(fact), values.empty() ? "its values are lost" : values,
                     fact.values_complete || values.empty() ? ""
                     : fact.text.empty()                    ? " (not all values are left)"
                                                            : " (" + shown(fact.text) + ")");
}

bool is_named_now(const RuleInput& input, const SharedText& name) {
  constexpr std::string_view inbox[] = {"RDPNP", "LanmanWorkstation", "WebClient", "P9NP"};
  return std::ranges::any_of(inbox, [&](auto one) { return equal_names(one, name.raw()); }) ||
         std::ranges::any_of(input.providers, [&](const Provider& provider) {
           return provider.state != ProviderState::removed &&
                  equal_names(provider.name.raw(), name.raw());
         });
}

std::string order_text(const RecoveredFact& fact) {
  // Without its record the beginning or end of the list may be gone.
  return fmt::format("an order that is not the present one, found {}: {}{}", where(fact),
                     shown(fact.text), fact.values_complete ? "" : " (perhaps not whole)");
}

std::string setting_text(const RecoveredFact& fact) {
  if (fact.name.empty() && fact.values.empty()) {
    return fmt::format("the key was there, found {}: its values are lost", where(fact));
  }
  const bool is_only_near = !fact.path_complete && !fact.key.raw().starts_with('?');
  return fmt::format("{} was {}, found {}{}", shown(fact.name), shown(fact.text), where(fact),
                     is_only_near ? ", behind the key's record; that it was a value of this key is "
                                    "likely and not proved"
                                  : "");
}

std::string text_of(const RecoveredFact& fact) {
  switch (fact.what) {
    case RecoveredKind::registration: return registration_text(fact);
    case RecoveredKind::order: return order_text(fact);
    case RecoveredKind::policy: return setting_text(fact);
    case RecoveredKind::event:
      return fmt::format("event {} of a change here{}{}, found {}", fact.sequence,
                         fact.name.empty() ? "" : " to " + shown(fact.name),
                         fact.text.empty() ? "" : ": " + shown(fact.text), where(fact));
  }
  return {};
}

FindingSeverity severity_of(const RuleInput& input, const RecoveredFact& fact) {
  if (fact.what == RecoveredKind::registration) {
    return asked_for_credentials(fact)                               ? FindingSeverity::medium
           : fact.is_older_version || is_named_now(input, fact.name) ? FindingSeverity::info
                                                                     : FindingSeverity::low;
  }
  if (fact.what == RecoveredKind::event) {
    return FindingSeverity::low;
  }
  if (fact.what == RecoveredKind::order) {
    // Where the record is gone the first name may be the end of another.
    const auto whole =
        std::span(fact.names)
            .subspan(fact.values_complete ? 0 : std::min<std::size_t>(1, fact.names.size()));
    const bool all_named = std::ranges::all_of(
        whole, [&](const SharedText& name) { return is_named_now(input, name); });
    return all_named ? FindingSeverity::info : FindingSeverity::low;
  }
  return equal_names(fact.name.raw(), "mpnotify") || equal_names(fact.name.raw(), "Debugger")
             ? FindingSeverity::medium
             : FindingSeverity::low;
}

std::string subject_of(const RecoveredFact& fact) {
  if (fact.what == RecoveredKind::registration && !fact.name.empty()) {
    return shown(fact.name);
  }
  if (fact.key.raw() != "?") {
    return shown(fact.key);
  }
  return fact.what == RecoveredKind::order ? "ProviderOrder of an unknown key"
                                           : shown(fact.name) + " of an unknown key";
}

std::string explanation_of(std::string_view what) {
  if (what == "key_not_listed") {
    return "in use, and its parent's list does not hold it: Windows does not find it there, unless "
           "it mends the list when it loads the hive";
  }
  if (what == "value_not_listed") {
    return "a value in use that no list holds: Windows does not see it";
  }
  if (what == "name_order" || what == "name_hash") {
    return "listed out of order or under a wrong hash: a walk shows it, Windows does not find it "
           "by "
           "its name";
  }
  if (what == "name_twice") {
    return "a second sub-key of this name: readers differ in which one they take";
  }
  if (what == "listed_twice") {
    return "a link that leads to a key which has its place already: a loop or a second link";
  }
  if (what == "parent_differs") {
    return "it names another key as its parent than the one that lists it";
  }
  if (what == "name_encoding") {
    return "its name is stored as Windows does not store it";
  }
  if (what == "record_slack") {
    return "its record's cell has room for a longer name than it states: the name was cut short";
  }
  if (what == "value_size") {
    return "a value that states no data, or hardly any, and has a cell full of them";
  }
  if (what == "current_control_set_stored") {
    return "a key of this name is stored in the hive: Windows makes the name a link to the set "
           "that "
           "Select gives, and tools that take the stored key look at another";
  }
  if (what == "key_is_link") {
    return "a symbolic link: Windows shows another key in its place, and no installer makes such a "
           "link";
  }
  if (what == "name_with_nul") {
    return "its name goes on after a NUL: programs that ask for it by name do not reach it, and "
           "most tools show another name";
  }
  if (what == "value_twice") {
    return "a second value of this name: readers differ in which one they take";
  }
  return what == "subkey_count"
             ? "the number of sub-keys that the key states is not that of its lists"
             : "the number of entries that the key states is not that of its list";
}

/// ": 0 are stated, and 1 listed; ...".
std::string counts_of(const DisagreementFact& fact) {
  if (fact.what.raw() != "subkey_count") {
    return {};
  }
  return fmt::format(": {} stated, {} listed{}", fact.have, fact.need,
                     fact.have < fact.need ? ". What is beyond the count a walk of the list shows; "
                                             "whether Windows does is not documented"
                                           : "");
}

/// What the keys of one name in a control set register: "; one names C:\x.dll, Class 0x2".
std::string readings_of(const RuleInput& input, const DisagreementFact& fact) {
  std::string text;
  for (const RegistrationFact& one : input.facts.registrations) {
    const std::string services = fmt::format("ControlSet{:03}\\Services", one.control_set);
    if (one.moment != HiveMoment::current || !equal_names(one.name.raw(), fact.other.raw()) ||
        !equal_names(services, fact.key.raw())) {
      continue;
    }
    text += fmt::format(
        "; one names {}{}{}", one.provider_path.empty() ? "no DLL" : shown(one.provider_path),
        one.authent_provider_path.empty()
            ? ""
            : ", AuthentProviderPath " + shown(one.authent_provider_path),
        one.provider_class ? fmt::format(", Class 0x{:x}", *one.provider_class) : std::string());
  }
  return text;
}

/// True for what a program can make through the system's own functions.
bool is_made_by_programs(std::string_view what) {
  return what == "current_control_set_stored" || what == "key_is_link" || what == "name_with_nul";
}

/// One list that was bent makes every entry of it disagree in the same way: told once for the key.
class Crowds {
 public:
  /// Limit: as many as these can be read one by one.
  static constexpr std::size_t at_least = 9;
  using Facts = std::vector<const DisagreementFact*>;

  explicit Crowds(std::span<const DisagreementFact> facts) {
    for (const DisagreementFact& fact : facts) {
      if (!fact.other.empty() && !is_made_by_programs(fact.what.raw())) {
        by_list_[key_of(fact)].push_back(&fact);
      }
    }
  }
  [[nodiscard]] bool holds(const DisagreementFact& fact) const {
    const auto found = by_list_.find(key_of(fact));
    return !fact.other.empty() && found != by_list_.end() && found->second.size() >= at_least;
  }
  [[nodiscard]] const std::map<std::string, Facts>& all() const { return by_list_; }

 private:
  static std::string key_of(const DisagreementFact& fact) {
    return fmt::format("{}|{}", fact.what.raw(), name_key(fact.key.raw()));
  }
  std::map<std::string, Facts> by_list_;
};

/// The recovered orders that list the provider, each once: what was deleted is told in one piece.
void join_orders(const RuleInput& input, const SharedText& provider, Finding& finding) {
  std::vector<std::string> told;
  for (const RecoveredFact& order : input.facts.recovered) {
    const bool lists = order.what == RecoveredKind::order &&
                       std::ranges::any_of(order.names, [&provider](const SharedText& name) {
                         return equal_names(name.raw(), provider.raw());
                       });
    std::string text = shown(order.text);
    if (!lists || std::ranges::find(told, text) != told.end()) {
      continue;
    }
    finding.text += fmt::format("; {} {} it, found {}: {}",
                                order.name.empty()    ? "an order"
                                : is_unapplied(order) ? "a newer " + shown(order.name)
                                                      : "an earlier " + shown(order.name),
                                is_unapplied(order) ? "lists" : "listed", where(order), text);
    finding.evidence.push_back(order.origin);
    told.push_back(std::move(text));
  }
}

}  // namespace

void recovered_registration(const RuleInfo& rule, const RuleInput& input, RuleOutput& output) {
  say_not_evaluated(rule, input, output);
  std::map<std::string, Finding> by_subject;
  std::set<std::string> providers;
  std::set<std::string> gone;  // Subjects of which something was deleted or overwritten.
  for (const RecoveredFact& fact : input.facts.recovered) {
    const std::string subject = subject_of(fact);
    const FindingSeverity severity = severity_of(input, fact);
    if (!is_unapplied(fact)) {
      gone.insert(name_key(subject));
    }
    const auto [at, is_new] =
        by_subject.try_emplace(name_key(subject), make_finding(rule, input, subject, severity));
    Finding& finding = at->second;
    finding.severity = std::max(finding.severity, severity);
    finding.text += (is_new ? "" : "; ") + text_of(fact);
    finding.evidence.push_back(fact.origin);
    if (fact.last_written.given()) {
      finding.first_seen = finding.first_seen.given()
                               ? std::min(finding.first_seen, fact.last_written)
                               : fact.last_written;
      finding.last_seen = std::max(finding.last_seen, fact.last_written);
    }
  }
  for (const RecoveredFact& fact : input.facts.recovered) {
    if (fact.what == RecoveredKind::registration && !fact.name.empty() &&
        providers.insert(name_key(fact.name.raw())).second) {
      join_orders(input, fact.name, by_subject.at(name_key(subject_of(fact))));
    }
  }
  for (auto& [subject, finding] : by_subject) {
    std::ranges::sort(finding.evidence);
    if (!gone.contains(subject)) {
      finding.title = "Registration in a log entry that was not applied";
    }
    output.findings.push_back(std::move(finding));
  }
}

void structures_disagree(const RuleInfo& rule, const RuleInput& input, RuleOutput& output) {
  say_not_evaluated(rule, input, output);
  std::map<std::string, Finding> by_subject;
  std::set<std::string> by_bytes;
  const Crowds crowds(input.facts.disagreements);
  for (const DisagreementFact& fact : input.facts.disagreements) {
    if (crowds.holds(fact)) {
      continue;
    }
    const bool is_link = fact.what.raw() == "key_is_link";  // The other is what it leads to.
    const std::string subject = fact.key.empty() ? shown(fact.other)
                                : fact.other.empty() || is_link
                                    ? shown(fact.key)
                                    : shown(fact.key) + "\\" + shown(fact.other);
    const auto [at, is_new] = by_subject.try_emplace(
        name_key(subject), make_finding(rule, input, subject, rule.severity));
    at->second.text += (is_new ? "" : "; ") + explanation_of(fact.what.raw()) +
                       (is_link && !fact.other.empty() ? ": " + shown(fact.other) : "") +
                       (fact.what.raw() == "name_twice" ? readings_of(input, fact) : "") +
                       counts_of(fact);
    at->second.evidence.push_back(fact.origin);
    if (!is_made_by_programs(fact.what.raw())) {
      by_bytes.insert(at->first);
    }
  }
  for (auto& [of, crowd] : crowds.all()) {
    if (crowd.size() < Crowds::at_least) {
      continue;
    }
    const DisagreementFact& first = *crowd.front();
    const std::string subject = first.key.empty() ? "the root" : shown(first.key);
    const auto [at, is_new] = by_subject.try_emplace(
        name_key(subject), make_finding(rule, input, subject, rule.severity));
    at->second.text +=
        fmt::format("{}{} of its entries ({}, {} and others): {}", is_new ? "" : "; ", crowd.size(),
                    shown(first.other), shown(crowd[1]->other), explanation_of(first.what.raw()));
    for (const DisagreementFact* fact : std::span(crowd).first(Crowds::at_least)) {
      at->second.evidence.push_back(fact->origin);
    }
    by_bytes.insert(at->first);
  }
  for (auto& [subject, finding] : by_subject) {
    std::ranges::sort(finding.evidence);
    finding.text += by_bytes.contains(subject)
                        ? ". Windows itself writes none of this: somebody edited the hive's bytes"
                        : ". Windows itself leaves nothing like it";
    output.findings.push_back(std::move(finding));
  }
}

}  // namespace npg::rules
