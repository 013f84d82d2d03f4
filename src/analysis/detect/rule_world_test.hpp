// For tests: a world in which every rule can be evaluated and none fires, and the cases that make
// one fire or leave it silent.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/detect/rules.hpp"
#include "testing/facts.hpp"

namespace npg::rule_world {

using testing::at;
using testing::HostFacts;

/// A host with every kind of evidence and nothing to say about it, and what the other analyses
/// would have made of it.
struct World {
  HostFacts host;
  std::vector<Provider> providers;
  std::vector<Companion> companions;
  std::vector<Change> changes;
  std::vector<Exposure> exposures;

  [[nodiscard]] RuleOutput run(std::string_view rule) const {
    const FactSet facts = host.normalised();
    RuleOutput all = run_rules({.host = "HOST",
                                .facts = facts,
                                .providers = providers,
                                .companions = companions,
                                .changes = changes,
                                .exposures = exposures});
    std::erase_if(all.findings, [&](const Finding& f) { return f.rule != rule; });
    std::erase_if(all.not_evaluated, [&](const NotEvaluated& n) { return n.rule != rule; });
    return all;
  }
};

inline World quiet() {
  World world;
  world.host.windows(19045).defaults();
  for (const std::string_view channel :
       {"Security", "System", "Microsoft-Windows-Sysmon/Operational",
        "Microsoft-Windows-PowerShell/Operational"}) {
    world.host.log(channel, "2026-01-01T00:00:00Z", "2026-11-22T00:00:00Z");
  }
  world.providers.push_back({.name = std::string_view("RDPNP"),
                             .order_position = 0,
                             .receives_credentials = YesNo::no,
                             .verdict = ProviderVerdict::expected});
  return world;
}

inline Provider evil(ProviderVerdict verdict, YesNo receives = YesNo::yes) {
  Provider provider{.name = std::string_view("Evil"),
                    .order_position = 3,
                    .receives_credentials = receives,
                    .last_written = at("2026-11-19T10:00:00Z"),
                    .verdict = verdict};
  provider.reasons.push_back({.code = "credential_class",
                              .weight = 2,
                              .text = "it asks for credentials",
                              .evidence = {Origin{.evidence = 0, .offset = 7}}});
  provider.evidence = {Origin{.evidence = 0, .offset = 7}};
  provider.dlls.push_back(
      {.path = {.raw = std::string_view("C:\\evil.dll"), .type = 1, .resolved = "C:\\evil.dll"}});
  return provider;
}

inline Companion companion(CompanionRole role, ProviderVerdict verdict,
                           std::string_view registered = {}) {
  return {
      .role = role,
      .registered = registered,
      .file = {.path = {.raw = std::string_view("C:\\x.exe"), .type = 1, .resolved = "C:\\x.exe"}},
      .verdict = verdict,
      .reasons = {{.code = "dll_in_no_catalog",
                   .weight = 6,
                   .text = "no catalog names it",
                   .evidence = {Origin{.evidence = 4, .offset = 0}}}},
      .evidence = {Origin{.evidence = 4, .offset = 3}}};
}

inline Change write(std::string_view key, std::string_view value, std::string_view now,
                    std::string_view process = "C:\\Windows\\System32\\reg.exe",
                    std::optional<std::uint32_t> logon_type = std::nullopt) {
  return {.time = at("2026-11-19T23:14:02Z"),
          .actor = {.account = std::string_view("CORP\\mallory"),
                    .logon_type = logon_type,
                    .process = process},
          .what = "value_set",
          .key = key,
          .value_name = value,
          .new_value = now,
          .evidence = {Origin{.evidence = 1, .offset = 9}}};
}

inline Exposure exposure(Certainty certainty, bool privileged, YesNo sent = YesNo::yes) {
  Exposure out{.provider = std::string_view("Evil"),
               .earliest_start = at("2026-11-19T10:00:00Z"),
               .latest_start = at("2026-11-19T10:00:00Z"),
               .password_sent = sent};
  out.accounts.push_back({.account = std::string_view("CORP\\alice"),
                          .certainty = certainty,
                          .reason = "why",
                          .privileged = privileged,
                          .evidence = {Origin{.evidence = 1, .offset = 11}}});
  return out;
}

inline constexpr std::string_view policies_key =
    "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\System";
inline constexpr std::string_view mpnotify = "C:\\Windows\\System32\\mpnotify.exe";

struct RuleCase {
  std::string_view rule;
  std::string_view name;
  void (*prepare)(World& world);
  std::string_view subject;  ///< empty: no finding
  FindingSeverity severity = FindingSeverity::info;
};
/// The cases of each file of rules; rules_test.cpp runs them all, and holds that every rule has one
/// that fires and one that does not.
[[nodiscard]] std::span<const RuleCase> provider_rule_cases();
[[nodiscard]] std::span<const RuleCase> change_rule_cases();
[[nodiscard]] std::span<const RuleCase> host_rule_cases();
[[nodiscard]] std::span<const RuleCase> recovered_rule_cases();
[[nodiscard]] std::span<const RuleCase> logon_rule_cases();

}  // namespace npg::rule_world
