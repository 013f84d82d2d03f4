// Whether the catalogs that were asked are those of the host's own Windows: only then is a file
// that none of them names one that nobody signed. Facts only: nothing is judged here.
#pragma once

#include <cstddef>

#include "fact/fact_set.hpp"

namespace npg {

/// The files that a trusted catalog of Windows names.
struct Vouched {
  const ImageFact* first = nullptr;  ///< one of them, in the facts; nothing when there is none
  std::size_t files = 0;
};
[[nodiscard]] Vouched vouched_for(const FactSet& facts);

[[nodiscard]] bool are_the_hosts_catalogs(const Vouched& vouched, const CatalogsAsked& asked);

/// True for the signature of a file of Windows itself.
[[nodiscard]] bool is_of_windows(const SignatureFact& signature);

}  // namespace npg
