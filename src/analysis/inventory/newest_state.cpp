#include "analysis/inventory/newest_state.hpp"

#include <algorithm>

#include "base/evidence_text.hpp"
#include "fact/readings.hpp"

namespace npg {
namespace {

/// A key's time and its event lie some milliseconds apart.
bool is_newer(FileTime logged, FileTime written) {
  return logged.ticks > written.ticks && logged.ticks - written.ticks > FileTime::per_second;
}

bool removes_key(const RegistryChangeFact& change) {
  return change.change == ChangeKind::key_deleted ||
         (change.change == ChangeKind::renamed && change.value_name.empty());
}

std::vector<SharedText> names_in(const SharedText& order) {
  std::vector<SharedText> names;
  for (const std::string_view name : order_names(order.raw())) {
    names.emplace_back(EvidenceText::from_utf8(name));
  }
  return names;
}

bool lists(const std::vector<SharedText>& names, const SharedText& name) {
  return std::any_of(names.begin(), names.end(), [&name](const SharedText& each) {
    return equal_names(each.raw(), name.raw());
  });
}

}  // namespace

bool is_registration_key(std::string_view key) {
  return equal_names(key.substr(key.rfind('\\') + 1), "NetworkProvider");
}

LoggedRegistration newer_registration(const RegistrationFact* hive,
                                      std::span<const RegistryChangeFact* const> changes,
                                      const FactSet& facts) {
  const FileTime known = hive != nullptr ? hive->last_written : hive_written(facts);
  LoggedRegistration logged;
  for (const RegistryChangeFact* change : changes) {
    if (!is_newer(change->time, known) || !is_of_current_set(*change, facts)) {
      continue;
    }
    if (removes_key(*change)) {
      logged = {.removal = change};
      continue;
    }
    if (!is_registration_key(change->key.raw())) {
      continue;
    }
    // A key that is renamed keeps its time: a hive that was written later has it as it was moved.
    constexpr std::uint32_t sysmon_rename = 14;
    const bool is_moved =
        change->event_id == sysmon_rename && hive != nullptr && change->time <= hive_written(facts);
    if (is_moved && logged.removal == nullptr) {
      continue;
    }
    const bool sets = change->change == ChangeKind::value_set && !change->value_name.empty();
    if (sets || change->change == ChangeKind::value_deleted) {
      logged.values.push_back(change);
    }
    if (sets || change->change == ChangeKind::key_created) {
      logged.making = change;
      logged.is_new_life = logged.is_new_life || logged.removal != nullptr;
      logged.removal = nullptr;
    }
  }
  return logged;
}

std::optional<LoggedOrder> newer_order(const FactSet& facts, bool is_hw_order) {
  LoggedOrder logged;
  for (const ProviderOrderFact& order : facts.orders) {
    if (order.moment == HiveMoment::current && order.control_set_is_current &&
        order.is_hw_order == is_hw_order) {
      logged.hive = &order;
    }
  }
  // An order that the hive does not have is older than the hive as a whole.
  const FileTime known = logged.hive != nullptr ? logged.hive->last_written : hive_written(facts);
  const std::string_view key =
      is_hw_order ? "HKLM\\SYSTEM\\CurrentControlSet\\Control\\NetworkProvider\\HwOrder"
                  : "HKLM\\SYSTEM\\CurrentControlSet\\Control\\NetworkProvider\\Order";
  for (const RegistryChangeFact& change : facts.registry_changes) {
    const bool is_write = change.change == ChangeKind::value_set && !change.new_value.empty() &&
                          equal_names(change.value_name.raw(), "ProviderOrder") &&
                          equal_names(change.key.raw(), key);
    if (!is_write || !is_of_current_set(change, facts) || !is_newer(change.time, known)) {
      continue;
    }
    // Sysmon does not log what was there before; then the order before this one says it, and
    // without one nothing does.
    const bool knows_before =
        !change.old_value.empty() || logged.write != nullptr || logged.hive != nullptr;
    const auto before = !change.old_value.empty() ? names_in(change.old_value)
                        : logged.write != nullptr ? logged.names
                        : logged.hive != nullptr  ? logged.hive->names
                                                  : std::vector<SharedText>();
    logged.write = &change;
    logged.names = names_in(change.new_value);
    for (const SharedText& name : logged.names) {
      if (knows_before && !lists(before, name) && !lists(logged.added, name)) {
        logged.added.push_back(name);
      }
    }
    std::erase_if(logged.added, [&](const SharedText& name) { return !lists(logged.names, name); });
  }
  return logged.write == nullptr ? std::nullopt : std::optional(std::move(logged));
}

}  // namespace npg
