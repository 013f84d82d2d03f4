// FactSet: everything that is known of one host. Analysis is a pure function of it.
#pragma once

#include <vector>

#include "fact/event_facts.hpp"
#include "fact/host_facts.hpp"
#include "fact/image_facts.hpp"
#include "fact/recovered_facts.hpp"
#include "fact/registry_facts.hpp"

namespace npg {

struct FactSet {
  // Made, copied and destroyed in one place: so many kinds of facts are much to compile.
  FactSet();
  FactSet(const FactSet& other);
  FactSet(FactSet&& other) noexcept;
  FactSet& operator=(const FactSet& other);
  FactSet& operator=(FactSet&& other) noexcept;
  ~FactSet();

  std::vector<HostIdentityFact> identities;
  std::vector<EnvironmentVariableFact> environment;
  std::vector<InstalledProductFact> installed_products;
  std::vector<RegistrationFact> registrations;
  std::vector<ProviderOrderFact> orders;
  std::vector<SelectFact> selects;  ///< of the present SYSTEM hive
  std::vector<RegistryKeyFact> keys;
  std::vector<HiveCopyFact> hive_copies;
  std::vector<PolicyFact> policies;  ///< of the present hives
  std::vector<CopiedPolicyFact> copied_policies;
  std::vector<RecoveredFact> recovered;
  std::vector<DisagreementFact> disagreements;
  std::vector<AuditPolicyFact> audit_policies;
  std::vector<ImageFact> images;
  std::vector<RegistryChangeFact> registry_changes;
  std::vector<FileChangeFact> file_changes;
  std::vector<ProcessStartFact> process_starts;
  std::vector<ModuleLoadFact> module_loads;
  std::vector<LogonFact> logons;
  std::vector<LogoffFact> logoffs;
  std::vector<PrivilegeFact> privileges;
  std::vector<PasswordChangeFact> password_changes;
  std::vector<SystemEventFact> system_events;
  std::vector<ScriptBlockFact> scripts;
  std::vector<UpgradeFact> upgrades;
  std::vector<LogCoverageFact> log_coverage;

  /// Calls visit(vector) for each kind, in the order above.
  template <typename Self, typename Visit>
  static void for_each_kind(Self& self, const Visit& visit) {
    visit(self.identities);
    visit(self.environment);
    visit(self.installed_products);
    visit(self.registrations);
    visit(self.orders);
    visit(self.selects);
    visit(self.keys);
    visit(self.hive_copies);
    visit(self.policies);
    visit(self.copied_policies);
    visit(self.recovered);
    visit(self.disagreements);
    visit(self.audit_policies);
    visit(self.images);
    visit(self.registry_changes);
    visit(self.file_changes);
    visit(self.process_starts);
    visit(self.module_loads);
    visit(self.logons);
    visit(self.logoffs);
    visit(self.privileges);
    visit(self.password_changes);
    visit(self.system_events);
    visit(self.scripts);
    visit(self.upgrades);
    visit(self.log_coverage);
  }

  /// Moves another set's facts behind these.
  void append(FactSet&& other);
  /// Puts every kind into one order that does not depend on the order of reading, and drops facts
  /// that are the same event read from two files (same channel record: time, event and record id).
  void normalise();
};

}  // namespace npg
