#include "fact/control_sets.hpp"

#include <algorithm>
#include <cstdint>

#include "base/evidence_text.hpp"

namespace npg {

std::string other_control_set(std::string_view key, const FactSet& facts) {
  constexpr std::string_view start = "ControlSet";
  if (key.size() < start.size() + 3 || !equal_names(key.substr(0, start.size()), start)) {
    return {};
  }
  std::uint64_t number = 0;
  for (const char c : key.substr(start.size(), 3)) {
    if (c < '0' || c > '9') {
      return {};
    }
    number = number * 10 + static_cast<std::uint64_t>(c - '0');
  }
  const bool is_other = std::ranges::any_of(facts.selects, [&](const SelectFact& select) {
    return select.current && *select.current != number;
  });
  return is_other ? std::string(key.substr(0, start.size() + 3)) : std::string();
}

}  // namespace npg
