// One form for the registry paths of all logs. Which keys matter is registry_keys.hpp's.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace npg {

struct RegistryPath {
  std::string canonical;          ///< HKLM\SYSTEM\CurrentControlSet\...; stored form (WTF-8)
  std::uint32_t control_set = 0;  ///< NNN when the path named ControlSetNNN
};

/// Reads \REGISTRY\MACHINE\SYSTEM\ControlSet001\…, HKLM\System\CurrentControlSet\…,
/// HKEY_LOCAL_MACHINE\…, HKLM:\…, Registry::HKEY_LOCAL_MACHINE\…, Computer\HKEY_LOCAL_MACHINE\…, in
/// any case. The root, the hive's name and the control set are written in one way; the rest keeps
/// its case. Backslashes at the end and doubled ones are taken out. A text that names no root comes
/// back unchanged.
[[nodiscard]] RegistryPath normalise_registry_path(std::string_view path);

}  // namespace npg
