#include "report/provider_parts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace npg {
namespace {

template <typename Test>
const ProviderDll* first_dll(const Provider& provider, const Test& test) {
  const auto found = std::ranges::find_if(provider.dlls, test);
  return found == provider.dlls.end() ? nullptr : &*found;
}

}  // namespace

const ProviderDll* receiving_dll(const Provider& provider) {
  const ProviderDll* const authent =
      first_dll(provider, [](const ProviderDll& dll) { return dll.is_authent; });
  return authent != nullptr ? authent
                            : first_dll(provider, [](const ProviderDll&) { return true; });
}

const ProviderDll* dll_of(const Provider& provider, const RegistryValueFact& value,
                          bool is_authent) {
  const auto of_kind = [&](const ProviderDll& dll) { return dll.is_authent == is_authent; };
  const ProviderDll* const same = first_dll(
      provider, [&](const ProviderDll& dll) { return of_kind(dll) && dll.path.raw == value.text; });
  return same != nullptr ? same : first_dll(provider, of_kind);
}

std::string registry_type_name(std::uint32_t type) {
  constexpr std::array<std::string_view, 12> names = {"REG_NONE",
                                                      "REG_SZ",
                                                      "REG_EXPAND_SZ",
                                                      "REG_BINARY",
                                                      "REG_DWORD",
                                                      "REG_DWORD_BIG_ENDIAN",
                                                      "REG_LINK",
                                                      "REG_MULTI_SZ",
                                                      "REG_RESOURCE_LIST",
                                                      "REG_FULL_RESOURCE_DESCRIPTOR",
                                                      "REG_RESOURCE_REQUIREMENTS_LIST",
                                                      "REG_QWORD"};
  return type < names.size() ? std::string(names[type]) : fmt::format("REG_0x{:x}", type);
}

std::string export_label(const ExportFact& entry) {
  return entry.name.empty() ? fmt::format("#{}", entry.ordinal) : std::string(entry.name.raw());
}

bool is_plainly_expected(const Provider& provider) {
  return provider.verdict == ProviderVerdict::expected &&
         std::ranges::none_of(provider.reasons, [](const Reason& reason) {
           return reason.effect == ReasonEffect::raises;
         });
}

bool has_reason(const Provider& provider, std::string_view code) {
  return std::ranges::any_of(provider.reasons,
                             [&](const Reason& reason) { return reason.code == code; });
}

bool is_spoken_against(const Provider& provider) {
  return std::ranges::any_of(provider.reasons, [](const Reason& reason) {
    return reason.effect == ReasonEffect::raises && reason.weight > 0;
  });
}

bool is_as_windows_ships(const Provider& provider) {
  return !is_bad(provider) && !is_spoken_against(provider) &&
         has_reason(provider, "registration_is_windows_own");
}

bool is_bad(const Provider& provider) {
  return provider.verdict == ProviderVerdict::suspicious ||
         provider.verdict == ProviderVerdict::malicious;
}

}  // namespace npg
