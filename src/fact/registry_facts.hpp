// Facts read from registry hives: what is registered and what the host's policies are. Not judged.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <tuple>
#include <vector>

#include "base/filetime.hpp"
#include "fact/fact_field.hpp"
#include "fact/origin.hpp"
#include "fact/shared_text.hpp"

namespace npg {

/// Which state of a hive a fact was read from.
enum class HiveMoment : std::uint8_t {
  current,        ///< as Windows would load it: transaction logs applied
  before_replay,  ///< the primary file alone; kept only where it differs
  older_copy,     ///< another, older hive of the same host (RegBack, Windows.old)
};

struct RegistryValueFact {
  SharedText name;
  std::uint32_t type = 0;
  SharedText text;  ///< strings as text, numbers decimal, others upper-case hexadecimal
  std::optional<std::uint64_t>
      number;  ///< when the value holds one (RegistryView's lenient reading)
  Origin origin;
  Origin data_origin;   ///< of the data alone; length 0 when they stand in the record itself
  bool is_cut = false;  ///< the value states more data than could be read
};

/// One key Services\<name>\NetworkProvider in one control set.
struct RegistrationFact {
  static constexpr std::string_view kind = "registration";
  SharedText name;                ///< the service key's name
  std::uint32_t control_set = 0;  ///< NNN of ControlSetNNN
  bool control_set_is_current = false;
  HiveMoment moment = HiveMoment::current;
  FileTime last_written;  ///< of the NetworkProvider key; not given where `impossible_time` is
  /// What the key states as its last write, where that is later than the hive itself.
  std::optional<FileTime> impossible_time;
  /// Until when it was not there, where an earlier state of the same hive does not have it; nothing
  /// when there is no such state.
  std::optional<FileTime> absent_until;
  FileTime service_last_written;  ///< of the service key above it
  std::uint32_t copy = 0;         ///< HiveCopyFact::number of the hive it is from; 0 the present
  /// Where the key, or the service's, is a symbolic link: what it leads to. Windows shows the keys
  /// behind it, and so do the values here where they are in the same hive.
  SharedText link_target;
  /// Values that Windows shows are not here: lost by damage, or behind a link that leads out of
  /// this hive. What is not among `values` may have been there.
  bool values_incomplete = false;
  SharedText provider_path;
  SharedText authent_provider_path;
  std::optional<std::uint64_t> provider_class;
  std::vector<RegistryValueFact> values;  ///< every value of the NetworkProvider key, stored order
  std::vector<RegistryValueFact>
      service_values;  ///< Group, Type, Start, ImagePath of the service key, where present
  Origin origin;

  template <typename F = RegistrationFact>
  static constexpr auto fields() {
    return std::tuple{
        FactField{"name", &F::name, "service key name, as stored"},
        FactField{"control_set", &F::control_set, "NNN of ControlSetNNN"},
        FactField{"moment", &F::moment, "with transaction logs applied, or the primary file alone"},
        FactField{"last_written", &F::last_written, "LastWrite of the NetworkProvider key"},
        FactField{"impossible_time", &F::impossible_time,
                  "what the key states as its last write, where that is later than the hive"},
        FactField{"absent_until", &F::absent_until,
                  "until when it was not there, where the hive without its logs does not have it"},
        FactField{"provider_path", &F::provider_path, "ProviderPath as stored, not expanded"},
        FactField{"authent_provider_path", &F::authent_provider_path,
                  "AuthentProviderPath as stored"},
        FactField{"provider_class", &F::provider_class, "Class as a number, read leniently"},
        FactField{"copy", &F::copy, "number of the hive copy it is from; 0 the present"},
        FactField{"link_target", &F::link_target, "where the key is a symbolic link: its target"},
        FactField{"values_incomplete", &F::values_incomplete,
                  "values are lost, or behind a link that leads out of this hive"},
        FactField{"origin", &F::origin, "the key's record"},
    };
  }
};

/// Control\NetworkProvider\Order or HwOrder in one control set.
struct ProviderOrderFact {
  static constexpr std::string_view kind = "provider_order";
  std::uint32_t control_set = 0;
  bool control_set_is_current = false;
  bool is_hw_order = false;
  HiveMoment moment = HiveMoment::current;
  SharedText raw;  ///< ProviderOrder as stored
  std::uint32_t type = 0;
  std::vector<SharedText>
      names;  ///< split at commas, spaces around names taken off, empty names left out
  /// Names that only another reading of an odd value has: further strings of a REG_MULTI_SZ, parts
  /// between semicolons and names with their spaces where a key is named so. They have no place in
  /// the numbering of `names`.
  std::vector<SharedText> other_names;
  FileTime last_written;   ///< of the Order or HwOrder key
  std::uint32_t copy = 0;  ///< HiveCopyFact::number of the hive it is from; 0 the present
  Origin origin;

