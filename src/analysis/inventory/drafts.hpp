// Drafts: all that the evidence says of each provider name, gathered before the states are weighed
// against each other.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "analysis/inventory/newest_state.hpp"
#include "fact/fact_set.hpp"

namespace npg {

/// What is known of one provider before its states are weighed against each other.
struct Draft {
  SharedText name;
  const RegistrationFact* current =
      nullptr;  ///< in the current control set, else in the first one that has it
  /// `current` is not the present hive's, which has none, but a later copy's (fact/later_copy.hpp).
  bool is_in_later_copy = false;
  const RegistrationFact* outlived = nullptr;  ///< what was `current` until the log has it deleted
  LoggedRegistration logged;
  /// Before replay or in older copies, those of the copy's current control set first, each state
  /// of the values that decide who is told once.
  std::vector<const RegistrationFact*> past;
  std::vector<const RegistrationFact*> registrations;
  /// Other keys of its name in the control set of `current` that say something else: readers
  /// differ in which one they take.
  std::vector<const RegistrationFact*> twins;
  std::vector<const RegistryChangeFact*> changes;
  std::optional<std::uint32_t> order_position;
  std::optional<std::uint32_t> hw_order_position;
  bool listed_anywhere = false;          ///< in any order of any control set
  bool listed_by_other_reading = false;  ///< of the current Order (ProviderOrderFact::other_names)
  bool listed_in_later_copy = false;     ///< by the Order of the copy that has `current`
  std::vector<Origin> order_evidence;
  std::vector<std::string> basis;  ///< what the log decides against an older hive
  std::vector<Origin> basis_evidence;
};

using Drafts = std::map<std::string, Draft>;  ///< by name_key of the name

/// True when two states of a registration agree in ProviderPath, AuthentProviderPath and Class.
[[nodiscard]] bool is_same_state(const RegistrationFact& a, const RegistrationFact& b);

/// Every name that a registration, an order or a logged change gives. The drafts point into
/// `facts`.
[[nodiscard]] Drafts collect_drafts(const FactSet& facts);

}  // namespace npg
