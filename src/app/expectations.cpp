#include "app/expectations.hpp"

#include <fmt/format.h>

#include "analysis/baseline/drift.hpp"

namespace npg {

std::string group_name(std::uint32_t build, const std::string& role, const std::string& tag) {
  const std::string which =
      build == 0 ? std::string("a build that is not known") : fmt::format("build {}", build);
  return fmt::format("{}, role {}{}", which, role, tag.empty() ? "" : ", tag " + tag);
}

DriftReport drift_from_baseline(const Expectations& expectations, const HostProfile& profile) {
  const std::string tag = expectations.tags.empty() ? std::string() : expectations.tags.front();
  return expectations.baseline == nullptr ? DriftReport()
                                          : compare(profile, *expectations.baseline, tag);
}

ExceptionContext exception_context(const Expectations& expectations, const DriftReport& report,
                                   const HostProfile& profile, const HostAssessment& host) {
  return {.tags = expectations.tags,
          .as_of = expectations.as_of,
          .drifts = report.drifts,
          .differ_elsewhere = differing_in_other_sets(profile),
          .drifted_files = drifted_files(report, host)};
}

void apply_expectations(const Expectations& expectations, const FactSet& facts,
                        HostAssessment& host) {
  ExceptionContext context{.tags = expectations.tags, .as_of = expectations.as_of};
  if (expectations.baseline != nullptr) {
    const std::string tag = expectations.tags.empty() ? std::string() : expectations.tags.front();
    const HostProfile profile = profile_of(host, facts);
    const DriftReport report = drift_from_baseline(expectations, profile);
    context = exception_context(expectations, report, profile, host);
    add_drift_findings(report, group_name(host.host.build, host.host.role, tag), host);
  }
  lower_by_approved_changes(expectations.calendar, facts, host);
  if (!expectations.exceptions.empty() && expectations.is_clock) {
    host.coverage.statements.push_back(
        fmt::format("Exceptions were held against this machine's clock, {}; --as-of chooses "
                    "another time.",
                    to_screen_time(expectations.as_of)));
  }
  for (const std::string& text : expectations.unproven) {
    host.coverage.statements.push_back(text + ".");
  }
  apply_exceptions(expectations.exceptions, context, host);
}

}  // namespace npg
