// What of the current control set stands behind symbolic links that lead out of the evidence.
#include "extract/registry_parts.hpp"
#include "fact/text_pool.hpp"

namespace npg {
namespace {

/// True where a key on the way, or the last one, is a link and what it leads to is not at hand.
bool is_behind_link(const RegistryReading& reading, KeyId from, std::string_view path) {
  for (std::size_t end = 0; end != std::string_view::npos;) {
    end = path.find('\\', end == 0 ? 0 : end + 1);
    const std::string_view upper = path.substr(0, end);
    if (listed_key(reading, from, upper) && !shown_key(reading, from, upper)) {
      return true;
    }
  }
  return false;
}

/// An order is read from another hive, too.
bool is_order_hidden(const RegistryReading& reading, KeyId from, std::string_view path) {
  const auto key = listed_key(reading, from, path);
  EvidenceText target;
  return key && !followed(reading, {.view = &reading.view, .key = *key}, target);
}

}  // namespace

HiddenParts hidden_parts(const RegistryView& view, const OtherHive& other_hive) {
  TextPool pool;
  FactSet facts;
  Diagnostics told_already(0);
  const RegistryReading reading{.view = view,
                                .moment = HiveMoment::current,
                                .pool = pool,
                                .facts = facts,
                                .diagnostics = told_already,
                                .other_hive = other_hive};
  HiddenParts hidden;
  for (const ControlSet& set : stored_control_sets(reading)) {
    if (!set.is_current) {
      continue;
    }
    EvidenceText target;
    if (!followed(reading, {.view = &view, .key = set.key}, target)) {
      return {.services = true, .orders = true};
    }
    const KeyId key = shown_key(reading, set.key, "").value_or(set.key);
    hidden.services = is_behind_link(reading, key, "Services");
    hidden.orders = is_behind_link(reading, key, "Control\\NetworkProvider") ||
                    is_order_hidden(reading, key, "Control\\NetworkProvider\\Order") ||
                    is_order_hidden(reading, key, "Control\\NetworkProvider\\HwOrder");
  }
  return hidden;
}

}  // namespace npg
