// Whether an older state of a key is the provider that it is now, or was another one before.
#pragma once

#include <cstdint>
#include <set>
#include <span>
#include <string>

#include "fact/assessment.hpp"
#include "fact/fact_set.hpp"

namespace npg::exposure {

enum class Sameness : std::uint8_t {
  /// Whatever asked for credentials under its name is one with it: who typed a password while
  /// another DLL was named there gave it to somebody just as unknown.
  by_name,
  /// The same DLLs alone: a known product may have been there in its own right before it was bent,
  /// and what is listed beside its present state is another one.
  by_dll,
};

/// `present` are the names of the host's providers that are there, as name_key() has them.
[[nodiscard]] Sameness sameness_of(const Provider& provider, const std::set<std::string>& present);

/// True when the registration asks for credentials and is this very provider.
[[nodiscard]] bool is_this(const RegistrationFact& registration, const Provider& provider,
                           Sameness sameness);

/// Adds to what the window takes for granted that other DLLs, which older copies have under its
/// name, count as it. `registrations` are those of its name.
void assume_other_dlls(std::span<const RegistrationFact* const> registrations,
                       const Provider& provider, Sameness sameness, Exposure& window);

}  // namespace npg::exposure
