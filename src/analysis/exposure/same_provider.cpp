#include "analysis/exposure/same_provider.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

#include "base/evidence_text.hpp"

namespace npg::exposure {
namespace {

constexpr std::string_view path_values[] = {"ProviderPath", "AuthentProviderPath"};

const RegistryValueFact* value_named(const std::vector<RegistryValueFact>& values,
                                     std::string_view name) {
  const auto found = std::ranges::find_if(
      values, [&](const RegistryValueFact& value) { return equal_names(value.name.raw(), name); });
  return found == values.end() ? nullptr : &*found;
}

std::string_view file_name(std::string_view path) {
  return path.substr(path.find_last_of("\\/") + 1);
}

/// The path with the variable that nearly every registration begins with put in; upper case.
std::string without_variable(std::string_view path) {
  for (const std::string_view variable : {"%SystemRoot%", "%windir%"}) {
    if (equal_names(path.substr(0, variable.size()), variable)) {
      return name_key("C:\\Windows" + std::string(path.substr(variable.size())));
    }
  }
  return name_key(path);
}

/// False only where they cannot mean one file: a log and a hive may write one path in two ways.
bool may_be_same_file(std::string_view a, std::string_view b) {
  if (!equal_names(file_name(a), file_name(b))) {
    return false;
  }
  const std::string left = without_variable(a);
  const std::string right = without_variable(b);
  return left == right || (left + right).find('%') != std::string::npos;
}

bool names_same_dll(std::string_view value, const RegistrationFact& registration,
                    const Provider& provider) {
  const RegistryValueFact* then = value_named(registration.values, value);
  const RegistryValueFact* now = value_named(provider.values, value);
  return (then == nullptr) == (now == nullptr) &&
         (then == nullptr || may_be_same_file(then->text.raw(), now->text.raw()));
}

}  // namespace

Sameness sameness_of(const Provider& provider, const std::set<std::string>& present) {
  const bool is_listed_beside =
      is_gone(provider) && present.contains(name_key(provider.name.raw()));
  // Windows ships its own without a class that asks: one that does was bent before, too.
  const bool is_bent = std::ranges::any_of(
      provider.reasons, [](const Reason& reason) { return reason.code == "inbox_class_changed"; });
  return is_listed_beside || (!provider.known_as.empty() && !is_bent) ? Sameness::by_dll
                                                                      : Sameness::by_name;
}

bool is_this(const RegistrationFact& registration, const Provider& provider, Sameness sameness) {
  if ((registration.provider_class.value_or(0) & 0x6U) == 0) {
    return false;
  }
  const bool has_path = std::ranges::any_of(path_values, [&](std::string_view name) {
    const RegistryValueFact* value = value_named(registration.values, name);
    return value != nullptr && !value->text.empty();
  });
  return has_path && (sameness == Sameness::by_name ||
                      std::ranges::all_of(path_values, [&](std::string_view name) {
                        return names_same_dll(name, registration, provider);
                      }));
}

void assume_other_dlls(std::span<const RegistrationFact* const> registrations,
                       const Provider& provider, Sameness sameness, Exposure& window) {
  std::vector<std::string> paths;
  for (const RegistrationFact* registration : registrations) {
    if (registration->copy == 0 || !registration->control_set_is_current ||
        !is_this(*registration, provider, sameness)) {
      continue;
    }
    for (const std::string_view name : path_values) {
      const RegistryValueFact* value = value_named(registration->values, name);
      if (value != nullptr && !value->text.empty() &&
          !names_same_dll(name, *registration, provider)) {
        paths.push_back(escape_for_terminal(value->text.text()));
      }
    }
  }
  std::ranges::sort(paths);
  const auto repeated = std::ranges::unique(paths);
  paths.erase(repeated.begin(), repeated.end());
  if (!paths.empty()) {
    window.assumed.push_back(fmt::format(
        "older copies of the hive name {} under its name; that it is one provider with the present "
        "one, and took passwords, is assumed",
        fmt::join(paths, " and ")));
  }
}

}  // namespace npg::exposure
