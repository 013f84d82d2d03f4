// Facts about the machine that registry hives tell: what it is called, what runs and is installed
// on it, what it audits. Not judged.
#pragma once

#include <cstdint>
#include <string_view>
#include <tuple>
#include <vector>

#include "base/filetime.hpp"
#include "fact/fact_field.hpp"
#include "fact/origin.hpp"
#include "fact/registry_facts.hpp"
#include "fact/shared_text.hpp"

namespace npg {

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
  /// What a SYSTEM hive tells of the build, which only SOFTWARE names: it is none below and none
  /// above these; 0 for no bound.
  std::uint32_t first_build = 0;
  std::uint32_t last_build = 0;
  SharedText build_basis;  ///< the values that bound the build; empty when none do
  FileTime installed;
  SharedText system_root;           ///< CurrentVersion SystemRoot, such as C:\Windows
  SharedText system_profile;        ///< the profile folder of S-1-5-18, as stored
  std::vector<SharedText> volumes;  ///< "Volume{GUID}=C:", of those that MountedDevices ties to one
  FileTime newest_write;            ///< of the SYSTEM hive's upper keys: it was copied no earlier
  HiveMoment moment = HiveMoment::current;
  Origin origin;

  template <typename F = HostIdentityFact>
  static constexpr auto fields() {
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
        FactField{"first_build", &F::first_build, "no build below this one; 0 for no bound"},
        FactField{"last_build", &F::last_build, "no build above this one; 0 for no bound"},
        FactField{"build_basis", &F::build_basis, "the values of SYSTEM that bound the build"},
        FactField{"installed", &F::installed, "InstallTime or InstallDate"},
        FactField{"system_root", &F::system_root, "SystemRoot"},
        FactField{"system_profile", &F::system_profile,
                  "ProfileImagePath of S-1-5-18, the profile folder of SYSTEM"},
        FactField{"volumes", &F::volumes,
                  "volumes that MountedDevices ties to a drive letter, as Volume{GUID}=C:"},
        FactField{"newest_write", &F::newest_write,
                  "the latest write to the SYSTEM hive's upper keys"},
        FactField{"moment", &F::moment, "with transaction logs applied, or the primary file alone"},
        FactField{"origin", &F::origin, "the hive's root key"},
    };
  }
};

/// One variable of the host's own environment (Control\Session Manager\Environment of the current
/// control set, and the folders that SOFTWARE names): stored paths are expanded with these and
/// never with the analyst's.
struct EnvironmentVariableFact {
  static constexpr std::string_view kind = "environment_variable";
  SharedText name;
  SharedText text;                ///< as stored, not expanded
  std::uint32_t control_set = 0;  ///< NNN of ControlSetNNN
  Origin origin;

  template <typename F = EnvironmentVariableFact>
  static constexpr auto fields() {
    return std::tuple{
        FactField{"name", &F::name, "variable name"},
        FactField{"text", &F::text, "its text as stored, not expanded"},
        FactField{"control_set", &F::control_set,
                  "NNN of ControlSetNNN; 0 for a folder that SOFTWARE names"},
        FactField{"origin", &F::origin, "the value's record"},
    };
  }
};

/// One installed product as SOFTWARE lists it (CurrentVersion\Uninstall, WOW6432Node too): what an
/// installer, or anybody who may write there, says of itself.
struct InstalledProductFact {
  static constexpr std::string_view kind = "installed_product";
  SharedText key;   ///< name of its sub-key, such as a product code
  SharedText name;  ///< DisplayName
  SharedText publisher;
  SharedText version;
  SharedText location;    ///< InstallLocation as stored; empty for most
  FileTime last_written;  ///< of its sub-key: installed, changed or repaired no later
  Origin origin;

  template <typename F = InstalledProductFact>
  static constexpr auto fields() {
    return std::tuple{
        FactField{"key", &F::key, "name of the sub-key of Uninstall"},
        FactField{"name", &F::name, "DisplayName"},
        FactField{"publisher", &F::publisher, "Publisher"},
        FactField{"version", &F::version, "DisplayVersion"},
        FactField{"location", &F::location, "InstallLocation as stored"},
        FactField{"last_written", &F::last_written, "LastWrite of the sub-key"},
        FactField{"origin", &F::origin, "the sub-key's record"},
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

  template <typename F = AuditPolicyFact>
  static constexpr auto fields() {
    return std::tuple{
        FactField{"raw", &F::raw, "PolAdtEv as hexadecimal"},
        FactField{"last_written", &F::last_written,
                  "LastWrite of PolAdtEv: the last policy change"},
        FactField{"origin", &F::origin, "the value's record"},
    };
  }
};

/// One in-place upgrade of Windows that SYSTEM\\Setup tells of ("Source OS (Updated on ...)"): what
/// stood here before, and when it was replaced.
struct UpgradeFact {
  static constexpr std::string_view kind = "upgrade";
  SharedText name;          ///< the key's name
  FileTime upgraded;        ///< LastWrite of the key
  std::uint32_t build = 0;  ///< of the Windows that was replaced; 0 when not given
  FileTime installed;       ///< when that Windows was installed
  Origin origin;

  template <typename F = UpgradeFact>
  static constexpr auto fields() {
    return std::tuple{
        FactField{"name", &F::name, "the key's name"},
        FactField{"upgraded", &F::upgraded, "LastWrite of the key: when it was replaced"},
        FactField{"build", &F::build, "build of the Windows that was replaced; 0 when not given"},
        FactField{"installed", &F::installed, "when that Windows was installed"},
        FactField{"origin", &F::origin, "the key's record"},
    };
  }
};

}  // namespace npg
