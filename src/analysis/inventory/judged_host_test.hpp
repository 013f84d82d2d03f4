// For tests: a host's providers with their verdicts, and the words to ask about them.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/inventory/changes.hpp"
#include "analysis/inventory/inventory.hpp"
#include "analysis/inventory/judgement.hpp"
#include "testing/facts.hpp"

namespace npg::judged_host {

using testing::HostFacts;

inline const Knowledge& knowledge() {
  static const Knowledge rows = testing::shipped_providers(NPG_SOURCE_DIR);
  return rows;
}

inline std::vector<Provider> judged(const HostFacts& host) {
  const FactSet facts = host.normalised();
  auto providers = list_providers(facts);
  judge_providers(providers, list_changes(facts), facts, knowledge());
  return providers;
}

inline const Provider& named(const std::vector<Provider>& providers, std::string_view name) {
  const auto found = std::find_if(providers.begin(), providers.end(), [&](const Provider& p) {
    return equal_names(p.name.raw(), name);
  });
  EXPECT_NE(found, providers.end()) << name;
  static const Provider none;
  return found == providers.end() ? none : *found;
}

inline bool has(const Provider& provider, std::string_view code) {
  return std::any_of(provider.reasons.begin(), provider.reasons.end(),
                     [&](const Reason& r) { return r.code == code; });
}

inline std::string told(const Provider& provider) {
  std::string out;
  for (const Reason& r : provider.reasons) {
    out += r.code + " " + std::to_string(r.weight) + "; ";
  }
  return out;
}

}  // namespace npg::judged_host
