#include "app/expectations.hpp"

#include <fmt/format.h>

#include <set>
#include <utility>

#include "analysis/baseline/drift.hpp"

namespace npg {

std::string group_name(std::uint32_t build, const std::string& role, const std::string& tag) {
  const std::string which =
      build == 0 ? std::string("a build that is not known") : fmt::format("build {}", build);
  return fmt::format("{}, role {}{}", which, role, tag.empty() ? "" : ", tag " + tag);
}

void apply_expectations(const Expectations& expectations, const FactSet& facts,
                        HostAssessment& host) {
  std::set<std::string> drifted;
  std::set<std::string> files;
  if (expectations.baseline != nullptr) {
    const std::string tag = expectations.tags.empty() ? std::string() : expectations.tags.front();
    const DriftReport report = compare(profile_of(host, facts), *expectations.baseline, tag);
    drifted = drifted_registrations(report, host);
    files = drifted_files(report, host);
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
  apply_exceptions(expectations.exceptions,
                   {.tags = expectations.tags,
                    .as_of = expectations.as_of,
                    .drifted = std::move(drifted),
                    .drifted_files = std::move(files)},
                   host);
}

}  // namespace npg
