// Sessions: logons, process starts and boots by the ids that events refer to. Logon ids and process
// ids are unique within one boot only, so every join asks for the boot, too.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "fact/fact_set.hpp"
#include "fact/readings.hpp"

namespace npg {

/// Built once from a host's facts, which must be in time order and outlive it.
class Sessions {
 public:
  explicit Sessions(const FactSet& facts);

  /// Since when Windows had been running at a time; not given when no start before it is logged.
  [[nodiscard]] FileTime boot_before(FileTime at) const;
  /// True when the log shows Windows shut down at this time: behind a shutdown, before a start.
  [[nodiscard]] bool is_off_at(FileTime at) const;
  /// The latest 4624 with that logon id, or linked to it, at or before a time and of the same boot;
  /// one of another account than `sid`, where both are known, is none. Null when there is none.
  [[nodiscard]] const LogonFact* logon(std::uint64_t logon_id, FileTime at,
                                       const SharedText& sid) const;
  /// When that logon ended (4634) before a time, of the same boot; not given when it is not seen
  /// to.
  [[nodiscard]] FileTime ended_before(const LogonFact& logon, FileTime at) const;
  /// The last 4778 of that logon before a time: remote desktop took the session over. Null when
  /// none.
  [[nodiscard]] const LogonFact* taken_over_before(const LogonFact& logon, FileTime at) const;
  /// False when it is assumed that it was this logon: no start of Windows is logged before it, or
  /// its end is logged.
  [[nodiscard]] bool is_sure(const LogonFact& logon, FileTime at) const {
    return boot_before(at).given() && !ended_before(logon, at).given();
  }
  /// The start of the process that an event names: by Sysmon's guid, else by id and image within
  /// the boot. Null when it is not logged.
  [[nodiscard]] const ProcessStartFact* process(const ActorFact& actor, FileTime at) const;
  [[nodiscard]] const ProcessStartFact* parent(const ProcessStartFact& start) const;
  /// The system events that lie no further away than that.
  [[nodiscard]] std::span<const SystemEventFact> events_near(FileTime at,
                                                             std::uint64_t seconds) const;
  /// The PowerShell scripts that name provider settings.
  [[nodiscard]] std::span<const Script> scripts() const { return scripts_; }

 private:
  [[nodiscard]] bool is_same_boot(FileTime a, FileTime b) const;
  [[nodiscard]] const ProcessStartFact* by_id(std::uint64_t process_id, FileTime at,
                                              std::string_view image) const;

  const FactSet& facts_;
  std::vector<Script> scripts_;
  std::vector<FileTime> boots_;
  std::vector<FileTime> shutdowns_;
  std::unordered_map<std::uint64_t, std::vector<const LogonFact*>> logons_;
  std::unordered_map<std::uint64_t, std::vector<const LogonFact*>> reconnects_;
  std::unordered_map<std::uint64_t, std::vector<const LogoffFact*>> logoffs_;
  std::unordered_map<std::uint64_t, std::vector<const ProcessStartFact*>> processes_by_id_;
  std::unordered_map<std::string, const ProcessStartFact*> processes_by_guid_;
};

}  // namespace npg
