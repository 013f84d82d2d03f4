// InstalledProductFact: the software inventory of a SOFTWARE hive.
#include <array>

#include "extract/registry_parts.hpp"

namespace npg {
namespace {

SharedText text_named(const RegistryReading& reading, KeyId key, std::string_view name) {
  const auto value = find_value(reading.view, key, name);
  const bool is_text = value && (value->type == reg::sz || value->type == reg::expand_sz);
  return is_text ? reading.pool.share(text_of(*value).before_nul()) : SharedText();
}

}  // namespace

void extract_installed_products(const RegistryReading& reading) {
  constexpr std::array<std::string_view, 2> lists = {
      "Microsoft\\Windows\\CurrentVersion\\Uninstall",
      "WOW6432Node\\Microsoft\\Windows\\CurrentVersion\\Uninstall"};
  for (const std::string_view path : lists) {
    const auto list = shown_key(reading, reading.view.root(), path);
    if (!list) {
      continue;
    }
    for (const KeyId id : reading.view.subkeys(*list)) {
      const auto key = reading.view.key(id);
      const SharedText name = text_named(reading, id, "DisplayName");
      // Patches and parts of products have keys without a name.
      if (!key || name.empty()) {
        continue;
      }
      reading.facts.installed_products.push_back(
          {.key = reading.pool.share(key->name),
           .name = name,
           .publisher = text_named(reading, id, "Publisher"),
           .version = text_named(reading, id, "DisplayVersion"),
           .location = text_named(reading, id, "InstallLocation"),
           .last_written = key->last_written,
           .origin = key->origin});
    }
  }
}

}  // namespace npg