  template <typename F = ProviderOrderFact>
  static constexpr auto fields() {
    return std::tuple{
        FactField{"control_set", &F::control_set, "NNN of ControlSetNNN"},
        FactField{"is_hw_order", &F::is_hw_order, "HwOrder instead of Order"},
        FactField{"moment", &F::moment, "with transaction logs applied, or the primary file alone"},
        FactField{"raw", &F::raw, "ProviderOrder as stored"},
        FactField{"type", &F::type, "registry value type"},
        FactField{"last_written", &F::last_written, "LastWrite of the key"},
        FactField{"copy", &F::copy, "number of the hive copy it is from; 0 the present"},
        FactField{"origin", &F::origin, "the value's record"},
    };
  }
};

/// Which control set Windows runs with and which it starts with next: the key Select.
struct SelectFact {
  static constexpr std::string_view kind = "select";
  std::optional<std::uint64_t> current;  ///< nothing when the value is not there or no number
  std::optional<std::uint64_t> default_set;
  std::optional<std::uint64_t> failed;
  std::optional<std::uint64_t> last_known_good;
  std::vector<std::uint32_t> control_sets;  ///< the numbers of those that the hive has
  FileTime last_written;
  Origin origin;

  template <typename F = SelectFact>
  static constexpr auto fields() {
    return std::tuple{
        FactField{"current", &F::current, "the control set that Windows runs with"},
        FactField{"default", &F::default_set, "the one that the next start takes"},
        FactField{"failed", &F::failed, "the one that a start failed with; 0 for none"},
        FactField{"last_known_good", &F::last_known_good, "the one of the last good start"},
        FactField{"last_written", &F::last_written, "LastWrite of the key"},
        FactField{"origin", &F::origin, "the key's record"},
    };
  }
};

/// One entry of an access list.
struct AccessEntryFact {
  std::uint8_t type = 0;   ///< 0 allow, 1 deny, 2 audit, ... (MS-DTYP 2.4.4.1)
  std::uint8_t flags = 0;  ///< 1 OI, 2 CI, 4 NP, 8 IO, 0x10 inherited, 0x40 success, 0x80 failure
  std::uint32_t mask = 0;
  SharedText sid;                    ///< empty when it could not be read
  SharedText object_type;            ///< GUID of an object form; empty when the entry has none
  SharedText inherited_object_type;  ///< the same
};

/// The security descriptor of a key. Rendered by fact/security_text.hpp.
struct KeySecurity {
  std::uint16_t control = 0;
  SharedText owner;  ///< SID; empty when there is none
  SharedText group;
  bool has_dacl = false;  ///< false: none or a NULL list, which allows everything to everyone
  bool has_sacl = false;
  std::vector<AccessEntryFact> dacl;
  std::vector<AccessEntryFact> sacl;
  bool is_damaged = false;  ///< parts of it could not be read
};

/// A registry key that decides who is told of passwords, as a key: who may write to it and what its
/// record says.
struct RegistryKeyFact {
  static constexpr std::string_view kind = "registry_key";
  SharedText key;                 ///< below the hive's root, ControlSetNNN as stored
  std::uint32_t control_set = 0;  ///< NNN; 0 outside control sets
  bool control_set_is_current = false;
  FileTime last_written;
  SharedText class_name;
  std::uint32_t flags = 0;              ///< of the record, as stored
  std::uint8_t access_bits = 0;         ///< 1 opened before, 2 opened since the last reorganisation
  std::uint8_t layer = 0;               ///< layered key semantics, 0 none (regf.md, 4)
  SharedText link_target;               ///< of a symbolic link; empty for other keys
  std::optional<KeySecurity> security;  ///< nothing when it has none or it could not be read
  Origin origin;

  template <typename F = RegistryKeyFact>
  static constexpr auto fields() {
    return std::tuple{
        FactField{"key", &F::key, "path below the hive's root"},
        FactField{"control_set", &F::control_set, "NNN of ControlSetNNN; 0 outside control sets"},
        FactField{"last_written", &F::last_written, "LastWrite of the key"},
        FactField{"class_name", &F::class_name, "class name"},
        FactField{"flags", &F::flags, "flags as stored: 1 volatile, 0x10 symbolic link"},
        FactField{"access_bits", &F::access_bits,
                  "1 opened before, 2 opened since the last reorganisation"},
        FactField{"layer", &F::layer, "layered key semantics; 0 for an ordinary key"},
        FactField{"link_target", &F::link_target, "of a symbolic link: where it leads"},
        FactField{"origin", &F::origin, "the key's record"},
    };
  }
};

/// One copy of the host's SYSTEM or SOFTWARE hive, or a registry export with a part of it.
struct HiveCopyFact {
  static constexpr std::string_view kind = "hive_copy";
  std::uint32_t number = 0;  ///< 0 the present (several where each file holds a part of it), else
                             ///< from 1, the oldest first, those without time last
  SharedText path;           ///< of the evidence file
  bool is_software = false;  ///< of the SOFTWARE hive, whose copies are numbered by themselves
  bool is_export = false;    ///< a .reg file, whose keys have no times, or a saved part of a hive
  bool lists_services = false;  ///< every service it had (of SOFTWARE: every key) can be read: what
                                ///< is not there was not there
  /// No part of it is lost by damage or left out of an export: a service, or an order, that this
  /// state does not show is none of it. (A hive copied in use may still lag behind its logs.)
  bool has_all_services = true;
  bool has_all_orders = true;
  FileTime written;  ///< the latest write in it: it was copied no earlier
  /// The same without a few times that lie more than a day behind all others of it, which may have
  /// been set: it was copied no earlier, whoever set them. Not given where that is not known.
  FileTime surely_written;
  Origin origin;  ///< the key of all services, else the root

