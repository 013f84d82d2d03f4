// Host names as people write them in scopes and calendars.
#pragma once

#include <string_view>

#include "base/evidence_text.hpp"

namespace npg {

/// True when the pattern is the name as Windows compares names, or ends in * and the name begins
/// with the rest.
[[nodiscard]] inline bool fits_host(std::string_view pattern, std::string_view name) {
  if (pattern.ends_with('*')) {
    pattern.remove_suffix(1);
    return name_key(name).starts_with(name_key(pattern));
  }
  return equal_names(pattern, name);
}

}  // namespace npg
