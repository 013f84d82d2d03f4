// Witnesses: what shows that a logon was notified, a start of mpnotify.exe or a load of the
// provider's DLL by it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "analysis/exposure/people.hpp"

namespace npg::exposure {

/// winlogon notifies right after the logon.
inline constexpr std::uint64_t near_logon = 30 * FileTime::per_second;
/// Two logs may be written in another order than it happened.
inline constexpr std::uint64_t skew = 2 * FileTime::per_second;
/// True when a path, or a name without a folder, ends in that file name.
[[nodiscard]] bool file_name_is(std::string_view path, std::string_view name);

/// Who is told of a logon: a provider, by mpnotify.exe; or a program that winlogon starts in the
/// place of mpnotify.exe.
struct Listener {
  const Provider* provider = nullptr;  ///< nothing: the program
  std::string program = {};            ///< its path without arguments; empty for a provider
};

/// A start of mpnotify.exe or a load of the provider's DLL by it, or a start of the program in its
/// place: a witness that some logon was notified.
struct Witness {
  FileTime time;
  std::uint64_t process_id = 0;
  std::uint64_t winlogon_id = 0;  ///< process id of the winlogon that started it; 0: not known
  std::optional<std::uint64_t> session;  ///< of Sysmon, or of that winlogon
  /// The logon whose userinit.exe that winlogon started right after it.
  std::optional<std::uint64_t> logon_id;
  SharedText winlogon_guid;   ///< Sysmon's, of that winlogon
  bool saw_listener = false;  ///< the provider's own DLL was loaded, or the program itself started
  bool saw_others = false;    ///< loads of that process are logged, and none of the provider's DLL
  std::vector<Origin>
      origins;  ///< of every event that tells of it: the start, its double, the load
};

/// The starts by winlogon and the loads that can be witnesses, picked once of a host's events.
class WitnessPool {
 public:
  /// The facts must outlive it.
  explicit WitnessPool(const FactSet& facts);
  /// Every witness for this listener, in time order.
  [[nodiscard]] std::vector<Witness> of(const Listener& listener) const;
  /// The userinit.exe that winlogon started for a logon without starting any mpnotify.exe before
  /// it, as Security 4688 tells: it speaks against a notification. Nothing where it does not say
  /// so.
  [[nodiscard]] const ProcessStartFact* unnotified(const HumanLogon& logon) const;
  /// Starts by winlogon of a mpnotify.exe that is not Windows' own, in time order.
  [[nodiscard]] std::span<const ProcessStartFact* const> strange() const { return strange_; }

 private:
  /// The session of a winlogon, which its window manager's logon (DWM-n, UMFD-n) tells.
  [[nodiscard]] std::optional<std::uint64_t> session_of(std::uint64_t winlogon_id,
                                                        FileTime time) const;

  /// The logon that a winlogon started userinit.exe for, next after its notification.
  [[nodiscard]] std::optional<std::uint64_t> served_by(const Witness& witness) const;

  struct WinlogonSession {
    FileTime time;
    std::uint64_t session = 0;
  };
  /// Of a winlogon's process id: by time, since ids are used again.
  std::unordered_map<std::uint64_t, std::vector<WinlogonSession>> sessions_;
  std::vector<FileTime> boots_;
  std::vector<const ProcessStartFact*> strange_;
  std::vector<const ProcessStartFact*> by_winlogon_;  ///< every program that it started
  std::vector<const ProcessStartFact*> notifiers_;    ///< Windows' own mpnotify.exe
  std::vector<const ProcessStartFact*> shells_;       ///< userinit.exe, by winlogon
  /// Of those, the ones of 4688, by the logon that they are for.
  std::unordered_map<std::uint64_t, std::vector<const ProcessStartFact*>> audited_shells_;
  std::vector<const ModuleLoadFact*> by_mpnotify_;
  std::vector<LogGap> gaps_;  ///< of record ids in the Security log
};

/// What a witness says of a logon.
struct Proof {
  /// The witness is this logon's: the same session or the same winlogon. False: nothing but time
  /// joins them, and the logon is never proven by it, since another one may turn up.
  bool is_own = false;
  bool is_alone = true;  ///< no other logon fits the witness
  bool saw_listener = false;
  bool saw_others = false;  ///< it speaks against this provider: nothing is proven by it
  std::string_view text;    ///< a literal
  std::vector<Origin> records;
};
struct Proofs {
  std::unordered_map<const HumanLogon*, Proof> of;
  std::vector<FileTime> unexplained;  ///< witnesses that fit no logon, in order
};

/// Gives each witness to the logon that it fits: the same session or winlogon, or the logon that
/// this winlogon started userinit.exe for right after; and the nearest in time within half a
/// minute. Such a witness is one logon's only. One that names neither, or whose logons name
/// neither, is joined by time: to every logon before it that winlogon serves. The logon comes
/// first; sessions are logged when mpnotify.exe has ended.
[[nodiscard]] Proofs proofs_of(const People& people, const std::vector<Witness>& witnesses,
                               const Listener& listener);

}  // namespace npg::exposure
