#include "app/exception_trial.hpp"

#include <fmt/format.h>

#include <cstring>
#include <utility>

#include "app/scan.hpp"
#include "app/small_files.hpp"
#include "base/evidence_text.hpp"

namespace npg {
namespace {

/// Every host in the evidence or the case, with no exception applied.
Outcomed<Assessment> assessed(const ExceptionTest& test) {
  ScanOptions options{.paths = test.paths, .as_of = test.as_of, .threads = test.threads};
  std::optional<CaseKeeping> keeping;
  if (test.paths.size() == 1) {
    if (auto opened = CaseKeeping::look_into(test.paths.front()); opened) {
      options.keeping = &keeping.emplace(*std::move(opened));
      options.paths.clear();
    } else if (opened.error().kind != CaseFailure::not_a_case &&
               opened.error().kind != CaseFailure::not_found) {
      return std::unexpected(Failure{
          FailureKind::no_input,
          fmt::format("the case {}: {}", shown_path(test.paths.front()), opened.error().text)});
    }
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
                    std::strerror(static_cast<int>(assessment.error().need)))});
  }
  return *std::move(assessment);
}

struct Tally {
  std::size_t hosts = 0;
  std::size_t hidden = 0;
};

void test_on_host(const ExceptionRule& rule, const HostAssessment& host,
                  const ExceptionContext& context, Tally& tally, ExceptionAnswer& answer) {
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
  NPG_TRY(const auto trusted, load_trusted_exceptions(test.exceptions));
  NPG_TRY(const Assessment assessment, assessed(test));
  const FileTime at = test.as_of.value_or(test.now.given() ? test.now : assessment.as_of);
  ExceptionAnswer answer;
  for (const std::string& text : trusted.distrusted) {
    answer.text += text + "\n";
    answer.sound = false;
  }
  if (!trusted.without_journal.empty()) {
    answer.text += trusted.without_journal + "\n";
  }
  for (const LoadedException& one : trusted.rules) {
    Tally tally;
    ExceptionAnswer lines;
    for (const HostAssessment& host : assessment.hosts) {
      test_on_host(one.rule, host, {.tags = test.tags, .as_of = at}, tally, lines);
    }
    answer.sound = answer.sound && lines.sound;
    answer.text += fmt::format(
        "{}: {} as of {}; holds on {} of {} hosts and would hide {} finding{}\n{}", one.rule.id,
        exception_state(one.rule, at), to_screen_time(at), tally.hosts, assessment.hosts.size(),
        tally.hidden, tally.hidden == 1 ? "" : "s", lines.text);
  }
  return answer;
}

}  // namespace npg
