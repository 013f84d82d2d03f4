// One host's assessment: the analyses in their order, each a pure function of what came before.
#pragma once

#include <span>

#include "analysis/exposure/domain_news.hpp"
#include "app/expectations.hpp"
#include "app/hosts.hpp"
#include "fact/assessment.hpp"
#include "fact/knowledge.hpp"

namespace npg {

/// Everything that is said of one host, from its facts, from what it is held against, if anything,
/// and from what other hosts' logs tell of its accounts.
[[nodiscard]] HostAssessment assess_host(const Host& host, const Knowledge& knowledge,
                                         const Expectations* expectations = nullptr,
                                         std::span<const HostNews> news = {});
/// The name that its assessment has.
[[nodiscard]] SharedText name_in_assessment(const Host& host);

}  // namespace npg
