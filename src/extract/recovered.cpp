#include "extract/recovered.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "extract/registry_parts.hpp"
#include "extract/text_parts.hpp"
#include "fact/text_pool.hpp"

namespace npg {
namespace {

// Limit: a hive made to bury one deletion under a thousand others; the rest is counted as
// recovered.
constexpr std::size_t facts_max = 1000;

/// The name so many steps above the end; empty when the path is not known so far up.
std::string_view name_from_end(const RecoveredPath& path, std::size_t steps) {
  return path.names.size() > steps ? path.names[path.names.size() - 1 - steps].raw()
                                   : std::string_view();
}

std::uint32_t control_set_of(const RecoveredPath& path) {
  constexpr std::string_view prefix = "ControlSet";
  if (!path.complete || path.names.empty()) {
    return 0;
  }
  const std::string_view name = path.names.front().raw();
  if (name.size() <= prefix.size() || !equal_names(name.substr(0, prefix.size()), prefix)) {
    return 0;
  }
  std::uint32_t number = 0;
  const std::string_view digits = name.substr(prefix.size());
  const auto [end, status] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return status == std::errc{} && end == digits.data() + digits.size() ? number : 0;
}

const RecoveredRegistryValue* value_named(const RecoveredRegistryKey& key, std::string_view name) {
  const auto found = std::ranges::find_if(key.values, [&](const RecoveredRegistryValue& item) {
    return has_data(item) && equal_names(item.value.name.raw(), name);
  });
  return found == key.values.end() ? nullptr : &*found;
}

bool holds_comma(std::span<const std::byte> text) {
  constexpr std::byte comma{','};
  unsigned found = 0;
  for (std::size_t i = 0; i + 2 <= text.size(); i += 2) {
    found |= static_cast<unsigned>(text[i] == comma) &
             static_cast<unsigned>(text[i + 1] == std::byte{0});
  }
  return found != 0;
}

std::vector<std::string_view> split_names(std::string_view order) {
  std::vector<std::string_view> names;
  while (!order.empty()) {
    const std::size_t end = std::min(order.find(','), order.size());
    const std::string_view name = without_spaces(order.substr(0, end));
    if (!name.empty()) {
      names.push_back(name);
    }
    order.remove_prefix(std::min(end + 1, order.size()));
  }
  return names;
}

}  // namespace

bool has_data(const RecoveredRegistryValue& item) {
  return item.data_state == "whole" || item.data_state == "partial";
}

/// Limit: a key and its values are made in one go, in one page or the next.
bool is_behind(const RecoveredFact& key, const RecoveredLoneValue& value) {
  constexpr std::uint64_t reach_bytes = 4096;
  const Origin& found = value.item.value.origin;
  return key.origin.evidence == found.evidence && key.place.raw() == value.place &&
         key.origin.offset < found.offset && found.offset - key.origin.offset <= reach_bytes;
}

RecoveredExtractor::RecoveredExtractor(TextPool& pool, FactSet& facts)
    : pool_(pool), facts_(facts) {
  for (const std::string_view name : {"RDPNP", "LanmanWorkstation", "WebClient"}) {
    known_.insert(name_key(name));
  }
  for (const RegistrationFact& fact : facts_.registrations) {
    known_.insert(name_key(fact.name.raw()));
  }
  for (const ProviderOrderFact& fact : facts_.orders) {
    for (const SharedText& name : fact.names) {
      known_.insert(name_key(name.raw()));
    }
  }
}

bool RecoveredExtractor::is_known_provider(std::string_view name) const {
  return known_.contains(name_key(name));
}

bool RecoveredExtractor::is_present_order(std::string_view text) const {
  // What is left of an order may be its beginning or its end.
  return std::ranges::any_of(facts_.orders, [&](const ProviderOrderFact& fact) {
    return fact.moment == HiveMoment::current && contains_name(fact.raw.raw(), text);
  });
}

bool RecoveredExtractor::is_present_registration(const RecoveredFact& fact) const {
  return std::ranges::any_of(facts_.registrations, [&](const RegistrationFact& now) {
    return now.moment == HiveMoment::current && equal_names(now.name.raw(), fact.name.raw()) &&
           (fact.control_set == 0 || fact.control_set == now.control_set) &&
           now.provider_path == fact.provider_path &&
           now.authent_provider_path == fact.authent_provider_path &&
           now.provider_class == fact.provider_class;
  });
}

RecoveredFact RecoveredExtractor::fact_of(const RecoveredRegistryKey& key,
                                          RecoveredKind what) const {
  RecoveredFact fact;
  fact.what = what;
  fact.key = pool_.share(EvidenceText::from_utf8(key.path.text()));
  fact.path_complete = key.path.complete;
  fact.control_set = control_set_of(key.path);
  fact.place = pool_.share(EvidenceText::from_literal(key.place));
  fact.sequence = key.sequence;
  fact.is_older_version = key.is_older_version;
  fact.last_written = key.last_written;
  fact.values_complete = key.list_state == "none" || key.list_state == "intact";
  for (const RecoveredRegistryValue& item : key.values) {
    fact.values_complete = fact.values_complete && item.data_state == "whole";
    if (has_data(item)) {
      fact.values.push_back(value_fact(item.value, pool_));
    }
  }
  fact.origin = key.origin;
  return fact;
}

void RecoveredExtractor::add(RecoveredFact fact) {
  if (fact.place.raw() == "log_superseded") {
    entries_.insert(fact.sequence);
  }
  // One thing lies in many old pages; the first place is enough.
  const std::string identity =
      fmt::format("{}|{}|{}|{}|{}|{}|{}", name_of(fact.what), name_key(fact.key.raw()),
                  name_key(fact.name.raw()), fact.text.raw(), fact.provider_path.raw(),
                  fact.authent_provider_path.raw(), fact.provider_class.value_or(0));
  if (facts_.recovered.size() < facts_max && told_.insert(identity).second) {
    facts_.recovered.push_back(std::move(fact));
  }
}

bool RecoveredExtractor::wants(std::string_view name, std::string_view parent) {
  constexpr std::array<std::string_view, 9> names = {
      "NetworkProvider", "Order", "HwOrder",   "Winlogon",    "Notify",
      "System",          "Lsa",   "Notifyees", "mpnotify.exe"};
  // A registration may stand in the service's own key, a SmartCardLogonNotify below Notify.
  return std::ranges::any_of(names, [&](std::string_view one) { return equal_names(one, name); }) ||
         equal_names(parent, "Services") || equal_names(parent, "Notify") ||
         equal_names(parent, "mpnotify.exe");
}

void RecoveredExtractor::key(const RecoveredRegistryKey& key) {
  if (key.place == "primary_superseded" && key.was_in_use) {
    return;  // The state before replay is read as a whole and tells it.
  }
  const std::string_view parent = name_from_end(key.path, 1);
  if (equal_names(key.name.raw(), "NetworkProvider")) {
    // Control\NetworkProvider is another key; of a key without a known parent its values must tell.
    const bool tells = value_named(key, "ProviderPath") != nullptr ||
                       value_named(key, "AuthentProviderPath") != nullptr ||
                       value_named(key, "Class") != nullptr;
    // So is SafeBoot\Network\NetworkProvider, which every Windows has.
    const std::string_view above = name_from_end(key.path, 2);
    const bool is_safe_boot = (equal_names(parent, "Network") || equal_names(parent, "Minimal")) &&
                              (above.empty() || equal_names(above, "SafeBoot"));
    if (!equal_names(parent, "Control") && (tells || (!parent.empty() && !is_safe_boot))) {
      registration(key, parent);
    }
  } else if (equal_names(key.name.raw(), "Order") || equal_names(key.name.raw(), "HwOrder")) {
    order(key);
  } else if (equal_names(parent, "Services") && value_named(key, "ProviderPath") != nullptr) {
    registration(key, key.name.raw());
  }
  policies(key);
}

void RecoveredExtractor::registration(const RecoveredRegistryKey& key, std::string_view name) {
  RecoveredFact fact = fact_of(key, RecoveredKind::registration);
  fact.name = pool_.share(EvidenceText::from_utf8(name));
  if (const auto* path = value_named(key, "ProviderPath")) {
    fact.provider_path = pool_.share(path_text(path->value));
  }
  if (const auto* path = value_named(key, "AuthentProviderPath")) {
    fact.authent_provider_path = pool_.share(path_text(path->value));
  }
  if (const auto* number = value_named(key, "Class")) {
    fact.provider_class = number_of(number->value);
  }
  // Of a version whose values are gone nothing can be said that the present one does not say.
  const bool tells_nothing = key.is_older_version && !fact.values_complete && fact.values.empty();
  if (!tells_nothing && !is_present_registration(fact)) {
    const bool is_bare = fact.values.empty() && !fact.name.empty();
    const std::size_t count = facts_.recovered.size();
    add(std::move(fact));
    if (is_bare && facts_.recovered.size() > count) {
      bare_.insert(count);
    }
  }
}

void RecoveredExtractor::order(const RecoveredRegistryKey& key) {
  const std::string_view parent = name_from_end(key.path, 1);
  const auto* value = value_named(key, "ProviderOrder");
  // Control\ServiceProvider\Order is WinSock's: a REG_MULTI_SZ.
  const bool is_ours = equal_names(parent, "NetworkProvider") ||
                       (parent.empty() && value != nullptr && value->value.type == reg::sz);
  if (!is_ours || value == nullptr) {
    return;
  }
  RecoveredFact fact = fact_of(key, RecoveredKind::order);
  fact.name = pool_.share(key.name);
  const EvidenceText text = path_text(value->value).before_nul();
  const bool is_present = std::ranges::any_of(facts_.orders, [&](const ProviderOrderFact& now) {
    return now.moment == HiveMoment::current && equal_names(now.raw.raw(), text.raw()) &&
           (fact.control_set == 0 || fact.control_set == now.control_set) &&
           now.is_hw_order == equal_names(key.name.raw(), "HwOrder");
  });
  if (!is_present) {
    fact.origin = value->value.origin;
    order_text(text, std::move(fact));
  }
}

void RecoveredExtractor::order_text(const EvidenceText& text, RecoveredFact fact) {
  fact.text = pool_.share(text);
  for (const std::string_view name : split_names(text.raw())) {
    fact.names.push_back(pool_.share(EvidenceText::from_utf8(name)));
  }
  add(std::move(fact));
}

/// Some tools wipe a deleted key's list and leave its values. They lie behind its record, where
/// they were made; that they are its own is likely and not proved, which the text says.
bool RecoveredExtractor::join_to_registration(const RecoveredLoneValue& value) {
  const RegistryValue& found = value.item.value;
  constexpr std::array<std::string_view, 4> names = {"Name", "ProviderPath", "AuthentProviderPath",
                                                     "Class"};
  if (std::ranges::none_of(
          names, [&](std::string_view one) { return equal_names(one, found.name.raw()); })) {
    return false;
  }
  RecoveredFact* nearest = nullptr;
  for (const std::size_t index : bare_) {
    RecoveredFact& fact = facts_.recovered[index];
    const bool has_it = std::ranges::any_of(fact.values, [&](const RegistryValueFact& one) {
      return equal_names(one.name.raw(), found.name.raw());
    });
    if (is_behind(fact, value) && !has_it &&
        (nearest == nullptr || fact.origin.offset > nearest->origin.offset)) {
      nearest = &fact;
    }
  }
  if (nearest == nullptr) {
    return false;
  }
  nearest->values.push_back(value_fact(found, pool_));
  nearest->text = pool_.share(EvidenceText::from_literal(
      "the values lie behind its record; that they were its own is not proved"));
  nearest->values_complete = false;
  if (equal_names(found.name.raw(), "ProviderPath")) {
    nearest->provider_path = pool_.share(path_text(found));
  } else if (equal_names(found.name.raw(), "AuthentProviderPath")) {
    nearest->authent_provider_path = pool_.share(path_text(found));
  } else if (equal_names(found.name.raw(), "Class")) {
    nearest->provider_class = number_of(found);
  }
  return true;
}

bool RecoveredExtractor::is_present_path(std::string_view path) const {
  return std::ranges::any_of(facts_.registrations, [&](const RegistrationFact& now) {
    return now.moment == HiveMoment::current &&
           (equal_names(now.provider_path.raw(), path) ||
            equal_names(now.authent_provider_path.raw(), path));
  });
}

void RecoveredExtractor::value(const RecoveredLoneValue& value) {
  if (!has_data(value.item)) {
    return;
  }
  // As a key that has this value alone: then the same questions are asked of it.
  RecoveredRegistryKey key{.name = {},
                           .path = value.owner,
                           .last_written = {},
                           .place = value.place,
                           .is_older_version = !value.owner.names.empty(),
                           .list_state = "intact",
                           .values = {value.item},
                           .origin = value.item.value.origin};
  const std::string_view name = value.item.value.name.raw();
  if (!value.owner.names.empty()) {
    key.name = value.owner.names.back();
    this->key(key);
    return;
  }
  if (join_to_registration(value) || join_to_setting(value)) {
    return;
  }
  if (equal_names(name, "ProviderOrder")) {
    const EvidenceText text = path_text(value.item.value).before_nul();
    const auto names = split_names(text.raw());
    const bool has_known =
        std::ranges::any_of(names, [&](std::string_view one) { return is_known_provider(one); });
    if (has_known && !is_present_order(text.raw())) {
      order_text(text, fact_of(key, RecoveredKind::order));
    }
  } else if (equal_names(name, "AuthentProviderPath")) {
    registration(key, {});
  } else if (equal_names(name, "ProviderPath") && !facts_.registrations.empty()) {
    // Many are left behind by updates that wrote the same again, and WinSock's providers (below
    // Tcpip) have a value of this name, too.
    const EvidenceText path = path_text(value.item.value).before_nul();
    const bool is_winsock = equal_names(path.raw(), "%SystemRoot%\\System32\\wsock32.dll") ||
                            equal_names(path.raw(), "wsock32.dll");
    if (!is_winsock && !is_present_path(path.raw())) {
      registration(key, {});
    }
  } else if (equal_names(name, "mpnotify") || equal_names(name, "SmartCardLogonNotify") ||
             equal_names(name, "EnableMPR")) {
    RecoveredFact fact = fact_of(key, RecoveredKind::policy);
    fact.name = pool_.share(value.item.value.name);
    fact.text = pool_.share(value_text(value.item.value));
    if (!is_present_policy(fact)) {
      add(std::move(fact));
    }
  }
}

void RecoveredExtractor::stretch(const RecoveredStretch& stretch) {
  if (!holds_comma(stretch.bytes)) {
    return;  // No list of two names: most stretches, told without making text of them.
  }
  for (const RecoveredText& found : texts_in(stretch)) {
    const auto names = split_names(found.text.raw());
    const bool has_known =
        std::ranges::any_of(names, [&](std::string_view one) { return is_known_provider(one); });
    // Names of services have no such signs; what has is a sentence or a path.
    const bool is_list = names.size() >= 2 &&
                         found.text.raw().find_first_of("\\/;:%@{}\"=") == std::string_view::npos;
    if (!has_known || !is_list || is_present_order(found.text.raw())) {
      continue;
    }
    RecoveredFact fact;
    fact.what = RecoveredKind::order;
    fact.place = pool_.share(EvidenceText::from_literal(stretch.place));
    fact.key = pool_.share(EvidenceText::from_literal("?"));
    fact.values_complete = false;
    fact.origin = found.origin;
    order_text(found.text, std::move(fact));
  }
}

void RecoveredExtractor::order_slack(std::string_view key, const RecoveredStretch& slack) {
  const EvidenceText text = EvidenceText::from_utf16(slack.bytes.first(slack.bytes.size() / 2 * 2));
  const EvidenceText end = text.before_nul();
  const auto is_letter = [](unsigned char c) { return c >= 0x20 && c != 0x7f; };
  if (end.raw().size() < 3 || !end.well_formed() || !std::ranges::all_of(end.raw(), is_letter) ||
      is_present_order(end.raw())) {
    return;
  }
  RecoveredFact fact;
  fact.what = RecoveredKind::order;
  const std::size_t last = key.rfind('\\');
  fact.name = pool_.share(EvidenceText::from_utf8(key.substr(last == key.npos ? 0 : last + 1)));
  fact.key = pool_.share(EvidenceText::from_utf8(key));
  fact.path_complete = true;
  fact.place = pool_.share(EvidenceText::from_literal(slack.place));
  fact.is_older_version = true;
  fact.values_complete = false;
  fact.origin = slack.origin;
  order_text(end, std::move(fact));
}

/// True for a control set, its Services and Control, and the service's key of a provider.
bool RecoveredExtractor::is_way_to_provider(std::string_view key) const {
  const std::size_t set_end = std::min(key.find('\\'), key.size());
  if (!contains_name(key.substr(0, set_end), "ControlSet")) {
    return false;
  }
  const std::string_view below = key.substr(std::min(set_end + 1, key.size()));
  constexpr std::string_view services = "Services";
  return below.empty() || equal_names(below, services) || equal_names(below, "Control") ||
         (below.size() > services.size() && below[services.size()] == '\\' &&
          equal_names(below.substr(0, services.size()), services) &&
          is_known_provider(below.substr(services.size() + 1)));
}

void RecoveredExtractor::disagreement(const RegistryDisagreement& one) {
  if (one.by_damage) {
    return;  // The view's diagnostics tell of the bytes that are lost.
  }
  const std::string key = one.key.text();
  const std::string whole = one.other.empty() ? key : key + "\\" + std::string(one.other.raw());
  bool bears = contains_name(whole, "\\NetworkProvider") ||
               contains_name(whole, "\\CurrentVersion\\Winlogon");
  if (one.kind == "name_twice") {
    // A control set's name is there once, and so are the keys that lead to its providers.
    const std::string_view name = one.other.raw();
    const bool is_below_root = key.find('\\') == std::string::npos;
    bears = bears ||
            (key.empty() && (contains_name(name, "ControlSet") || equal_names(name, "Select"))) ||
            (is_below_root && contains_name(key, "ControlSet") &&
             (equal_names(name, "Services") || equal_names(name, "Control")));
  }
  if (one.kind == "subkey_count") {
    // Where the count of a key on the way to a provider is wrong, Windows may not get there.
    bears = bears || key.empty() || is_way_to_provider(key);
  }
  if (!bears && ends_with_name(key, "\\Services")) {
    bears = is_known_provider(one.other.raw()) ||
            std::ranges::any_of(facts_.recovered, [&](const RecoveredFact& fact) {
              return fact.what == RecoveredKind::registration &&
                     equal_names(fact.name.raw(), one.other.raw());
            });
  }
  if (!bears || facts_.disagreements.size() >= facts_max) {
    return;
  }
  facts_.disagreements.push_back({.what = pool_.share(EvidenceText::from_literal(one.kind)),
                                  .key = pool_.share(EvidenceText::from_utf8(key)),
                                  .other = pool_.share(one.other),
                                  .need = one.need,
                                  .have = one.have,
                                  .origin = one.origin});
}

}  // namespace npg
