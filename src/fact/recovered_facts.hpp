// Facts from unused space of hives and from older pages of their logs: what was once there, not
// what is. Nothing of them is part of a host's present or of its known earlier states; analyses
// tell them apart by their kind alone.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <tuple>
#include <vector>

#include "fact/registry_facts.hpp"

namespace npg {

enum class RecoveredKind : std::uint8_t {
  registration,  ///< Services\<name>\NetworkProvider, or a service key that itself has a
                 ///< ProviderPath
  order,         ///< a ProviderOrder of Order or HwOrder that is not the present one
  policy,        ///< a value of those that PolicyFact knows, with other data than now
  event,         ///< a record of an event log about a key that bears on providers
};
[[nodiscard]] std::string_view name_of(RecoveredKind kind);

/// A registration, order or policy that is deleted, hidden or overwritten.
struct RecoveredFact {
  static constexpr std::string_view kind = "recovered";
  RecoveredKind what = RecoveredKind::registration;
  SharedText name;             ///< the provider, Order or HwOrder, or the policy's value name
  SharedText key;              ///< path from the hive's root; "?" first when only its end is known
  bool path_complete = false;  ///< each step up to the root is proved
  std::uint32_t control_set = 0;  ///< NNN; 0 when not known or not of a control set
  SharedText place;               ///< free_cell, cell_slack, unlisted_cell, log_history, ...
  std::uint32_t sequence = 0;     ///< of the log entry; an event's id; else 0
  bool is_older_version = false;  ///< the key is still there, with newer content
  FileTime last_written;          ///< of the recovered key; not given for a lone value or text
  SharedText text;                ///< the order or the policy's data
  std::vector<SharedText> names;  ///< of an order
  SharedText provider_path;
  SharedText authent_provider_path;
  std::optional<std::uint64_t> provider_class;
  std::vector<RegistryValueFact> values;  ///< those whose data could be had
  bool values_complete = true;            ///< false: values are lost, or their place has a new user
  Origin origin;

  template <typename F = RecoveredFact>
  static constexpr auto fields() {
    return std::tuple{
        FactField{"what", &F::what, "what it was"},
        FactField{"name", &F::name, "the provider, Order or HwOrder, or the policy's value name"},
        FactField{"key", &F::key, "path as far as it is proved; \"?\" first when only its end is"},
        FactField{"path_complete", &F::path_complete, "each step of the path is proved"},
        FactField{"control_set", &F::control_set, "NNN of ControlSetNNN; 0 when not known"},
        FactField{"place", &F::place, "where the bytes lie (docs/formats/regf.md, 14)"},
        FactField{"sequence", &F::sequence, "of the log entry; an event's id; else 0"},
        FactField{"is_older_version", &F::is_older_version, "the key is still there, newer"},
        FactField{"last_written", &F::last_written,
                  "LastWrite of the recovered key; an event's time"},
        FactField{"text", &F::text, "the order, or the policy's data"},
        FactField{"provider_path", &F::provider_path, "ProviderPath as stored, not expanded"},
        FactField{"authent_provider_path", &F::authent_provider_path,
                  "AuthentProviderPath as stored"},
        FactField{"provider_class", &F::provider_class, "Class as a number, read leniently"},
        FactField{"values_complete", &F::values_complete, "every value of the key could be had"},
        FactField{"origin", &F::origin, "the recovered record or text"},
    };
  }
};

/// A place where a hive contradicts itself about a key that bears on providers.
struct DisagreementFact {
  static constexpr std::string_view kind = "disagreement";
  SharedText what;   ///< key_not_listed, name_order, ... (docs/formats/regf.md, 14)
  SharedText key;    ///< whose lists or place it concerns
  SharedText other;  ///< the sub-key or value met, or a link's target; empty when there is none
  std::uint64_t need = 0;
  std::uint64_t have = 0;
  Origin origin;

  template <typename F = DisagreementFact>
  static constexpr auto fields() {
    return std::tuple{
        FactField{"what", &F::what, "the kind (docs/formats/regf.md, 14)"},
        FactField{"key", &F::key, "the key whose lists or place it concerns"},
        FactField{"other", &F::other, "the sub-key or value met, or a link's target"},
        FactField{"need", &F::need, "what the other structures say: a count, hash or cell offset"},
        FactField{"have", &F::have, "what stands there"},
        FactField{"origin", &F::origin, "the bytes that disagree"},
    };
  }
};

}  // namespace npg
