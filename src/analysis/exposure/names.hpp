// Names: the SID of each account name and the name of each SID, from events that give both.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>

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
  void learn(const SharedText& account, const SharedText& sid);
  void pair_sessions(const FactSet& facts);

  std::unordered_map<std::string_view, SharedText> by_sid_;
  std::unordered_map<std::string, SharedText> by_account_;
};

}  // namespace npg::exposure
