// Several files of one path: collections of one host from different days may hold other DLLs where
// its registry names one. Each is judged, and the one that makes the host's assessment worse
// decides; none is passed over without a word.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "analysis/exposure/domain_news.hpp"
#include "app/expectations.hpp"
#include "app/hosts.hpp"
#include "fact/assessment.hpp"
#include "fact/knowledge.hpp"

namespace npg {

/// A file that another one of its path was preferred to.
struct PassedImage {
  std::uint32_t evidence = 0;
  std::string text;  ///< for its diagnostic
};

/// As assess_host(). Of images of one path the host's facts hold one afterwards; `passed` are the
/// others.
[[nodiscard]] HostAssessment assess_with_rivals(Host& host, const Knowledge& knowledge,
                                                const Expectations* expectations,
                                                std::span<const HostNews> news,
                                                std::vector<PassedImage>& passed);

}  // namespace npg
