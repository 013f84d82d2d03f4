// Deletions of keys that the Security log tells in two events: 4656 or 4663 names the key, the
// handle and the right to delete; 4660 says of the handle that what it stood for was deleted.
#pragma once

#include <cstdint>
#include <tuple>
#include <vector>

#include "fact/fact_set.hpp"
#include "fact/text_pool.hpp"
#include "view/win_event.hpp"

namespace npg {

/// Collects the events of one computer in any order and joins them at the end.
class KeyDeletions {
 public:
  /// Keeps what the event tells of a deletion; nothing of all other events.
  void take(const WinEvent& event, TextPool& pool);
  /// Takes over what another part of the same log told.
  void append(KeyDeletions&& more);
  /// Adds a key_deleted change for every 4660 whose key is known.
  void finish(FactSet& facts) const;

 private:
  /// ProcessId, HandleId and SubjectLogonId: the handle of one program.
  using Handle = std::tuple<std::uint64_t, std::uint64_t, std::uint64_t>;
  struct Opened {
    Handle handle;
    RegistryChangeFact access;
  };
  struct Deleted {
    Handle handle;
    RegistryChangeFact deletion;  ///< without its key
  };
  std::vector<Opened> opened_;
  std::vector<Deleted> deleted_;
};

/// The rights that 4656 and 4663 tell of: AccessMask, or the list of names where the mask is
/// missing.
[[nodiscard]] std::uint64_t access_rights(const WinEvent& event);
inline constexpr std::uint64_t right_delete = 0x10000;

}  // namespace npg
