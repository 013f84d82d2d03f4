// ProviderOrderFact: the value ProviderOrder of Control\NetworkProvider\Order and HwOrder.
#include <algorithm>

#include "extract/registry_parts.hpp"
#include "extract/text_parts.hpp"

namespace npg {
namespace {

/// Names between commas, without the spaces around them; empty names are left out.
void append_names(const EvidenceText& list, TextPool& pool, std::vector<SharedText>& names) {
  std::string_view rest = list.raw();
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(','), rest.size());
    const std::string_view name = without_spaces(rest.substr(0, end));
    if (!name.empty()) {
      names.push_back(pool.share(EvidenceText::from_utf8(name)));
    }
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
}

void take_names(const RegistryReading& reading, const RegistryValue& value,
                ProviderOrderFact& fact) {
  if (value.type == reg::multi_sz) {
    for (const EvidenceText& text : texts_of(value)) {
      append_names(text, reading.pool, fact.names);
    }
    report_odd(reading, value,
               "should be a REG_SZ; the strings of the REG_MULTI_SZ are all taken.");
    return;
  }
  append_names(fact.raw.text().before_nul(), reading.pool, fact.names);
  if (value.type != reg::sz && value.type != reg::expand_sz) {
    report_odd(
        reading, value,
        "should be a REG_SZ; it is of type " + type_name(value.type) + " and is read as a string.");
  }
  if (fact.raw.text().contains_nul()) {
    report_odd(reading, value,
               "goes on after a NUL, where Windows stops reading: \"" +
                   escape_for_terminal(fact.raw.text()) + "\".");
  }
}

void extract_order(const RegistryReading& reading, const ControlSet& set, KeyId network_provider,
                   std::string_view key_name) {
  const auto id = find_subkey(reading.view, network_provider, key_name);
  if (!id) {
    return;
  }
  EvidenceText target;
  const KeyId behind = followed(reading, *id, target);
  const auto value = find_value(reading.view, behind, "ProviderOrder");
  if (!value) {
    return;
  }
  ProviderOrderFact fact;
  fact.control_set = set.number;
  fact.control_set_is_current = set.is_current;
  fact.is_hw_order = key_name == "HwOrder";
  fact.moment = reading.moment;
  fact.type = value->type;
  fact.raw = reading.pool.share(path_text(*value));
  fact.origin = value->origin;
  if (const auto key = reading.view.key(behind)) {
    fact.last_written = key->last_written;
  }
  take_names(reading, *value, fact);
  reading.facts.orders.push_back(std::move(fact));
}

}  // namespace

void extract_provider_orders(const RegistryReading& reading, const ControlSet& set) {
  const auto network_provider = find_key(reading.view, set.key, "Control\\NetworkProvider");
  if (!network_provider) {
    return;
  }
  extract_order(reading, set, *network_provider, "Order");
  extract_order(reading, set, *network_provider, "HwOrder");
}

}  // namespace npg
