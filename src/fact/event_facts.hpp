// Facts read from events: changes, logons, processes, and what happened to the logs. Not judged.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <tuple>

#include "base/filetime.hpp"
#include "fact/fact_field.hpp"
#include "fact/origin.hpp"
#include "fact/shared_text.hpp"

namespace npg {

/// Who did it, as far as the event itself says.
struct ActorFact {
  SharedText account;  ///< DOMAIN\name, as logged
  SharedText sid;
  std::optional<std::uint64_t> logon_id;
  SharedText process;  ///< image path
  std::optional<std::uint64_t> process_id;
  SharedText process_guid;  ///< Sysmon's
};

enum class ChangeKind : std::uint8_t {
  value_set,
  value_deleted,
  key_created,
  key_deleted,
  renamed,             ///< a key or value; the new name is in new_value
  accessed_for_write,  ///< 4663 / 4656: the right was used or asked for, what changed is not said
  security_changed,    ///< 4670
};
[[nodiscard]] std::string_view name_of(ChangeKind kind);

/// A change to a registry key that bears on providers, notification or auditing.
struct RegistryChangeFact {
  static constexpr std::string_view kind = "registry_change";
  FileTime time;
  ChangeKind change = ChangeKind::value_set;
  SharedText key;      ///< one form for every log: HKLM\SYSTEM\CurrentControlSet\...
  SharedText raw_key;  ///< as logged
  std::uint32_t control_set =
      0;  ///< NNN when the log named ControlSetNNN, 0 when it said current or nothing
  SharedText value_name;  ///< empty when the change is to the key
  SharedText old_value;
  SharedText new_value;
  bool was_created = false;  ///< 4657 of a value that was not there before (%%1904)
  std::uint32_t event_id = 0;
  SharedText provider;  ///< the event's provider
  ActorFact actor;
  std::uint64_t record_id = 0;
  Origin origin;

  template <typename F = RegistryChangeFact>
  static constexpr auto fields() {
    return std::tuple{
        FactField{"time", &F::time, "when it was logged"},
        FactField{"change", &F::change, "what kind of change"},
        FactField{"key", &F::key, "the key in one form for all logs"},
        FactField{"raw_key", &F::raw_key, "the key as logged"},
        FactField{"value_name", &F::value_name, "the value"},
        FactField{"old_value", &F::old_value, "data before, where logged"},
        FactField{"new_value", &F::new_value, "data after, where logged"},
        FactField{"was_created", &F::was_created, "the value was not there before (4657)"},
        FactField{"event_id", &F::event_id, "event id"},
        FactField{"record_id", &F::record_id, "EventRecordID"},
        FactField{"origin", &F::origin, "the record"},
    };
  }
};

/// A file of interest created, renamed or deleted (Sysmon 11, 23, 26, 2; 4663 on files is not
/// kept).
struct FileChangeFact {
  static constexpr std::string_view kind = "file_change";
  FileTime time;
  SharedText path;
  bool deleted = false;
  FileTime claimed_creation;  ///< Sysmon's CreationUtcTime
  ActorFact actor;
  std::uint32_t event_id = 0;
  std::uint64_t record_id = 0;
  Origin origin;

  template <typename F = FileChangeFact>
  static constexpr auto fields() {
    return std::tuple{
        FactField{"time", &F::time, "when it was logged"},
        FactField{"path", &F::path, "the file"},
        FactField{"deleted", &F::deleted, "deleted instead of created"},
        FactField{"event_id", &F::event_id, "event id"},
        FactField{"record_id", &F::record_id, "EventRecordID"},
        FactField{"origin", &F::origin, "the record"},
    };
  }
};

/// A process start (Security 4688, Sysmon 1). Every one is kept: changes are joined to them.
struct ProcessStartFact {
  static constexpr std::string_view kind = "process_start";
  FileTime time;
  SharedText image;
  SharedText command_line;  ///< empty where the host does not log it
  std::uint64_t process_id = 0;
  SharedText process_guid;
  SharedText parent_image;
  std::uint64_t parent_process_id = 0;
  SharedText parent_process_guid;
  SharedText account;
  SharedText sid;
  std::optional<std::uint64_t> logon_id;
  std::optional<std::uint64_t> session;  ///< Sysmon TerminalSessionId
  std::uint32_t event_id = 0;
  std::uint64_t record_id = 0;
  Origin origin;

