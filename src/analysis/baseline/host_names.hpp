// Host names as people write them in scopes and calendars.
#pragma once

#include <string_view>

#include "base/evidence_text.hpp"

namespace npg {

/// "DC01" of "DC01 (corp.example)", as hosts of one name are told apart.
[[nodiscard]] inline std::string_view plain_host_name(std::string_view name) {
  return name.substr(0, name.find(" ("));
}

/// True when the pattern is the name as Windows compares names, or ends in * and the name begins
/// with the rest.
[[nodiscard]] inline bool fits_host(std::string_view pattern, std::string_view name) {
  if (pattern.ends_with('*')) {
    pattern.remove_suffix(1);
    return name_key(name).starts_with(name_key(pattern));
  }
  return equal_names(pattern, name) || equal_names(pattern, plain_host_name(name));
}

}  // namespace npg
