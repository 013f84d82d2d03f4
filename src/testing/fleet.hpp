// A generated fleet: hosts that differ as hosts do, the same ones each time, for measuring and for
// tests of what many hosts have in common.
#pragma once

#include <cstdint>
#include <string>

#include "fact/fact_set.hpp"

namespace npg::testing {

struct FleetHost {
  std::string name;  ///< "HOST000042"
  FactSet facts;     ///< all of one SYSTEM hive, evidence index 0
  std::string hive_sha256;
};

/// Host `number` of a fleet: seven providers, both orders, their keys' permissions, some policies
/// and DLLs. One host of a thousand has a provider of its own, one of a hundred a DLL of another
/// version.
[[nodiscard]] FleetHost fleet_host(std::uint32_t number);

}  // namespace npg::testing
