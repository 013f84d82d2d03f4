#include "app/replay_differences.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace npg {
namespace {

bool is_same_registration(const RegistrationFact& a, const RegistrationFact& b) {
  return a.control_set == b.control_set && equal_names(a.name.raw(), b.name.raw()) &&
         a.last_written == b.last_written && a.provider_path == b.provider_path &&
         a.authent_provider_path == b.authent_provider_path &&
         a.provider_class == b.provider_class && a.values.size() == b.values.size();
}

bool is_same_order(const ProviderOrderFact& a, const ProviderOrderFact& b) {
  return a.control_set == b.control_set && a.is_hw_order == b.is_hw_order && a.raw == b.raw;
}

/// The last write to the service's key, or where it has none to the key of all services: a sub-key
/// made later would have changed it.
FileTime written_above(const HiveView& view, const RegistrationFact& fact) {
  const auto services =
      find_key(view, view.root(), fmt::format("ControlSet{:03}\\Services", fact.control_set));
  const auto service = services ? find_key(view, *services, fact.name.raw()) : std::nullopt;
  const auto key = service    ? view.key(*service)
                   : services ? view.key(*services)
                              : Result<RegistryKey>(fail(ErrorCode::not_found, 0, "registry.key"));
  return key ? key->last_written : FileTime{};
}

}  // namespace

std::optional<FileTime> absent_until(const HiveView& state, const RegistrationFact& fact) {
  if (state.diagnostics().worst() >= Severity::data_loss) {
    return std::nullopt;
  }
  // A hive that was being written has the header's new time before it has the new pages.
  return std::max(written_above(state, fact),
                  state.state().clean ? state.state().last_written : FileTime{});
}

void bound_additions(const HiveView& view, const FactSet& before, FactSet& now) {
  for (RegistrationFact& fact : now.registrations) {
    const bool was_there =
        std::ranges::any_of(before.registrations, [&](const RegistrationFact& then) {
          return then.control_set == fact.control_set &&
                 equal_names(then.name.raw(), fact.name.raw());
        });
    if (!was_there && fact.moment == HiveMoment::current) {
      fact.absent_until = absent_until(view, fact);
    }
  }
}

void keep_differences(FactSet& before, const FactSet& now) {
  std::erase_if(before.registrations, [&](const RegistrationFact& then) {
    return std::any_of(
        now.registrations.begin(), now.registrations.end(),
        [&](const RegistrationFact& fact) { return is_same_registration(fact, then); });
  });
  std::erase_if(before.orders, [&](const ProviderOrderFact& then) {
    return std::any_of(now.orders.begin(), now.orders.end(),
                       [&](const ProviderOrderFact& fact) { return is_same_order(fact, then); });
  });
  before.identities.clear();
}

}  // namespace npg
