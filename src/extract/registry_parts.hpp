// What the registry extractors share: the control sets of a SYSTEM hive, and values as facts.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.hpp"
#include "extract/registry.hpp"
#include "fact/fact_set.hpp"
#include "fact/text_pool.hpp"
#include "view/registry_view.hpp"

namespace npg {

/// One hive being read and where its facts go. A parameter only: it owns nothing.
struct RegistryReading {
  const RegistryView& view;
  HiveMoment moment;
  TextPool& pool;
  FactSet& facts;
  Diagnostics& diagnostics;
  const OtherHive& other_hive;  ///< for links that lead out of this one; may be empty
};

struct ControlSet {
  KeyId key;
  std::uint32_t number = 0;  ///< NNN; 0 for a key that is itself named CurrentControlSet
  bool is_current = false;
  std::string name;  ///< "ControlSet001"
};
/// The control sets below the root, by number. Select\Current says which is current; where it says
/// nothing usable the lowest number is taken, and that is reported when there was a choice.
[[nodiscard]] std::vector<ControlSet> control_sets(const RegistryReading& reading);
/// The same with the keys as stored, where control_sets() has those that links lead to.
[[nodiscard]] std::vector<ControlSet> stored_control_sets(const RegistryReading& reading);

/// A value's data as a fact gives it: strings as text, the strings of a REG_MULTI_SZ divided by
/// ", ", numbers decimal, everything else upper-case hexadecimal.
[[nodiscard]] EvidenceText value_text(const RegistryValue& value);
[[nodiscard]] RegistryValueFact value_fact(const RegistryValue& value, TextPool& pool);
/// A value that should be a path: text for every type that is not a number.
[[nodiscard]] EvidenceText path_text(const RegistryValue& value);
/// Reports the value as odd; `what` is the end of a sentence that begins with its name.
void report_odd(const RegistryReading& reading, const RegistryValue& value, std::string_view what);

/// A PolicyFact of one value. `key_path` is the path from the hive's root.
void add_policy(const RegistryReading& reading, PolicyKind kind, KeyId key,
                std::string_view key_path, const RegistryValue& value);

/// A key and the view that shows it: links lead into other hives, too.
struct ShownKey {
  const RegistryView* view = nullptr;
  KeyId key;
};
/// What a symbolic link (a key with the link flag) names, "\\Registry\\Machine\\System\\..." as
/// stored; nothing for a key that is no link.
[[nodiscard]] std::optional<EvidenceText> link_target(const RegistryReading& reading, KeyId key);
/// The key that Windows shows in the place of this one: itself, or where its links end; nothing
/// when they lead out of the hives at hand, nowhere or in circles. Reports each link met. `target`
/// is set to the first link's where it is empty.
[[nodiscard]] std::optional<ShownKey> followed(const RegistryReading& reading, ShownKey key,
                                               EvidenceText& target);
/// The key of this hive that Windows shows at a path below another, links on the way and at its end
/// followed. Nothing when there is none, or when it is another hive's.
[[nodiscard]] std::optional<KeyId> shown_key(const RegistryReading& reading, KeyId from,
                                             std::string_view path);
/// The same without following the last key, where that is a link.
[[nodiscard]] std::optional<KeyId> listed_key(const RegistryReading& reading, KeyId from,
                                              std::string_view path);

// The extractors, one a file. Those that take a control set are called once for each.
void extract_provider_orders(const RegistryReading& reading, const ControlSet& set);
/// `service` and `network_provider` are what Windows shows; the latter may be a link. `target` is
/// what the service's key leads to where it is itself a link.
void extract_registration(const RegistryReading& reading, const ControlSet& set,
                          const EvidenceText& name, const ShownKey& service,
                          const ShownKey& network_provider, const EvidenceText& target = {});
/// A service in an order whose key is a link that cannot be followed: what it registers is not
/// known.
void extract_unseen_registration(const RegistryReading& reading, const ControlSet& set,
                                 const EvidenceText& name, KeyId service,
                                 const EvidenceText& target);
/// A DisagreementFact: a key that bears on providers is a link.
void tell_link(const RegistryReading& reading, std::string_view path, const EvidenceText& target,
               const Origin& origin);
void extract_control_set_policies(const RegistryReading& reading, const ControlSet& set);
/// A service that is Sysmon by its name, or by the altitude of its minifilter (`instances` is its
/// sub-key Instances, where it has one).
void extract_sysmon_service(const RegistryReading& reading, const ControlSet& set,
                            const EvidenceText& name, KeyId service,
                            std::optional<KeyId> instances);
void extract_software_policies(const RegistryReading& reading);
/// RegistryKeyFacts: of a control set, and of a SOFTWARE hive.
void extract_control_set_keys(const RegistryReading& reading, const ControlSet& set);
void extract_software_keys(const RegistryReading& reading);
void extract_environment(const RegistryReading& reading, const ControlSet& set);
/// The folders that a SOFTWARE hive names and that Windows gives every process as variables.
void extract_known_folders(const RegistryReading& reading);
void extract_installed_products(const RegistryReading& reading);
/// What a SOFTWARE hive ties to starts of mpnotify.exe.
void extract_image_debuggers(const RegistryReading& reading);
/// The key Select, where the hive has one or several control sets, which are `sets`.
void extract_select(const RegistryReading& reading, std::span<const ControlSet> sets);
/// DisagreementFacts of the control sets' own keys.
void extract_contradictions(const RegistryReading& reading, std::span<const ControlSet> sets);
/// The same of the values of one key, whose path is given: names behind a NUL, names twice.
void look_at_values(const RegistryReading& reading, std::string_view path, KeyId key);
/// The same of a sub-key of a service whose name holds a NUL: one that is named NetworkProvider up
/// to it, or holds what a registration does. `path` is the service's.
void look_at_hidden_registration(const RegistryReading& reading, std::string_view path,
                                 const RegistryKey& key, const ShownKey& shown);
/// Tells that the name of a key below `path` goes on after a NUL.
void tell_hidden_name(const RegistryReading& reading, std::string_view path,
                      const RegistryKey& key);
void extract_audit_policy(const RegistryReading& reading, KeyId policy);
void extract_upgrades(const RegistryReading& reading);
/// `current` is nothing when the hive has no control set.
void extract_host_identity(const RegistryReading& reading,
                           const std::optional<ControlSet>& current);

}  // namespace npg
