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
};

/// One key Services\<name>\NetworkProvider in one control set.
struct RegistrationFact {
  static constexpr std::string_view kind = "registration";
  SharedText name;                ///< the service key's name
  std::uint32_t control_set = 0;  ///< NNN of ControlSetNNN
  bool control_set_is_current = false;
  HiveMoment moment = HiveMoment::current;
  FileTime last_written;  ///< of the NetworkProvider key
  /// Until when it was not there, where an earlier state of the same hive does not have it; nothing
  /// when there is no such state.
  std::optional<FileTime> absent_until;
  FileTime service_last_written;  ///< of the service key above it
  SharedText provider_path;
  SharedText authent_provider_path;
  std::optional<std::uint64_t> provider_class;
  std::vector<RegistryValueFact> values;  ///< every value of the NetworkProvider key, stored order
  std::vector<RegistryValueFact>
      service_values;  ///< Group, Type, Start, ImagePath of the service key, where present
  Origin origin;

  static constexpr auto fields() {
    using F = RegistrationFact;
    return std::tuple{
        FactField{"name", &F::name, "service key name, as stored"},
        FactField{"control_set", &F::control_set, "NNN of ControlSetNNN"},
        FactField{"moment", &F::moment, "with transaction logs applied, or the primary file alone"},
        FactField{"last_written", &F::last_written, "LastWrite of the NetworkProvider key"},
        FactField{"absent_until", &F::absent_until,
                  "until when it was not there, where the hive without its logs does not have it"},
        FactField{"provider_path", &F::provider_path, "ProviderPath as stored, not expanded"},
        FactField{"authent_provider_path", &F::authent_provider_path,
                  "AuthentProviderPath as stored"},
        FactField{"provider_class", &F::provider_class, "Class as a number, read leniently"},
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
      names;              ///< split at commas, spaces around names taken off, empty names left out
  FileTime last_written;  ///< of the Order or HwOrder key
  Origin origin;

  static constexpr auto fields() {
    using F = ProviderOrderFact;
    return std::tuple{
        FactField{"control_set", &F::control_set, "NNN of ControlSetNNN"},
        FactField{"is_hw_order", &F::is_hw_order, "HwOrder instead of Order"},
        FactField{"moment", &F::moment, "with transaction logs applied, or the primary file alone"},
        FactField{"raw", &F::raw, "ProviderOrder as stored"},
        FactField{"type", &F::type, "registry value type"},
        FactField{"last_written", &F::last_written, "LastWrite of the key"},
        FactField{"origin", &F::origin, "the value's record"},
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
  event_log_setting,     ///< Services\EventLog\<log> MaxSize, Retention, File
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

  static constexpr auto fields() {
    using F = PolicyFact;
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

/// What a hive says about the machine it came from. A field that the hive does not hold is empty or
/// 0.
struct HostIdentityFact {
  static constexpr std::string_view kind = "host_identity";
  SharedText computer_name;
  SharedText
      domain;  ///< DNS domain (Tcpip\Parameters Domain) or the SECURITY hive's primary domain
  SharedText machine_guid;
  SharedText machine_sid;
  SharedText product_name;
  SharedText edition;
  SharedText installation_type;  ///< Client, Server, Server Core
  SharedText product_type;       ///< WinNT, ServerNT, LanmanNT (domain controller)
  std::uint32_t build = 0;
  std::uint32_t revision = 0;  ///< UBR
  FileTime installed;
  SharedText system_root;  ///< CurrentVersion SystemRoot, such as C:\Windows
  FileTime newest_write;   ///< of the SYSTEM hive's upper keys: it was copied no earlier
  HiveMoment moment = HiveMoment::current;
  Origin origin;

  static constexpr auto fields() {
    using F = HostIdentityFact;
    return std::tuple{
        FactField{"computer_name", &F::computer_name, "ComputerName"},
        FactField{"domain", &F::domain, "domain"},
        FactField{"machine_guid", &F::machine_guid, "Cryptography MachineGuid"},
        FactField{"machine_sid", &F::machine_sid, "machine SID of the SECURITY hive"},
        FactField{"product_name", &F::product_name, "ProductName (says Windows 10 on 11, too)"},
        FactField{"edition", &F::edition, "EditionID"},
        FactField{"installation_type", &F::installation_type, "InstallationType"},
        FactField{"product_type", &F::product_type, "ProductOptions ProductType"},
        FactField{"build", &F::build, "CurrentBuildNumber; 0 when unknown"},
        FactField{"revision", &F::revision, "UBR"},
        FactField{"installed", &F::installed, "InstallTime or InstallDate"},
        FactField{"system_root", &F::system_root, "SystemRoot"},
        FactField{"newest_write", &F::newest_write,
                  "the latest write to the SYSTEM hive's upper keys"},
        FactField{"moment", &F::moment, "with transaction logs applied, or the primary file alone"},
        FactField{"origin", &F::origin, "the hive's root key"},
    };
  }
};

/// One variable of the host's own environment (Control\Session Manager\Environment of the current
/// control set): stored paths are expanded with these and never with the analyst's.
struct EnvironmentVariableFact {
  static constexpr std::string_view kind = "environment_variable";
  SharedText name;
  SharedText text;                ///< as stored, not expanded
  std::uint32_t control_set = 0;  ///< NNN of ControlSetNNN
  Origin origin;

  static constexpr auto fields() {
    using F = EnvironmentVariableFact;
    return std::tuple{
        FactField{"name", &F::name, "variable name"},
        FactField{"text", &F::text, "its text as stored, not expanded"},
        FactField{"control_set", &F::control_set, "NNN of ControlSetNNN"},
        FactField{"origin", &F::origin, "the value's record"},
    };
  }
};

/// The effective audit policy (SECURITY\Policy\PolAdtEv). `settings` has one entry a known
/// sub-category.
struct AuditSetting {
  std::string_view subcategory;  ///< a literal such as "Registry"
  std::uint8_t value = 0;        ///< 0 none, 1 success, 2 failure, 3 both
};
struct AuditPolicyFact {
  static constexpr std::string_view kind = "audit_policy";
  std::vector<AuditSetting> settings;
  SharedText raw;         ///< hexadecimal
  FileTime last_written;  ///< the last policy change
  Origin origin;

  static constexpr auto fields() {
    using F = AuditPolicyFact;
    return std::tuple{
        FactField{"raw", &F::raw, "PolAdtEv as hexadecimal"},
        FactField{"last_written", &F::last_written,
                  "LastWrite of PolAdtEv: the last policy change"},
        FactField{"origin", &F::origin, "the value's record"},
    };
  }
};

}  // namespace npg
