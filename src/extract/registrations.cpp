// RegistrationFact: one key Services\<name>\NetworkProvider.
#include <fmt/format.h>

#include <array>

#include "extract/registry_parts.hpp"

namespace npg {
namespace {

constexpr std::array<std::string_view, 5> service_value_names = {"Group", "Type", "Start",
                                                                 "ImagePath", "DisplayName"};

void take_service(const RegistryReading& reading, KeyId service, RegistrationFact& fact) {
  if (const auto key = reading.view.key(service)) {
    fact.service_last_written = key->last_written;
  }
  for (const RegistryValue& value : reading.view.values(service)) {
    for (const std::string_view name : service_value_names) {
      if (equal_names(value.name.raw(), name)) {
        fact.service_values.push_back(value_fact(value, reading.pool));
      }
    }
  }
}

/// A path of this type or form is read, but no installer writes it and Windows may read it
/// otherwise.
void report_odd_path(const RegistryReading& reading, const RegistryValue& value) {
  if (value.type != reg::sz && value.type != reg::expand_sz) {
    report_odd(reading, value, "should be a string; it is of type " + type_name(value.type) + ".");
  } else if (text_of(value).contains_nul()) {
    report_odd(reading, value,
               "goes on after a NUL, where Windows stops reading: \"" +
                   escape_for_terminal(text_of(value)) + "\".");
  }
}

void take_value(const RegistryReading& reading, const RegistryValue& value,
                RegistrationFact& fact) {
  const std::string_view name = value.name.raw();
  if (equal_names(name, "ProviderPath")) {
    fact.provider_path = reading.pool.share(path_text(value));
    report_odd_path(reading, value);
  } else if (equal_names(name, "AuthentProviderPath")) {
    fact.authent_provider_path = reading.pool.share(path_text(value));
    report_odd_path(reading, value);
  } else if (equal_names(name, "Class")) {
    fact.provider_class = number_of(value);
    if (value.type != reg::dword) {
      report_odd(reading, value,
                 "should be a REG_DWORD; it is of type " + type_name(value.type) + ".");
    } else if (!fact.provider_class) {
      report_odd(reading, value,
                 fmt::format("should be a REG_DWORD of 4 bytes; it is {} byte{} long.",
                             value.data.size(), value.data.size() == 1 ? "" : "s"));
    }
  }
  fact.values.push_back(value_fact(value, reading.pool));
}

}  // namespace

void extract_registration(const RegistryReading& reading, const ControlSet& set,
                          const EvidenceText& name, KeyId service, KeyId network_provider) {
  const auto key = reading.view.key(network_provider);
  if (!key) {
    return;  // The view reports the damaged key.
  }
  RegistrationFact fact;
  EvidenceText target;
  const KeyId behind = followed(reading, network_provider, target);
  fact.link_target = reading.pool.share(target);
  fact.name = reading.pool.share(name);
  fact.control_set = set.number;
  fact.control_set_is_current = set.is_current;
  fact.moment = reading.moment;
  fact.last_written = key->last_written;
  fact.origin = key->origin;
  take_service(reading, service, fact);
  for (const RegistryValue& value : reading.view.values(behind)) {
    take_value(reading, value, fact);
  }
  reading.facts.registrations.push_back(std::move(fact));
}

}  // namespace npg
