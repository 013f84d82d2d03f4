// RegistrationFact: one key Services\<name>\NetworkProvider.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "extract/registry_parts.hpp"

namespace npg {
namespace {

constexpr std::array<std::string_view, 5> service_value_names = {"Group", "Type", "Start",
                                                                 "ImagePath", "DisplayName"};

/// Whose account the service runs as, and the library that a shared service process loads for it.
constexpr std::string_view account_name = "ObjectName";
constexpr std::string_view library_name = "ServiceDll";

void take_service(const RegistryReading& reading, const ShownKey& service, RegistrationFact& fact) {
  const RegistryView& view = *service.view;
  if (const auto key = view.key(service.key)) {
    fact.service_last_written = key->last_written;
  }
  for (const RegistryValue& value : view.values(service.key)) {
    for (const std::string_view name : service_value_names) {
      if (equal_names(value.name.raw(), name)) {
        fact.service_values.push_back(value_fact(value, reading.pool));
      }
    }
  }
  if (fact.service_values.empty()) {
    return;  // No service, whatever else stands in its key.
  }
  if (const auto account = find_value(view, service.key, account_name)) {
    fact.service_values.push_back(value_fact(*account, reading.pool));
  }
  const auto parameters = find_subkey(view, service.key, "Parameters");
  const auto library = parameters ? find_value(view, *parameters, library_name) : std::nullopt;
  if (library) {
    fact.service_values.push_back(value_fact(*library, reading.pool));
  }
}

/// A path of this type or form is read, but no installer writes it and Windows may read it
/// otherwise.
void report_odd_path(const RegistryReading& reading, const RegistryValue& value) {
  if (value.type != reg::sz && value.type != reg::expand_sz) {
    report_odd(reading, value,
               "should be a string; it is of type " + registry_type_name(value.type) + ".");
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
                 "should be a REG_DWORD; it is of type " + registry_type_name(value.type) + ".");
    } else if (!fact.provider_class) {
      report_odd(reading, value,
                 fmt::format("should be a REG_DWORD of 4 bytes; it is {} byte{} long.",
                             value.data.size(), value.data.size() == 1 ? "" : "s"));
    }
  }
  fact.values.push_back(value_fact(value, reading.pool));
}

RegistrationFact new_registration(const RegistryReading& reading, const ControlSet& set,
                                  const EvidenceText& name, const RegistryKey& key) {
  RegistrationFact fact;
  fact.name = reading.pool.share(name);
  fact.control_set = set.number;
  fact.control_set_is_current = set.is_current;
  fact.moment = reading.moment;
  fact.last_written = key.last_written;
  fact.origin = key.origin;
  return fact;
}

}  // namespace

void extract_registration(const RegistryReading& reading, const ControlSet& set,
                          const EvidenceText& name, const ShownKey& service,
                          const ShownKey& network_provider, const EvidenceText& target) {
  const auto key = network_provider.view->key(network_provider.key);
  if (!key) {
    return;  // The view reports the damaged key.
  }
  RegistrationFact fact = new_registration(reading, set, name, *key);
  EvidenceText first_target = target;
  const auto behind = followed(reading, network_provider, first_target);
  fact.link_target = reading.pool.share(first_target);
  take_service(reading, service, fact);
  fact.values_incomplete = !behind || behind->view->has_lost_values(behind->key);
  if (behind) {
    // What stands behind a link may be younger than the link.
    if (const auto read = behind->view->key(behind->key)) {
      fact.last_written = std::max(key->last_written, read->last_written);
    }
    for (const RegistryValue& value : behind->view->values(behind->key)) {
      // Of a value whose data are all lost its name is left, which says nothing about them.
      if (value.declared_bytes == 0 || !value.data.empty()) {
        take_value(reading, value, fact);
      }
    }
    if (reading.moment == HiveMoment::current && behind->view == &reading.view) {
      look_at_values(reading,
                     fmt::format("{}\\Services\\{}\\NetworkProvider", set.name, name.raw()),
                     behind->key);
    }
  }
  reading.facts.registrations.push_back(std::move(fact));
}

void extract_unseen_registration(const RegistryReading& reading, const ControlSet& set,
                                 const EvidenceText& name, KeyId service,
                                 const EvidenceText& target) {
  const auto key = reading.view.key(service);
  if (!key) {
    return;
  }
  RegistrationFact fact = new_registration(reading, set, name, *key);
  fact.link_target = reading.pool.share(target);
  fact.values_incomplete = true;
  reading.facts.registrations.push_back(std::move(fact));
}

}  // namespace npg
