#include "fact/finding_id.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "base/checksum.hpp"

namespace npg {

std::string finding_id(std::string_view host, std::string_view rule, std::string_view subject) {
  const std::string identity = fmt::format("{}|{}|{}", host, rule, subject);
  return fmt::format("{}-{}", rule, sha256_hex(bytes_of(identity)).substr(0, 12));
}

void sort_findings(std::vector<Finding>& findings) {
  std::ranges::stable_sort(findings, [](const Finding& a, const Finding& b) {
    return std::tuple(-static_cast<int>(a.severity), a.rule, a.subject) <
           std::tuple(-static_cast<int>(b.severity), b.rule, b.subject);
  });
}

}  // namespace npg