  template <typename F = ProcessStartFact>
  static constexpr auto fields() {
    return std::tuple{
        FactField{"time", &F::time, "when it started"},
        FactField{"image", &F::image, "image path"},
        FactField{"command_line", &F::command_line, "command line, where logged"},
        FactField{"process_id", &F::process_id, "process id"},
        FactField{"parent_image", &F::parent_image, "parent's image"},
        FactField{"parent_process_id", &F::parent_process_id, "parent's process id"},
        FactField{"event_id", &F::event_id, "event id"},
        FactField{"record_id", &F::record_id, "EventRecordID"},
        FactField{"origin", &F::origin, "the record"},
    };
  }
};

/// A DLL loaded by mpnotify.exe or winlogon.exe, or a provider's DLL loaded by anything (Sysmon 7).
struct ModuleLoadFact {
  static constexpr std::string_view kind = "module_load";
  FileTime time;
  SharedText image;      ///< the process
  SharedText module;     ///< the DLL
  SharedText hashes;     ///< as logged
  SharedText signature;  ///< signer, as Sysmon said; empty when unsigned
  SharedText signature_status;
  std::uint64_t process_id = 0;
  SharedText process_guid;
  std::uint64_t record_id = 0;
  Origin origin;

  template <typename F = ModuleLoadFact>
  static constexpr auto fields() {
    return std::tuple{
        FactField{"time", &F::time, "when it was loaded"},
        FactField{"image", &F::image, "the loading process"},
        FactField{"module", &F::module, "the DLL"},
        FactField{"hashes", &F::hashes, "hashes as logged"},
        FactField{"record_id", &F::record_id, "EventRecordID"},
        FactField{"origin", &F::origin, "the record"},
    };
  }
};

/// Where a logon was seen.
enum class LogonSource : std::uint8_t {
  security_4624,
  security_4648,  ///< explicit credentials: precedes an interactive logon
  security_4778,  ///< session reconnected
  security_4801,  ///< workstation unlocked
  winlogon_7001,
  local_session_21,        ///< LocalSessionManager: session logon
  local_session_25,        ///< LocalSessionManager: reconnect
  remote_connection_1149,  ///< RemoteConnectionManager: authenticated, before the logon
  winlogon_811,            ///< Winlogon/Operational notification (event code in `detail`)
  profile_1,               ///< User Profile Service: logon
  local_session_41,        ///< LocalSessionManager: arbitration of a session begins
  winlogon_812,            ///< Winlogon/Operational notification done (event code in `detail`)
  profile_5,               ///< User Profile Service: a user's registry file was loaded
  profile_67,              ///< User Profile Service: which profile was loaded
};
[[nodiscard]] std::string_view name_of(LogonSource source);

struct LogonFact {
  static constexpr std::string_view kind = "logon";
  FileTime time;
  LogonSource source = LogonSource::security_4624;
  SharedText account;  ///< DOMAIN\name; empty when the source has only a SID
  SharedText sid;
  std::optional<std::uint32_t> logon_type;
  std::optional<std::uint64_t> logon_id;
  std::optional<std::uint64_t> linked_logon_id;
  std::optional<std::uint64_t> session;
  SharedText logon_process;  ///< LogonProcessName, trailing spaces taken off
  SharedText package;        ///< AuthenticationPackageName
  SharedText process;        ///< ProcessName
  std::optional<std::uint64_t> process_id;
  SharedText address;  ///< source address; empty for "-", "LOCAL", "::1" and "127.0.0.1"
  SharedText workstation;
  bool restricted_admin = false;
  bool remote_credential_guard = false;
  bool virtual_account = false;
  bool elevated = false;
  std::uint32_t detail = 0;  ///< winlogon_811 and 812: the event code
  std::uint64_t record_id = 0;
  Origin origin;

