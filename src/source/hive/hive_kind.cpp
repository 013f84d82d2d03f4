#include "source/hive/hive_kind.hpp"

#include <algorithm>
#include <set>
#include <string>

#include "base/check.hpp"

namespace npg {

namespace {

bool is_control_set(std::string_view upper_name) {
  if (upper_name == "CURRENTCONTROLSET") {
    return true;  // A key only in exports.
  }
  constexpr std::string_view prefix = "CONTROLSET";
  return upper_name.size() == prefix.size() + 3 && upper_name.starts_with(prefix) &&
         upper_name.find_first_not_of("0123456789", prefix.size()) == std::string_view::npos;
}

}  // namespace

std::string_view name_of(HiveKind kind) {
  switch (kind) {
    case HiveKind::system: return "system";
    case HiveKind::software: return "software";
    case HiveKind::security: return "security";
    case HiveKind::sam: return "sam";
    case HiveKind::ntuser: return "ntuser";
    case HiveKind::usrclass: return "usrclass";
    case HiveKind::amcache: return "amcache";
    case HiveKind::other: return "other";
  }
  NPG_CHECK(false);
}

HiveKind kind_of(const RegistryView& view) {
  std::set<std::string> names;
  for (const KeyId id : view.subkeys(view.root())) {
    if (const auto key = view.key(id)) {
      names.insert(name_key(key->name.raw()));
    }
  }
  const auto has = [&](const char* name) { return names.contains(name); };
  if (std::ranges::any_of(names, is_control_set)) {
    return HiveKind::system;
  }
  if (has("MICROSOFT") && has("CLASSES")) {
    return HiveKind::software;
  }
  if (has("POLICY") && (has("RXACT") || has("CACHE"))) {
    return HiveKind::security;
  }
  if (has("SAM")) {
    return HiveKind::sam;
  }
  if (has("SOFTWARE") && (has("CONTROL PANEL") || has("ENVIRONMENT"))) {
    return HiveKind::ntuser;
  }
  if (has("LOCAL SETTINGS")) {
    return HiveKind::usrclass;
  }
  if (const auto root = find_subkey(view, view.root(), "Root");
      root && (find_subkey(view, *root, "File") || find_subkey(view, *root, "Programs") ||
               find_subkey(view, *root, "InventoryApplication"))) {
    return HiveKind::amcache;
  }
  return HiveKind::other;
}

}  // namespace npg
