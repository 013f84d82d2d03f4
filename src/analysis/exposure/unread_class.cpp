#include "analysis/exposure/unread_class.hpp"

#include <algorithm>

#include "base/evidence_text.hpp"

namespace npg::exposure {

bool has_unread_class(const Provider& provider) {
  if (provider.receives_credentials != YesNo::unknown) {
    return false;
  }
  const auto stored = std::ranges::find_if(provider.values, [](const RegistryValueFact& value) {
    return equal_names(value.name.raw(), "Class");
  });
  return stored == provider.values.end() ? provider.values_incomplete : !stored->number.has_value();
}

}  // namespace npg::exposure
