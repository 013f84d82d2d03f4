// The use cases of exceptions: a folder of files and the journal of what was done to them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "app/exception_file.hpp"
#include "app/failure.hpp"
#include "base/filetime.hpp"

namespace npg {

/// What one command did or says.
struct ExceptionAnswer {
  std::string text;
  bool sound = true;  ///< false: something that has to be looked at
};

/// Writes a new exception into the folder, which is made where there is none, and notes it in the
/// journal.
[[nodiscard]] Outcomed<ExceptionAnswer> add_exception(const std::string& folder,
                                                      const ExceptionRule& rule, FileTime now);

/// One line an exception: id, strength, owner, end, and whether it holds at `now`. With `expiring`
/// those alone that end within the warning time. What a scan would not let count is told first, and
/// is not sound; neither is a folder without its journal.
[[nodiscard]] Outcomed<ExceptionAnswer> list_exceptions(const std::string& folder, FileTime now,
                                                        bool expiring);

struct Renewal {
  std::string id;
  std::string author;    ///< who renews
  std::string approver;  ///< another
  std::uint64_t days = default_exception_days;
};
/// Gives an exception a new term from `now` on, which must not be before its last one; since when
/// it was valid stays.
[[nodiscard]] Outcomed<ExceptionAnswer> renew_exception(const std::string& folder,
                                                        const Renewal& renewal, FileTime now);

struct Revocation {
  std::string id;
  std::string by;
  std::string because;
};
[[nodiscard]] Outcomed<ExceptionAnswer> revoke_exception(const std::string& folder,
                                                         const Revocation& revocation,
                                                         FileTime now);

/// "holds", "ends in 11 days", "ended", "revoked" or "not yet valid, created ...".
[[nodiscard]] std::string exception_state(const ExceptionRule& rule, FileTime now);

/// Exceptions as they may be used: those whose files are what their journal says. Files that people
/// wrote count without one; a file as npguard writes it had one, which is gone.
struct TrustedExceptions {
  std::vector<LoadedException> rules;
  std::vector<std::string> distrusted;  ///< sentences: which file does not count, and why
  std::string without_journal;  ///< a sentence when there is no journal, and all count unproven
};
/// Of a folder, or of one file beside its journal.
[[nodiscard]] Outcomed<TrustedExceptions> load_trusted_exceptions(const std::string& path);

/// Whether the journal's chain is whole and the files are those that it speaks of.
[[nodiscard]] Outcomed<ExceptionAnswer> verify_exceptions(const std::string& folder);

}  // namespace npg
