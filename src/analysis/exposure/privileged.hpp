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
  /// Why the account is privileged, sorted; empty when nothing shows it.
  [[nodiscard]] std::vector<std::string> why(const SharedText& account,
                                             const SharedText& sid) const;
  [[nodiscard]] bool is_protected_user(const SharedText& sid) const;

 private:
  std::set<std::string, std::less<>> sids_;
  std::set<std::string, std::less<>> accounts_;
  std::map<std::string, std::set<std::string>, std::less<>> groups_;  ///< of a SID: reasons
  std::set<std::string, std::less<>> protected_users_;
};

/// A name that reads like an administrator's: a hint and never a reason.
[[nodiscard]] bool name_hints_at_admin(const SharedText& account);

}  // namespace npg::exposure
