// Witnesses: what shows that a logon was notified, a start of mpnotify.exe or a load of the
// provider's DLL by it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "analysis/exposure/people.hpp"

namespace npg::exposure {

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
  std::optional<std::uint64_t> session;
  bool saw_listener = false;  ///< the provider's own DLL was loaded, or the program itself started
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

 private:
  std::vector<const ProcessStartFact*> by_winlogon_;
  std::vector<const ModuleLoadFact*> by_mpnotify_;
};

/// Why a logon is proven.
struct Proof {
  bool saw_listener = false;
  std::string_view text;  ///< a literal
  std::vector<Origin> records;
};
struct Proofs {
  std::unordered_map<const HumanLogon*, Proof> of;
  std::vector<FileTime> unexplained;  ///< witnesses that fit no logon, in order
};

/// Gives each witness to the one logon it fits best: same session where both name it, else the
/// nearest in time within half a minute. A witness proves one logon only.
[[nodiscard]] Proofs proofs_of(const People& people, const std::vector<Witness>& witnesses,
                               const Listener& listener);

}  // namespace npg::exposure
