// The newest state of the registry: where logged changes are newer than the hive of the evidence,
// they decide what is registered and listed now. Says what the log adds; inventory.hpp joins it
// with the hive.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "fact/fact_set.hpp"

namespace npg {

/// What logged changes newer than the hive say of one registration.
struct LoggedRegistration {
  /// The deletion (or renaming away) of its key that nothing newer undoes; nothing when there is
  /// none.
  const RegistryChangeFact* removal = nullptr;
  /// The last write that says that the key is there, behind every deletion.
  const RegistryChangeFact* making = nullptr;
  bool is_new_life = false;  ///< `making` follows a deletion: older values say nothing
  /// Values set and deleted behind the last deletion, oldest first.
  std::vector<const RegistryChangeFact*> values;
};

/// `hive` is what the hive has of this registration in the current control set; nothing when it has
/// none. Then every change counts that is newer than the hive as a whole, and all of them when
/// there is no hive.
[[nodiscard]] LoggedRegistration newer_registration(
    const RegistrationFact* hive, std::span<const RegistryChangeFact* const> changes,
    const FactSet& facts);

/// The newest order by the log, where it is newer than the hive's.
struct LoggedOrder {
  const RegistryChangeFact* write = nullptr;
  const ProviderOrderFact* hive = nullptr;  ///< the older order; nothing without a hive's
  std::vector<SharedText> names;
  std::vector<SharedText> added;  ///< those that a logged write put in, and that are still in
};
[[nodiscard]] std::optional<LoggedOrder> newer_order(const FactSet& facts, bool is_hw_order);

/// True for the key "...\NetworkProvider" of a registration itself, not the service's above it.
[[nodiscard]] bool is_registration_key(std::string_view key);

}  // namespace npg
