#include "analysis/detect/host_verdict.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <map>
#include <string>

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

/// What was recovered from unused space (NPG1016) is told and does not judge: it may be of any
/// time, and of a product that was properly removed (docs/decisions/0033).
bool is_about_the_past(const Finding& finding) {
  return finding.rule == "NPG1016";
}

FindingSeverity worst_finding(const HostAssessment& host) {
  FindingSeverity worst = FindingSeverity::info;
  for (const Finding& finding : host.findings) {
    const bool counts = finding.suppressed_by.empty() && !is_about_the_past(finding);
    worst = std::max(worst, counts ? finding.severity : FindingSeverity::info);
  }
  return worst;
}

/// Findings about the host's logs alone (NPG1011, NPG1012) are no sign of a provider.
bool has_provider_finding(const HostAssessment& host, FindingSeverity at_least) {
  return std::any_of(host.findings.begin(), host.findings.end(), [&](const Finding& f) {
    return f.severity >= at_least && f.suppressed_by.empty() && f.rule != "NPG1011" &&
           f.rule != "NPG1012" && !is_about_the_past(f);
  });
}

/// True when a log that tells of logons reaches into the window of a provider: then nobody seen is
/// nobody, and not a silence.
bool sees_logons(const HostAssessment& host) {
  return std::any_of(
      host.coverage.sources.begin(), host.coverage.sources.end(), [&](const CoverageSource& s) {
        const bool tells =
            equal_names(s.channel.raw(), "Security") ||
            equal_names(s.channel.raw(),
                        "Microsoft-Windows-TerminalServices-LocalSessionManager/Operational");
        return tells && s.records > 0 &&
               std::any_of(host.exposures.begin(), host.exposures.end(), [&](const Exposure& e) {
                 const bool is_over = e.end.given() && s.first > e.end;
                 return s.last >= e.earliest_start && !is_over;
               });
      });
}

/// Whose passwords a provider saw, as the end of a sentence. An account under two providers is
/// one account, with its surest grade.
std::string typed_text(const HostAssessment& host) {
  std::map<std::string, Certainty> accounts;
  for (const Exposure& exposure : host.exposures) {
    if (exposure.password_sent == YesNo::no) {
      continue;
    }
    for (const ExposedAccount& account : exposure.accounts) {
      const std::string who =
          name_key(account.sid.empty() ? account.account.raw() : account.sid.raw());
      const auto known = accounts.try_emplace(who, account.certainty).first;
      known->second = std::min(known->second, account.certainty);
    }
  }
  const auto count = [&accounts](std::initializer_list<Certainty> grades) {
    return std::count_if(accounts.begin(), accounts.end(), [&](const auto& entry) {
      return std::find(grades.begin(), grades.end(), entry.second) != grades.end();
    });
  };
  const auto typed = count({Certainty::proven, Certainty::likely});
  const auto possibly = count({Certainty::possible});
  const bool is_never_sent =
      !host.exposures.empty() &&
      std::all_of(host.exposures.begin(), host.exposures.end(),
                  [](const Exposure& e) { return e.password_sent == YesNo::no; });
  if (is_never_sent) {
    return "this Windows sent it no password";
  }
  if (accounts.empty() && !sees_logons(host)) {
    return "no logon evidence says whose password it saw";
  }
  std::string text = fmt::format("{} account{} typed a password while it could listen", typed,
                                 typed == 1 ? "" : "s");
  if (possibly > 0) {
    text += fmt::format(", {} more possibly", possibly);
  }
  return text;
}

}  // namespace

namespace {

/// The worst file of the notification chain that a finding, and no exception, speaks of; nothing
/// when none is malicious.
const Companion* malicious_companion(const HostAssessment& host) {
  const Companion* worst = nullptr;
  for (const Companion& companion : host.companions) {
    const bool is_told = std::ranges::any_of(host.findings, [&](const Finding& finding) {
      return finding.severity == FindingSeverity::critical && finding.suppressed_by.empty() &&
             std::ranges::any_of(companion.evidence, [&](const Origin& origin) {
               return std::ranges::find(finding.evidence, origin) != finding.evidence.end();
             });
    });
    if (companion.verdict == ProviderVerdict::malicious && is_told &&
        (worst == nullptr || companion.score > worst->score)) {
      worst = &companion;
    }
  }
  return worst;
}

std::string companion_text(const Companion& companion, const HostAssessment& host) {
  const std::string& path = companion.file.path.resolved;
  const std::string file = path.empty() ? escape_for_terminal(companion.file.path.raw.text())
                                        : escape_for_terminal(EvidenceText::from_utf8(path));
  const auto against = std::ranges::count_if(companion.reasons, [](const Reason& reason) {
    return reason.effect == ReasonEffect::raises && reason.weight > 0;
  });
  std::string_view what;
  switch (companion.role) {
    case CompanionRole::mpnotify:
    case CompanionRole::mpr:
      what = "stands in the place of Windows' own file, through which every typed password goes";
      break;
    case CompanionRole::winlogon_mpnotify:
      what = "is started in the place of mpnotify.exe, which is handed every typed password";
      break;
    case CompanionRole::image_debugger:
      what = "is tied to mpnotify.exe, which is handed every typed password";
      break;
    case CompanionRole::connect_notifyee:
      what = "is loaded by every program that connects to a network resource";
      break;
    case CompanionRole::app_init:
      what = "is loaded into every program with windows, which mpnotify.exe may be";
      break;
  }
  const bool receives = companion.role != CompanionRole::connect_notifyee &&
                        companion.role != CompanionRole::app_init;
  return fmt::format("{} {}, and {} reasons speak against it{}.", file, what, against,
                     receives && !host.exposures.empty() ? "; " + typed_text(host) : "");
}

/// A verdict that nothing was found must not hide what was recovered.
void tell_of_recovered(HostAssessment& host) {
  const bool has_recovered = std::ranges::any_of(host.findings, [](const Finding& finding) {
    return is_about_the_past(finding) && finding.severity >= FindingSeverity::low &&
           finding.suppressed_by.empty();
  });
  if (has_recovered) {
    host.verdict_text =
        "Something deleted or overwritten was recovered, which by itself convicts nobody: see the "
        "findings. " +
        (host.verdict == HostVerdict::clean
             ? std::string("Every provider that is registered now is explained.")
             : std::string("Not everything could be looked at."));
  }
}

}  // namespace

void judge_host(HostAssessment& host) {
  const Provider* worst = worst_provider(host);
  if (worst != nullptr && worst->verdict == ProviderVerdict::malicious) {
    host.verdict = HostVerdict::compromised;
    host.verdict_text = fmt::format(
        "{} is registered to receive passwords and {} reasons speak against it; {}.",
        escape_for_terminal(worst->name.text()),
        std::count_if(
            worst->reasons.begin(), worst->reasons.end(),
            [](const Reason& r) { return r.effect == ReasonEffect::raises && r.weight > 0; }),
        typed_text(host));
    if (worst->state == ProviderState::removed) {
      host.verdict_text.replace(host.verdict_text.find(" is registered"), 14, " was registered");
    }
  } else if (const Companion* companion = malicious_companion(host); companion != nullptr) {
    host.verdict = HostVerdict::compromised;
    host.verdict_text = companion_text(*companion, host);
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
    tell_of_recovered(host);
  } else {
    host.verdict = HostVerdict::clean;
    host.verdict_text = "Every provider is explained, and everything needed to say so was there.";
    tell_of_recovered(host);
  }
}

}  // namespace npg
