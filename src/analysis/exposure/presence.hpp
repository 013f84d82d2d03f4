// Presence: the stretches of time in which a provider is known to have been in place with all that
// it needs, from logged changes and from the copies of the hive.
#pragma once

#include <vector>

#include "analysis/exposure/life.hpp"
#include "analysis/exposure/named_facts.hpp"
#include "fact/assessment.hpp"
#include "fact/fact_set.hpp"

namespace npg::exposure {

class Presence {
 public:
  /// The three must outlive it.
  Presence(const Provider& provider, const Life& life, const NamedFacts& facts);

  /// By time. The first has no earliest_from where no known absence lies before it; the last has
  /// neither end where nothing shows it gone.
  [[nodiscard]] const std::vector<WindowPart>& parts() const { return parts_; }
  /// A copy of the hive shows it in place before the log tells of its making.
  [[nodiscard]] bool is_older_than_log() const { return is_older_than_log_; }
  /// Logged changes tell something of it.
  [[nodiscard]] bool has_logged() const { return has_logged_; }
  /// What is known last is that it was gone.
  [[nodiscard]] bool is_gone_again() const { return is_gone_again_; }
  /// A copy that was written later than the present hive, which has it, does not.
  [[nodiscard]] bool is_gone_in_later_copy() const { return is_gone_in_later_copy_; }
  /// Its DLL was gone from its place for a while.
  [[nodiscard]] bool has_dll_gap() const { return has_dll_gap_; }
  /// The last time at which it is known to have been in place; not given when none is.
  [[nodiscard]] FileTime last_known() const { return last_known_; }
  /// When the hive's key times first show those parts in place that the log never gave; not given
  /// where the log gave all of them, or no hive tells.
  [[nodiscard]] FileTime unlogged_since() const { return unlogged_since_; }

 private:
  /// What is known of a stretch of time.
  struct Known {
    FileTime from;
    FileTime to;
    bool is_on = false;
    bool is_logged = false;
  };
  void add_turns(const Life& life, std::vector<Known>& known) const;
  void add_copies(const Provider& provider, const Life& life, const NamedFacts& facts,
                  std::vector<Known>& known);
  void add_dll_gaps(const Provider& provider, const Life& life, const NamedFacts& facts,
                    std::vector<Known>& known);
  void join(const std::vector<Known>& known);

  std::vector<WindowPart> parts_;
  FileTime last_known_;
  FileTime unlogged_since_;
  bool is_older_than_log_ = false;
  bool has_logged_ = false;
  bool is_gone_again_ = false;
  bool has_dll_gap_ = false;
  bool is_gone_in_later_copy_ = false;
};

/// True when the newest state of the registry was written no earlier than the logged removal and
/// still has the provider: it was put back unseen, or what was taken away was not needed.
[[nodiscard]] bool is_back(const Provider& provider, const Life& life, const NamedFacts& facts);

}  // namespace npg::exposure
