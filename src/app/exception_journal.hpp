// The journal of a folder of exceptions: one line a change, each with the hash of the line before
// it, so that no line can be changed, taken out or put in without the rest of the chain saying so.
// Cutting lines off its end is told by the files, which are then not those that it speaks of.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "app/failure.hpp"
#include "base/filetime.hpp"

namespace npg {

struct JournalEntry {
  FileTime time;
  std::string action;  ///< "add", "renew" or "revoke"
  std::string id;
  std::string by;
  std::string file;    ///< its name in the folder
  std::string sha256;  ///< of the file after the change
};

inline constexpr std::string_view journal_name = "journal.jsonl";

/// The entries in their order; every break of the chain is a problem of its own. Nothing when there
/// is no journal.
struct Journal {
  std::vector<JournalEntry> entries;
  std::string last_hash;  ///< 64 zeros before the first entry
  std::vector<std::string> problems;
};
[[nodiscard]] Outcomed<Journal> read_journal(const std::string& folder);

/// The last entry of each file.
[[nodiscard]] std::map<std::string, JournalEntry> last_entries(const Journal& journal);

/// Why a file with this hash is not the one that the journal speaks of; empty when it is.
[[nodiscard]] std::string distrust(const Journal& journal, const std::string& file,
                                   const std::string& sha256);

/// Holds a folder of exceptions for one change: others wait. Let go when it is destroyed.
class JournalLock {
 public:
  /// Waits until nobody else holds it.
  [[nodiscard]] static Outcomed<JournalLock> take(const std::string& folder);
  ~JournalLock();
  JournalLock(JournalLock&& other) noexcept : folder_(std::exchange(other.folder_, -1)) {}
  JournalLock(const JournalLock&) = delete;
  JournalLock& operator=(const JournalLock&) = delete;
  JournalLock& operator=(JournalLock&&) = delete;

 private:
  explicit JournalLock(int folder) : folder_(folder) {}
  int folder_;
};

/// Adds an entry, with the lock held. Refused when the chain is broken: what follows would prove
/// nothing.
[[nodiscard]] Outcomed<void> append_to_journal(const std::string& folder,
                                               const JournalEntry& entry);

}  // namespace npg