  template <typename F = LogonFact>
  static constexpr auto fields() {
    return std::tuple{
        FactField{"time", &F::time, "when it was logged"},
        FactField{"source", &F::source, "which log and event"},
        FactField{"account", &F::account, "DOMAIN\\name"},
        FactField{"sid", &F::sid, "account SID"},
        FactField{"logon_type", &F::logon_type, "4624 LogonType"},
        FactField{"logon_id", &F::logon_id, "TargetLogonId"},
        FactField{"session", &F::session, "session number"},
        FactField{"logon_process", &F::logon_process, "LogonProcessName"},
        FactField{"address", &F::address, "source address"},
        FactField{"restricted_admin", &F::restricted_admin, "RestrictedAdminMode is yes"},
        FactField{"virtual_account", &F::virtual_account, "VirtualAccount is yes"},
        FactField{"record_id", &F::record_id, "EventRecordID"},
        FactField{"origin", &F::origin, "the record"},
    };
  }
};

/// The end of a session or logon (4634, 4647, Winlogon 7002, LocalSessionManager 23, 24, 39, 40 and
/// 42, 4779, 4800).
struct LogoffFact {
  static constexpr std::string_view kind = "logoff";
  FileTime time;
  SharedText account;
  SharedText sid;
  std::optional<std::uint64_t> logon_id;
  std::optional<std::uint64_t> session;
  std::uint32_t detail = 0;  ///< LocalSessionManager 40: the reason code
  std::uint32_t event_id = 0;
  std::uint64_t record_id = 0;
  Origin origin;

  template <typename F = LogoffFact>
  static constexpr auto fields() {
    return std::tuple{
        FactField{"time", &F::time, "when it was logged"},
        FactField{"account", &F::account, "DOMAIN\\name"},
        FactField{"sid", &F::sid, "account SID"},
        FactField{"logon_id", &F::logon_id, "logon id"},
        FactField{"event_id", &F::event_id, "event id"},
        FactField{"record_id", &F::record_id, "EventRecordID"},
        FactField{"origin", &F::origin, "the record"},
    };
  }
};

/// Special privileges were assigned to a logon (4672), or powerful groups are those of a logon
/// (4627, 4964) or of an account from now on (4728, 4732, 4756), or until now (4729, 4733, 4757).
struct PrivilegeFact {
  static constexpr std::string_view kind = "privilege";
  FileTime time;
  SharedText account;
  SharedText sid;
  std::optional<std::uint64_t> logon_id;
  SharedText privileges;
  SharedText groups;     ///< SIDs with a space between them; empty for 4672
  bool removed = false;  ///< the account is no member any more
  std::uint32_t event_id = 4672;
  std::uint64_t record_id = 0;
  Origin origin;

  template <typename F = PrivilegeFact>
  static constexpr auto fields() {
    return std::tuple{
        FactField{"time", &F::time, "when it was logged"},
        FactField{"account", &F::account, "DOMAIN\\name"},
        FactField{"sid", &F::sid, "account SID"},
        FactField{"logon_id", &F::logon_id, "logon id"},
        FactField{"groups", &F::groups, "SIDs of groups; empty for 4672"},
        FactField{"removed", &F::removed, "no member any more (4729, 4733, 4757)"},
        FactField{"event_id", &F::event_id, "event id"},
        FactField{"record_id", &F::record_id, "EventRecordID"},
        FactField{"origin", &F::origin, "the record"},
    };
  }
};

/// An account's password was changed or reset (4723, 4724, 4738 with PasswordLastSet).
struct PasswordChangeFact {
  static constexpr std::string_view kind = "password_change";
  FileTime time;
  SharedText account;  ///< whose password
  SharedText sid;
  bool by_user = false;  ///< 4723: the user typed old and new; otherwise somebody reset it
  ActorFact actor;
  std::uint32_t event_id = 0;
  std::uint64_t record_id = 0;
  Origin origin;

