// The journal of a folder of exceptions: one line a change, each with the hash of the line before
// it, so that no line can be changed, taken out or put in without the rest of the chain saying so.
// Cutting lines off its end is told by the files, which are then not those that it speaks of.
#pragma once

#include <string>
#include <string_view>
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

/// Adds an entry. Refused when the chain is broken: what follows would prove nothing.
[[nodiscard]] Outcomed<void> append_to_journal(const std::string& folder,
                                               const JournalEntry& entry);

}  // namespace npg
