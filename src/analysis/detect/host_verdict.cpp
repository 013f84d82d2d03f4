#include "analysis/detect/host_verdict.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/evidence_text.hpp"

namespace npg {
namespace {

const Provider* worst_provider(const HostAssessment& host) {
  const auto worst = std::max_element(
      host.providers.begin(), host.providers.end(), [](const Provider& a, const Provider& b) {
        return std::tuple(a.verdict, a.score) < std::tuple(b.verdict, b.score);
      });
  return worst == host.providers.end() ? nullptr : &*worst;
}

FindingSeverity worst_finding(const HostAssessment& host) {
  FindingSeverity worst = FindingSeverity::info;
  for (const Finding& finding : host.findings) {
    worst =
        std::max(worst, finding.suppressed_by.empty() ? finding.severity : FindingSeverity::info);
  }
  return worst;
}

/// Findings about the host's logs alone (NPG1011, NPG1012) are no sign of a provider.
bool has_provider_finding(const HostAssessment& host, FindingSeverity at_least) {
  return std::any_of(host.findings.begin(), host.findings.end(), [&](const Finding& f) {
    return f.severity >= at_least && f.suppressed_by.empty() && f.rule != "NPG1011" &&
           f.rule != "NPG1012";
  });
}

}  // namespace

void judge_host(HostAssessment& host) {
  const Provider* worst = worst_provider(host);
  std::uint64_t exposed = 0;
  for (const Exposure& exposure : host.exposures) {
    if (exposure.password_sent != YesNo::no) {
      exposed += static_cast<std::uint64_t>(std::count_if(
          exposure.accounts.begin(), exposure.accounts.end(),
          [](const ExposedAccount& a) { return a.certainty != Certainty::not_by_this_route; }));
    }
  }
  if (worst != nullptr && worst->verdict == ProviderVerdict::malicious) {
    host.verdict = HostVerdict::compromised;
    host.verdict_text = fmt::format(
        "{} is registered to receive passwords and {} reasons speak against it; {} account{} typed "
        "a password "
        "while it could listen.",
        escape_for_terminal(worst->name.text()),
        std::count_if(
            worst->reasons.begin(), worst->reasons.end(),
            [](const Reason& r) { return r.effect == ReasonEffect::raises && r.weight > 0; }),
        exposed, exposed == 1 ? "" : "s");
    if (worst->state == ProviderState::removed) {
      host.verdict_text.replace(host.verdict_text.find(" is registered"), 14, " was registered");
    }
  } else if (has_provider_finding(host, FindingSeverity::high)) {
    host.verdict = HostVerdict::suspicious;
    host.verdict_text =
        "Something here is not how Windows or a known product leaves it; see the findings.";
  } else if (worst_finding(host) >= FindingSeverity::low ||
             has_provider_finding(host, FindingSeverity::low)) {
    host.verdict = HostVerdict::needs_review;
    host.verdict_text =
        "Nothing convicts, and something remains to be explained; see the findings.";
  } else if (!host.coverage.statements.empty() || !host.coverage.not_evaluated.empty() ||
             host.providers.empty() ||
             (worst != nullptr && worst->verdict >= ProviderVerdict::unexplained)) {
    host.verdict = HostVerdict::undetermined;
    host.verdict_text = "Nothing suspicious is seen, but not everything could be looked at.";
  } else {
    host.verdict = HostVerdict::clean;
    host.verdict_text = "Every provider is explained, and everything needed to say so was there.";
  }
}

}  // namespace npg
