// One host's assessment: the analyses in their order, each a pure function of what came before.
#pragma once

#include "app/expectations.hpp"
#include "app/hosts.hpp"
#include "fact/assessment.hpp"
#include "fact/knowledge.hpp"

namespace npg {

/// Everything that is said of one host, from its facts alone and from what it is held against, if
/// anything.
[[nodiscard]] HostAssessment assess_host(const Host& host, const Knowledge& knowledge,
                                         const Expectations* expectations = nullptr);

}  // namespace npg
