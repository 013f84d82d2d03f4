// One host's assessment: the analyses in their order, each a pure function of what came before.
#pragma once

#include "app/hosts.hpp"
#include "fact/assessment.hpp"
#include "fact/knowledge.hpp"

namespace npg {

/// Everything that is said of one host, from its facts alone.
[[nodiscard]] HostAssessment assess_host(const Host& host, const Knowledge& knowledge);

}  // namespace npg
