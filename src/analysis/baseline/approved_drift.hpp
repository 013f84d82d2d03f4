// Which differences from a baseline an exception approves: what it pins, and nothing beside it.
#pragma once

#include "analysis/baseline/exception.hpp"

namespace npg {

/// True when a difference of the provider's registration is one that the exception does not approve
/// and that does not come of capitals alone: the exception is open again.
[[nodiscard]] bool is_reopened_by_drift(const ExceptionRule& rule, const Provider& provider,
                                        const ExceptionContext& context);

/// True when the exception approves every difference of the registration's values.
[[nodiscard]] bool approves_all_drift(const ExceptionRule& rule, const Provider& provider,
                                      const ExceptionContext& context);

}  // namespace npg
