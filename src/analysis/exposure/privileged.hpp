// Privileged: who rules a host or a domain, as far as the evidence shows.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "fact/fact_set.hpp"

namespace npg::exposure {

class Privileged {
 public:
  explicit Privileged(const FactSet& facts);
  struct Reasons {
    std::vector<std::string>
        why;  ///< why the account is privileged, sorted; empty: nothing shows it
    std::vector<std::string> former;  ///< groups that it had left before `first`, and when
  };
  /// Of an account whose first logon of interest is at `first`; not given: whenever.
  [[nodiscard]] Reasons of(const SharedText& account, const SharedText& sid, FileTime first) const;
  [[nodiscard]] bool is_protected_user(const SharedText& sid) const;

 private:
  std::set<std::string, std::less<>> sids_;
  std::set<std::string, std::less<>> accounts_;
  /// A group as the events tell of it: since when, by which events, and when it was left last.
  struct Membership {
    std::set<std::uint32_t> event_ids;
    FileTime last;  ///< the newest event that shows it
    FileTime left;  ///< the newest that takes it away
  };
  std::map<std::string, std::map<std::string, Membership>, std::less<>> groups_;  ///< of a SID
  /// Protected Users: when a SID was last told to be in it, and to have left it.
  std::map<std::string, FileTime, std::less<>> protected_since_;
  std::map<std::string, FileTime, std::less<>> protected_until_;
};

/// The name of a powerful group by its SID; the SID itself for others.
[[nodiscard]] std::string_view group_name(std::string_view sid);

/// A name that reads like an administrator's: a hint and never a reason.
[[nodiscard]] bool name_hints_at_admin(const SharedText& account);

}  // namespace npg::exposure
