// Settings that decide who is told of passwords, in what a hive holds beside its tree.
#include <algorithm>
#include <array>

#include "extract/recovered.hpp"
#include "extract/registry_parts.hpp"
#include "extract/text_parts.hpp"

namespace npg {
namespace {

/// The values of PolicyFact that a deletion or change would hide: the key's path ends so.
struct PolicyPlace {
  std::string_view key_end;
  std::string_view value;  ///< empty: every value
};
constexpr std::array<PolicyPlace, 8> policy_places = {{
    {"\\CurrentVersion\\Winlogon", "mpnotify"},
    {"\\CurrentVersion\\Winlogon\\Notify", "SmartCardLogonNotify"},
    {"\\CurrentVersion\\Policies\\System", "EnableMPR"},
    {"\\Control\\NetworkProvider\\Notifyees", ""},
    {"\\Control\\Lsa", "Notification Packages"},
    {"\\Image File Execution Options\\mpnotify.exe", "Debugger"},
    {"\\Image File Execution Options\\mpnotify.exe", "VerifierDlls"},
    {"\\SilentProcessExit\\mpnotify.exe", "MonitorProcess"},
}};

/// Sub-keys of Winlogon\Notify have a SmartCardLogonNotify of their own, and those of a program's
/// options the settings for one full path. A path of which only the end is left is one from there.
bool is_policy_value(std::string_view path, std::string_view value) {
  const std::string_view above = path.substr(0, std::min(path.rfind('\\'), path.size()));
  return std::ranges::any_of(policy_places, [&](const PolicyPlace& place) {
    const bool has_sub_keys =
        place.value == "SmartCardLogonNotify" || ends_with_name(place.key_end, "\\mpnotify.exe");
    return (ends_with_name(path, place.key_end) ||
            (has_sub_keys && ends_with_name(above, place.key_end))) &&
           (place.value.empty() || equal_names(value, place.value));
  });
}

/// A key that lost what stood above it: its name alone tells of few.
bool is_alone_for_mpnotify(std::string_view path, std::string_view value) {
  return equal_names(path, "?\\mpnotify.exe") &&
         (equal_names(value, "Debugger") || equal_names(value, "VerifierDlls") ||
          equal_names(value, "MonitorProcess"));
}

/// Keys that no Windows and hardly any product has: that one was there is news by itself.
constexpr std::array<std::string_view, 3> telling_keys = {
    "\\Control\\NetworkProvider\\Notifyees",
    "\\Image File Execution Options\\mpnotify.exe",
    "\\SilentProcessExit\\mpnotify.exe",
};

bool is_telling_key(std::string_view path) {
  return std::ranges::any_of(telling_keys,
                             [path](std::string_view end) { return ends_with_name(path, end); });
}

/// What a value of a telling key could be by itself: each of a Notifyee names a DLL.
bool may_be_of_telling_key(std::string_view path, const RegistryValue& value) {
  return ends_with_name(path, telling_keys.front())
             ? value.type != reg::binary && contains_name(text_of(value).raw(), ".dll")
             : is_policy_value(path, value.name.raw());
}

}  // namespace

bool RecoveredExtractor::is_present_policy(const RecoveredFact& fact) const {
  return std::ranges::any_of(facts_.policies, [&](const PolicyFact& now) {
    return equal_names(now.value_name.raw(), fact.name.raw()) && now.text == fact.text;
  });
}

void RecoveredExtractor::policies(const RecoveredRegistryKey& key) {
  const std::string path = key.path.text();
  if (!key.is_older_version && key.values.empty() && is_telling_key(path)) {
    const std::size_t count = facts_.recovered.size();
    add(fact_of(key, RecoveredKind::policy));
    if (facts_.recovered.size() > count) {
      bare_settings_.insert(count);
    }
  }
  for (const RecoveredRegistryValue& item : key.values) {
    const std::string_view name = item.value.name.raw();
    if (!has_data(item) || (!is_policy_value(path, name) && !is_alone_for_mpnotify(path, name))) {
      continue;
    }
    RecoveredFact fact = fact_of(key, RecoveredKind::policy);
    fact.name = pool_.share(item.value.name);
    fact.text = pool_.share(value_text(item.value));
    fact.origin = item.value.origin;
    if (!is_present_policy(fact)) {
      add(std::move(fact));
    }
  }
}

/// As join_to_registration(), for the key of a setting. The value is a fact of its own, whose path
/// is not proved.
bool RecoveredExtractor::join_to_setting(const RecoveredLoneValue& value) {
  const RegistryValue& found = value.item.value;
  const RecoveredFact* nearest = nullptr;
  for (const std::size_t index : bare_settings_) {
    const RecoveredFact& fact = facts_.recovered[index];
    if (is_behind(fact, value) && may_be_of_telling_key(fact.key.raw(), found) &&
        (nearest == nullptr || fact.origin.offset > nearest->origin.offset)) {
      nearest = &fact;
    }
  }
  if (nearest == nullptr) {
    return false;
  }
  RecoveredFact joined = *nearest;
  joined.path_complete = false;
  joined.values_complete = false;
  joined.name = pool_.share(found.name);
  joined.text = pool_.share(value_text(found));
  joined.values = {value_fact(found, pool_)};
  joined.origin = found.origin;
  add(std::move(joined));
  return true;
}

}  // namespace npg
