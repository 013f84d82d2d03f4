// Readings of a host's facts that several analyses share. Facts only: nothing is judged here.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fact/fact_set.hpp"

namespace npg {

/// The Windows build of the host as it is now; 0 when no hive of the present names one. Older
/// copies of a hive speak of an earlier Windows and are not asked.
[[nodiscard]] std::uint32_t current_build(const FactSet& facts);

/// Until when the present SYSTEM hive is known to have been written: a key that it does not have
/// was not there then. Not given when no such hive is in the evidence.
[[nodiscard]] FileTime hive_written(const FactSet& facts);

/// Until when a copy of the hive was written, whoever set a few of its keys' times: what it has or
/// lacks, it has or lacked then.
[[nodiscard]] FileTime known_until(const HiveCopyFact& copy);

/// False when services, or orders, of the present SYSTEM hive may be lost by damage, or left out of
/// the registry export that stands for it: then what is not seen may be there.
[[nodiscard]] bool sees_all_services(const FactSet& facts);
[[nodiscard]] bool sees_all_orders(const FactSet& facts);

/// True when the change is one of the control set that Windows runs with, as far as the log says
/// which one it was.
[[nodiscard]] bool is_of_current_set(const RegistryChangeFact& change, const FactSet& facts);

/// The host's domain, whatever the order of its files: of the present hives' domains the longest
/// with a dot (a DNS name), else the longest, the first by alphabet among equals. Empty when none.
[[nodiscard]] SharedText host_domain(const FactSet& facts);

/// True for the SIDs of groups whose members rule a host or a domain: Administrators, Account,
/// Server, Print and Backup Operators, Domain, Schema, Enterprise and Key Admins, Group Policy
/// Creator Owners.
[[nodiscard]] bool is_powerful_group(std::string_view sid);
/// True for the SID of a domain's Protected Users.
[[nodiscard]] bool is_protected_users(std::string_view sid);

/// True when a script or command names what decides who is told of passwords: the keys and values
/// of network providers, EnableMPR, mpnotify, the functions of a credential manager.
[[nodiscard]] bool names_provider_settings(std::string_view text);

/// The same, and it writes: one that only reads or audits these keys is no change of them.
[[nodiscard]] bool writes_provider_settings(std::string_view text);

/// A PowerShell script put together from its parts (4104).
struct Script {
  FileTime time;  ///< of the first part that is there
  SharedText sid;
  SharedText path;
  std::uint64_t process_id = 0;
  std::string text;
  std::uint32_t parts_missing = 0;
  std::vector<Origin> evidence;
};
/// The scripts that name provider settings, oldest first. Parts are joined by ScriptBlockId,
/// whatever their order; where some are missing the text has a mark in their place.
[[nodiscard]] std::vector<Script> provider_scripts(const FactSet& facts);

/// The names of an order as stored or logged: split at commas, spaces around them taken off, empty
/// ones left out. They point into `order`.
[[nodiscard]] std::vector<std::string_view> order_names(std::string_view order);

/// The number in an event's rendering of registry data: "2", "0x2" or Sysmon's
/// "DWORD (0x00000002)". Nothing for other text.
[[nodiscard]] std::optional<std::uint64_t> logged_number(std::string_view text);

/// The in-place upgrade in the time of a change that only two states of the registry show: between
/// the older one and a day after the newer one. Nothing when there is none, or the change is
/// logged.
[[nodiscard]] const UpgradeFact* upgrade_within(const FactSet& facts, FileTime not_before,
                                                FileTime time);

/// One clearing of a log, which Windows may tell twice: in the cleared log (1102) and in System
/// (104).
struct LogClear {
  FileTime time;  ///< the earlier of the two
  SharedText channel;
  SharedText account;  ///< empty when neither event names one
  std::vector<std::uint32_t> event_ids;
  std::vector<Origin> evidence;
};
/// Every clearing, oldest first. The facts must be in time order.
[[nodiscard]] std::vector<LogClear> log_clears(const FactSet& facts);

/// The runs of record ids of a channel that no file of the evidence holds, by id: gaps inside one
/// file that another file (an archive) does not fill, and what lies between two files.
[[nodiscard]] std::vector<LogGap> channel_gaps(const FactSet& facts, std::string_view channel);

/// The records of a channel in all files of the evidence, those that several copies hold counted
/// once. Copies share record ids and times; ids of a log that was made anew come again at other
/// times.
[[nodiscard]] std::uint64_t channel_records(const FactSet& facts, std::string_view channel);

}  // namespace npg