  template <typename F = HiveCopyFact>
  static constexpr auto fields() {
    return std::tuple{
        FactField{"number", &F::number, "0 the present, else from 1, the oldest first"},
        FactField{"path", &F::path, "of the evidence file"},
        FactField{"is_software", &F::is_software, "of the SOFTWARE hive"},
        FactField{"is_export", &F::is_export,
                  "a .reg file, whose keys have no times, or a saved part of a hive"},
        FactField{"lists_services", &F::lists_services,
                  "every service it had (of SOFTWARE: every key) can be read"},
        FactField{"has_all_services", &F::has_all_services,
                  "no service is lost by damage or left out of an export"},
        FactField{"has_all_orders", &F::has_all_orders,
                  "no order is lost by damage or left out of an export"},
        FactField{"written", &F::written, "the latest write in it: it was copied no earlier"},
        FactField{"surely_written", &F::surely_written,
                  "the same without a few times far behind all others"},
        FactField{"origin", &F::origin, "the key of all services, else the root"},
    };
  }
};

/// A single value that decides who is notified or how the host is watched.
enum class PolicyKind : std::uint8_t {
  enable_mpr,               ///< SOFTWARE\...\Policies\System EnableMPR
  smart_card_logon_notify,  ///< Winlogon\Notify SmartCardLogonNotify
  winlogon_mpnotify,        ///< Winlogon mpnotify: an EXE started instead of mpnotify.exe
  connect_notifyee,         ///< Control\NetworkProvider\Notifyees: a DLL that MPR loads
  notification_package,  ///< Lsa "Notification Packages": password filters (T1556.002), companion
  sysmon_service,        ///< a Sysmon driver or service key
  process_command_line,  ///< ProcessCreationIncludeCmdLine_Enabled
  image_debugger,        ///< what Image File Execution Options ties to mpnotify.exe
  event_log_setting,     ///< Services\EventLog\<log> MaxSize, Retention, File
  channel_setting,       ///< WINEVT\Channels\<channel> Enabled, MaxSize, Retention
  audit_option,          ///< Lsa SCENoApplyLegacyAuditPolicy, AuditBaseObjects; global SACLs
  sysmon_rules,          ///< SysmonDrv\Parameters Rules: compiled, not read further
  app_init,              ///< Windows AppInit_DLLs and what puts it in force
};
[[nodiscard]] std::string_view name_of(PolicyKind kind);

struct PolicyFact {
  static constexpr std::string_view kind = "policy";
  PolicyKind policy = PolicyKind::enable_mpr;
  SharedText key;  ///< below the hive's root, control set written as ControlSetNNN
  SharedText value_name;
  std::uint32_t type = 0;
  SharedText text;
  std::optional<std::uint64_t> number;
  FileTime last_written;  ///< of the key
  Origin origin;

  template <typename F = PolicyFact>
  static constexpr auto fields() {
    return std::tuple{
        FactField{"policy", &F::policy, "which setting"},
        FactField{"key", &F::key, "registry key"},
        FactField{"value_name", &F::value_name, "value name"},
        FactField{"text", &F::text, "the value as text"},
        FactField{"number", &F::number, "the value as a number, where it is one"},
        FactField{"last_written", &F::last_written, "LastWrite of the key"},
        FactField{"origin", &F::origin, "the value's record"},
    };
  }
};

/// A setting that decides who is told of passwords, as another copy of the hive has it.
struct CopiedPolicyFact {
  static constexpr std::string_view kind = "copied_policy";
  PolicyKind policy = PolicyKind::enable_mpr;
  SharedText key;  ///< as PolicyFact::key
  SharedText value_name;
  SharedText text;
  std::optional<std::uint64_t> number;
  FileTime last_written;   ///< of the key
  std::uint32_t copy = 0;  ///< HiveCopyFact::number of the copy, of the hive that has such keys
  Origin origin;

  template <typename F = CopiedPolicyFact>
  static constexpr auto fields() {
    return std::tuple{
        FactField{"policy", &F::policy, "which setting"},
        FactField{"key", &F::key, "registry key"},
        FactField{"value_name", &F::value_name, "value name"},
        FactField{"text", &F::text, "the value as text"},
        FactField{"number", &F::number, "the value as a number, where it is one"},
        FactField{"last_written", &F::last_written, "LastWrite of the key"},
        FactField{"copy", &F::copy, "number of the hive copy it is from"},
        FactField{"origin", &F::origin, "the value's record"},
    };
  }
};

}  // namespace npg
