#include "analysis/inventory/logged_states.hpp"

#include <algorithm>
#include <array>
#include <ranges>
#include <string>

#include "base/evidence_text.hpp"
#include "fact/readings.hpp"

namespace npg {
namespace {

constexpr std::uint64_t credential_bits = 0x2 | 0x4;

/// One of the values that decide.
struct Told {
  SharedText name;
  SharedText base;  ///< as the state has it
  SharedText left;  ///< as the last logged change left it, or the state where the log is silent
  SharedText now;
  SharedText best;
  const RegistryChangeFact* last = nullptr;     ///< what tells of `now`
  const RegistryChangeFact* told_by = nullptr;  ///< what tells of `best`
};

class LoggedStates {
 public:
  LoggedStates(const Draft& draft, const RegistrationFact* base) {
    if (base != nullptr) {
      begin_with(*base);
    }
    for (const RegistryChangeFact* change : draft.changes) {
      if (Told* told = of(*change)) {
        told->left = change->new_value;
      }
    }
    for (const RegistryChangeFact* change : draft.changes | std::views::reverse) {
      Told* told = of(*change);
      if (told != nullptr && (!change->old_value.empty() || change->was_created)) {
        told->now = change->old_value;
        told->last = change;
      }
    }
    keep();
    for (const RegistryChangeFact* change : draft.changes) {
      const bool is_set = change->change == ChangeKind::value_set;
      Told* told = of(*change);
      if (told != nullptr && (is_set || change->change == ChangeKind::value_deleted)) {
        told->now = is_set ? change->new_value : SharedText();
        told->last = change;
        keep();
      }
    }
  }

  [[nodiscard]] const std::array<Told, 3>& values() const { return told_; }

 private:
  Told* of(std::string_view name) {
    const auto found = std::ranges::find_if(
        told_, [&](const Told& one) { return equal_names(one.name.raw(), name); });
    return found == told_.end() ? nullptr : &*found;
  }
  Told* of(const RegistryChangeFact& change) {
    return is_registration_key(change.key.raw()) ? of(change.value_name.raw()) : nullptr;
  }

  void begin_with(const RegistrationFact& base) {
    for (const RegistryValueFact& value : base.values) {
      if (Told* told = of(value.name.raw())) {
        told->base = value.number
                         ? SharedText(EvidenceText::from_utf8(std::to_string(*value.number)))
                         : value.text;
        told->now = told->base;
        told->left = told->base;
      }
    }
  }

  void keep() {
    const Told& asks = told_.front();
    if ((logged_number(asks.now.raw()).value_or(0) & credential_bits) == 0) {
      return;
    }
    for (Told& told : told_) {
      // A file that is not named any more says more than the one that is.
      const bool is_weaker =
          told.now.empty() || (!told.best.empty() && equal_names(told.now.raw(), told.left.raw()));
      if (!is_weaker) {
        told.best = told.now;
        told.told_by = told.last;
      }
    }
  }

  std::array<Told, 3> told_{Told{.name = std::string_view("Class")},
                            Told{.name = std::string_view("ProviderPath")},
                            Told{.name = std::string_view("AuthentProviderPath")}};
};

}  // namespace

std::vector<RegistryChangeFact> strongest_values(const Draft& draft, const RegistrationFact* base) {
  const LoggedStates states(draft, base);
  std::vector<RegistryChangeFact> values;
  for (const Told& told : states.values()) {
    if (told.told_by != nullptr && !told.best.empty() &&
        !equal_names(told.best.raw(), told.base.raw())) {
      values.push_back({.time = told.told_by->time,
                        .key = told.told_by->key,
                        .value_name = told.name,
                        .new_value = told.best,
                        .origin = told.told_by->origin});
    }
  }
  return values;
}

}  // namespace npg
