// Witnesses: what shows that a logon was notified, a start of mpnotify.exe or a load of the
// provider's DLL by it.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "analysis/exposure/people.hpp"

namespace npg::exposure {

/// A start of mpnotify.exe or a load of the provider's DLL by it: a witness that some logon was
/// notified.
struct Witness {
  FileTime time;
  std::uint64_t process_id = 0;
  std::optional<std::uint64_t> session;
  bool dll_loaded = false;
  bool used = false;
  std::vector<Origin>
      origins;  ///< of every event that tells of it: the start, its double, the load
};

/// Every witness of the host's evidence for this provider, in time order.
[[nodiscard]] std::vector<Witness> witnesses_of(const Provider& provider, const FactSet& facts);

/// Gives each witness to the one logon it fits best: same session where both name it, else the
/// nearest in time within half a minute. A witness proves one logon only.
void apply_witnesses(std::vector<Person>& people, std::vector<Witness>& witnesses);

}  // namespace npg::exposure
