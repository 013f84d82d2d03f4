// npguard explain: the bytes, the rule and the way to check by hand behind one finding, provider,
// rule or reason. Assesses the evidence again and reads the cited bytes from it.
#pragma once

#include <string>
#include <string_view>

#include "app/scan.hpp"

namespace npg {

struct Explanation {
  bool found = false;
  std::string text;  ///< the explanation, or why there is none
};

/// `id` is a finding's id or rule, a provider's name, the role of a companion file, or the code of
/// a reason; names are compared as Windows compares. Without paths, what a rule or a code means.
/// Error: io, as scan() gives it.
[[nodiscard]] Result<Explanation> explain(std::string_view id, const ScanOptions& options);

}  // namespace npg
