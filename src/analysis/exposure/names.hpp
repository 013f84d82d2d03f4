// Names: the SID of each account name and the name of each SID, from events that give both.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "fact/fact_set.hpp"

namespace npg::exposure {

class Names {
 public:
  /// The facts must outlive it and be in time order.
  explicit Names(const FactSet& facts);
  /// Empty when no event gives both.
  [[nodiscard]] SharedText account_of(const SharedText& sid) const;
  [[nodiscard]] SharedText sid_of(const SharedText& account) const;

 private:
  /// The one SID of whom the name's other forms speak: the domain's DNS name for its short one, a
  /// user principal name, no domain at all. Empty when there is none, or more than one.
  [[nodiscard]] SharedText sid_of_other_form(const SharedText& account) const;
  void learn(const SharedText& account, const SharedText& sid);
  void pair_sessions(const FactSet& facts);

  std::unordered_map<std::string_view, SharedText> by_sid_;
  std::unordered_map<std::string, SharedText> by_account_;
  struct Form {
    std::string domain;  ///< the first label of its name, in upper case
    SharedText sid;
  };
  std::unordered_map<std::string, std::vector<Form>> by_user_;  ///< by the user's own name
};

/// A name without the form that it is written in: USER and the first label of the domain.
[[nodiscard]] std::string person_key(std::string_view account);

}  // namespace npg::exposure
