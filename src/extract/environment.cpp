// EnvironmentVariableFact: the variables that the host's own paths are expanded with.
#include <array>

#include "extract/registry_parts.hpp"

namespace npg {

void extract_environment(const RegistryReading& reading, const ControlSet& set) {
  const auto key = shown_key(reading, set.key, "Control\\Session Manager\\Environment");
  if (!key) {
    return;
  }
  for (const RegistryValue& value : reading.view.values(*key)) {
    if (value.type == reg::sz || value.type == reg::expand_sz) {
      reading.facts.environment.push_back({.name = reading.pool.share(value.name),
                                           .text = reading.pool.share(text_of(value).before_nul()),
                                           .control_set = set.number,
                                           .origin = value.origin});
    }
  }
}

void extract_known_folders(const RegistryReading& reading) {
  struct Folder {
    std::string_view key;
    std::string_view value;
    std::string_view variable;
  };
  constexpr std::string_view version = "Microsoft\\Windows\\CurrentVersion";
  constexpr std::string_view profiles = "Microsoft\\Windows NT\\CurrentVersion\\ProfileList";
  constexpr std::array<Folder, 8> folders = {{
      {version, "ProgramFilesDir", "ProgramFiles"},
      {version, "ProgramFilesDir (x86)", "ProgramFiles(x86)"},
      {version, "ProgramW6432Dir", "ProgramW6432"},
      {version, "CommonFilesDir", "CommonProgramFiles"},
      {version, "CommonFilesDir (x86)", "CommonProgramFiles(x86)"},
      {version, "CommonW6432Dir", "CommonProgramW6432"},
      {profiles, "ProgramData", "ProgramData"},
      {profiles, "Public", "Public"},
  }};
  for (const Folder& folder : folders) {
    const auto key = shown_key(reading, reading.view.root(), folder.key);
    const auto value = key ? find_value(reading.view, *key, folder.value) : std::nullopt;
    if (value && (value->type == reg::sz || value->type == reg::expand_sz)) {
      reading.facts.environment.push_back(
          {.name = reading.pool.share(EvidenceText::from_utf8(folder.variable)),
           .text = reading.pool.share(text_of(*value).before_nul()),
           .control_set = 0,
           .origin = value->origin});
    }
  }
}

}  // namespace npg
