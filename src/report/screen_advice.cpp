#include <fmt/format.h>

#include <set>

#include "report/provider_parts.hpp"
#include "report/screen_sections.hpp"

namespace npg::screen {
namespace {

bool is_bad(const Provider& provider) {
  return provider.verdict == ProviderVerdict::malicious ||
         provider.verdict == ProviderVerdict::suspicious;
}

std::vector<std::string> names_where(const HostAssessment& host, bool (*test)(const Provider&)) {
  std::vector<std::string> names;
  for (const Provider& each : host.providers) {
    if (test(each)) {
      names.push_back(name(each.name));
    }
  }
  return names;
}

/// Paths of the DLLs of providers that need a reader: those in the evidence or those that are not.
std::vector<std::string> dlls_of_interest(const HostAssessment& host, bool in_evidence) {
  std::vector<std::string> paths;
  std::set<std::string> seen;
  for (const Provider& provider : host.providers) {
    for (const ProviderDll& dll : provider.dlls) {
      const std::string path =
          name(dll.path.resolved.empty() ? dll.path.raw.raw() : dll.path.resolved);
      if (!is_plainly_expected(provider) && dll.image.has_value() == in_evidence &&
          seen.insert(name_key(path)).second) {
        paths.push_back(path);
      }
    }
  }
  return paths;
}

/// Numbered steps.
class Steps {
 public:
  explicit Steps(Page& page) : page_(page) {}
  void add(std::string_view text) { page_.paragraph(2, fmt::format("{}. ", ++count_), text); }
  [[nodiscard]] bool none() const { return count_ == 0; }

 private:
  Page& page_;
  std::size_t count_ = 0;
};

void preserve(Steps& steps, const HostAssessment& host, const Cuts& cuts) {
  const auto bad = names_where(host, is_bad);
  if (bad.empty() && host.verdict != HostVerdict::compromised &&
      host.verdict != HostVerdict::suspicious) {
    return;
  }
  std::vector<std::string> paths = dlls_of_interest(host, true);
  const std::vector<std::string> missing = dlls_of_interest(host, false);
  paths.insert(paths.end(), missing.begin(), missing.end());
  steps.add(
      "Before cleaning up, keep the evidence: the SYSTEM, SOFTWARE and SECURITY hives with their "
      "logs, all event logs, memory if the host still runs" +
      (paths.empty() ? std::string() : ", and " + first_of(paths, cuts.few)) + ".");
  const auto still_there = names_where(host, [](const Provider& provider) {
    return is_bad(provider) && provider.state != ProviderState::removed &&
           provider.state != ProviderState::recovered;
  });
  if (!still_there.empty()) {
    steps.add(
        fmt::format("Then take {} out of the provider order, remove the registration and the "
                    "DLL, and restart: until then every new password is exposed as well.",
                    first_of(still_there, cuts.few)));
  }
}

void reset(Steps& steps, const HostAssessment& host, const Cuts& cuts) {
  const std::size_t most = cuts.few == SIZE_MAX ? SIZE_MAX : 8;
  const auto now = accounts_to(host, Action::reset_now);
  const auto next = accounts_to(host, Action::reset);
  const auto review = accounts_to(host, Action::review);
  if (!now.empty()) {
    steps.add(fmt::format("Reset now, from another host and after the provider is gone: {}.",
                          first_of(now, most)));
  }
  std::string later = next.empty() ? "" : fmt::format("Reset next: {}.", first_of(next, most));
  if (!review.empty()) {
    later += fmt::format("{}Review: {}.", later.empty() ? "" : " ", first_of(review, most));
  }
  if (!later.empty()) {
    steps.add(later);
  }
}

void follow(Steps& steps, const HostAssessment& host, const Cuts& cuts) {
  std::vector<std::string> actors;
  std::set<std::string> seen;
  for (const Change& change : host.changes) {
    const SharedText& who = change.actor.account.empty() ? change.actor.sid : change.actor.account;
    if (who.empty()) {
      continue;
    }
    const std::string label =
        name(who) +
        (change.actor.source_address.empty() ? "" : " from " + name(change.actor.source_address));
    if (seen.insert(name_key(label)).second) {
      actors.push_back(label);
    }
  }
  if (!actors.empty() && !names_where(host, is_bad).empty()) {
    steps.add(fmt::format("Follow who made the changes, on other hosts too: {}.",
                          first_of(actors, cuts.few)));
  }
}

void collect(Steps& steps, const HostAssessment& host, const Cuts& cuts) {
  std::vector<std::string> wanted;
  std::set<std::string> seen;
  for (const std::string& path : dlls_of_interest(host, false)) {
    wanted.push_back(path);
  }
  for (const NotEvaluated& each : host.coverage.not_evaluated) {
    if (!each.needs.empty() && seen.insert(each.needs).second) {
      wanted.push_back(each.needs);
    }
  }
  if (!wanted.empty()) {
    steps.add(fmt::format("Collect what was missing and assess again: {}.",
                          first_of(wanted, cuts.statements)));
  } else if (host.verdict == HostVerdict::undetermined) {
    steps.add(
        "Collect the SYSTEM hive with its logs, the DLLs that providers name, and the Security "
        "and System logs, and assess again.");
  }
}

void explain(Steps& steps, const HostAssessment& host, const Cuts& cuts) {
  const auto unexplained = names_where(host, [](const Provider& provider) {
    return provider.verdict == ProviderVerdict::unexplained;
  });
  if (!unexplained.empty()) {
    steps.add(
        fmt::format("Ask the host's owner what {} is; approve it by an exception, or treat it as "
                    "suspicious.",
                    first_of(unexplained, cuts.few)));
  }
}

void harden(Steps& steps, const HostAssessment& host, const Cuts& cuts) {
  std::vector<std::string> fixes;
  for (const PostureCheck& each : host.posture) {
    if (each.status == CheckStatus::fail) {
      fixes.push_back(
          fmt::format("{} ({})", each.fix.empty() ? each.check : each.fix, each.mitigation));
    }
  }
  if (fixes.empty()) {
    return;
  }
  const std::size_t shown = std::min(fixes.size(), cuts.few);
  std::string text = "So that it cannot happen, or is seen next time: ";
  for (std::size_t i = 0; i < shown; ++i) {
    text += (i == 0 ? "" : "; ") + fixes[i];
  }
  steps.add(text +
            (shown < fixes.size() ? fmt::format("; and {} more.", fixes.size() - shown) : "."));
}

}  // namespace

void next_steps(Page& page, const HostAssessment& host, const Cuts& cuts) {
  page.section("WHAT TO DO NEXT");
  Steps steps(page);
  preserve(steps, host, cuts);
  reset(steps, host, cuts);
  follow(steps, host, cuts);
  explain(steps, host, cuts);
  collect(steps, host, cuts);
  harden(steps, host, cuts);
  if (steps.none()) {
    page.paragraph(2, "", "Nothing follows from this evidence.");
  }
}

}  // namespace npg::screen
