#include "app/exception_trial.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "app/case.hpp"
#include "app/scan.hpp"
#include "app/small_files.hpp"
#include "base/evidence_text.hpp"

namespace npg {
namespace {

/// A host with no exception applied, and what exceptions are held against there.
struct TriedHost {
  HostAssessment assessment;
  ExceptionContext context;
};

Outcomed<void> require_case_alone(const ExceptionTest& test) {
  const auto a_case = std::ranges::find_if(test.paths, is_case);
  if (a_case == test.paths.end() || test.paths.size() == 1) {
    return {};
  }
  return std::unexpected(
      Failure{FailureKind::usage,
              fmt::format("{} is a case, and a case stands alone: scan the evidence into it with "
                          "--case",
                          shown_path(*a_case))});
}

/// Every host in the evidence or the case, as a scan finds them.
Outcomed<std::vector<TriedHost>> tried_hosts(const ExceptionTest& test,
                                             Expectations& expectations) {
  NPG_TRY_VOID(require_case_alone(test));
  std::vector<HostProfile> profiles;
  ScanOptions options{.paths = test.paths,
                      .as_of = test.as_of,
                      .threads = test.threads,
                      .expectations = &expectations,
                      .profiles = &profiles};
  std::optional<CaseKeeping> keeping;
  if (is_case(test.paths.front())) {
    auto opened = CaseKeeping::look_into(test.paths.front());
    if (!opened) {
      return std::unexpected(Failure{
          FailureKind::no_input,
          fmt::format("the case {}: {}", shown_path(test.paths.front()), opened.error().text)});
    }
    options.keeping = &keeping.emplace(*std::move(opened));
    options.paths.clear();
  }
  auto assessment = scan(options);
  if (keeping && !keeping->failure().text.empty()) {
    return std::unexpected(Failure{FailureKind::no_input, keeping->failure().text});
  }
  if (!assessment) {
    return std::unexpected(Failure{
        FailureKind::no_input,
        fmt::format("cannot open {}: {}",
                    shown_path(test.paths[static_cast<std::size_t>(assessment.error().have)]),
                    why_not_opened(assessment.error()))});
  }
  if (assessment->hosts.empty()) {
    return std::unexpected(Failure{FailureKind::no_input, "nothing in the input tells of a host"});
  }
  expectations.as_of = test.as_of.value_or(test.now.given() ? test.now : assessment->as_of);
  std::vector<TriedHost> hosts;
  for (std::size_t i = 0; i < assessment->hosts.size(); ++i) {
    HostAssessment& host = assessment->hosts[i];
    ExceptionContext context = exception_context(
        expectations, drift_from_baseline(expectations, profiles[i]), profiles[i], host);
    hosts.push_back({std::move(host), std::move(context)});
  }
  return hosts;
}

struct Tally {
  std::size_t hosts = 0;
  std::size_t hidden = 0;
};

void test_on_host(const ExceptionRule& rule, const TriedHost& tried, Tally& tally,
                  ExceptionAnswer& answer) {
  const auto& [host, context] = tried;
  const std::string name = escape_for_terminal(host.host.name.text());
  bool is_counted = false;
  for (const Provider& provider : host.providers) {
    const ExceptionMatch match = match_exception(rule, provider, host, context);
    const std::string what = fmt::format("{}: {}", name, escape_for_terminal(provider.name.text()));
    if (is_reopened(match)) {
      answer.text += fmt::format("  {}: does not hold: {}\n", what, name_of(match));
    }
    if (match != ExceptionMatch::applies) {
      continue;
    }
    tally.hosts += std::exchange(is_counted, true) ? 0U : 1U;
    const HiddenFindings found = findings_hidden_by(rule, provider, host, context);
    for (const std::size_t i : found.hidden) {
      const Finding& finding = host.findings[i];
      const bool is_high = full_severity(finding) >= FindingSeverity::high;
      answer.text +=
          fmt::format("  {}: hides {}{} {} {}\n", what, is_high ? "an open HIGH finding: " : "",
                      name_of(finding.severity), finding.rule, finding.title);
      answer.sound = answer.sound && !is_high;
      ++tally.hidden;
    }
    for (const std::size_t i : found.too_severe) {
      const Finding& finding = host.findings[i];
      answer.text += fmt::format("  {}: does not hide {} {} {}: it hides at most {} findings\n",
                                 what, name_of(full_severity(finding)), finding.rule, finding.title,
                                 name_of(rule.hides_up_to));
      answer.sound = false;
    }
    if (found.hidden.empty() && found.too_severe.empty()) {
      answer.text += fmt::format("  {}: applies, and there is nothing to hide\n", what);
    }
  }
}

}  // namespace

Outcomed<ExceptionAnswer> test_exceptions(const ExceptionTest& test) {
  NPG_TRY(const auto trusted, load_trusted_exceptions(test.expected.exceptions));
  ExpectationFiles without_exceptions = test.expected;
  without_exceptions.exceptions.clear();
  NPG_TRY(ReadExpectations read, read_expectations(without_exceptions));
  NPG_TRY(const std::vector<TriedHost> hosts, tried_hosts(test, read.expectations));
  const FileTime at = read.expectations.as_of;
  ExceptionAnswer answer;
  for (const std::string& text : trusted.distrusted) {
    answer.text += text + "\n";
    answer.sound = false;
  }
  if (!trusted.without_journal.empty()) {
    answer.text += trusted.without_journal + "\n";
  }
  if (read.baseline == nullptr) {
    answer.text += "no baseline: what a scan with one finds, and what it re-opens, was not tried\n";
  }
  for (const LoadedException& one : trusted.rules) {
    Tally tally;
    ExceptionAnswer lines;
    for (const TriedHost& host : hosts) {
      test_on_host(one.rule, host, tally, lines);
    }
    answer.sound = answer.sound && lines.sound;
    answer.text +=
        fmt::format("{}: {} as of {}; holds on {} of {} hosts and would hide {} finding{}\n{}",
                    one.rule.id, exception_state(one.rule, at), to_screen_time(at), tally.hosts,
                    hosts.size(), tally.hidden, tally.hidden == 1 ? "" : "s", lines.text);
  }
  return answer;
}

}  // namespace npg
