// UpgradeFact: SYSTEM\Setup, "Source OS (Updated on ...)": one key an in-place upgrade, with what
// CurrentVersion said of the Windows that was replaced.
#include "extract/registry_parts.hpp"

namespace npg {
namespace {

constexpr std::string_view prefix = "Source OS";

std::uint64_t number_named(const RegistryReading& reading, KeyId key, std::string_view name) {
  const auto value = find_value(reading.view, key, name);
  return value ? number_of(*value).value_or(0) : 0;
}

}  // namespace

void extract_upgrades(const RegistryReading& reading) {
  const auto setup = find_subkey(reading.view, reading.view.root(), "Setup");
  if (!setup) {
    return;
  }
  for (const KeyId id : reading.view.subkeys(*setup)) {
    const auto key = reading.view.key(id);
    if (!key || !key->name.raw().starts_with(prefix)) {
      continue;
    }
    UpgradeFact fact;
    fact.name = reading.pool.share(key->name);
    fact.upgraded = key->last_written;
    const std::uint64_t build = number_named(reading, id, "CurrentBuild");
    fact.build = build <= UINT32_MAX ? static_cast<std::uint32_t>(build) : 0;
    const std::uint64_t installed = number_named(reading, id, "InstallDate");
    if (installed != 0 && installed <= UINT32_MAX) {
      fact.installed = {installed * FileTime::per_second + FileTime::unix_epoch};
    }
    fact.origin = key->origin;
    reading.facts.upgrades.push_back(std::move(fact));
  }
}

}  // namespace npg
