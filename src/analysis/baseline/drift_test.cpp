#include "analysis/baseline/drift.hpp"

#include <gtest/gtest.h>

#include "testing/facts.hpp"

namespace npg {
namespace {

using testing::at;
using S = FindingSeverity;

HostAssessment host_with(std::vector<Drift> drifts) {
  HostAssessment host;
  host.host.name = std::string_view("HOST7");
  host.providers.push_back({.name = std::string_view("Prov")});
  add_drift_findings({.has_group = true, .group_hosts = 3, .drifts = std::move(drifts)}, "g", host);
  return host;
}

Drift of_path(std::string_view after) {
  return {.subject = "Prov",
          .field = "ProviderPath",
          .before = {"REG_SZ:C:\\Windows\\x.dll"},
          .after = {std::string(after)},
          .since = at("2026-11-10T21:00:00Z")};
}

TEST(Drift, APathInOtherCapitalsIsTheSameFile) {
  const Drift same = of_path("REG_SZ:c:\\windows\\X.DLL");
  const HostAssessment host = host_with({same});
  ASSERT_EQ(host.findings.size(), 1U);
  EXPECT_EQ(host.findings[0].severity, S::low);
  EXPECT_TRUE(differs_in_case_alone(same));
  const Drift other = of_path("REG_SZ:C:\\Temp\\x.dll");
  EXPECT_EQ(host_with({other}).findings[0].severity, S::high);
  EXPECT_FALSE(differs_in_case_alone(other));
}

TEST(Drift, ABaselineWithoutAGroupIsSaidNotToHaveBeenApplied) {
  HostAssessment host;
  add_drift_findings({}, "build 9600, role server", host);
  ASSERT_EQ(host.coverage.statements.size(), 1U);
  EXPECT_EQ(host.coverage.statements[0],
            "Your baseline was not applied: it has no hosts of build 9600, role server. Nothing of "
            "it was compared.");
  EXPECT_EQ(host.coverage.not_evaluated.size(), 7U);
}

TEST(Drift, AFindingHasTheTimeOfTheNewestWriteWhereAllAreKnown) {
  Drift order{.kind = ProfileKind::order,
              .subject = "Order",
              .field = "ProviderOrder",
              .before = {"REG_SZ:a"},
              .after = {"REG_SZ:a,b"},
              .since = at("2026-11-10T21:00:00Z")};
  EXPECT_EQ(host_with({order}).findings[0].first_seen, order.since);
  EXPECT_EQ(host_with({order}).findings[0].last_seen, order.since);
  Drift unknown = order;
  unknown.is_other = true;
  unknown.since = {};
  EXPECT_FALSE(host_with({order, unknown}).findings[0].last_seen.given());
}

}  // namespace
}  // namespace npg
