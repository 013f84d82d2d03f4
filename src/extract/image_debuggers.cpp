// PolicyFacts of Image File Execution Options and SilentProcessExit: programs and DLLs that Windows
// starts or loads in the place of mpnotify.exe, inside it, or when it ends, and the settings that
// put them in force.
#include <array>
#include <set>

#include "extract/registry_parts.hpp"

namespace npg {
namespace {

constexpr std::array<std::string_view, 7> telling_values = {
    "Debugger",  "VerifierDlls",  "MonitorProcess", "GlobalFlag",
    "UseFilter", "ReportingMode", "FilterFullPath"};

void take_values(const RegistryReading& reading, KeyId key, const std::string& path) {
  for (const RegistryValue& value : reading.view.values(key)) {
    for (const std::string_view name : telling_values) {
      if (equal_names(value.name.raw(), name)) {
        add_policy(reading, PolicyKind::image_debugger, key, path, value);
      }
    }
  }
}

}  // namespace

void extract_image_debuggers(const RegistryReading& reading) {
  constexpr std::string_view options =
      "Microsoft\\Windows NT\\CurrentVersion\\Image File Execution Options";
  if (const auto key = shown_key(reading, reading.view.root(), options)) {
    if (const auto value = find_value(reading.view, *key, "DevOverrideEnable")) {
      add_policy(reading, PolicyKind::image_debugger, *key, std::string(options), *value);
    }
  }
  constexpr std::array<std::string_view, 3> roots = {
      "Microsoft\\Windows NT\\CurrentVersion\\Image File Execution Options\\mpnotify.exe",
      "Wow6432Node\\Microsoft\\Windows NT\\CurrentVersion\\Image File Execution "
      "Options\\mpnotify.exe",
      "Microsoft\\Windows NT\\CurrentVersion\\SilentProcessExit\\mpnotify.exe"};
  std::set<KeyId> done;
  for (const std::string_view root : roots) {
    const auto key = shown_key(reading, reading.view.root(), root);
    // One that is a link to another of them says nothing more.
    if (!key || !done.insert(*key).second) {
      continue;
    }
    take_values(reading, *key, std::string(root));
    // With UseFilter, a sub-key holds the settings for one full path.
    for (const KeyId id : reading.view.subkeys(*key)) {
      if (const auto filter = reading.view.key(id)) {
        take_values(reading, id, std::string(root) + "\\" + std::string(filter->name.raw()));
      }
    }
  }
}

}  // namespace npg