  template <typename F = PasswordChangeFact>
  static constexpr auto fields() {
    return std::tuple{
        FactField{"time", &F::time, "when it was logged"},
        FactField{"account", &F::account, "whose password"},
        FactField{"sid", &F::sid, "account SID"},
        FactField{"by_user", &F::by_user, "the user changed it (4723)"},
        FactField{"event_id", &F::event_id, "event id"},
        FactField{"record_id", &F::record_id, "EventRecordID"},
        FactField{"origin", &F::origin, "the record"},
    };
  }
};

/// Something that happened to the host as a whole and bears on what the logs can show.
enum class SystemEventKind : std::uint8_t {
  log_cleared,           ///< 1102, 104; subject = channel
  log_service_stopped,   ///< 1100, 6006
  events_dropped,        ///< 1101, 1104, 1108
  log_archived,          ///< 1105
  audit_policy_changed,  ///< 4719; subject = sub-category, detail = changes
  time_changed,          ///< 4616, Kernel-General 1; detail = old time to new time, subject = the
                         ///< reason where it is the hardware clock after a sleep
  service_installed,     ///< 7045, 4697; subject = service, detail = image path
  service_changed,       ///< 7040
  boot,                  ///< Kernel-General 12, 6005, 4608
  shutdown,              ///< Kernel-General 13
  software_installed,    ///< MsiInstaller 1033, 11707
  monitoring_changed,    ///< Sysmon 4, 16, 255
  servicing,             ///< WindowsUpdateClient 19, Servicing 2 and 4; subject = what
  group_policy,          ///< GroupPolicy 4000 to 4007: processing of policy begins
  remote_access,         ///< 5145 on a pipe that administers; subject = pipe, detail = address
  task_registered,       ///< 4698, 4702; subject = task, detail = the command that it runs
};
[[nodiscard]] std::string_view name_of(SystemEventKind kind);

struct SystemEventFact {
  static constexpr std::string_view kind = "system_event";
  FileTime time;
  SystemEventKind event = SystemEventKind::boot;
  SharedText subject;
  SharedText detail;
  ActorFact actor;
  std::uint32_t event_id = 0;
  SharedText provider;
  std::uint64_t record_id = 0;
  Origin origin;

  template <typename F = SystemEventFact>
  static constexpr auto fields() {
    return std::tuple{
        FactField{"time", &F::time, "when it was logged"},
        FactField{"event", &F::event, "what happened"},
        FactField{"subject", &F::subject, "to what"},
        FactField{"detail", &F::detail, "more, as logged"},
        FactField{"event_id", &F::event_id, "event id"},
        FactField{"record_id", &F::record_id, "EventRecordID"},
        FactField{"origin", &F::origin, "the record"},
    };
  }
};

/// One part of a PowerShell script that the log holds (4104). A long script comes in parts, joined
/// by its id.
struct ScriptBlockFact {
  static constexpr std::string_view kind = "script_block";
  FileTime time;
  SharedText script_id;  ///< ScriptBlockId
  std::uint32_t number = 1;
  std::uint32_t total = 1;
  SharedText text;
  SharedText path;  ///< of the script file; empty for what was typed or sent
  SharedText sid;   ///< who ran it
  std::uint64_t process_id = 0;
  std::uint64_t record_id = 0;
  Origin origin;

  template <typename F = ScriptBlockFact>
  static constexpr auto fields() {
    return std::tuple{
        FactField{"time", &F::time, "when it was logged"},
        FactField{"script_id", &F::script_id, "ScriptBlockId, which joins the parts"},
        FactField{"number", &F::number, "which part, from 1"},
        FactField{"total", &F::total, "how many parts"},
        FactField{"text", &F::text, "the script's text, this part of it"},
        FactField{"path", &F::path, "the script's file, where it has one"},
        FactField{"sid", &F::sid, "who ran it"},
        FactField{"process_id", &F::process_id, "process id"},
        FactField{"record_id", &F::record_id, "EventRecordID"},
        FactField{"origin", &F::origin, "the record"},
    };
  }
};

}  // namespace npg
