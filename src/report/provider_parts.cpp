#include "report/provider_parts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

namespace npg {
namespace {

template <typename Test>
const ProviderDll* first_dll(const Provider& provider, const Test& test) {
  const auto found = std::ranges::find_if(provider.dlls, test);
  return found == provider.dlls.end() ? nullptr : &*found;
}

std::string path_key(const ProviderDll& dll) {
  return name_key(dll.path.resolved.empty() ? dll.path.raw.raw() : dll.path.resolved);
}

/// True when a form that no installer writes ("\\?\C:\Windows\...") leads to the very file that
/// Windows ships: the reason quotes the shipped form, which comes from the knowledge alone.
bool is_shipped_file(const Provider& provider, const ProviderDll& dll) {
  const std::string& path = dll.path.resolved;
  constexpr std::string_view folder = "\\Windows\\";
  if (path.size() < folder.size() + 2 || !equal_names(path.substr(2, folder.size()), folder)) {
    return false;
  }
  const std::string shipped = "%SystemRoot%\\" + path.substr(2 + folder.size()) + ")";
  return std::ranges::any_of(provider.reasons, [&](const Reason& reason) {
    return reason.code == "inbox_name_other_path" && contains_name(reason.text, shipped);
  });
}

/// The question for a provider by itself, whoever else may name the DLL.
bool looks_foreign(const Provider& provider, const ProviderDll& dll) {
  if (provider.known_as.empty()) {
    return true;
  }
  static constexpr std::array<std::string_view, 6> replaced = {
      "signature_not_of_windows", "signature_whql_in_inbox_place",
      "dll_in_no_catalog",        "signature_claims_microsoft",
      "signature_broken",         "signature_of_another_signer"};
  if (std::ranges::any_of(replaced,
                          [&](std::string_view code) { return has_reason(provider, code); })) {
    return true;
  }
  if (is_shipped_file(provider, dll)) {
    return false;
  }
  const bool is_other_path = has_reason(provider, "inbox_name_other_path") ||
                             has_reason(provider, "product_name_other_path");
  if (!dll.is_authent) {
    return is_other_path;
  }
  if (bears_windows_name(provider)) {
    return has_reason(provider, "inbox_authent_path_added");
  }
  // A product's own DLL may stand in both values.
  return !has_reason(provider, "registration_is_known_product") &&
         (is_other_path || std::ranges::none_of(provider.dlls, [&](const ProviderDll& other) {
            return !other.is_authent && path_key(other) == path_key(dll);
          }));
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

std::string path_of(const ProviderDll& dll) {
  return dll.path.resolved.empty() ? std::string(dll.path.raw.raw()) : dll.path.resolved;
}

bool bears_windows_name(const Provider& provider) {
  // "Product (Vendor)"; the vendor says whose name it is when no reason does.
  return !provider.known_as.empty() &&
         (provider.known_as.ends_with("(Microsoft)") || provider.known_as == "Windows" ||
          std::ranges::any_of(provider.reasons, [](const Reason& reason) {
            return reason.code.starts_with("inbox_") ||
                   reason.code == "registration_is_windows_own";
          }));
}

std::set<std::string> genuine_dlls(const HostAssessment& host) {
  std::set<std::string> genuine;
  for (const Provider& other : host.providers) {
    for (const ProviderDll& dll : other.dlls) {
      if (!other.known_as.empty() && !looks_foreign(other, dll)) {
        genuine.insert(path_key(dll));
      }
    }
  }
  return genuine;
}

std::vector<const ProviderDll*> foreign_dlls(const std::set<std::string>& genuine,
                                             const Provider& provider) {
  std::vector<const ProviderDll*> foreign;
  for (const ProviderDll& dll : provider.dlls) {
    if (is_bad(provider) && looks_foreign(provider, dll) && !genuine.contains(path_key(dll))) {
      foreign.push_back(&dll);
    }
  }
  return foreign;
}

std::string product_by_build(const HostSummary& host) {
  constexpr std::string_view stored = "Windows 10 ";
  constexpr std::uint32_t first_build_of_11 = 22000;
  const std::string_view product = host.product.raw();
  return host.build >= first_build_of_11 && product.starts_with(stored)
             ? "Windows 11 " + std::string(product.substr(stored.size()))
             : std::string(product);
}

bool is_ended_by_policy(const Exposure& exposure) {
  return exposure.end_kind == WindowEnd::removed &&
         std::ranges::any_of(exposure.bounds, [&](const WindowBound& bound) {
           return bound.what == "sending_ended" && bound.time == exposure.end;
         });
}

}  // namespace npg
