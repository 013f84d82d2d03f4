// EnvironmentVariableFact: the variables that the host's own paths are expanded with.
#include "extract/registry_parts.hpp"

namespace npg {

void extract_environment(const RegistryReading& reading, const ControlSet& set) {
  const auto key = find_key(reading.view, set.key, "Control\\Session Manager\\Environment");
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

}  // namespace npg
