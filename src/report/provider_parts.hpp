// Questions about a provider that both the JSON and the screen ask. Not for use outside src/report.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "fact/assessment.hpp"

namespace npg {

inline constexpr std::string_view provider_path_name = "ProviderPath";
inline constexpr std::string_view authent_provider_path_name = "AuthentProviderPath";

/// The DLL that would receive credentials: AuthentProviderPath's, else ProviderPath's. nullptr when
/// the registration names none. Points into the provider.
[[nodiscard]] const ProviderDll* receiving_dll(const Provider& provider);
/// The DLL that this value names: the one of the same kind and text, else the first of the kind;
/// nullptr when there is none.
[[nodiscard]] const ProviderDll* dll_of(const Provider& provider, const RegistryValueFact& value,
                                        bool is_authent);
/// The export's name, or "#12" when it has only an ordinal.
[[nodiscard]] std::string export_label(const ExportFact& entry);
/// True when nothing about the provider needs a reader: it is expected and no reason speaks against
/// it.
[[nodiscard]] bool is_plainly_expected(const Provider& provider);
/// True when a reason of this code is among the provider's.
[[nodiscard]] bool has_reason(const Provider& provider, std::string_view code);
/// True when some reason with a weight speaks against it.
[[nodiscard]] bool is_spoken_against(const Provider& provider);
/// True when it is registered as Windows ships it and nothing speaks against it; its DLL may still
/// not have been looked at.
[[nodiscard]] bool is_as_windows_ships(const Provider& provider);
/// True for the verdicts suspicious and malicious.
[[nodiscard]] bool is_bad(const Provider& provider);
/// The path that Windows would load, as stored where that cannot be told; not escaped.
[[nodiscard]] std::string path_of(const ProviderDll& dll);
/// True for a name that Windows itself ships, whatever stands behind it now.
[[nodiscard]] bool bears_windows_name(const Provider& provider);
/// The paths, as keys, of the DLLs that Windows or a known product registers on the host and that
/// do not look foreign.
[[nodiscard]] std::set<std::string> genuine_dlls(const HostAssessment& host);
/// The DLLs of a bad provider that belong neither to Windows nor to the product whose name it
/// bears, and are not among the host's `genuine` ones. Empty when the registration names only
/// genuine paths. Points into the provider.
[[nodiscard]] std::vector<const ProviderDll*> foreign_dlls(const std::set<std::string>& genuine,
                                                           const Provider& provider);
/// True when the window ended because Windows sent no password any more.
[[nodiscard]] bool is_ended_by_policy(const Exposure& exposure);
/// The product with the name that the build gives it: Windows 11 still stores "Windows 10 ..." as
/// its ProductName. As stored where there is nothing to correct. Not escaped.
[[nodiscard]] std::string product_by_build(const HostSummary& host);

}  // namespace npg
