#include "analysis/coverage/auditing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <tuple>

#include "analysis/coverage/coverage.hpp"
#include "base/evidence_text.hpp"
#include "fact/readings.hpp"

namespace npg {
namespace {

struct Subcategory {
  std::string_view name;
  std::uint8_t needed;  ///< bits: 1 success
  std::string_view shows;
};
constexpr std::array subcategories = {
    Subcategory{"Registry", 1, "registry changes (4657, 4663), with audit entries on the keys"},
    Subcategory{"Handle Manipulation", 1, "handles to keys (4656)"},
    Subcategory{"Logon", 1, "logons and their type (4624)"},
    Subcategory{"Special Logon", 1, "privileges at logon (4672)"},
    Subcategory{"Other Logon/Logoff Events", 1, "locks, unlocks and reconnects (4800, 4801, 4778)"},
    Subcategory{"Group Membership", 1, "groups at logon (4627)"},
    Subcategory{"Process Creation", 1, "process starts (4688)"},
    Subcategory{"Detailed File Share", 1, "the remote registry's pipe (5145)"},
    Subcategory{"Audit Policy Change", 1, "changes of this policy (4719, 4907)"},
    Subcategory{"User Account Management", 1, "password changes and resets (4723, 4724, 4738)"},
    Subcategory{"Security State Change", 1, "starts and clock changes (4608, 4616)"},
};

std::string_view value_name(std::uint8_t value) {
  switch (value) {
    case 0: return "none";
    case 1: return "success";
    case 2: return "failure";
    default: return "success and failure";
  }
}

const AuditPolicyFact* newest_policy(const FactSet& facts) {
  const auto newest =
      std::ranges::max_element(facts.audit_policies, {}, &AuditPolicyFact::last_written);
  return newest == facts.audit_policies.end() ? nullptr : &*newest;
}

void add_policy(const FactSet& facts, std::vector<AuditState>& states) {
  const AuditPolicyFact* policy = newest_policy(facts);
  for (const Subcategory& each : subcategories) {
    AuditState state{.setting = fmt::format("Audit {}", each.name), .value = "not visible"};
    if (policy == nullptr) {
      state.text = fmt::format("no SECURITY hive; it decides on {}", each.shows);
      states.push_back(std::move(state));
      continue;
    }
    const auto setting = std::ranges::find(policy->settings, each.name, &AuditSetting::subcategory);
    state.since = policy->last_written;
    state.evidence = {policy->origin};
    if (setting == policy->settings.end()) {
      state.value = "not there";
      state.text = fmt::format("this Windows has no such setting; {} are not logged", each.shows);
    } else {
      state.value = value_name(setting->value);
      const bool is_on = (setting->value & each.needed) == each.needed;
      state.text = fmt::format(
          "{} are {}logged now; since when is not known, the policy as a whole was "
          "last written then",
          each.shows, is_on ? "" : "not ");
    }
    states.push_back(std::move(state));
  }
}

void add_policy_changes(const FactSet& facts, std::vector<AuditState>& states) {
  for (const SystemEventFact& event : facts.system_events) {
    const bool is_ours = event.event == SystemEventKind::audit_policy_changed &&
                         std::ranges::any_of(subcategories, [&](const Subcategory& each) {
                           return equal_names(event.subject.raw(), each.name);
                         });
    if (is_ours) {
      states.push_back({.setting = fmt::format("Audit {}", event.subject.raw()),
                        .value = escape_for_terminal(event.detail.text()),
                        .since = event.time,
                        .text = fmt::format("changed by {} (4719)",
                                            event.actor.account.empty()
                                                ? "an unnamed account"
                                                : escape_for_terminal(event.actor.account.text())),
                        .evidence = {event.origin}});
    }
  }
}

/// Success audits of writing, for everybody or for those that all belong to.
bool audits_writes(const KeySecurity& security) {
  constexpr std::uint32_t set_value = 0x2;
  constexpr std::uint32_t generic_write = 0x40000000;
  constexpr std::uint32_t generic_all = 0x10000000;
  constexpr std::uint8_t audit_type = 2;
  constexpr std::uint8_t success_flag = 0x40;
  constexpr std::uint8_t inherit_only = 0x08;
  return std::ranges::any_of(security.sacl, [](const AccessEntryFact& entry) {
    const std::string_view sid = entry.sid.raw();
    const bool is_everybody = sid == "S-1-1-0" || sid == "S-1-5-11";
    return entry.type == audit_type && (entry.flags & success_flag) != 0 &&
           (entry.flags & inherit_only) == 0 &&
           (entry.mask & (set_value | generic_write | generic_all)) != 0 && is_everybody;
  });
}

void add_key_audits(const FactSet& facts, std::vector<AuditState>& states) {
  bool has_key = false;
  for (const RegistryKeyFact& key : facts.keys) {
    const std::string upper = name_key(key.key.raw());
    const bool is_ours = key.control_set_is_current &&
                         (upper.ends_with("\\NETWORKPROVIDER\\ORDER") ||
                          upper.ends_with("\\NETWORKPROVIDER\\HWORDER") ||
                          upper.ends_with("\\NETWORKPROVIDER") || upper.ends_with("\\SERVICES"));
    if (!is_ours) {
      continue;
    }
    has_key = true;
    AuditState state{
        .setting = fmt::format("Audit entries of {}", escape_for_terminal(key.key.text())),
        .since = key.last_written,
        .evidence = {key.origin}};
    const bool is_audited = key.security && audits_writes(*key.security);
    state.value = !key.security                ? "not visible"
                  : is_audited                 ? "writes by everyone"
                  : key.security->sacl.empty() ? "none"
                                               : "not of all writes";
    state.text = is_audited
                     ? "with Audit Registry, writes to it are logged"
                     : "without them no write to it is logged, whatever the policy says; the time "
                       "is the key's last write";
    states.push_back(std::move(state));
  }
  if (!has_key) {
    states.push_back({.setting = "Audit entries of the providers' keys",
                      .value = "not visible",
                      .text = "no SYSTEM hive"});
  }
}

std::string sysmon_shows(const FactSet& facts) {
  std::uint64_t registry = 0;
  std::uint64_t modules = 0;
  std::uint64_t processes = 0;
  bool has_log = false;
  for (const LogCoverageFact& log : facts.log_coverage) {
    if (equal_names(log.channel.raw(), "Microsoft-Windows-Sysmon/Operational")) {
      has_log = true;
      registry += log.registry_value_events;
      modules += log.module_load_events;
      processes += log.process_start_events;
    }
  }
  return has_log ? fmt::format(
                       "its log holds {} registry events, {} module loads and {} process starts: "
                       "what its rules leave out cannot be told from what did not happen",
                       registry, modules, processes)
                 : std::string("its log is not in the evidence");
}

void add_sysmon(const FactSet& facts, std::vector<AuditState>& states) {
  AuditState state{.setting = "Sysmon", .value = "not visible"};
  bool has_rules = false;
  for (const PolicyFact& policy : facts.policies) {
    if (policy.policy == PolicyKind::sysmon_service) {
      state.value = "installed";
      state.since = std::max(state.since, policy.last_written);
      state.evidence.push_back(policy.origin);
    }
    if (policy.policy == PolicyKind::sysmon_rules) {
      has_rules = true;
      state.evidence.push_back(policy.origin);
    }
  }
  const bool has_hive = !facts.orders.empty() || !facts.registrations.empty();
  const bool has_log = std::ranges::any_of(facts.log_coverage, [](const LogCoverageFact& log) {
    return equal_names(log.channel.raw(), "Microsoft-Windows-Sysmon/Operational");
  });
  if (state.value == "not visible" && has_hive) {
    state.value = has_log ? "not installed now" : "not installed";
  }
  state.text = state.value == "not installed"
                   ? "registry writes, DLL drops and module loads are not logged by it"
                   : sysmon_shows(facts);
  if (has_rules) {
    state.text += "; its rules are stored compiled and are not read";
  }
  states.push_back(std::move(state));
  for (const SystemEventFact& event : facts.system_events) {
    if (event.event == SystemEventKind::monitoring_changed) {
      states.push_back(
          {.setting = "Sysmon",
           .value = event.event_id == 16    ? "new rules"
                    : event.event_id == 255 ? "error"
                                            : escape_for_terminal(event.subject.text()),
           .since = event.time,
           .text = fmt::format(
               "Sysmon {}: {}", event.event_id,
               escape_for_terminal((event.event_id == 4 ? event.detail : event.subject).text())),
           .evidence = {event.origin}});
    }
  }
}

void add_command_lines(const FactSet& facts, std::vector<AuditState>& states) {
  AuditState state{.setting = "Command lines in 4688", .value = "not visible"};
  for (const PolicyFact& policy : facts.policies) {
    if (policy.policy == PolicyKind::process_command_line) {
      state.value = policy.number.value_or(0) == 1 ? "on" : "off";
      state.since = policy.last_written;
      state.evidence = {policy.origin};
    }
  }
  if (state.evidence.empty() && current_build(facts) != 0) {
    state.value = "off";
  }
  state.text = "decides whether the command that registered a provider is logged";
  states.push_back(std::move(state));
}

}  // namespace

std::vector<AuditState> list_auditing(const FactSet& facts) {
  std::vector<AuditState> states;
  add_policy(facts, states);
  add_policy_changes(facts, states);
  add_key_audits(facts, states);
  add_command_lines(facts, states);
  add_sysmon(facts, states);
  std::ranges::stable_sort(states, [](const AuditState& a, const AuditState& b) {
    return std::tie(a.setting, a.since, a.value) < std::tie(b.setting, b.since, b.value);
  });
  return states;
}

}  // namespace npg
