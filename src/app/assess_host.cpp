#include "app/assess_host.hpp"

#include <algorithm>

#include "analysis/coverage/coverage.hpp"
#include "analysis/detect/host_verdict.hpp"
#include "analysis/detect/rules.hpp"
#include "analysis/exposure/exposure.hpp"
#include "analysis/inventory/changes.hpp"
#include "analysis/inventory/companions.hpp"
#include "analysis/inventory/inventory.hpp"
#include "analysis/inventory/judgement.hpp"
#include "analysis/inventory/key_states.hpp"
#include "analysis/posture/posture.hpp"
#include "fact/readings.hpp"

namespace npg {
namespace {

void take(SharedText& into, const SharedText& from) {
  if (into.empty()) {
    into = from;
  }
}

std::string role_of(const SharedText& product_type, const SharedText& installation_type) {
  if (equal_names(product_type.raw(), "LanmanNT")) {
    return "domain_controller";
  }
  if (equal_names(product_type.raw(), "ServerNT") ||
      contains_name(installation_type.raw(), "Server")) {
    return "server";
  }
  if (equal_names(product_type.raw(), "WinNT") || equal_names(installation_type.raw(), "Client")) {
    return "workstation";
  }
  return "unknown";
}

HostSummary summary_of(const Host& host) {
  HostSummary summary{.name = name_in_assessment(host), .names_seen = host.names_seen};
  SharedText product_type;
  SharedText installation_type;
  for (const HostIdentityFact& identity : host.facts.identities) {
    if (identity.moment != HiveMoment::current) {
      continue;  // Older copies of a hive speak of an earlier Windows.
    }
    take(summary.machine_sid, identity.machine_sid);
    take(summary.machine_guid, identity.machine_guid);
    take(summary.product, identity.product_name);
    take(summary.edition, identity.edition);
    take(product_type, identity.product_type);
    take(installation_type, identity.installation_type);
    summary.build = std::max(summary.build, identity.build);
    summary.revision = std::max(summary.revision, identity.revision);
    summary.installed = std::max(summary.installed, identity.installed);
  }
  summary.domain = host_domain(host.facts);
  summary.role = role_of(product_type, installation_type);
  return summary;
}

}  // namespace

SharedText name_in_assessment(const Host& host) {
  return host.name.empty() ? SharedText(std::string_view("unknown-host")) : host.name;
}

HostAssessment assess_host(const Host& host, const Knowledge& knowledge,
                           const Expectations* expectations, std::span<const HostNews> news) {
  HostAssessment assessment;
  assessment.host = summary_of(host);
  assessment.other_contents = host.other_contents;
  assessment.changes = list_changes(host.facts);
  host.clock.tell_recorded(assessment.changes);
  assessment.providers = list_providers(host.facts);
  judge_providers(assessment.providers, assessment.changes, host.facts, knowledge);
  keep_telling_formers(assessment.providers);
  assessment.companions = list_companions(host.facts);
  judge_companions(assessment.companions, host.facts, knowledge);
  assessment.exposures = list_exposures(assessment.providers, assessment.changes, host.facts,
                                        assessment.companions, host.streams, host.clock);
  add_domain_news(assessment.host, news, assessment.exposures);
  assessment.keys = list_keys(host.facts, knowledge);
  assessment.posture = check_posture(host.facts, assessment.keys);
  assessment.coverage = list_coverage(host.facts);
  std::ranges::copy(host.clock.statements, std::back_inserter(assessment.coverage.statements));
  if (host.has_dirty_hive) {
    assessment.coverage.statements.emplace_back(
        "A hive was copied while it was in use, or its header is lost, and no transaction log was "
        "applied: its last changes, up to an hour of them, may not be in it.");
  }
  if (host.has_cut_log) {
    assessment.coverage.statements.emplace_back(
        "A transaction log of a hive is damaged and was applied up to there at most: the hive's "
        "last "
        "changes are not in what is told, and what is told as the newest state is an older one.");
  }
  RuleOutput rules = run_rules({.host = assessment.host.name.raw(),
                                .facts = host.facts,
                                .providers = assessment.providers,
                                .companions = assessment.companions,
                                .changes = assessment.changes,
                                .exposures = assessment.exposures});
  assessment.findings = std::move(rules.findings);
  assessment.coverage.not_evaluated = std::move(rules.not_evaluated);
  // What installers logged counts whether anything else is expected or not.
  apply_expectations(expectations != nullptr ? *expectations : Expectations{}, host.facts,
                     assessment);
  judge_host(assessment);
  return assessment;
}

}  // namespace npg
